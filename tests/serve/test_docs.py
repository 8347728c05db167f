"""The guides hold what they say: settings, commands, files, and the calls that can be pasted."""

import ast
import configparser
import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

import moorage as moorage_package
from moorage.app.settings import load
from moorage.cli.commands import app
from moorage.oci import media_type as types
from moorage.oci.media_type import OCI_MANIFEST
from moorage.rules.webhooks import KINDS, LOUD, WITHHELD
from tests.support import content, roles_table
from tests.support.command import moorage
from tests.support.issuer import Issuer
from tests.support.pushing import make_project, push_blob
from tests.support.receiver import Receiver
from tests.support.server import PASSWORD, Server
from tests.support.settings_table import table, written

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = (
    "operate.md",
    "tls.md",
    "clients.md",
    "projects.md",
    "access.md",
    "people.md",
    "history.md",
    "audit.md",
    "jobs.md",
    "webhooks.md",
    "garbage.md",
    "quota.md",
    "ci-without-secrets.md",
    "configuration-as-code.md",
    "tag-rules.md",
)


def blocks(guide: str, language: str) -> list[str]:
    """The fenced examples in this language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / guide).read_text(), re.DOTALL)


def commands() -> list[list[str]]:
    """Every `moorage …` in examples and in running text, split into words, without what stands before it."""
    found = []
    for guide in GUIDES:
        text = (DOCS / guide).read_text()
        lines = "".join(blocks(guide, "sh") + blocks(guide, "ini")).splitlines() + re.findall(r"`([^`\n]+)`", text)
        for line in lines:
            words = shlex.split(line.partition("ExecStart=")[2] or line, comments=True) if "moorage " in line else []
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words.pop(0)
            if words and words[0].rpartition("/")[2] == "moorage":
                found.append(words[1:])
    return found


def test_the_table_of_settings_is_in_step() -> None:
    """Every setting is in the guide with its variable, default and meaning: the module that writes it was run."""
    assert written() == table()
    assert "`tls.cert`" in written()


def test_the_table_of_roles_is_in_step() -> None:
    """The guide's table is the permission matrix: the module that writes it was run."""
    assert roles_table.written() == roles_table.table()
    assert "`audit:read`" in roles_table.written()


