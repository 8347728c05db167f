"""Forms that a project may require of its tags."""

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from moorage.rules.expression import Expression
from moorage.rules.semantic_version import is_version

_MONTHS = r"(20\d\d|\d\d)[.-](0?[1-9]|1[0-2])"
_DAYS = r"20\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"


class Form(Enum):
    """A form by its name; `regex` is whatever an expression says."""

    SEMVER = "semver"
    """Semantic Versioning 2.0.0, with or without a `v`; tags have no `+`, so there is no build."""
    CALENDAR = "calendar"
    """Year and month, then any numbers; or year, month and day in eight digits; then maybe a word. After calver.org."""
    GIT_SHA = "git-sha"
    """From 7 to 40 digits, or 64."""
    REGEX = "regex"


class Shape(NamedTuple):
    """What a form is called in a sentence, an example, and whether a tag has it."""

    words: str
    example: str
    matches: Callable[[str], bool]


SHAPES: Mapping[Form, Shape] = MappingProxyType(
    {
        Form.SEMVER: Shape("a semantic version", "1.4.2 or v1.5.0-rc.1", is_version),
        Form.CALENDAR: Shape(
            "a calendar version",
            "2026.11, 2026.11.3 or 20261125",
            Expression(rf"v?({_MONTHS}|{_DAYS})([.-]\d+)*(-[A-Za-z][0-9A-Za-z.-]*)?").matches,
        ),
        Form.GIT_SHA: Shape(
            "a commit of git", "3f2a9c1 or sha-3f2a9c1", Expression(r"(sha-)?([0-9a-f]{7,40}|[0-9a-f]{64})").matches
        ),
    }
)
"""All but `regex`."""
