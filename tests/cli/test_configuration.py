"""`moorage apply` and `moorage export` against a real registry."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.conftest import known
from tests.cli.support.person import Person
from tests.cli.test_nouns import push
from tests.support.command import Outcome
from tests.support.server import PASSWORD, Server

SECRET = "a good password"
HOSTILE = "| no: [x] #\t'\"\n\n  * &a !!tag \N{RIGHT-TO-LEFT OVERRIDE}\x85\x9b31m \N{PILE OF POO}\n---\n"
TEAM = """version: 1
roles:
  shipper: [pull, push]
users:
  ann: {password_env: ANN}
  bob: {password_file: bob.password, auditor: true, must_change: true}
groups:
  dev: [ann, bob]
issuers:
  github:
    url: https://token.actions.githubusercontent.com
    audience: https://registry.example.com
projects:
  team:
    description: |
      # The team

      What it runs.
    members:
      ann: shipper
      bob:
        - reader
        - {role: writer, repositories: web-*, tags: dev-*}
    groups:
      dev: reader
    robots:
      ci:
        actions: [pull, push]
        repositories: [web-*]
        secret_file: ci.secret
        trusts:
          - issuer: github
            claims: {repository: acme/app}
      old: {disabled: true}
    tag_rules:
      - {kind: immutable, tags: v*, reason: "a release: never changes"}
      - {kind: required, tags_regex: 'v?[0-9].*', form: semver, action: warn}
      - {kind: reserved, tags: stable, roles: [owner, shipper], users: [bob], robots: [ci, robot$mirror]}
      - {kind: expires, repositories: pr/**, days: 7}
robots:
  mirror: {expires_in_days: null}
"""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A server of one's own, as a file is about all of it."""
    with Server(tmp_path / "data", quick=True) as running:
        yield running


@pytest.fixture
def boss(own: Server, tmp_path: Path) -> Person:
    """Its administrator, with what the file above asks for."""
    (tmp_path / "bob.password").write_text(f"{SECRET}\n")
    person = known("admin", PASSWORD, own, tmp_path)
    person.environment["ANN"] = SECRET
    return person


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a file."""

    def write(text: str) -> Path:
        path = tmp_path / "team.yaml"
        path.write_text(text)
        return path

    return write


def applied(person: Person, *words: str | Path, given: str = "") -> str:
    """What is said when all is well."""
    outcome = person.call("apply", *words, given=given)
    assert outcome.status == 0, outcome.err
    return outcome.out


def left(person: Person, *words: str | Path, given: str = "") -> list[str]:
    """What a dry run would do."""
    outcome = person.call("apply", "--dry-run", "--json", *words, given=given)
    assert outcome.status in {0, 6}, outcome.err
    changes = json.loads(outcome.out)["changes"]
    assert (outcome.status == 6) is bool(changes)
    assert not any(change["done"] for change in changes)
    return [f"{change['verb']} {change['what']}" for change in changes]


def watched(monkeypatch: pytest.MonkeyPatch, before: Callable[[httpx.Request], None]) -> None:
    """Let `before` see each request that the client is about to send."""
    send = httpx.Client.send

    def seen(client: httpx.Client, request: httpx.Request, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's
        before(request)
        return send(client, request, **options)

    monkeypatch.setattr(httpx.Client, "send", seen)


def test_a_file_makes_all_that_it_says(own: Server, boss: Person, file: Callable[[str], Path], tmp_path: Path) -> None:
    """In one run, whatever depends on what; people and robots log in with what was meant for them."""
    path = file(TEAM)
    assert len(left(boss, "-f", path)) == 18
    assert own.call("GET", "/api/v1/projects/team")[0] == 404
    out = applied(boss, "-f", path)
    assert (out.count("made "), out.count("changed ")) == (16, 2)
    assert SECRET not in out
    assert out.count("shown only this once: mor_") == 2
    members = boss.read("member", "list", "team")
    assert {member["name"]: len(member["roles"]) for member in members} == {"ann": 1, "bob": 2, "dev": 1}
    assert boss.read("user", "show", "bob") | {"auditor": True, "must_change": True} == boss.read("user", "show", "bob")
    assert known("ann", SECRET, own, tmp_path).read("whoami")["name"] == "ann"
    secret = tmp_path / "ci.secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    robot = known("robot$team+ci", secret.read_text().strip(), own, tmp_path)
    assert "robot$team+ci" in robot.call("project", "list").err
    assert boss.read("robot", "show", "team", "old")["disabled"] is True
    assert boss.read("robot", "trust", "list", "team/ci")[0]["claims"] == {"repository": "acme/app"}


def test_running_it_twice_changes_nothing(
    boss: Person, file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second run only looks, with and without a prune."""
    path = file(TEAM)
    applied(boss, "-f", path)
    sent: list[str] = []
    watched(monkeypatch, lambda request: sent.append(request.method))
    assert applied(boss, "-f", path) == "Nothing to do: the registry is as the file says.\n"
    assert left(boss, "-f", path) == []
    assert len(sent) > 10
    assert set(sent) == {"GET"}
    assert left(boss, "-f", path, "--prune") == []


def test_what_was_exported_is_applied_without_a_change(own: Server, boss: Person, file: Callable[[str], Path]) -> None:
    """Whatever names and texts there are; twice the same, and no secret in it."""
    applied(boss, "-f", file(TEAM))
    for name in ("no", "1e3", "null", "0o17"):
        assert own.call("POST", "/api/v1/users", body={"name": name, "password": SECRET})[0] == 201
        assert own.call("POST", "/api/v1/projects", body={"name": name, "description": HOSTILE})[0] == 201
        assert own.call("PUT", f"/api/v1/projects/{name}/members/{name}", body={"role": "owner"})[0] == 201
    push(own, "no/tools/tags", "1")
    push(own, "alpine", "edge")
    labels = {"env": "no", "a/b": "1.0", "c": "null", "d": "\N{PILE OF POO}: #"}
    for name in ("projects/no/repositories/tools%2Ftags", "projects/library/repositories/alpine"):
        body = {"description": HOSTILE, "labels": labels, "public": True}
        assert own.call("PATCH", f"/api/v1/{name}", body=body)[0] == 200
    outcome = boss.run("export")
    assert outcome.status == 0, outcome.err
    assert outcome.out == boss.run("export").out
    for secret in ("mor_", SECRET, PASSWORD):
        assert secret not in outcome.out
    assert left(boss, "-f", file(outcome.out), "--prune") == []
    assert left(boss, "-f", "-", given=outcome.out) == []
    own.call("PATCH", "/api/v1/projects/no", body={"description": "another"})
    own.call("PATCH", "/api/v1/projects/library/repositories/alpine", body={"public": None})
    out = applied(boss, "-f", file(outcome.out))
    assert out == "changed project no\nchanged repository alpine\n"
    assert boss.run("export").out == outcome.out
    only = boss.run("export", "--project", "no").out
    assert left(boss, "-f", file(only), "--prune") == []
    assert "\nusers" not in only
    assert json.loads(boss.run("export", "--json").out)["users"]["no"]["administrator"] is False


def test_a_prune_removes_what_the_file_does_not_name(boss: Person, file: Callable[[str], Path]) -> None:
    """Not without being told so: a person says yes, a script gives --yes; projects stay, and whoever asks."""
    applied(boss, "-f", file(TEAM))
    less = "version: 1\nusers: {ann: {}}\nprojects:\n  team:\n    robots: {ci: {}}\n    members: {}\n"
    path = file(less)
    removed = [
        "remove member ann of project team", "remove member bob of project team", "remove robot old of project team",
        "remove user bob",
    ]  # fmt: skip
    assert left(boss, "-f", path) == []
    assert left(boss, "-f", path, "--prune") == removed
    outcome = boss.call("apply", "-f", path, "--prune")
    assert (outcome.status, "--yes" in outcome.err) == (2, True)
    assert boss.call("apply", "-f", "-", "--prune", given=less).status == 2
    status, seen = boss.type("apply", "-f", str(path), "--prune", answers=[("Go on?", "n")])
    assert (status, "nothing was changed" in seen, "- user bob" in seen) == (1, True, True)
    assert left(boss, "-f", path, "--prune") == removed
    status, seen = boss.type("apply", "-f", str(path), "--prune", answers=[("Go on?", "y")])
    assert (status, "removed user bob" in seen, "admin stays among users" in seen) == (0, True, True)
    assert left(boss, "-f", path, "--prune") == []
    applied(boss, "-f", file("version: 1\nroles: {}\ngroups: {}\nissuers: {}\nrobots: {}\n"), "--prune", "--yes")
    for words in (("group", "list"), ("issuer", "list"), ("robot", "list", "--instance")):
        assert boss.read(*words) == []
    assert [project["name"] for project in boss.read("project", "list")] == ["team"]


def test_what_differs_is_shown_as_people_read_it(boss: Person, file: Callable[[str], Path]) -> None:
    """Each field before and after, the lines of a long text; with colours on a terminal, and not with NO_COLOR."""
    applied(boss, "-f", file(TEAM))
    changed = TEAM.replace("What it runs.", "What it ran.").replace("ann: shipper", "ann: owner")
    path = file(changed.replace("actions: [pull, push]", "actions: [pull]\n        expires_in_days: 7"))
    outcome = boss.call("apply", "-f", path, "--dry-run")
    assert outcome.status == 6
    assert "~ member ann of project team\n    roles: shipper → owner\n" in outcome.out
    assert "    - What it runs.\n    + What it ran.\n" in outcome.out
    assert "    actions: pull, push → pull\n    expires_in_days: until 2" in outcome.out
    assert outcome.out.endswith("3 to change. Nothing was changed.\n")
    assert "\x1b[" in boss.type("apply", "-f", str(path), "--dry-run")[1]
    assert "\x1b[" not in boss.type("apply", "-f", str(path), "--dry-run", settings={"NO_COLOR": "1"})[1]
    applied(boss, "-f", path)
    assert left(boss, "-f", path) == []


def test_all_faults_are_told_before_anything_changes(own: Server, boss: Person, file: Callable[[str], Path]) -> None:
    """Those of the file, of what it needs of this machine, and of names that nobody has."""

    def refused(text: str, *words: str) -> Outcome:
        outcome = boss.call("apply", "-f", file(text), *words)
        assert outcome.status == 2
        assert own.call("GET", "/api/v1/projects/team")[0] == 404
        assert own.call("GET", "/api/v1/users/ann")[0] == 404
        return outcome

    told = refused(TEAM.replace("ann: shipper", "zed: king")).err
    assert "there is no user 'zed'" in told
    assert "there is no role 'king'" in told
    boss.environment.pop("ANN")
    Path(boss.home / "bob.password").unlink()
    Path(boss.home / "ci.secret").write_text("mine")
    told = refused(TEAM).err
    for sentence in ("ANN holds no password", "bob.password cannot be read", "ci.secret is there already"):
        assert sentence in told
    assert Path(boss.home / "ci.secret").read_text() == "mine"
    assert "cannot be a file's name" in refused(TEAM.replace("ci.secret", '"a\\0b"')).err
    assert "no file can be made" in refused(TEAM.replace("ci.secret", "no/such/folder")).err
    assert boss.call("apply", "-f", boss.home / "nothing.yaml").status == 2
    assert boss.call("apply", "-f", boss.home).status == 2
    assert boss.call("apply").status == 2


def test_what_was_done_and_what_was_not_is_told_when_it_stops(
    own: Server, boss: Person, file: Callable[[str], Path]
) -> None:
    """A name that leads elsewhere is only refused by the registry: what came before it is done, the rest is named."""
    assert own.call("POST", "/api/v1/projects", body={"name": "team"})[0] == 201
    assert own.call("PATCH", "/api/v1/projects/team", body={"name": "crew"})[0] == 200
    outcome = boss.call("apply", "-f", file(TEAM))
    assert outcome.status == 5
    assert outcome.out.splitlines()[-1] == "made    issuer github"
    assert outcome.err.startswith("moorage: project team: team still leads to project crew")
    rest = [line.strip() for line in outcome.err.splitlines()[1:]]
    assert rest[0] == "8 of 18 changes were made, those above; not made:"
    assert rest[1:3] == ["make project team", "make member ann of project team"]
    assert len(rest) == 11
    assert not Path(boss.home / "ci.secret").exists()
    outcome = boss.call("apply", "-f", file(TEAM), "--json")
    assert [change["done"] for change in json.loads(outcome.out)["changes"]] == [False] * 10
    assert own.call("DELETE", "/api/v1/projects/crew/redirects/1")[0] == 204
    assert applied(boss, "-f", file(TEAM)).startswith("made    project team\n")


def test_an_answer_that_never_came_is_told_as_such(
    boss: Person, file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it was done is not known then; what was to be done after it was not."""

    def before(request: httpx.Request) -> None:
        if request.method == "POST" and request.url.path.endswith("/robots"):
            raise httpx.ReadTimeout("late")

    watched(monkeypatch, before)
    outcome = boss.call("apply", "-f", file(TEAM))
    rest = [line.strip() for line in outcome.err.splitlines()]
    assert (outcome.status, rest[0].endswith("did not answer in time")) == (1, True)
    assert rest[2] == "make robot ci of project team (or it was, and the answer got lost)"
    assert len(rest) == 8
    assert not Path(boss.home / "ci.secret").exists()


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    own: Server, boss: Person, file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If it is what the file is about; a push in between is none of its business."""
    push(own, "team/app", "1")
    text = "version: 1\nprojects: {team: {repositories: {app: {description: ours}}}}\n"
    meanwhile: list[Callable[[], object]] = [lambda: push(own, "team/app", "2")]

    def before(request: httpx.Request) -> None:
        if request.method == "PATCH" and meanwhile:
            meanwhile.pop()()

    watched(monkeypatch, before)
    assert applied(boss, "-f", file(text)) == "changed repository team/app\n"
    meanwhile.append(lambda: own.call("PATCH", "/api/v1/projects/team/repositories/app", body={"public": True}))
    outcome = boss.call("apply", "-f", file(text.replace("ours", "ours again")))
    assert (outcome.status, "by somebody else meanwhile" in outcome.err) == (5, True)
    assert boss.read("repo", "show", "team/app")["description"] == "ours"


def test_rules_that_somebody_else_changed_meanwhile(
    own: Server, boss: Person, file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of rules is given anew only if it is the one that was looked at."""
    applied(boss, "-f", file("version: 1\nprojects: {team: {tag_rules: [{kind: immutable}]}}\n"))
    meanwhile = [
        lambda: own.call("PUT", "/api/v1/projects/team/tag-rules", body=b"[]", Content_Type="application/json")
    ]

    def before(request: httpx.Request) -> None:
        if request.method == "PUT" and meanwhile:
            assert meanwhile.pop()()[0] == 200

    watched(monkeypatch, before)
    outcome = boss.call("apply", "-f", file("version: 1\nprojects: {team: {tag_rules: [{kind: forbidden}]}}\n"))
    assert (outcome.status, "by somebody else meanwhile" in outcome.err) == (5, True)
    assert boss.read("tag-rule", "list", "team") == []


def test_an_owner_applies_and_exports_their_own_project(
    own: Server, boss: Person, file: Callable[[str], Path], tmp_path: Path
) -> None:
    """What only administrators may is not asked for; what an owner may not see is left out and told."""
    applied(boss, "-f", file(TEAM.replace("ann: shipper", "ann: owner")))
    own.call("POST", "/api/v1/projects", body={"name": "open", "public": True})
    ann = known("ann", SECRET, own, tmp_path)
    project = "version: 1\nprojects:\n  team:\n    description: hers\n    groups: {dev: writer}\n"
    assert applied(ann, "-f", file(project)) == "changed project team\nchanged group dev of project team\n"
    outcome = ann.run("export")
    assert outcome.status == 0
    assert "people, groups, issuers" in outcome.err
    assert "the members of open are left out" in outcome.err
    assert left(ann, "-f", file(outcome.out), "--prune") == []
    assert ann.call("apply", "-f", file("version: 1\nusers: {}\n")).status == 1
    assert (
        ann.call("apply", "-f", file("version: 1\nprojects: {team: {members: {}}}\n"), "--prune", "--yes").status == 0
    )
    assert [member["name"] for member in boss.read("member", "list", "team")] == ["ann", "dev"]
    token = ann.read("token", "create", "deploys", "--scope", "admin")["secret"]
    assert left(known("ann", token, own, tmp_path), "-f", file(project)) == []


def test_as_json_a_secret_stands_with_its_robot(boss: Person) -> None:
    """For programs; once, as everywhere."""
    text = "version: 1\nprojects: {team: {robots: {ci: {}}}}\n"
    first = json.loads(applied(boss, "-f", "-", "--json", given=text))
    assert [change["done"] for change in first["changes"]] == [True, True]
    assert first["changes"][1]["secret"].startswith("mor_")
    assert json.loads(applied(boss, "-f", "-", "--json", given=text)) == {"changes": [], "kept": []}


def test_other_commands_read_no_yaml_in() -> None:
    """Neither the library nor what uses it: the server's memory and the start of each command stay as they are."""
    script = (
        "import sys, moorage.cli.commands; print([name for name in sys.modules if 'yaml' in name or 'asfile' in name])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "80"}
    )
    assert done.stdout == "[]\n"


def test_webhooks_are_applied_and_exported(boss: Person, file: Callable[[str], Path], tmp_path: Path) -> None:
    """With secrets from a variable, into a file, or printed; what is exported makes no difference and has no secret."""
    boss.environment["HOOK"] = "a secret from a variable"
    path = file("""version: 1
projects:
  team:
    webhooks:
      https://ci.example.com/hook: {secret_env: HOOK, events: [manifest.pushed], tags: ["1.*"]}
      https://chat.example.com/services/T0: {form: slack, secret_file: hook.secret}
      https://other.example.com: {disabled: true}
""")
    printed = applied(boss, "-f", path)
    assert printed.count("whsec_") == 1
    assert "a secret from a variable" not in printed
    kept = (tmp_path / "hook.secret").read_text()
    assert kept.startswith("whsec_")
    assert left(boss, "-f", path) == []
    exported = boss.call("export", "--project", "team").out
    assert "https://chat.example.com/services/T0:" in exported
    assert not [word for word in ("whsec_", "a secret from a variable") if word in exported]
    again = tmp_path / "again.yaml"
    again.write_text(exported)
    assert left(boss, "-f", again) == []
    path.write_text("version: 1\nprojects: {team: {webhooks: {'https://ci.example.com/hook': {events: ['*']}}}}\n")
    assert left(boss, "--prune", "-f", path) == [
        "change webhook https://ci.example.com/... of project team",
        "remove webhook https://chat.example.com/... of project team",
        "remove webhook https://other.example.com of project team",
    ]
    applied(boss, "--prune", "--yes", "-f", path)
    assert [hook["events"] for hook in boss.read("webhook", "list", "team")] == [["*"]]


def test_a_webhook_without_its_secret_is_not_made(boss: Person, file: Callable[[str], Path]) -> None:
    """The missing variable is told before anything changes."""
    path = file("version: 1\nprojects: {team: {webhooks: {'https://ci.example.com/hook': {secret_env: NONE}}}}\n")
    outcome = boss.call("apply", "-f", path)
    assert outcome.status != 0
    assert "the variable NONE holds no secret" in outcome.err
    assert boss.call("project", "show", "team").status == 4
