"""A page of a long list: how many, and after what. Source: Distribution Specification, "Listing Tags"."""

from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from moorage.oci.error import Code, Refusal

Item = TypeVar("Item")
LARGEST = 10_000
"""Entries in a page when none is asked for, and at the most."""
_LONGEST_LAST = 512


@dataclass(frozen=True, slots=True)
class PageRequest:
    """At most `size` entries that come after `after` in byte order."""

    size: int
    after: str

    @classmethod
    def parse(cls, number: str | None, last: str | None) -> Self:
        """Read `n` and `last`; a senseless `n` is refused with PAGINATION_NUMBER_INVALID."""
        if number is None or number == "":
            return cls(LARGEST, (last or "")[:_LONGEST_LAST])
        if not (number.isascii() and number.isdigit()) or len(number) > 18:  # noqa: PLR2004 - fits 64 bits
            raise Refusal(Code.PAGINATION_NUMBER_INVALID, f"n={number[:32]!r} is not a number of entries")
        return cls(min(int(number), LARGEST), (last or "")[:_LONGEST_LAST])


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Entries in order; `more` says that the list goes on after the last of them."""

    items: tuple[Item, ...]
    more: bool