def run_pasted(script: str, server: Server, home: Path, **more: str) -> str:
    """Run lines of a guide there as the administrator of this server; what they print. Each has to succeed."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "HOME": str(home),
        "MOORAGE_CLIENT_URL": server.url,
        "MOORAGE_CLIENT_USER": "admin",
        "MOORAGE_CLIENT_PASSWORD": PASSWORD,
        **more,
    }
    done = subprocess.run(
        ["bash", "-e", "-c", script], env=environment, cwd=home, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{script}{done.stdout}{done.stderr}"
    return done.stdout


def paste(guide: str, server: Server, home: Path) -> None:
    """Run each `moorage` line of the guide in its order, as the administrator."""
    for block in blocks(guide, "sh"):
        script = "\n".join(line for line in block.splitlines() if "docker " not in line)
        run_pasted(script, server, home, PASSWORD="a good password")


def test_the_guide_to_people_works_as_pasted(tmp_path: Path) -> None:
    """Each line succeeds; in the end the leaver is disabled, and one of the two invitations is taken back."""
    with Server(tmp_path / "data") as server:
        paste("people.md", server, tmp_path)
        assert json.loads(server.call("GET", "/api/v1/users/ann")[2])["disabled"] is True
        assert len(json.loads(server.call("GET", "/api/v1/invitations")[2])) == 1
        assert json.loads(server.call("GET", "/api/v1/projects/crew/invitations")[2]) == []


def test_the_scenes_of_access_work_as_pasted(tmp_path: Path) -> None:
    """Each `moorage` line of the guide succeeds in its order; the last scene leaves a disabled user."""
    with Server(tmp_path / "data") as server:
        paste("access.md", server, tmp_path)
        assert json.loads(server.call("GET", "/api/v1/users/will")[2])["disabled"] is True
        roles = json.loads(server.call("GET", "/api/v1/projects/team/members")[2])
        expected = {"rita": "reader", "will": "writer", "mia": "maintainer"}
        assert {member["name"]: member["role"] for member in roles} == expected


def test_the_way_back_works_as_pasted(tmp_path: Path) -> None:
    """Each `moorage` line of the guide succeeds in its order; `stable` names what it named before the bad push."""
    with Server(tmp_path / "data") as server:
        make_project(server, "shop")
        for tag in ("stable", "1.4.2", "bad"):
            push_index(server, "team/app", tag, "stable")
        before = server.call("GET", "/v2/team/app/manifests/1.4.2")[2]
        assert server.call("GET", "/v2/team/app/manifests/stable")[2] != before
        paste("history.md", server, tmp_path)
        for image in ("team/app/manifests/stable", "shop/app/manifests/1.4.2"):
            assert server.call("GET", f"/v2/{image}")[2] == before


def push_index(server: Server, repository: str, *tags: str) -> None:
    """An index that lists nothing, of its own for the first of these tags, and under all of them."""
    for tag in tags:
        status, _, body = server.call(
            "PUT",
            f"/v2/{repository}/manifests/{tag}",
            body=content.index(annotations={"salt": tags[0]}),
            Content_Type=types.OCI_INDEX,
        )
        assert status == 201, body


def test_the_searches_of_the_audit_work_as_pasted(tmp_path: Path) -> None:
    """Each line of the guide succeeds, and the last one writes what happened."""
    with Server(tmp_path / "data") as server:
        make_project(server)
        (script,) = blocks("audit.md", "sh")
        printed = run_pasted(script, server, tmp_path)
        assert "project.created" in printed
        written = json.loads((tmp_path / "week.json").read_text())
        assert "project.created" in {event["kind"] for event in written}
        assert set(written[0]) | {"time"} == fields_of_events()


def test_the_jobs_of_the_guide_work_as_pasted(tmp_path: Path) -> None:
    """Each `moorage` line that asks the registry succeeds in its order."""
    with Server(tmp_path / "data") as server:
        for script in blocks("jobs.md", "sh"):
            if "worker" not in script:
                run_pasted(script, server, tmp_path)
        job = json.loads(server.call("GET", "/api/v1/jobs")[2])[-1]
        assert (job["kind"], job["state"]) == ("verify", "succeeded")
        [schedule] = json.loads(server.call("GET", "/api/v1/projects/night/schedules")[2])
        assert schedule["cron"] == "30 3 * * 0"


def test_the_guide_to_quotas_works_as_pasted(tmp_path: Path) -> None:
    """Each line succeeds, and the project has the quota of the first one."""
    with Server(tmp_path / "data") as server:
        paste("quota.md", server, tmp_path)
        assert json.loads(server.call("GET", "/api/v1/projects/team/quota")[2])["bytes"] == 10_000_000_000


def test_every_kind_of_event_is_in_the_guide() -> None:
    """The table has each kind that the program tells of, and no other."""
    table = (DOCS / "audit.md").read_text().partition("<!-- kinds")[2].partition("<!-- end of kinds")[0]
    assert set(re.findall(r"`([a-z_.]+)`", re.sub(r"(?m)\|[^|]*\|$", "", table))) == told_kinds()


def test_each_kind_of_event_is_sent_or_withheld() -> None:
    """The table of webhooks has each kind that is sent; of all others it was decided that they are not."""
    table = (DOCS / "webhooks.md").read_text().partition("## What is sent")[2].partition("###")[0]
    assert set(re.findall(r"`([a-z]+\.[a-z_]+)`", table)) == {*KINDS, *LOUD}
    decided = {*KINDS, *LOUD, *WITHHELD}
    undecided = {kind for kind in told_kinds() if not {kind, kind.partition(".")[0]} & decided}
    assert undecided == set()


def test_a_receiver_knows_us_as_the_guide_says(tmp_path: Path) -> None:
    """The guide's function takes what we send, by a secret that we made and by one that was given, and nothing else."""
    (example,) = blocks("webhooks.md", "python")
    guide: dict[str, Any] = {}
    exec(example, guide)
    is_ours = guide["is_ours"]
    settings = {"MOORAGE_EGRESS_ALLOW": "127.0.0.1"}
    with Server(tmp_path / "data", settings=settings) as server, Receiver() as receiver:
        make_project(server)
        for path, given in (("/made", {}), ("/given", {"secret": "a secret of ours"})):
            hooks = "/api/v1/projects/team/webhooks"
            status, _, body = server.call("POST", hooks, body={"url": receiver.url + path, "events": ["*"], **given})
            assert status == 201, body
            hook = json.loads(body)
            assert server.call("POST", f"{hooks}/{hook['id']}/test")[0] == 201
            (got,) = receiver.wait(1, path)
            assert is_ours(hook["secret"], got.headers, got.body)
            assert not is_ours(hook["secret"], got.headers, got.body + b" ")
            assert not is_ours("another secret", got.headers, got.body)
            old = {**got.headers, "webhook-timestamp": str(int(got.headers["webhook-timestamp"]) - 400)}
            assert not is_ours(hook["secret"], old, got.body)


