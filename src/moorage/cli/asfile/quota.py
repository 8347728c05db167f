"""The quota of a project in a file: `10GB`, a number of bytes, `none`, both of it and when to warn, or null."""

from collections.abc import Iterator
from typing import Any

from moorage.cli.asfile.comparing import differences, made
from moorage.cli.asfile.reading import Reading, Wrong, mapping
from moorage.cli.asfile.states import Entry, Row
from moorage.cli.asfile.step import Difference, Step, Verb
from moorage.cli.asfile.tree import Node
from moorage.cli.resource import path
from moorage.oci.error import Refusal
from moorage.rules.quota import LARGEST, parse_size

NO_LIMIT = "none"
_HIGHEST_PERCENT = 100


def read(scribe: Reading, node: Node) -> Entry:
    """What is said of it. Null: it has none of its own."""
    if node.value is None:
        return Entry(node.place, {"own": False})
    if not isinstance(node.value, dict):
        return Entry(node.place, {"own": True, "bytes": _size(scribe, node)})
    found = scribe.fields(node, {"bytes": _size, "warn_at": _percent})
    if "bytes" not in mapping(node):
        raise Wrong(node, "a quota has bytes, as 10GB, or none")
    return Entry(node.place, {"own": True, **found})


def steps(project: str, wanted: Entry | None, now: Row | None) -> Iterator[Step]:
    """What makes it so; `now` is None for a project that is made."""
    if wanted is None:
        return
    stated, what, target = dict(wanted.fields), f"quota of {project}", path("projects", project, "quota")
    seen = None if now is None else {name: now[name] for name in ("bytes", "own", "warn_at")}
    if not stated.pop("own"):
        if seen is not None and seen["own"]:
            gone = (Difference("bytes", seen["bytes"], "as the settings say"),)
            yield Step(Verb.CHANGE, what, wanted.place, "DELETE", target, None, gone, seen)
        return
    is_own = seen is not None and seen["own"]
    changes = differences(stated, seen) if seen is not None and is_own else made(stated)
    if changes:
        kept = {"warn_at": seen["warn_at"]} if seen is not None and is_own else {}
        verb = Verb.CHANGE if is_own else Verb.MAKE
        yield Step(verb, what, wanted.place, "PUT", target, {**kept, **stated}, changes, seen)


def said(now: Row) -> dict[str, Any]:
    """How a quota of its own stands in a file."""
    size = NO_LIMIT if now["bytes"] is None else now["bytes"]
    return {"bytes": size, "warn_at": now["warn_at"]}


def _size(_scribe: Reading, node: Node) -> int | None:
    value = node.value
    if value == NO_LIMIT:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST:
        return value
    if not isinstance(value, str):
        raise Wrong(node, "write bytes, as 10GB, or none for no limit")
    try:
        return parse_size(value)
    except Refusal as refusal:
        raise Wrong(node, refusal.sentence) from None


def _percent(_scribe: Reading, node: Node) -> int:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _HIGHEST_PERCENT:
        raise Wrong(node, "write percent, from 1 to 100")
    return value
