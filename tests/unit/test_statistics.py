"""Days, and which of them somebody asks for."""

from datetime import date

import pytest

from moorage.oci.error import Code, Refusal
from moorage.rules import statistics
from moorage.rules.listing import Listed, Total
from moorage.rules.statistics import Counts, DayCounts, PartCounts, Span, Told

NOON = 1_700_000_000.0
TODAY = date(2023, 11, 14)
NOTHING: Listed[PartCounts] = Listed((), None, Total(0))


def test_days_and_dates() -> None:
    """A day is a date in UTC, and back."""
    assert statistics.date_of(statistics.day_of(NOON)) == TODAY
    assert statistics.number_of(TODAY) == statistics.day_of(NOON)
    assert statistics.day_of(86_399.9) == 0
    assert statistics.day_of(86_400) == 1


@pytest.mark.parametrize(
    ("first", "last", "span"),
    [
        (None, None, (date(2023, 10, 16), TODAY)),
        (date(2023, 11, 1), None, (date(2023, 11, 1), TODAY)),
        (None, date(2020, 1, 30), (date(2020, 1, 1), date(2020, 1, 30))),
        (TODAY, TODAY, (TODAY, TODAY)),
        (None, date(1, 1, 1), (date(1970, 1, 1), date(1970, 1, 1))),
        (date(1, 1, 1), date(1970, 1, 3), (date(1970, 1, 1), date(1970, 1, 3))),
    ],
)
def test_spans(first: date | None, last: date | None, span: tuple[date, date]) -> None:
    """Up to today, and thirty days, unless somebody says otherwise."""
    assert statistics.span_of(first, last, NOON) == Span(*map(statistics.number_of, span))


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        (date(2023, 11, 15), None, "is after"),
        (date(2020, 1, 1), None, "at most 366 days"),
        (date(1, 1, 1), date(9999, 12, 31), "366"),
    ],
)
def test_spans_that_are_none(first: date, last: date | None, reason: str) -> None:
    """The wrong way round, or more than one answer holds."""
    with pytest.raises(Refusal, match=reason) as refused:
        statistics.span_of(first, last, NOON)
    assert refused.value.code is Code.QUERY_INVALID


def test_the_sum() -> None:
    """Of all days; of none it is nothing."""
    days = (DayCounts(1, Counts(1, 2, 3, 4)), DayCounts(2, Counts(10, 20, 30, 40)))
    assert Told(Span(1, 2), days, NOTHING).total == Counts(11, 22, 33, 44)
    assert Told(Span(1, 2), (), NOTHING).total == Counts()
