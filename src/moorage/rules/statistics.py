"""What is counted of pulls and pushes: per repository and day, in UTC. Days are numbers since the epoch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from moorage.oci.error import Code, Refusal
from moorage.rules.listing import Listed, Listing

DAY = 86_400
HOUR = 3600
USUAL_DAYS = 30
"""Days that are shown if nobody says which."""
MOST_DAYS = 366
"""Days that one question may span."""
_EPOCH = date(1970, 1, 1)
_LAST_DAY = (date(9999, 12, 31) - _EPOCH).days


class Counts(NamedTuple):
    """Manifests pulled and pushed, and the bytes of manifests and blobs that went out and came in."""

    pulls: int = 0
    pulled_bytes: int = 0
    pushes: int = 0
    pushed_bytes: int = 0


class DayCounts(NamedTuple):
    """What was counted on a day."""

    day: int
    counts: Counts


class DayBytes(NamedTuple):
    """Bytes that were kept on a day, when it was last looked at on it."""

    day: int
    bytes: int


class PartCounts(NamedTuple):
    """What was counted of a repository or a project; the bytes that it keeps, and when it was last pulled from.

    `pulled_at` is up to an hour before the last pull.
    """

    name: str
    counts: Counts
    stored_bytes: int
    pulled_at: float | None

    @property
    def pulls(self) -> int:
        """By what they are in order."""
        return self.counts.pulls


class Span(NamedTuple):
    """Days from the first to the last, both among them."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Told:
    """What was counted in a span: in all, by day (days on which nothing happened are left out), and of each part.

    The parts are a page of them all, those with the most pulls first.
    """

    span: Span
    days: tuple[DayCounts, ...]
    parts: Listed[PartCounts]

    @property
    def total(self) -> Counts:
        """The sum of all days."""
        return sum_of(day.counts for day in self.days)


def sum_of(counts: Iterable[Counts]) -> Counts:
    """All of them together."""
    return Counts(*(sum(column) for column in zip(*counts, strict=True)))


def by_pulls(size: int, after: str = "") -> Listing:
    """A page of parts; of those with as many pulls in order of their names."""
    return Listing(size, after, sort="pulls", descending=True)


def first_of(found: Iterable[PartCounts], most: int) -> list[PartCounts]:
    """Up to so many, in the order of `by_pulls`."""
    return sorted(found, key=lambda part: (-part.pulls, part.name))[:most]


def without_gaps(found: Sequence[DayBytes], span: Span) -> tuple[DayBytes, ...]:
    """A value for each day from the first that is known: where nobody looked, what was there before."""
    known = {found_.day: found_.bytes for found_ in found}
    days: list[DayBytes] = []
    for day in range(span.first, span.last + 1):
        if day in known or days:
            days.append(DayBytes(day, known.get(day, days[-1].bytes if days else 0)))
    return tuple(days)


def day_of(at: float) -> int:
    """The day of a time."""
    return int(at // DAY)


def number_of(day: date) -> int:
    """The number of a date."""
    return (day - _EPOCH).days


def date_of(day: int) -> date:
    """The date of a number."""
    return _EPOCH + timedelta(days=min(day, _LAST_DAY))


def span_of(first: date | None, last: date | None, now: float) -> Span:
    """What somebody asks for: up to today, and thirty days, if they do not say; all from 1970 on.

    Raises QUERY_INVALID.
    """
    until = max(0, number_of(last)) if last is not None else day_of(now)
    since = max(0, number_of(first) if first is not None else until - USUAL_DAYS + 1)
    if since > until:
        raise Refusal(Code.QUERY_INVALID, "`from` is after `to`: the first day comes first")
    if until - since >= MOST_DAYS:
        raise Refusal(Code.QUERY_INVALID, f"one question spans at most {MOST_DAYS} days: ask for less at a time")
    return Span(since, until)
