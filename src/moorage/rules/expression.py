r"""Regular expressions over whole tags, matched by a machine that reads a tag once.

Python's own would take for ever for some expressions, and it is people who write them. What is taken: letters, `.`,
sets, `\d`, `\w`, groups, `|`, and the counts `* + ? {m} {m,} {m,n}`. Whatever needs to look back or ahead is refused.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from moorage.rules.expression_parts import Choice, Count, Letters, Part, Sequence, read, refused, weight

LONGEST = 255
MOST_PLACES = 128
"""Letters that an expression may name, each as often as its counts repeat it; a tag has no more letters."""
_MOST_KNOWN = 1000


@dataclass(frozen=True, slots=True)
class Expression:
    """A regular expression that means whole tags; `^` at its beginning and `$` at its end change nothing."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one, or refuse with QUERY_INVALID."""
        _machine(text)
        return cls(text)

    @property
    def places(self) -> int:
        """What it costs to match: at most so many steps for each letter of a tag."""
        return len(_machine(self.text).follow)

    def matches(self, tag: str) -> bool:
        """Is this whole tag meant?"""
        return _machine(self.text).accepts(tag)

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class _Machine:
    """Each letter of the expression is a place, a bit of a number: where a tag may have come to.

    `follow` says which places may come behind each, `letters` at which places a letter may stand.
    """

    follow: list[int] = field(default_factory=list)
    letters: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    first: int = 0
    last: int = 0
    is_open: bool = False
    """Does it mean nothing at all, too?"""
    _known: dict[int, int] = field(default_factory=dict)

    def accepts(self, tag: str) -> bool:
        """Does the whole tag lead from the beginning to an end?"""
        letters: Mapping[str, int] = self.letters
        reach = self.first
        places = 0
        for letter in tag:
            places = reach & letters.get(letter, 0)
            if not places:
                return False
            reach = self._behind(places)
        return bool(places & self.last) if tag else self.is_open

    def _behind(self, places: int) -> int:
        found = self._known.get(places)
        if found is None:
            found = 0
            for place in _bits(places):
                found |= self.follow[place]
            if len(self._known) < _MOST_KNOWN:
                self._known[places] = found
        return found


def _bits(places: int) -> Iterator[int]:
    while places:
        low = places & -places
        yield low.bit_length() - 1
        places ^= low


@lru_cache(maxsize=512)
def _machine(text: str) -> _Machine:
    if not text or len(text) > LONGEST or not text.isascii() or not text.isprintable():
        raise refused(text, f"it has from 1 to {LONGEST} letters, digits and marks, none of another alphabet")
    bare = text.removeprefix("^")
    if bare.endswith("$") and not bare.endswith(r"\$"):
        bare = bare.removesuffix("$")
    part = read(bare)
    if weight(part) > MOST_PLACES:
        raise refused(text, f"with its counts it is longer than {MOST_PLACES} letters: shorten it, or use * or +")
    machine = _Machine()
    machine.is_open, machine.first, machine.last = _build(machine, part)
    machine.letters = dict(machine.letters)
    return machine


def _build(machine: _Machine, part: Part) -> tuple[bool, int, int]:
    """May it be nothing, and the places where it may begin and end. After Glushkov (1961)."""
    match part:
        case Letters(letters):
            place = 1 << len(machine.follow)
            machine.follow.append(0)
            for letter in letters:
                machine.letters[letter] |= place
            return False, place, place
        case Sequence(parts):
            whole = (True, 0, 0)
            for inner in parts:
                whole = _joined(machine, whole, _build(machine, inner))
            return whole
        case Choice(parts):
            built = [_build(machine, inner) for inner in parts]
            first = last = 0
            for _, begins, ends in built:
                first, last = first | begins, last | ends
            return any(is_open for is_open, _, _ in built), first, last
        case Count(inner, least, most):
            return _build_count(machine, inner, least, most)


def _build_count(machine: _Machine, inner: Part, least: int, most: int | None) -> tuple[bool, int, int]:
    """So many copies; those that may be left out are each behind the one before, so few places are open at once."""
    whole = (True, 0, 0)
    for _ in range(least):
        whole = _joined(machine, whole, _build(machine, inner))
    if most is None:
        _, first, last = _build(machine, inner)
        _follow(machine, last, first)
        return _joined(machine, whole, (True, first, last))
    ends = whole[2]
    rest = whole
    for _ in range(most - least):
        rest = _joined(machine, rest, _build(machine, inner))
        ends |= rest[2]
    return whole[0], rest[1], ends


def _joined(machine: _Machine, one: tuple[bool, int, int], other: tuple[bool, int, int]) -> tuple[bool, int, int]:
    _follow(machine, one[2], other[1])
    first = one[1] | other[1] if one[0] else one[1]
    last = other[2] | one[2] if other[0] else other[2]
    return one[0] and other[0], first, last


def _follow(machine: _Machine, places: int, then: int) -> None:
    for place in _bits(places):
        machine.follow[place] |= then
