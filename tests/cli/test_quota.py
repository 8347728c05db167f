"""`moorage quota`, `moorage statistics` and `moorage admin recount` against a real registry."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from moorage.adapters.sql.sqlite import FILE
from tests.cli.support.person import Person
from tests.cli.test_nouns import push
from tests.support.server import PASSWORD, Server
from tests.support.wire import ADMIN, Wire, client_of


@pytest.fixture
def project(server: Server, admin: Person, request: pytest.FixtureRequest) -> str:
    """A project of one's own with an image in it."""
    name: str = request.node.name.replace("_", "-")
    push(server, f"{name}/app", "1.0")
    assert admin.call("project", "show", name).status == 0
    return name


def test_quotas(admin: Person, project: str) -> None:
    """A quota is set as people write sizes, shown with what is used, and taken away again."""
    shown = admin.call("quota", "show", project).out
    assert "no limit" in shown
    assert f"{project}/app" in shown
    told = admin.call("quota", "set", project, "1.5 MB", "--warn-at", "70")
    assert told.status == 0
    assert f"The quota of {project} is 1.5 MB, warned at 70 %; it has used" in told.out
    shown = admin.call("quota", "show", project).out
    assert "of 1.5 MB" in shown
    assert "its own" in shown
    found = json.loads(admin.call("quota", "show", project, "--json").out)
    assert (found["bytes"], found["warn_at"], found["own"]) == (1_500_000, 70, True)
    assert json.loads(admin.call("quota", "set", project, "none", "--json").out)["bytes"] is None
    assert admin.call("quota", "unset", project).status == 0
    assert json.loads(admin.call("quota", "show", project, "--json").out)["own"] is False


def test_sizes_that_are_none(admin: Person, project: str) -> None:
    """They are told before anything is asked."""
    outcome = admin.call("quota", "set", project, "ten")
    assert outcome.status == 2
    assert "write it as 10GB" in outcome.err


def test_the_registry(admin: Person, project: str) -> None:
    """Without a project it is the whole registry that is shown."""
    assert "largest" in admin.call("quota", "show").out
    assert admin.call("quota", "show", project).out != admin.call("quota", "show").out
    outcome = admin.call("quota", "recount")
    assert outcome.status == 0
    assert "the drift is 0 bytes" in outcome.out


def test_statistics(admin: Person, project: str) -> None:
    """By repository or by day, of a project or of the registry."""
    shown = admin.call("statistics", project).out
    assert shown.splitlines()[0].split() == ["NAME", "PULLS", "PULLED", "PUSHES", "PUSHED", "KEPT", "LAST", "PULL"]
    assert f"{project}/app" in shown
    assert project in admin.call("statistics").out
    today = datetime.now(UTC).date().isoformat()
    found = json.loads(admin.call("statistics", project, "--from", today, "--to", today, "--json").out)
    assert (found["first"], found["last"]) == (today, today)
    assert admin.call("statistics", project, "--by-day", "--repository", "app").status == 0
    assert admin.call("statistics", "--repository", "app").status == 2
    assert "the first day comes first" in admin.call("statistics", "--from", "2020-01-02", "--to", "2020-01-01").err


def test_statistics_of_many(admin: Person, project: str, server: Server) -> None:
    """Page after page they are shown all."""
    with client_of(server.url) as client:
        wire = Wire.basic(client, ADMIN, PASSWORD)
        for number in range(251):
            wire.ask("POST", f"/v2/{project}/many-{number}/blobs/uploads/")
    assert len(json.loads(admin.call("statistics", project, "--json").out)["parts"]) == 252


def test_recount_on_the_machine(admin: Person, server: Server, project: str) -> None:
    """What was counted wrong is told and mended beside the running server; then nothing is wrong any more."""
    used = json.loads(admin.call("quota", "show", project, "--json").out)["used"]
    outcome = admin.call("admin", "recount", "--data", str(server.data))
    assert (outcome.status, outcome.out.splitlines()[-1].partition("; ")[2]) == (0, "the drift is 0 bytes")
    with closing(sqlite3.connect(server.data / FILE, timeout=60)) as behind, behind:
        behind.execute(
            "INSERT INTO usage_deltas (project_id, bytes) SELECT id, 7 FROM projects WHERE name = ?", (project,)
        )
    outcome = admin.call("admin", "recount", "--data", str(server.data))
    assert outcome.status == 1
    assert f"mended: project {project} was counted with {used + 7} bytes and has {used}" in outcome.out
    assert json.loads(admin.call("quota", "show", project, "--json").out)["used"] == used
    assert "quota.recounted" in admin.call("audit", "--project", project, "--kind", "quota.recounted").out
    assert admin.call("admin", "recount", "--data", str(server.data)).status == 0


def test_as_a_file(admin: Person, project: str) -> None:
    """A file gives a project its quota, an export says it again, and both change nothing twice."""
    said = f"version: 1\nprojects: {{{project}: {{quota: 1.5MB}}}}\n"
    assert "quota of" in admin.call("apply", "-f", "-", given=said).out
    assert json.loads(admin.call("quota", "show", project, "--json").out)["bytes"] == 1_500_000
    assert admin.call("apply", "-f", "-", "--dry-run", given=said).status == 0
    exported = admin.call("export", "--project", project).out
    assert "bytes: 1500000" in exported
    assert admin.call("apply", "-f", "-", "--dry-run", given=exported).status == 0
    gone = f"version: 1\nprojects: {{{project}: {{quota: null}}}}\n"
    assert admin.call("apply", "-f", "-", given=gone).status == 0
    assert json.loads(admin.call("quota", "show", project, "--json").out)["own"] is False
