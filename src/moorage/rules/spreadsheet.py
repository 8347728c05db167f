"""Text for spreadsheets (RFC 4180), in which nothing that somebody else wrote is taken for a formula."""

from collections.abc import Sequence

_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}")
"""With these a program for spreadsheets may begin to compute, and ask others in the reader's name."""


def row(values: Sequence[object]) -> str:
    """A line with its end; None is an empty field."""
    return ",".join(_field(value) for value in values) + "\r\n"


def _field(value: object) -> str:
    if value is None:
        return ""
    text = str(value).replace("\0", "")
    if isinstance(value, str) and text.lstrip(" ").startswith(_BEGINS):
        text = f"'{text}"
    return '"' + text.replace('"', '""') + '"' if any(letter in text for letter in "\",\r\n'") else text
