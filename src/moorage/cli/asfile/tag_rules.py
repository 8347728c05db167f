"""Tag rules of a project in a file: one list, all of them, in its order."""

from collections.abc import Iterator, Mapping
from typing import Any

from moorage.cli.asfile import reading
from moorage.cli.asfile.reading import Reader, Reading, Wrong, checked, days, text
from moorage.cli.asfile.states import Entry, Row, RowList
from moorage.cli.asfile.step import Difference, Step, Verb
from moorage.cli.asfile.tree import Node
from moorage.cli.resource import path
from moorage.oci.error import Refusal
from moorage.rules.names import ROBOT, robot_title
from moorage.rules.pattern import EVERYTHING
from moorage.rules.tag_forms import Form
from moorage.rules.tag_rule import Effect, RuleKind
from moorage.rules.tag_rules_check import parse_rule, require_rules

_TOLD = ("set_by", "set_at")
"""What the registry says of a rule, and nobody else."""
_PLAIN: Mapping[str, Any] = {
    "repositories": EVERYTHING,
    "tags": None,
    "tags_regex": None,
    "action": Effect.REFUSE.value,
    "reason": "",
    "form": None,
    "regex": None,
    "roles": [],
    "users": [],
    "robots": [],
    "days": None,
}
"""What a rule says that does not say it."""


def _one_of(known: list[str]) -> Reader:
    def read(scribe: Reading, node: Node) -> str:
        found = text(scribe, node)
        if found not in known:
            raise Wrong(node, f"there is no {found[:64]!r} here: use {', '.join(known)}")
        return found

    return read


_FIELDS: Mapping[str, Reader] = {
    "kind": _one_of([kind.value for kind in RuleKind]),
    "repositories": text,
    "tags": text,
    "tags_regex": text,
    "action": _one_of([effect.value for effect in Effect]),
    "reason": text,
    "form": _one_of([form.value for form in Form]),
    "regex": text,
    "roles": reading.texts,
    "users": reading.texts,
    "robots": reading.texts,
    "days": days,
}


def read_rules(project: str) -> Reader:
    """The list of this project, each rule as the API has it."""

    def read(scribe: Reading, node: Node) -> Entry:
        known = len(scribe.faults)
        rules = [_read_rule(scribe, entry, project) for entry in reading.entries(node)]
        if len(scribe.faults) > known:
            return Entry(node.place, {"rules": []})  # nothing is done with it
        checked(lambda _scribe, _node: [parse_rule(rule) for rule in rules], require_rules)(scribe, node)
        return Entry(node.place, {"rules": rules})

    return read


def _read_rule(scribe: Reading, node: Node, project: str) -> dict[str, Any]:
    known = len(scribe.faults)
    found = scribe.fields(node, _FIELDS)
    if len(scribe.faults) > known:
        return {}
    if "kind" not in found:
        raise Wrong(node, f"say which kind of rule: {', '.join(kind.value for kind in RuleKind)}")
    rule = {**_PLAIN, **found}
    try:
        parse_rule(rule)
    except Refusal as refusal:
        raise Wrong(node, refusal.sentence) from None
    if rule["tags"] is rule["tags_regex"] is None:
        rule["tags"] = EVERYTHING
    titles = (name if name.startswith(ROBOT) else robot_title(project, name) for name in rule["robots"])
    return {**rule, "robots": sorted(titles)}


def plan(project: str, wanted: Entry | None, found: RowList | None) -> Iterator[Step]:
    """The step that gives the list anew, if it is not so; of differences those rules that come or go."""
    if wanted is None:
        return
    rules = wanted.fields["rules"]
    now = [_own(rule) for rule in found or ()]
    if rules == now:
        return
    verb = Verb.CHANGE if now else Verb.MAKE
    change = Difference("rules", [in_file(rule, project) for rule in now] if now else None,
                        [in_file(rule, project) for rule in rules])  # fmt: skip
    what = f"tag rules of project {project}"
    target = path("projects", project, "tag-rules")
    yield Step(verb, what, wanted.place, "PUT", target, rules, (change,), found or None)


def in_file(rule: Row, project: str) -> dict[str, Any]:
    """A rule as a file says it: what does not matter is left out, and the project's robots go by their short names."""
    said = {name: rule[name] for name in ("kind", *_PLAIN) if name == "kind" or rule[name] not in (_PLAIN[name], None)}
    if said.get("tags") == EVERYTHING:
        del said["tags"]
    if "robots" in said:
        said["robots"] = sorted(name.removeprefix(robot_title(project, "")) for name in said["robots"])
    return said


def _own(rule: Row) -> dict[str, Any]:
    """What was wanted, with names in the order of a file."""
    own = {name: value for name, value in rule.items() if name not in _TOLD}
    return {**own, **{names: sorted(own[names]) for names in ("roles", "users", "robots")}}
