"""What people see at a terminal, and what programs read from a pipe."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from moorage.cli import address, audit, showing
from moorage.cli.failing import Failure
from tests.cli.support.person import Person


def test_colours_are_for_terminals(admin: Person) -> None:
    """A terminal gets colours, unless NO_COLOR is set; a pipe gets aligned text; each the same words."""
    assert admin.call("role", "list").out.startswith(
        "NAME        KIND      ACTIONS\nreader      built-in  project:read"
    )
    status, seen = admin.type("role", "list")
    assert (status, "\x1b[" in seen, "maintainer" in seen) == (0, True, True)
    status, seen = admin.type("role", "list", settings={"NO_COLOR": "1"})
    assert (status, "\x1b[" in seen, "maintainer" in seen) == (0, False, True)


def test_json_is_what_the_api_answers(admin: Person) -> None:
    """Every field of it, also at a terminal, with nothing around it; what answers nothing prints nothing."""
    made = admin.run("project", "create", "plain", "--json")
    assert made.err == ""
    assert set(json.loads(made.out)) >= {"id", "name", "public", "description", "created_at"}
    status, seen = admin.type("project", "show", "plain", "--json")
    assert (status, json.loads(seen)["name"]) == (0, "plain")
    deleted = admin.call("project", "delete", "plain", "--json")
    assert (deleted.status, deleted.out, deleted.err) == (0, "", "")


def test_a_secret_at_a_terminal_is_explained(admin: Person) -> None:
    """A person sees the secret with the word that it is shown only once."""
    status, seen = admin.type("token", "create", "seen", "--scope", "pull")
    assert (status, "only once" in seen, "mop_" in seen) == (0, True, True)


def test_a_reader_that_leaves_is_no_fault(admin: Person) -> None:
    """`| head` ends the command without a traceback."""
    command = f"{sys.executable} -m moorage role list | head -n 0"
    done = subprocess.run(command, shell=True, env=admin.variables(), capture_output=True, text=True, check=False)
    assert (done.stdout, "Traceback" in done.stderr) == ("", False), done.stderr


def test_a_full_disk_is_told(admin: Person) -> None:
    """What cannot be written is a sentence and status 1, as a secret may be lost by it."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "moorage", "role", "list"],
            env=admin.variables(), stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.stderr == "moorage: what there is to say cannot be written: No space left on device\n"
    assert done.returncode == 1


def test_the_server_reads_no_client_in() -> None:
    """What `serve` and `version` run on does without httpx and tables: they cost memory and time."""
    code = "import sys, moorage.cli, moorage.app.serve; print({'httpx', 'rich.table'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_the_help_names_the_statuses(person: Person) -> None:
    """`moorage --help` lists every exit status."""
    lines = [line.split() for line in person.call("--help").out.splitlines()]
    assert [words[0] for words in lines if words and words[0].isdigit()] == ["0", "1", "2", "3", "4", "5", "6"]


@pytest.mark.parametrize(
    ("text", "url", "host"),
    [
        ("registry.example.com", "https://registry.example.com", "registry.example.com"),
        ("HTTPS://Registry.Example.com:443/", "https://registry.example.com", "registry.example.com"),
        ("registry.example.com:5000", "https://registry.example.com:5000", "registry.example.com:5000"),
        ("http://registry.example.com", "http://registry.example.com:80", "registry.example.com:80"),
        ("127.0.0.1:5000", "http://127.0.0.1:5000", "127.0.0.1:5000"),
        ("localhost", "http://localhost:80", "localhost:80"),
        ("https://localhost:5000", "https://localhost:5000", "localhost:5000"),
        ("[::1]:5000", "http://[::1]:5000", "[::1]:5000"),
    ],
)
def test_addresses(text: str, url: str, host: str) -> None:
    """TLS unless it is this machine, and the host as it stands in names of images."""
    parsed = address.Address.parse(text)
    assert (parsed.url, parsed.host) == (url, host)
    assert address.Address.parse(parsed.url) == parsed


@pytest.mark.parametrize(
    ("text", "seconds"), [("90m", 1_000_000 - 5400), ("1w", 1_000_000 - 604_800), ("0d", 1_000_000)]
)
def test_times_ago(text: str, seconds: float) -> None:
    """Minutes, hours, days and weeks before now."""
    assert audit.moment_of(text, now=1_000_000) == seconds


def test_times_of_the_calendar() -> None:
    """A date and a time are those of the clock here, as they are shown; an offset is heeded."""
    moment = audit.moment_of("2030-01-31 12:00")
    assert moment is not None
    assert showing.when(moment) == "2030-01-31 12:00"
    assert showing.when(moment + 1, with_seconds=True) == "2030-01-31 12:00:01"
    assert audit.moment_of("1970-01-01T00:00:00+00:00") == 0
    for text in ("", "5x", "31.1.2030", "99999999w!"):
        with pytest.raises(Failure):
            audit.moment_of(text)


@pytest.mark.parametrize(
    ("amount", "said"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1_234_567, "1.23 MB"), (20_000_000_000, "20 GB"), (5e15, "5000 TB")],
)
def test_sizes(amount: float, said: str) -> None:
    """Bytes are said in the unit in which they are short."""
    assert showing.size(amount) == said
