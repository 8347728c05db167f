"""Rules of retention of a project in a file: one list, all of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from moorage.cli.asfile import reading
from moorage.cli.asfile.reading import Reader, Reading, Wrong, flag, text
from moorage.cli.asfile.states import Entry, Row
from moorage.cli.asfile.step import Difference, Step, Verb
from moorage.cli.asfile.tree import Node
from moorage.cli.resource import path
from moorage.oci.error import Refusal
from moorage.rules.retention import Effect
from moorage.rules.retention_terms import MOST_DAYS, MOST_KEPT, fields_of, rule_of, rules_of

_EFFECTS = [effect.value for effect in Effect]


def _effect(scribe: Reading, node: Node) -> str:
    found = text(scribe, node)
    if found not in _EFFECTS:
        raise Wrong(node, f"a rule of retention keeps or deletes: write {' or '.join(_EFFECTS)}")
    return found


def _number(_scribe: Reading, node: Node) -> int:
    if isinstance(node.value, bool) or not isinstance(node.value, int) or not 0 <= node.value <= MOST_KEPT:
        raise Wrong(node, f"write a number from 0 to {MOST_KEPT} here")
    return node.value


def _days(_scribe: Reading, node: Node) -> float:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float) or not 0 <= node.value <= MOST_DAYS:
        raise Wrong(node, f"write days from 0 to {MOST_DAYS} here")
    return float(node.value)


def _by_name(scribe: Reading, node: Node) -> dict[str, str]:
    return {name: text(scribe, value) for name, value in reading.mapping(node).items()}


_FIELDS: Mapping[str, Reader] = {
    "effect": _effect,
    "repositories": text,
    "labels": _by_name,
    "tags": text,
    "versions": text,
    "untagged": flag,
    "newest": _number,
    "group_before": text,
    "pushed_days": _days,
    "pulled_days": _days,
    "annotations": _by_name,
}


def read(scribe: Reading, node: Node) -> Entry:
    """The list, each rule as the API has it."""
    known = len(scribe.faults)
    rules = [_read_rule(scribe, number, entry) for number, entry in enumerate(reading.entries(node), 1)]
    return Entry(node.place, {"rules": [] if len(scribe.faults) > known else rules})


def _read_rule(scribe: Reading, number: int, node: Node) -> dict[str, Any]:
    known = len(scribe.faults)
    found = scribe.fields(node, _FIELDS)
    if len(scribe.faults) > known:
        return {}
    if "effect" not in found:
        raise Wrong(node, f"say what becomes of what this rule chooses: effect: {' or '.join(_EFFECTS)}")
    try:
        return fields_of(rule_of(number, found))
    except Refusal as refusal:
        raise Wrong(node, refusal.sentence) from None


def plan(project: str, wanted: Entry | None, found: Row | None) -> Iterator[Step]:
    """The step that gives the list anew, if it is not so."""
    if wanted is None:
        return
    rules, now = wanted.fields["rules"], said(found)
    if rules == now:
        return
    verb = Verb.CHANGE if now else Verb.MAKE
    what, target = f"rules of retention of project {project}", path("projects", project, "retention")
    change = Difference("rules", now or None, rules)
    yield Step(verb, what, wanted.place, "PUT", target, {"rules": rules}, (change,), found)


def said(found: Row | None) -> list[dict[str, Any]]:
    """As a file says them: what chooses nothing is left out."""
    return [fields_of(rule) for rule in rules_of(found["rules"])] if found else []
