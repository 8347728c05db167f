"""The first minute: what the announcement says, and what stands in the way told in one sentence."""

import json
import re
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.support.command import Outcome, moorage
from tests.support.server import Server, free_port
from tests.support.waiting import until


def refuses(outcome: Outcome, *words: str) -> None:
    """It ended with status 1, one line that holds these words, and nothing else."""
    assert outcome.status == 1, outcome
    assert outcome.out == ""
    assert outcome.err.startswith("moorage: ")
    assert outcome.err.count("\n") == 1, outcome.err
    for word in words:
        assert word in outcome.err


def test_first_start_shows_a_password_that_works_and_lines_to_paste(tmp_path: Path) -> None:
    """The random password is shown at the first start only, it lets in, and three lines name this registry."""
    with Server(tmp_path / "data", password=None) as server:
        said = server.output()
        found = re.search(r"^    password  (\S{20,})$", said, re.MULTILINE)
        assert found is not None
        for line in ("docker login {} -u admin", "docker tag IMAGE {}/team/IMAGE:1.0", "docker push {}/team/IMAGE:1.0"):
            assert f"    {line.format(server.address)}\n" in said
        server.password = found[1]
        assert server.call("GET", "/v2/")[0] == 200
        server.password = None
        server.stop()
        server.start()
        assert server.output().count("password  ") == 1


def test_two_first_starts_draw_different_passwords(tmp_path: Path) -> None:
    """No installation shares its password with another."""
    passwords = set()
    for name in ("one", "two"):
        with Server(tmp_path / name, password=None) as server:
            passwords |= set(re.findall(r"password  (\S+)", server.output()))
    assert len(passwords) == 2


def test_a_preset_password_is_taken_and_not_printed(tmp_path: Path) -> None:
    """MOORAGE_ADMIN_PASSWORD sets the first password; nothing of it is printed."""
    with Server(tmp_path / "data", password="preset-and-secret", prepared=False) as server:
        assert server.call("GET", "/v2/")[0] == 200
        assert "password  " not in server.output()
        assert "preset-and-secret" not in server.output()


def test_a_second_start_on_the_same_folder_is_refused(server: Server) -> None:
    """It names the process that holds the folder, and the first server goes on undisturbed."""
    assert server.process is not None
    second = moorage("serve", "--data", server.data, "--listen", f"127.0.0.1:{free_port()}")
    refuses(second, "is in use by another Moorage", f"(process {server.process.pid})", "--data")
    assert server.call("GET", "/v2/")[0] == 200


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("shares", [False, True])
def test_a_port_in_use_is_refused(tmp_path: Path, workers: str, *, shares: bool) -> None:
    """Even if the other program lets its port be shared; and no administrator was made for nothing."""
    with socket.socket() as other:
        if shares:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        outcome = moorage("serve", "--listen", address, "--data", tmp_path / "data", "--workers", workers)
    refuses(outcome, f"cannot listen on {address}: another program listens there", "--listen")
    assert not (tmp_path / "data" / "moorage.db").exists()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("no-such-host.invalid:5000", "this host name is not known here"),
        ("203.0.113.7:5000", "this machine has no such address"),
        ("[2001:db8::7]:5000", "cannot listen on [2001:db8::7]:5000: "),
    ],
)
def test_an_address_that_is_not_ours_is_refused(tmp_path: Path, address: str, words: str) -> None:
    """An unknown name and a foreign address are told apart."""
    refuses(moorage("serve", "--listen", address, "--data", tmp_path / "data"), words)


