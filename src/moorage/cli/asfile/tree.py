"""YAML as a tree that knows its lines. Source: YAML 1.2.2, with the core schema (section 10.3).

Only what plain data needs: no tags, so nothing is made but text, numbers, true, false, null, lists and mappings; keys
are text and stand once. Aliases count as much as what they stand for, so that a short file cannot grow without end.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from moorage.cli.asfile.faults import Fault, Place

LARGEST = 2 * 1024 * 1024
"""Bytes of a file: they are read in about five seconds."""
_DEEPEST = 16
_MOST_NODES = 200_000
_LONGEST_FIGURE = 64
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}|0o[0-7]{1,20}|0x[0-9a-fA-F]{1,16}")
_FLOAT = re.compile(
    r"[-+]?(?:(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:e[-+]?[0-9]+)?|[0-9]+e[-+]?[0-9]+|\.inf)|\.nan", re.IGNORECASE
)
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands; within a mapping, that is where its key does. `size` counts all that is in it."""

    place: Place
    value: "Scalar | list[Node] | dict[str, Node]"
    size: int = 1


class Unreadable(Exception):  # noqa: N818 - names what the file is
    """It is not YAML, or not of the kind that we read: reading ends here."""

    def __init__(self, place: Place, sentence: str) -> None:
        super().__init__(sentence)
        self.fault = Fault(place, sentence)


def read(file: str, content: bytes) -> tuple[Node, list[Fault]]:
    """The one document of a file, and what is wrong with it. Raises Unreadable."""
    if len(content) > LARGEST:
        raise Unreadable(Place(file, 1), f"a file has at most {LARGEST // 1024 // 1024} MiB: write several")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise Unreadable(Place(file, line), "this is not text in UTF-8") from None
    builder = _Builder(file, yaml.parse(text, Loader=yaml.SafeLoader))
    try:
        return builder.document(), builder.faults
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        sentence = ": ".join(filter(None, (fault.context, fault.problem))) or "this is not YAML"
        raise Unreadable(Place(file, mark.line + 1 if mark else 1), sentence) from None
    except yaml.reader.ReaderError as fault:
        line = text.count("\n", 0, int(fault.position)) + 1
        raise Unreadable(Place(file, line), "a character that YAML does not allow stands here") from None
    except (yaml.YAMLError, ValueError, OverflowError):  # as of an escape that is no character
        raise Unreadable(Place(file, builder.line), "this is not YAML") from None


def resolve(text: str) -> Scalar:
    """What unquoted text means: YAML 1.2.2, section 10.3.2. So `no` and `on` are text, and dates are, too."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    if len(text) < _LONGEST_FIGURE and _FLOAT.fullmatch(text):
        return float(re.sub(r"\.(?=[in])", "", text, flags=re.IGNORECASE))
    return text


class _Builder:
    """Makes nodes of the parser's events as they come, so that what goes too far is not read to its end."""

    def __init__(self, file: str, events: Iterator[yaml.Event]) -> None:
        self.faults: list[Fault] = []
        self.line = 1
        self._file = file
        self._events = events
        self._anchors: dict[str, Node | None] = {}

    def document(self) -> Node:
        """The first document, which has to be the only one."""
        self._next()  # the beginning of the stream
        if isinstance(self._next(), yaml.StreamEndEvent):
            raise Unreadable(self._place(), "the file is empty: it begins with version: 1")
        node = self._node(self._next(), 0)
        self._next()  # the end of the document
        if not isinstance(self._next(), yaml.StreamEndEvent):
            raise Unreadable(self._place(), "a file holds one document: write several files")
        return node

    def _next(self) -> yaml.Event:
        event = next(self._events)
        self.line = event.start_mark.line + 1 if event.start_mark else self.line
        return event

    def _place(self) -> Place:
        return Place(self._file, self.line)

    def _node(self, event: yaml.Event, depth: int) -> Node:
        place = self._place()
        if isinstance(event, yaml.AliasEvent):
            return self._known(event.anchor, place)
        assert isinstance(event, yaml.NodeEvent)  # noqa: S101 - the parser's grammar
        if depth > _DEEPEST:
            raise Unreadable(place, f"nothing stands more than {_DEEPEST} levels deep")
        if event.anchor is not None:
            self._anchors[event.anchor] = None  # nothing contains itself
        if getattr(event, "tag", None) is not None:
            self.faults.append(Fault(place, "tags, which begin with !, are not read"))
        node = self._made(event, place, depth)
        if node.size > _MOST_NODES:
            raise Unreadable(place, f"a file says at most {_MOST_NODES} things, and aliases count as what they name")
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _made(self, event: yaml.Event, place: Place, depth: int) -> Node:
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(place, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(place, depth)
        assert isinstance(event, yaml.ScalarEvent)  # noqa: S101 - the parser's grammar
        return Node(place, resolve(event.value) if event.style is None else self._text(event.value, place))

    def _text(self, text: str, place: Place) -> str:
        if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            self.faults.append(Fault(place, "half a character is escaped here"))
            return ""
        return text

    def _known(self, anchor: str | None, place: Place) -> Node:
        node = self._anchors.get(anchor or "")
        if node is None:
            raise Unreadable(place, f"*{anchor} stands for nothing above it")
        return Node(place, node.value, node.size)

    def _list(self, place: Place, depth: int) -> Node:
        entries: list[Node] = []
        size = 1
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            entries.append(self._node(event, depth + 1))
            size = self._counted(size, entries[-1], place)
        return Node(place, entries, size)

    def _mapping(self, place: Place, depth: int) -> Node:
        entries: dict[str, Node] = {}
        size = 1
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(self._next(), depth + 1)
            size = self._counted(size, value, key.place)
            name = key.value
            if not isinstance(name, str):
                self.faults.append(Fault(key.place, "a key is text: put it in quotes"))
            elif name in entries:
                self.faults.append(Fault(key.place, f"{name[:80]!r} stands here a second time"))
            else:
                entries[name] = Node(key.place, value.value, value.size)
        return Node(place, entries, size)

    def _counted(self, size: int, node: Node, place: Place) -> int:
        if size + node.size > _MOST_NODES:
            raise Unreadable(place, f"a file says at most {_MOST_NODES} things, and aliases count as what they name")
        return size + node.size
