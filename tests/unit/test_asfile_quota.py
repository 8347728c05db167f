"""The quota of a project in a file: how it is read, compared and written."""

import re
from typing import Any

import pytest

from moorage.cli.asfile import quota
from moorage.cli.asfile.exporting import document
from moorage.cli.asfile.plan import decide
from moorage.cli.asfile.states import Found, FoundProject
from moorage.cli.asfile.step import Step, Verb
from moorage.cli.asfile.wanted import parse
from moorage.cli.failing import Failure

ME = {"name": "admin", "administrator": True, "auditor": False}
ROW = {"id": 1, "name": "team", "public": False, "description": ""}


def row(size: int | None = None, *, own: bool = True, warn_at: int = 80) -> dict[str, Any]:
    """A quota, as the API shows it."""
    return {"bytes": size, "own": own, "warn_at": warn_at, "used": 5, "largest": []}


def steps(said: str, now: dict[str, Any] | None) -> list[Step]:
    """What a file that says this makes of a project with this quota; None: there is no project yet."""
    wanted = parse([("f", f"version: 1\nprojects:\n  team:\n    quota: {said}\n".encode())])
    projects = {} if now is None else {"team": FoundProject(ROW, quota=now)}
    plan = decide(wanted, Found(ME, projects=projects), prune=False, now=0.0)
    assert not plan.faults
    return [step for step in plan.steps if step.what.startswith("quota")]


@pytest.mark.parametrize(
    ("said", "now"),
    [
        ("10GB", row(10**10)),
        ("10000000000", row(10**10, warn_at=50)),
        ("none", row(None)),
        ("{bytes: 10GB, warn_at: 70}", row(10**10, warn_at=70)),
        ("null", row(10**10, own=False)),
        ("", row(None, own=False)),
    ],
)
def test_what_is_so_already(said: str, now: dict[str, Any]) -> None:
    """It takes no step."""
    assert steps(said, now) == []


@pytest.mark.parametrize(
    ("said", "now", "verb", "method", "body"),
    [
        ("10GB", row(5), Verb.CHANGE, "PUT", {"bytes": 10**10, "warn_at": 80}),
        ("10GB", row(10**10, own=False), Verb.MAKE, "PUT", {"bytes": 10**10}),
        ("10GB", None, Verb.MAKE, "PUT", {"bytes": 10**10}),
        ("0", row(5), Verb.CHANGE, "PUT", {"bytes": 0, "warn_at": 80}),
        ("none", row(5), Verb.CHANGE, "PUT", {"bytes": None, "warn_at": 80}),
        ("none", row(5, own=False), Verb.MAKE, "PUT", {"bytes": None}),
        ("{bytes: 5, warn_at: 70}", row(5), Verb.CHANGE, "PUT", {"bytes": 5, "warn_at": 70}),
        ("null", row(5), Verb.CHANGE, "DELETE", None),
    ],
)
def test_what_is_not(
    said: str, now: dict[str, Any] | None, verb: Verb, method: str, body: dict[str, Any] | None
) -> None:
    """One step makes it so, on the condition that it still is as it was seen; what is not said of it stays."""
    [step] = steps(said, now)
    assert (step.verb, step.method, step.path) == (verb, method, "projects/team/quota")
    assert step.body == body
    assert step.differences
    if now is not None:
        assert step.seen == {name: now[name] for name in ("bytes", "own", "warn_at")}


def test_null_for_a_new_project() -> None:
    """It has none of its own anyway."""
    assert steps("null", None) == []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("ten", "write it as 10GB"),
        ("-1", "write bytes"),
        ("true", "write bytes"),
        ("1.5", "write bytes"),
        ("[1]", "write bytes"),
        ("{warn_at: 5}", "a quota has bytes"),
        ("{bytes: 5, warn_at: 0}", "percent, from 1 to 100"),
        ("{bytes: 5, warn: 5}", "do you mean warn_at"),
        ("9223372036854775808", "write bytes|is no size|more than"),
    ],
)
def test_what_is_no_quota(said: str, reason: str) -> None:
    """It is told with its line."""
    with pytest.raises(Failure) as failed:
        parse([("f", f"version: 1\nprojects:\n  team:\n    quota: {said}\n".encode())])
    assert re.search(rf"f:4: .*({reason})", str(failed.value.hint))


@pytest.mark.parametrize("now", [row(10**10), row(None, warn_at=50), row(0)])
def test_what_is_written_is_read_as_it_was(now: dict[str, Any]) -> None:
    """An export says it, and makes no step; the settings' is not the project's, and not in the file."""
    written = document(Found(ME, projects={"team": FoundProject(ROW, quota=now)}))["projects"]["team"]["quota"]
    assert written == quota.said(now)
    assert steps(f"{{bytes: {written['bytes']}, warn_at: {written['warn_at']}}}", now) == []
    without = document(Found(ME, projects={"team": FoundProject(ROW, quota=row(5, own=False))}))
    assert "quota" not in without["projects"]["team"]
