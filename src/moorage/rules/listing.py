"""Lists of our own API: which part is asked for, in which order, and how many there are in all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from moorage.oci.error import Code, Refusal

Item = TypeVar("Item")
NAME = "name"
MOST_COUNTED = 10_000
"""Entries that are counted; of a longer list it is told that it has more, and every page costs the same."""
_BETWEEN = "~"


@dataclass(frozen=True, slots=True)
class Listing:
    """At most `size` entries, by the column `sort` and then by name, of those whose names begin with `prefix`.

    `after` is the last entry of the page before, as `cursor` names it. `where` are values that columns have.
    """

    size: int
    after: str = ""
    sort: str = NAME
    descending: bool = False
    prefix: str = ""
    where: Mapping[str, Any] = field(default_factory=dict)

    def cursor(self, item: Any) -> str:  # noqa: ANN401 - an entry of any list
        """Names an entry so that the list goes on rightly after it, also when it is gone by then."""
        return str(item.name) if self.sort == NAME else f"{getattr(item, self.sort)!r}{_BETWEEN}{item.name}"

    def begins(self) -> tuple[float | None, str]:
        """After which value of the column, unless it is the name, and which name. Raises QUERY_INVALID."""
        if self.sort == NAME or not self.after:
            return None, self.after
        value, _, name = self.after.partition(_BETWEEN)
        try:
            return float(value), name
        except ValueError:
            raise Refusal(Code.QUERY_INVALID, "after is not one that the Link of a page before has named") from None


class Total(NamedTuple):
    """How many entries there are in all; or that there are at least so many."""

    number: int
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Listed(Generic[Item]):
    """A page of a list; `following` is after what the next one begins, None at the end."""

    items: tuple[Item, ...]
    following: str | None
    total: Total


def cut(listing: Listing, found: Sequence[Item], count: Callable[[int], int], most: int = MOST_COUNTED) -> Listed[Item]:
    """A page of a listing from what a store gave for it; see `page_of`."""
    return page_of(found, listing.size, listing.cursor, count, most, is_first=not listing.after)


def page_of(
    found: Sequence[Item],
    size: int,
    cursor: Callable[[Item], str],
    count: Callable[[int], int],
    most: int = MOST_COUNTED,
    *,
    is_first: bool,
) -> Listed[Item]:
    """A page from what a store gave, which is one entry more than `size` if more follow.

    `count` counts all entries of the list, up to so many; where the first page holds them all it is not asked.
    """
    items = tuple(found[:size])
    follows = len(found) > size
    if is_first and not follows:
        return Listed(items, None, Total(len(items)))
    counted = count(most + 1)
    total = Total(min(counted, most), at_least=counted > most)
    return Listed(items, cursor(items[-1]) if follows else None, total)