def test_the_example_of_a_cloud_event(tmp_path: Path) -> None:
    """The guide shows the fields that are sent, and no others."""
    (example,) = blocks("webhooks.md", "json")
    settings = {"MOORAGE_EGRESS_ALLOW": "127.0.0.1", "MOORAGE_PUBLIC_URL": "https://registry.example.com"}
    with Server(tmp_path / "data", settings=settings) as server, Receiver() as receiver:
        make_project(server)
        (line, *_) = blocks("webhooks.md", "sh")[0].splitlines()
        run_pasted(line.replace("https://ci.example.com/hooks/moorage", receiver.url + "/"), server, tmp_path)
        digest = content.digest_of(content.CONFIG)
        assert server.call("POST", f"/v2/team/app/blobs/uploads/?digest={digest}", body=content.CONFIG)[0] == 201
        pushed = server.call("PUT", "/v2/team/app/manifests/1.0", body=content.image(), Content_Type=OCI_MANIFEST)
        assert pushed[0] == 201
        (got,) = receiver.wait(1)
    shown = json.loads(example)
    assert list(got.told) == list(shown)
    assert list(got.told["data"]) == list(shown["data"])
    assert {name: got.told[name] for name in ("source", "type", "subject", "datacontenttype")} == {
        name: shown[name] for name in ("source", "type", "subject", "datacontenttype")
    }


def told_kinds() -> set[str]:
    """What looks like a kind of event in the modules that tell of something."""
    source = Path(moorage_package.__file__).parent
    modules = [*source.glob("service/*.py"), *source.glob("adapters/sql/*.py"), source / "adapters" / "trail.py"]
    texts = {
        node.value
        for module in modules
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    found = {text for text in texts if re.fullmatch(r"login|[a-z]{3,}\.[a-z_]+", text)}
    return found - {text for text in found if text.endswith((".id", ".name", ".lock")) or text.startswith("moorage.")}


def fields_of_events() -> set[str]:
    """Those in the guide."""
    table = (DOCS / "audit.md").read_text().partition("## What an event says")[2].partition("##")[0]
    named = "".join(re.findall(r"(?m)^\| ([^|]*) \|", table))
    return set(re.findall(r"`([a-z_]+)`", named)) | {"time"}


def test_the_settings_of_the_audit_in_the_guide_are_good(tmp_path: Path) -> None:
    """The TOML example loads."""
    (example,) = blocks("audit.md", "toml")
    (tmp_path / "moorage.toml").write_text(example)
    settings = load(file=tmp_path / "moorage.toml", environment={})
    assert (settings.audit.stream or "").startswith("syslog+tls://")
    assert settings.egress.ca_file is not None


def test_the_trusts_of_ci_are_made_as_pasted(tmp_path: Path) -> None:
    """Each line that begins with `moorage` in the guide to CI succeeds in its order."""
    with Server(tmp_path / "data") as server, Issuer() as issuer:
        server.call("POST", "/api/v1/projects", body={"name": "acme"})
        (tmp_path / "jwks.json").write_text(json.dumps(issuer.published()))
        lines = "".join(blocks("ci-without-secrets.md", "sh")).splitlines()
        script = "\n".join(line for line in lines if line.startswith("moorage "))
        run_pasted(script, server, tmp_path)
        trusts = json.loads(server.call("GET", "/api/v1/projects/acme/robots/deploy/trusts")[2])
        assert [trust["issuer"] for trust in trusts] == ["github", "gitlab", "prod"]


def test_the_file_of_the_guide_is_applied_as_pasted(tmp_path: Path) -> None:
    """Each line succeeds in its order, the last dry run too; what was exported says the same."""
    (example, *_) = blocks("configuration-as-code.md", "yaml")
    (tmp_path / "registry.yaml").write_text(example)
    with Server(tmp_path / "data") as server:
        for block in blocks("configuration-as-code.md", "sh"):
            script = block.replace("https://registry.example.com", server.url)
            run_pasted(script, server, tmp_path)
        status, _, body = server.call("GET", "/api/v1/projects/team/robots/ci", user="admin")
        assert (status, json.loads(body)["actions"]) == (200, ["pull", "push"])
        assert (tmp_path / "ci.secret").read_text().startswith("mor_")
        assert "team:" in (tmp_path / "team.yaml").read_text()


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_in_the_guides_exists(words: list[str]) -> None:
    """The command and each of its options is one that the program knows."""
    command = get_command(app)
    rest = list(words)
    while rest and isinstance(command, typer.core.TyperGroup):
        name = rest.pop(0)
        assert name in command.commands, f"there is no command {name!r}"
        command = command.commands[name]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in rest if word.startswith("--")} <= known


