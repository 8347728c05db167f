"""Patterns of repository and tag names: globs in which `*` stays within a part between slashes and `**` does not."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from moorage.oci.error import Code, Refusal

EVERYTHING = "**"
_LONGEST = 255
_FORM = re.compile(r"[A-Za-z0-9._/*?-]+")
_WORDS = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


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
        return self.is_everything or _compiled(self.text).fullmatch(name) is not None

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=4096)
def _compiled(text: str) -> re.Pattern[str]:
    # Neighbouring stars would take exponential time to fail; of two of them the wider one says it all.
    collapsed = re.sub(r"(?:\*\*|\*)(?:\?*(?:\*\*|\*))+", lambda run: _collapse(run.group()), text)
    return re.compile(
        "".join(_WORDS.get(word, re.escape(word)) for word in re.findall(r"\*\*|.", collapsed)), re.DOTALL
    )


def _collapse(run: str) -> str:
    return "?" * run.count("?") + ("**" if "**" in run else "*")
