"""A schedule in words: both ways for what is simple, and nothing for the rest."""

import pytest

from moorage.rules import schedules
from moorage.rules.cron_words import Said, said, written


@pytest.mark.parametrize(
    ("cron", "wanted"),
    [
        ("*/10 * * * *", Said("minutes", minutes=10)),
        ("7 * * * *", Said("hour", minute=7)),
        ("30 3 * * *", Said("day", minute=30, hour=3)),
        ("0 22 * * 0", Said("week", hour=22, day=7)),
        ("0 22 * * 1", Said("week", hour=22, day=1)),
        ("15 4 1 * *", Said("month", minute=15, hour=4, day=1)),
    ],
)
def test_there_and_back(cron: str, wanted: Said) -> None:
    """What it says is what is written, and can be read."""
    assert said(cron) == wanted
    assert written(wanted) == cron
    schedules.require_cron(cron)


@pytest.mark.parametrize(
    "cron", ["*/7 * * * *", "0 3 1 1 *", "0,30 3 * * *", "0 3 1 * 1", "0 3-5 * * *", "0 3 * * MON"]
)
def test_what_no_simple_sentence_says(cron: str) -> None:
    """A step that does not divide the hour is not even, and days of month and week together mean either."""
    schedules.require_cron(cron)
    assert said(cron) is None


def test_seven_is_sunday_too() -> None:
    """Debian's crontab(5) has both."""
    assert said("0 3 * * 7") == said("0 3 * * 0")
