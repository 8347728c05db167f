"""The end of a list's statement: what it begins after, in which order, and how many there are.

Every column that a list is sorted by stands in an index with the name behind it, so that a page costs the same
wherever it begins.
"""

from collections.abc import Mapping
from typing import NamedTuple

from moorage.adapters.sql.session import Row, Session
from moorage.rules.listing import NAME, Listing

_LAST = "\U0010ffff"


class Source(NamedTuple):
    """A list: the columns of an entry, what they come from with its conditions, and by what it can be sorted.

    `columns` are the terms of SQL for the words that `Listing.sort` may be; `values` are bound in `rows`.
    """

    select: str
    rows: str
    columns: Mapping[str, str]
    values: Mapping[str, object]


def page(session: Session, source: Source, listing: Listing) -> list[Row]:
    """Up to one entry more than the listing's size."""
    name, column = source.columns[NAME], source.columns[listing.sort]
    direction, beyond = ("DESC", "<") if listing.descending else ("ASC", ">")
    value, after = listing.begins()
    narrowed, values = _narrowed(source, listing)
    if value is not None:
        narrowed += f" AND ({column}, {name}) {beyond} (:value, :after)"
    elif after:
        narrowed += f" AND {name} {beyond} :after"
    order = f"{name} {direction}" if column == name else f"{column} {direction}, {name} {direction}"
    return session.all(
        f"SELECT {source.select} FROM {source.rows}{narrowed} ORDER BY {order} LIMIT :limit",
        **values,
        value=value,
        after=after,
        limit=listing.size + 1,
    )


def count(session: Session, source: Source, listing: Listing, most: int) -> int:
    """How many entries there are, up to `most`."""
    narrowed, values = _narrowed(source, listing)
    row = session.one(
        f"SELECT count(*) FROM (SELECT 1 FROM {source.rows}{narrowed} LIMIT :most) AS counted", **values, most=most
    )
    return int(row[0]) if row else 0


def _narrowed(source: Source, listing: Listing) -> tuple[str, dict[str, object]]:
    if not listing.prefix:
        return "", dict(source.values)
    name = source.columns[NAME]
    bounds = {"first": listing.prefix, "last": listing.prefix + _LAST}
    return f" AND {name} >= :first AND {name} < :last", {**source.values, **bounds}
