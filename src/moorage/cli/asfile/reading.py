"""Reads values of the kinds that we expect out of a tree; what is wrong is noted, and reading goes on."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from moorage.cli.asfile.faults import Fault
from moorage.cli.asfile.tree import Node
from moorage.oci.error import Refusal
from moorage.rules.identities import MOST_DAYS

Value = TypeVar("Value")
Reader: TypeAlias = "Callable[[Reading, Node], Any]"
"""Makes a value of a node, or raises Wrong."""


class Wrong(Exception):  # noqa: N818 - names what the value is
    """The value is not what is expected here."""

    def __init__(self, node: Node, sentence: str) -> None:
        super().__init__(sentence)
        self.fault = Fault(node.place, sentence)


@dataclass(frozen=True, slots=True)
class Reading:
    """The faults that were found so far."""

    faults: list[Fault] = field(default_factory=list)

    def fields(self, node: Node, known: Mapping[str, Reader]) -> dict[str, Any]:
        """A mapping of which these are the keys that may stand there, each with its reader."""
        found = {}
        for name, value in mapping(node).items():
            if name not in known:
                self.faults.append(Fault(value.place, f"there is no {name[:80]!r} here: {_meant(name, known)}"))
                continue
            for read in self._one(lambda value=value, name=name: known[name](self, value), name):  # type: ignore[misc]
                found[name] = read
        return found

    def named(self, node: Node, read: Callable[[str, Node], Value]) -> dict[str, Value]:
        """A mapping whose keys are names of somebody's choice."""
        found = {}
        for name, value in mapping(node).items():
            for entry in self._one(lambda value=value, name=name: read(name, value), ""):  # type: ignore[misc]
                found[name] = entry
        return found

    def _one(self, read: Callable[[], Value], name: str) -> Iterable[Value]:
        try:
            return [read()]
        except Wrong as wrong:
            said = f"{name}: {wrong.fault.sentence}" if name else wrong.fault.sentence
            self.faults.append(Fault(wrong.fault.place, said))
            return []


def mapping(node: Node) -> Mapping[str, Node]:
    """Names with values; what is left empty has none."""
    if node.value is None:
        return {}
    if not isinstance(node.value, dict):
        raise Wrong(node, "write names with values here, each on a line as NAME: VALUE")
    return node.value


def entries(node: Node) -> list[Node]:
    """A list."""
    if not isinstance(node.value, list):
        raise Wrong(node, "write a list here, as [ONE, OTHER]")
    return node.value


def text(_reading: Reading, node: Node) -> str:
    """Text. A number is none: `1.0` and `"1.0"` may be different things to whoever reads it."""
    if not isinstance(node.value, str):
        raise Wrong(node, "write text here, in quotes if it looks like a number, or like null, true or false")
    return node.value


def file(reading: Reading, node: Node) -> str:
    """The name of a file."""
    name = text(reading, node)
    if not name or not name.isprintable():
        raise Wrong(node, f"{name[:80]!r} cannot be a file's name")
    return name


def flag(_reading: Reading, node: Node) -> bool:
    """True or false."""
    if not isinstance(node.value, bool):
        raise Wrong(node, "write true or false")
    return node.value


def days(_reading: Reading, node: Node) -> int | None:
    """Days until something ends, from 1 to 3650; None: never."""
    value = node.value
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_DAYS):
        raise Wrong(node, f"write days from 1 to {MOST_DAYS}, or null for never")
    return value


def texts(reading: Reading, node: Node) -> list[str]:
    """A list of texts, each once, in an order that does not depend on the file's."""
    return sorted({text(reading, entry) for entry in entries(node)})


def optional(read: Reader) -> Reader:
    """Or null."""
    return lambda reading, node: None if node.value is None else read(reading, node)


def checked(read: Reader, rule: Callable[[Any], object]) -> Reader:
    """A value that this rule of the registry lets pass."""

    def judged(reading: Reading, node: Node) -> Any:  # noqa: ANN401 - whatever is read
        value = read(reading, node)
        try:
            rule(value)
        except Refusal as refusal:
            raise Wrong(node, refusal.sentence) from None
        return value

    return judged


def plain(node: Node) -> Any:  # noqa: ANN401 - JSON
    """The value as JSON has it, whatever it is."""
    if isinstance(node.value, list):
        return [plain(entry) for entry in node.value]
    if isinstance(node.value, dict):
        return {name: plain(entry) for name, entry in node.value.items()}
    return node.value


def _meant(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f"do you mean {near[0]}?" if near else f"use {', '.join(known)}"