def test_the_guides_are_read_for_commands() -> None:
    """The search above finds them: each command is shown somewhere."""
    shown = {" ".join(word for word in words[:2] if word.isalpha() or word == "self-signed") for words in commands()}
    assert {"serve", "verify", "admin recover", "config check", "tls self-signed"} <= shown


def test_links_between_the_guides_lead_somewhere() -> None:
    """Every relative link names a file that is there."""
    for guide in GUIDES:
        for target in re.findall(r"\]\(([^)#:]+)\)", (DOCS / guide).read_text()):
            assert (DOCS / target).exists(), f"{guide} links to {target}"


def test_the_settings_file_in_the_guide_is_good(tmp_path: Path) -> None:
    """The TOML example loads."""
    (example,) = blocks("operate.md", "toml")
    (tmp_path / "moorage.toml").write_text(example)
    assert load(file=tmp_path / "moorage.toml", environment={}).log.requests == "all"


def test_hosts_toml_in_the_guide_is_toml() -> None:
    """Containerd would read it, and it names one registry throughout."""
    (example,) = blocks("tls.md", "toml")
    read = tomllib.loads(example)
    assert list(read["host"]) == [read["server"]]


def test_the_unit_allows_the_drain() -> None:
    """Systemd waits longer than requests in flight may take, asks the keeper alone, and knows how to renew."""
    (example,) = blocks("operate.md", "ini")
    unit = configparser.RawConfigParser()
    unit.read_string(example)
    assert int(unit["Service"]["TimeoutStopSec"]) > load(environment={}).drain_seconds
    assert unit["Service"]["KillMode"] == "mixed"
    assert unit["Service"]["ExecReload"] == "/bin/kill -HUP $MAINPID"


def test_calls_on_projects_work_as_pasted(server: Server) -> None:
    """Each call of the guide succeeds, in its order, and does what the guide says of it."""
    states = []
    for block in blocks("projects.md", "sh"):
        script = block.replace("http://127.0.0.1:5000", server.url).replace("-u admin", f"-sSf -u admin:{PASSWORD}")
        if "DELETE" in block and "redirects" not in block:
            push_blob(server, "team/app", b"of the repository that goes")
        if "labels" in block:
            push_blob(server, "team/app", b"of the repository that is renamed")
            make_project(server, "shop")
        done = subprocess.run(["bash", "-e", "-c", script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{block}{done.stderr}"
        status, _, body = server.call("GET", "/api/v1/projects/team")
        states.append(json.loads(body)["public"] if status == 200 else None)
    assert states == [False, True, False, False, None, False, None, None]
    assert server.call("GET", "/api/v1/projects/shop/repositories/front")[0] == 200
    assert server.call("GET", "/api/v1/projects/crew")[0] == 200


def test_a_backup_as_the_guide_makes_it_can_be_served(tmp_path: Path) -> None:
    """Taken beside a running server by the guide's own lines, the copy holds what was pushed, and logins still hold."""
    (script,) = [block for block in blocks("operate.md", "sh") if "backup" in block]
    with Server(tmp_path / "moorage-data") as server:
        make_project(server)
        digest = push_blob(server, "team/app", b"kept")
        subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, check=True, timeout=60)
        push_blob(server, "team/app", b"too late")
    with Server(tmp_path / "backup") as restored:
        assert restored.call("GET", f"/v2/team/app/blobs/{digest}")[2] == b"kept"
        assert (restored.data / "token.key").read_bytes() == (server.data / "token.key").read_bytes()
    outcome = moorage("verify", "--data", tmp_path / "backup")
    assert (outcome.status, outcome.out) == (0, "1 blobs with 4 bytes read; 0 damaged\n")


def test_verify_names_what_is_damaged(tmp_path: Path) -> None:
    """Status 1 and the digest; what is damaged is served no more; a push of the same bytes mends it."""
    with Server(tmp_path / "data") as server:
        digest = push_blob(server, "team/app", b"whole")
        (file,) = (server.data / "blobs").rglob(digest.partition(":")[2])
        file.write_bytes(b"hole!")
        outcome = moorage("verify", "--data", server.data)
        assert outcome.status == 1
        assert f"damaged: {digest}" in outcome.out
        assert server.call("GET", f"/v2/team/app/blobs/{digest}")[0] == 404
        push_blob(server, "team/app", b"whole")
        assert server.call("GET", f"/v2/team/app/blobs/{digest}")[2] == b"whole"
        assert moorage("verify", "--data", server.data).status == 0
