"""Patterns of repository and tag names: globs in which `*` stays within a part between slashes and `**` does not."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from moorage.oci.error import Code, Refusal

EVERYTHING = "**"
_LONGEST = 255
_FORM = re.compile(r"[A-Za-z0-9._/*?-]+")
_WORD = re.compile(r"\*\*|.")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A glob over whole names: `**` any characters, `*` any but a slash, `?` one but a slash."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one, or refuse with QUERY_INVALID."""
        if len(text) > _LONGEST or not _FORM.fullmatch(text) or "***" in text:
            raise Refusal(
                Code.QUERY_INVALID,
                f"{text[:80]!r} is not a pattern: write a name in which * stands for any letters but /, "
                "and ** for any letters",
            )
        return cls(text)

    @property
    def is_everything(self) -> bool:
        """Does it match every name?"""
        return self.text == EVERYTHING

    def matches(self, name: str) -> bool:
        """Is this whole name meant?"""
        return self.is_everything or _machine(self.text).accepts(name)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class _Machine:
    """A pattern as a machine that reads a name once, whatever the pattern: a regular expression could take for ever.

    Bit n of a number is the place before word n of the pattern. `many` and `within` are the stars, `one` the question
    marks, `letters` where each letter stands; `end` is the place behind the last word.
    """

    many: int
    within: int
    one: int
    letters: Mapping[str, int]
    end: int

    def accepts(self, name: str) -> bool:
        """Does the whole name lead from the beginning to the end?"""
        places = self._past_stars(1)
        for letter in name:
            stars, singles = self.many, self.letters.get(letter, 0)
            if letter != "/":
                stars |= self.within
                singles |= self.one
            places = self._past_stars(places & stars | (places & singles) << 1)
            if not places:
                return False
        return bool(places & self.end)

    def _past_stars(self, places: int) -> int:
        """A star may stand for nothing. No two stand side by side: `parse` refuses that."""
        return places | (places & (self.many | self.within)) << 1


@lru_cache(maxsize=4096)
def _machine(text: str) -> _Machine:
    where: dict[str, int] = defaultdict(int)
    words = _WORD.findall(text)
    for place, word in enumerate(words):
        where[word] |= 1 << place
    letters = {word: bits for word, bits in where.items() if word not in {"**", "*", "?"}}
    return _Machine(where["**"], where["*"], where["?"], letters, 1 << len(words))