def test_a_privileged_port_is_refused_with_the_reason(tmp_path: Path) -> None:
    """Who may not use a low port is told what it needs."""
    if int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()) <= 81:
        pytest.skip("this machine lets everybody use low ports")
    outcome = moorage("serve", "--listen", "127.0.0.1:81", "--data", tmp_path / "data", powerless=True)
    refuses(outcome, "may use port 81", "CAP_NET_BIND_SERVICE")


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """A folder that is only to be read, and one that cannot be made in it."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    for data in (closed, closed / "new"):
        outcome = moorage("serve", "--data", data, powerless=True)
        refuses(outcome, f"the data folder {data} cannot be used: Permission denied")


def test_a_folder_that_became_read_only_is_refused(tmp_path: Path) -> None:
    """A registry that may be read but not written does not start half."""
    data = tmp_path / "data"
    with Server(data) as server:
        server.stop()
    (data / "moorage.db").chmod(0o444)
    (data / "blobs").chmod(0o555)
    outcome = moorage("serve", "--data", data, "--listen", f"127.0.0.1:{free_port()}", powerless=True)
    refuses(outcome, "cannot be used")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """The data folder, or one above it, is a file."""
    (tmp_path / "file").write_text("")
    refuses(moorage("serve", "--data", tmp_path / "file"), "it is a file, not a folder")
    refuses(moorage("serve", "--data", tmp_path / "file" / "sub"), "Not a directory")


def _damage_key(folder: Path) -> None:
    (folder / "token.key").write_bytes(b"short")


def _no_database(folder: Path) -> None:
    (folder / "moorage.db").write_bytes(b"no database at all " * 500)


def _foreign_database(folder: Path) -> None:
    (folder / "moorage.db").unlink()
    with sqlite3.connect(folder / "moorage.db") as connection:
        connection.execute("CREATE TABLE projects (of_somebody_else)")
    connection.close()


def _damaged_pages(folder: Path) -> None:
    with (folder / "moorage.db").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 60_000)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_damage_key, "token.key is damaged: remove it, and everybody has to log in again"),
        (_no_database, "moorage.db is damaged or no database of Moorage (file is not a database)"),
        (_foreign_database, "moorage.db is damaged or no database of Moorage (no such table: alembic_version)"),
        (_damaged_pages, "moorage.db is damaged or no database of Moorage (database disk image is malformed)"),
    ],
)
def test_damage_in_the_folder_is_told(tmp_path: Path, damage: Callable[[Path], None], words: str) -> None:
    """A broken key or database is named with what to do; nothing is overwritten."""
    data = tmp_path / "data"
    with Server(data) as server:
        server.stop()
    damage(data)
    before = {name: (data / name).read_bytes() for name in ("moorage.db", "token.key")}
    refuses(moorage("serve", "--data", data, "--listen", f"127.0.0.1:{free_port()}"), words)
    assert {name: (data / name).read_bytes() for name in before} == before


@pytest.mark.parametrize("command", [("verify",), ("admin", "recover")])
def test_commands_on_a_folder_without_a_registry_are_refused(tmp_path: Path, command: tuple[str, ...]) -> None:
    """No empty registry appears by looking for one, and a broken one is told as at the start."""
    missing = tmp_path / "missing"
    refuses(moorage(*command, "--data", missing), "there is no registry in", "--data")
    assert not missing.exists()
    (tmp_path / "broken").mkdir()
    _no_database(tmp_path / "broken")
    refuses(moorage(*command, "--data", tmp_path / "broken"), "is damaged or no database of Moorage")


@pytest.mark.parametrize(
    ("address", "settings", "is_warned"),
    [
        ("127.0.0.1", {}, False),
        ("[::1]", {}, False),
        ("0.0.0.0", {}, True),
        ("[::]", {}, True),
        ("0.0.0.0", {"MOORAGE_PUBLIC_URL": "https://registry.example.com"}, False),
        ("0.0.0.0", {"MOORAGE_PUBLIC_URL": "http://registry.example.com"}, True),
    ],
)
def test_who_listens_beyond_loopback_without_tls_is_warned(
    tmp_path: Path, address: str, settings: dict[str, str], *, is_warned: bool
) -> None:
    """The warning comes when passwords would cross the network in the clear, and only then."""
    if "::" in address and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    server = Server(tmp_path / "data", settings=settings)
    server.address = f"{address}:{server.port}"
    server.launch()
    try:
        until(lambda: "data folder" in server.output(), "it has announced itself")
        assert ("moorage: warning: " in server.output()) is is_warned
        connect_to = address.strip("[]").replace("0.0.0.0", "127.0.0.1")
        with socket.create_connection((connect_to, server.port), timeout=10) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert connection.recv(20).startswith(b"HTTP/1.1 200")
        assert server.stop() == 0
    finally:
        server.kill()
        server.log.unlink()


def test_everybody_includes_ipv4_under_its_own_name(tmp_path: Path) -> None:
    """[::] takes IPv4 clients too, and the log names them as they are known."""
    server = Server(tmp_path / "data", settings={"MOORAGE_LOG_REQUESTS": "all"})
    server.address = f"[::]:{server.port}"
    server.launch()
    try:
        until(lambda: "data folder" in server.output(), "it has announced itself")
        assert server.call("GET", "/v2/")[0] == 200
        until(lambda: '"client": "127.0.0.1"' in server.output(), "the request is in the log")
        assert "::ffff" not in server.output()
    finally:
        server.kill()
        server.log.unlink()


def test_what_is_kept_is_closed_to_others(server: Server) -> None:
    """Neither the folder nor the key, the database or a blob may be read by other users of the machine."""
    for path in (server.data, *server.data.rglob("*")):
        assert not path.stat().st_mode & 0o007, path
    assert (server.data / "token.key").stat().st_mode & 0o777 == 0o600


def test_recover_revokes_what_an_intruder_made(tmp_path: Path) -> None:
    """After a recovery a personal token of admin opens nothing, and the audit tells of it."""
    with Server(tmp_path / "data") as server:
        wanted = {"name": "kept", "scopes": ["admin"], "expires_in_days": None}
        secret = json.loads(server.call("POST", "/api/v1/me/tokens", body=wanted)[2])["secret"]
        token = {"Authorization": f"Bearer {secret}"}
        assert httpx.get(f"{server.url}/api/v1/me", headers=token, trust_env=False).status_code == 200
        outcome = moorage("admin", "recover", "--data", server.data)
        server.password = outcome.out.split()[-1]
        until(
            lambda: httpx.get(f"{server.url}/api/v1/me", headers=token, trust_env=False).status_code == 401,
            "the token opens nothing",
        )
        events = json.loads(server.call("GET", "/api/v1/audit?kind=admin.recovered")[2])
        assert [(event["actor_kind"], event["object"]) for event in events] == [("machine", "user:admin")]


def test_recover_gives_a_new_password_beside_a_running_server(server: Server) -> None:
    """The printed password lets in at once, the old one no more."""
    outcome = moorage("admin", "recover", "--data", server.data)
    assert outcome.status == 0
    found = re.search(r"is now: (\S+)$", outcome.out)
    assert found is not None
    assert server.call("GET", "/v2/")[0] == 401
    server.password = found[1]
    assert server.call("GET", "/v2/")[0] == 200


def test_version_is_the_packages() -> None:
    """`moorage version` prints one line with the version of the package."""
    from moorage import __version__

    assert moorage("version") == Outcome(0, f"moorage {__version__}\n", "")
