"""Versions of the form 1.4.2-rc.1+build, and ranges of them. Source: Semantic Versioning 2.0.0.

A leading `v` is read as if it were not there, as tags often have one; `+` cannot stand in a tag, so builds are rare.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Self, TypeAlias

from moorage.oci.error import Code, Refusal

_NUMBER = r"(0|[1-9][0-9]{0,17})"
_PART = r"(?:0|[1-9][0-9]{0,17}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_FORM = re.compile(
    rf"v?{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-({_PART}(?:\.{_PART})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_BOUND = re.compile(rf"(>=|<=|>|<|=)?v?{_NUMBER}(?:\.{_NUMBER}(?:\.{_NUMBER}(?:-({_PART}(?:\.{_PART})*))?)?)?")
_MOST_BOUNDS = 10
_LONGEST = 200
_OPERATORS: Mapping[str, Callable[["Version", "Version"], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}

Version: TypeAlias = tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]
"""What versions are compared by (clause 11): the numbers, whether it is final, and the parts of a pre-release."""


@lru_cache(maxsize=4096)
def version(text: str) -> Version | None:
    """The version that this whole text is; None if it is none."""
    found = _FORM.fullmatch(text)
    return _read(*found.groups()) if found else None


def is_version(text: str) -> bool:
    """Is this whole text a version?"""
    return version(text) is not None


def _read(major: str, minor: str | None, patch: str | None, before: str | None) -> Version:
    parts = tuple((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in _split(before))
    return int(major), int(minor or 0), int(patch or 0), before is None, parts


def _split(before: str | None) -> list[str]:
    return before.split(".") if before else []


@dataclass(frozen=True, slots=True)
class Range:
    """Versions that keep within all of its bounds: `>=1.2.0 <2.0.0`.

    A pre-release is within it only if a bound names a pre-release itself: nobody who asks for `>=1.0.0` means 2.0.0-rc.
    """

    text: str
    bounds: tuple[tuple[str, Version], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one, or refuse with QUERY_INVALID."""
        words = text.split() if len(text) <= _LONGEST else []
        found = [_BOUND.fullmatch(word) for word in words]
        bounds = tuple((match[1] or "=", _read(*match.groups()[1:])) for match in found if match)
        if not bounds or len(bounds) != len(words) or len(bounds) > _MOST_BOUNDS:
            raise Refusal(
                Code.QUERY_INVALID,
                f"{text[:80]!r} is not a range of versions: write bounds with spaces between, as >=1.2.0 <2.0.0",
            )
        return cls(text, bounds)

    def has(self, text: str) -> bool:
        """Is this the name of a version within it?"""
        found = version(text)
        if found is None:
            return False
        if not found[3] and all(bound[3] for _, bound in self.bounds):
            return False
        return all(_OPERATORS[sign](found, bound) for sign, bound in self.bounds)

    def __str__(self) -> str:
        return self.text
