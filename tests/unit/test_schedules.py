"""When a schedule is due, in time zones whose clocks are put forward and back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.oci.error import Code
from moorage.rules.schedules import LONGEST, following, require_cron
from tests.support.refused import refused

BERLIN = ZoneInfo("Europe/Berlin")


def times(cron: str, begin: datetime, number: int) -> list[str]:
    """The next times in UTC."""
    found, at = [], begin.timestamp()
    for _ in range(number):
        at = following(cron, begin.tzinfo or UTC, at)
        found.append(datetime.fromtimestamp(at, UTC).strftime("%d %H:%M"))
    return found


def test_the_zone_counts() -> None:
    """Half past three in Berlin is half past one or two in UTC."""
    assert times("30 3 * * *", datetime(2026, 1, 10, tzinfo=BERLIN), 2) == ["10 02:30", "11 02:30"]
    assert times("30 3 * * *", datetime(2026, 7, 10, tzinfo=BERLIN), 2) == ["10 01:30", "11 01:30"]
    assert times("30 3 * * *", datetime(2026, 7, 10, tzinfo=UTC), 1) == ["10 03:30"]


def test_an_hour_that_there_is_not() -> None:
    """At 02:00 of 29 March 2026 it is 03:00 in Berlin: what was to come at 02:30 comes then, and once."""
    assert times("30 2 * * *", datetime(2026, 3, 28, tzinfo=BERLIN), 3) == ["28 01:30", "29 01:00", "30 00:30"]
    assert times("30 * * * *", datetime(2026, 3, 29, 0, 45, tzinfo=BERLIN), 3) == ["29 00:30", "29 01:30", "29 02:30"]


def test_an_hour_that_there_is_twice() -> None:
    """At 03:00 of 25 October 2026 it is 02:00 again: a daily time comes once, each half hour comes in real time."""
    assert times("30 2 * * *", datetime(2026, 10, 24, 12, tzinfo=BERLIN), 2) == ["25 00:30", "26 01:30"]
    expected = ["24 23:30", "25 00:00", "25 00:30", "25 01:00", "25 01:30", "25 02:00"]
    assert times("*/30 * * * *", datetime(2026, 10, 25, 1, 15, tzinfo=BERLIN), 6) == expected


@pytest.mark.parametrize(
    "cron",
    [
        "",
        "* * * *",
        "* * * * * *",
        "61 * * * *",
        "a b c d e",
        "0 0 31 2 *",
        "0 0 31 2,4 *",
        "@daily",
        "* " * LONGEST,
        "0 0 0 * *",
    ],
)
def test_what_cannot_be_read(cron: str) -> None:
    """A sentence says so; what would never come is refused as well."""
    with refused(Code.QUERY_INVALID):
        require_cron(cron)


@given(
    st.sampled_from(["30 2 * * *", "*/7 * * * *", "0 */3 * * *", "15 2,3 * * 0", "0 0 1 * *"]),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)),  # noqa: DTZ001 - the zone is put in below
)
def test_it_goes_on(cron: str, zone: str, moment: datetime) -> None:
    """The next time lies ahead, is a minute's first second, and the time before it leads to the same."""
    at = moment.replace(tzinfo=UTC).timestamp()
    found = following(cron, ZoneInfo(zone), at)
    assert found > at
    assert found % 60 == 0
    assert found - at <= timedelta(days=32).total_seconds()
    assert following(cron, ZoneInfo(zone), found - 1) == found
