"""What a regular expression says, read from its text. How it is matched is told by `expression`."""

from dataclasses import dataclass
from typing import TypeAlias

from moorage.oci.error import Code, Refusal

_DEEPEST = 16
_LONGEST_COUNT = 3
_DIGITS = frozenset("0123456789")
_WORD = _DIGITS | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
_LETTERS = _WORD | frozenset(".-")
"""What tags are made of. Source: OCI Distribution Specification, "Pulling manifests"."""
_CLASSES = {"d": _DIGITS, "D": _LETTERS - _DIGITS, "w": _WORD, "W": _LETTERS - _WORD}
_MEANT = frozenset(r".^$*+?{}[]\|()")


@dataclass(frozen=True, slots=True)
class Letters:
    """One letter of these."""

    letters: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sequence:
    """All of these, one after the other."""

    parts: "tuple[Part, ...]"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these."""

    parts: "tuple[Part, ...]"


@dataclass(frozen=True, slots=True)
class Count:
    """From `least` to `most` times; None: without end."""

    part: "Part"
    least: int
    most: int | None


Part: TypeAlias = Letters | Sequence | Choice | Count


def read(text: str) -> Part:
    """All of an expression, or QUERY_INVALID."""
    return _Reader(text).read()


class _Reader:
    """Reads an expression from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def read(self) -> Part:
        """All of it."""
        part = self._choice()
        if self._at < len(self._text):
            raise refused(self._text, "a ) stands there that nothing opens")
        return part

    def _choice(self) -> Part:
        parts = [self._sequence()]
        while self._take("|"):
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _sequence(self) -> Part:
        parts: list[Part] = []
        while self._next() not in {"", "|", ")"}:
            parts.append(self._counted(self._one()))
        return Sequence(tuple(parts))

    def _counted(self, part: Part) -> Part:
        counts = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        letter = self._next()
        if letter == "{":
            part = Count(part, *self._braces())
        elif letter in counts:
            self._at += 1
            part = Count(part, *counts[letter])
        else:
            return part
        if self._next() and self._next() in "*+?{":
            raise refused(self._text, "a count follows a count: put what shall be counted into ( )")
        return part

    def _braces(self) -> tuple[int, int | None]:
        end = self._text.find("}", self._at)
        least, comma, most = self._text[self._at + 1 : max(end, 0)].partition(",")
        if not _is_count(least) or (most and not _is_count(most)):
            raise refused(self._text, "a count in { } is written as {3}, {3,} or {3,5}")
        self._at = end + 1
        highest = int(most) if most else None if comma else int(least)
        if highest is not None and highest < int(least):
            raise refused(self._text, "a count in { } begins with the lower number")
        return int(least), highest

    def _one(self) -> Part:
        letter = self._next()
        self._at += 1
        if letter == "(":
            return self._group()
        if letter == "[":
            return Letters(self._set())
        if letter == ".":
            return Letters(_LETTERS)
        if letter == "\\":
            return Letters(self._escaped())
        if letter in _MEANT:
            raise refused(self._text, f"{letter} has no meaning where it stands: write \\{letter} for the letter")
        return Letters(frozenset(letter))

    def _group(self) -> Part:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise refused(self._text, f"groups stand at most {_DEEPEST} deep")
        if self._take("?") and not self._take(":"):
            raise refused(self._text, "groups begin with ( or (?: here; looking ahead, names and flags are not taken")
        part = self._choice()
        if not self._take(")"):
            raise refused(self._text, "a ( is not closed")
        self._depth -= 1
        return part

    def _set(self) -> frozenset[str]:
        negated = self._take("^")
        found: set[str] = set()
        first = True
        while first or self._next() != "]":
            first = False
            found |= self._range()
        self._at += 1
        return _LETTERS - found if negated else frozenset(found)

    def _range(self) -> frozenset[str]:
        begin = self._member()
        if self._next() != "-" or self._text[self._at + 1 : self._at + 2] in {"]", ""}:
            return begin
        self._at += 1
        end = self._member()
        if len(begin) != 1 or len(end) != 1 or min(begin) > min(end):
            raise refused(self._text, "a range in [ ] goes from a lower letter to a higher one, as a-z")
        return frozenset(map(chr, range(ord(min(begin)), ord(min(end)) + 1)))

    def _member(self) -> frozenset[str]:
        letter = self._next()
        if not letter:
            raise refused(self._text, "a [ is not closed")
        self._at += 1
        return self._escaped() if letter == "\\" else frozenset(letter)

    def _escaped(self) -> frozenset[str]:
        letter = self._next()
        self._at += 1
        if letter in _CLASSES:
            return _CLASSES[letter]
        if not letter or letter in _WORD:
            raise refused(self._text, f"\\{letter} is not taken: use \\d, \\w, or \\ before a mark")
        return frozenset(letter)

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self, letter: str) -> bool:
        found = self._next() == letter
        self._at += found
        return found


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_COUNT


def refused(text: str, why: str) -> Refusal:
    """The refusal of an expression."""
    return Refusal(Code.QUERY_INVALID, f"{text[:80]!r} is not a regular expression that is taken here: {why}")


def weight(part: Part) -> int:
    """Places that the machine will have, before it is made; what is empty counts, too, as its copies do."""
    match part:
        case Letters():
            return 1
        case Sequence(parts) | Choice(parts):
            return max(1, sum(map(weight, parts)))
        case Count(inner, least, most):
            return weight(inner) * max(1, least + 1 if most is None else most)
