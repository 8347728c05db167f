"""Tag rules in a file: what is read, what is planned, what is exported."""

from typing import Any

import pytest

from moorage.cli.asfile.exporting import document
from moorage.cli.asfile.plan import decide
from moorage.cli.asfile.states import Found, FoundProject
from moorage.cli.asfile.step import Verb
from moorage.cli.asfile.telling import lines
from moorage.cli.asfile.wanted import parse
from tests.unit.test_asfile_wanted import faults

PLAIN: dict[str, Any] = {
    "kind": "immutable", "repositories": "**", "tags": "**", "tags_regex": None, "action": "refuse", "reason": "",
    "form": None, "regex": None, "roles": [], "users": [], "robots": [], "days": None,
}  # fmt: skip
TOLD = {"set_by": "ann", "set_at": 5.0}
ME = {"name": "boss", "administrator": True, "auditor": False}
RULES = """version: 1
projects:
  team:
    tag_rules:
      - {kind: immutable, tags: v*, reason: stays}
      - {kind: reserved, tags_regex: 'st.*', robots: [robot$all, ci], roles: [owner]}
"""
READ = [
    {**PLAIN, "tags": "v*", "reason": "stays"},
    {**PLAIN, "kind": "reserved", "tags": None, "tags_regex": "st.*", "roles": ["owner"],
     "robots": ["robot$all", "robot$team+ci"]},
]  # fmt: skip


def found(*rules: dict[str, Any]) -> Found:
    """A registry in which the project has these."""
    project = {"name": "team", "public": False, "description": ""}
    return Found(ME, projects={"team": FoundProject(project, tag_rules=[{**rule, **TOLD} for rule in rules])})


def test_a_list_is_given_as_a_whole() -> None:
    """What differs in any rule, or in their order, gives the list anew, on what was seen; what is the same, nothing."""
    wanted = parse([("a", RULES.encode())])
    first, second = READ
    turned = {**second, "robots": second["robots"][::-1]}
    assert decide(wanted, found(first, turned), prune=True, now=0.0).steps == []
    for rules in ((), (first,), (second, first), (first, {**second, "roles": ["reader"]})):
        (step,) = decide(wanted, found(*rules), prune=False, now=0.0).steps
        assert (step.verb, step.method, step.path) == (
            Verb.CHANGE if rules else Verb.MAKE, "PUT", "projects/team/tag-rules",
        )  # fmt: skip
        assert step.body == READ
        assert step.seen == ([{**rule, **TOLD} for rule in rules] or None)
        assert "stays" in " ".join(lines(step))


def test_absent_and_empty_are_two_things() -> None:
    """A project of which the file says nothing about rules keeps them; one of which it says [] has none."""
    empty = parse([("a", b"version: 1\nprojects: {team: {tag_rules: []}}")])
    (step,) = decide(empty, found(READ[0]), prune=False, now=0.0).steps
    assert (step.verb, step.body) == (Verb.CHANGE, [])
    assert decide(parse([("a", b"version: 1\nprojects: {team: {}}")]), found(READ[0]), prune=True, now=0.0).steps == []


def test_what_is_exported_is_read_as_the_same() -> None:
    """Each rule says what it has to, and no more."""
    said = document(found(*READ))["projects"]["team"]["tag_rules"]
    assert said == [
        {"kind": "immutable", "tags": "v*", "reason": "stays"},
        {"kind": "reserved", "tags_regex": "st.*", "roles": ["owner"], "robots": ["ci", "robot$all"]},
    ]
    assert "tag_rules" not in document(found())["projects"]["team"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("{kind: immutible}", "there is no 'immutible' here: use immutable"),
        ("{tags: v*}", "say which kind of rule"),
        ("{kind: immutable, tag: v*}", "do you mean tags?"),
        ("{kind: immutable, tags: '[a'}", "is not a pattern"),
        ("{kind: immutable, tags: 1.0}", "write text here"),
        ("{kind: immutable, tags: a, tags_regex: a}", "give either"),
        ("{kind: required, form: regex, regex: (a}", "is not closed"),
        ("{kind: required}", "rule 2 (required): say which form"),
        ("{kind: expires, days: 0}", "write days from 1"),
        ("{kind: expires, days: 3, action: allow}", "days are for expires"),
    ],
)
def test_faults(rule: str, words: str) -> None:
    """What is no rule is told with its line, before anything is asked."""
    head = "version: 1\nprojects:\n  team:\n    tag_rules:\n      - {kind: forbidden, tags: x}\n"
    (told,) = faults(f"{head}      - {rule}\n")
    assert words in told
    assert told.startswith(("1.yaml:4: ", "1.yaml:6: "))
