"""Labels that people put on repositories: `env=prod`."""

import re
from collections.abc import Mapping
from typing import NamedTuple, Self

from moorage.oci.error import Code, Refusal

MOST = 50
"""Labels that one repository may have."""
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?")
_LONGEST_VALUE = 255


class Label(NamedTuple):
    """A name and its value."""

    name: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `NAME=VALUE`, or QUERY_INVALID."""
        name, equals, value = text.partition("=")
        if not equals:
            raise Refusal(Code.QUERY_INVALID, f"{text[:80]!r} is no label: write NAME=VALUE, as env=prod")
        return cls(_name(name), _value(value))


def require_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """All of a repository's, or QUERY_INVALID."""
    if len(labels) > MOST:
        raise Refusal(Code.QUERY_INVALID, f"a repository has at most {MOST} labels")
    return {_name(name): _value(value) for name, value in labels.items()}


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise Refusal(
            Code.QUERY_INVALID,
            f"{name[:80]!r} is no name for a label: use at most 63 letters, digits and . _ - /, "
            "with a letter or digit at both ends",
        )
    return name


def _value(value: str) -> str:
    if len(value) > _LONGEST_VALUE or not value.isprintable():
        raise Refusal(Code.QUERY_INVALID, f"a label's value has at most {_LONGEST_VALUE} characters, all printable")
    return value
