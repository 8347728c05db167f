"""Rules of retention in a file: what is read, what is planned, what is exported."""

from typing import Any

import pytest

from moorage.cli.asfile.exporting import document
from moorage.cli.asfile.plan import decide
from moorage.cli.asfile.states import Found, FoundProject
from moorage.cli.asfile.step import Verb
from moorage.cli.asfile.wanted import parse
from tests.unit.test_asfile_wanted import faults

ME = {"name": "boss", "administrator": True, "auditor": False}
FILE = """version: 1
projects:
  team:
    retention:
      - {effect: keep, versions: '>=0.0.0'}
      - {effect: delete, tags: '*-*', newest: 10, group_before: '-', pushed_days: 7}
"""
READ: list[dict[str, Any]] = [
    {"effect": "keep", "repositories": "**", "versions": ">=0.0.0"},
    {"effect": "delete", "repositories": "**", "tags": "*-*", "newest": 10, "group_before": "-", "pushed_days": 7.0},
]


def found(*rules: dict[str, Any]) -> Found:
    """A registry in which the project has these, as the API shows them."""
    shown = [{"labels": {}, "untagged": False, "pulled_days": None, "annotations": {}, **rule} for rule in rules]
    retention = {"rules": shown, "set_by": "ann", "set_at": 5.0}
    project = {"name": "team", "public": False, "description": ""}
    return Found(ME, projects={"team": FoundProject(project, retention=retention)})


def test_a_list_is_given_as_a_whole() -> None:
    """What differs in any rule, or in their order, gives the list anew, on what was seen; what is the same, nothing."""
    wanted = parse([("a", FILE.encode())])
    first, second = READ
    assert decide(wanted, found(first, second), prune=True, now=0.0).steps == []
    for rules in ((), (first,), (second, first), (first, {**second, "newest": 9})):
        (step,) = decide(wanted, found(*rules), prune=False, now=0.0).steps
        assert (step.verb, step.method, step.path) == (
            Verb.CHANGE if rules else Verb.MAKE, "PUT", "projects/team/retention",
        )  # fmt: skip
        assert step.body == {"rules": READ}
        assert step.seen == found(*rules).projects["team"].retention


def test_absent_and_empty_are_two_things() -> None:
    """A project of which the file says nothing about rules keeps them; one of which it says [] has none."""
    empty = parse([("a", b"version: 1\nprojects: {team: {retention: []}}")])
    (step,) = decide(empty, found(READ[0]), prune=False, now=0.0).steps
    assert (step.verb, step.body) == (Verb.CHANGE, {"rules": []})
    assert decide(parse([("a", b"version: 1\nprojects: {team: {}}")]), found(READ[0]), prune=True, now=0.0).steps == []


def test_what_is_exported_is_read_as_the_same() -> None:
    """Each rule says what it has to, and no more."""
    assert document(found(*READ))["projects"]["team"]["retention"] == READ
    assert "retention" not in document(found())["projects"]["team"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("{effect: burn}", "keeps or deletes"),
        ("{tags: v*}", "say what becomes of"),
        ("{effect: keep, tag: v*}", "do you mean tags?"),
        ("{effect: keep, newest: 1.5}", "write a number"),
        ("{effect: keep, newest: true}", "write a number"),
        ("{effect: delete, pushed_days: -1}", "write days from 0"),
        ("{effect: delete, tags: '[a'}", "is not a pattern"),
        ("{effect: delete, untagged: true, tags: a}", "rule 1: untagged images have no names"),
        ("{effect: delete, labels: {env: 1}}", "write text here"),
    ],
)
def test_faults(rule: str, words: str) -> None:
    """Each is told with its line, before anything is asked."""
    told = faults(f"projects:\n  team:\n    retention:\n      - {rule}\n")
    assert words in " ".join(told)
