"""What a cron expression says, where it is as simple as people say it: every night, on Mondays, every ten minutes."""

import re
from typing import Literal, NamedTuple, TypeAlias

Often: TypeAlias = Literal["minutes", "hour", "day", "week", "month"]
_SUNDAY = 7


class Said(NamedTuple):
    """`every` so many `minutes`, or each hour at `minute`, each day at `hour` too, each week on `day` (1: Monday)."""

    every: Often
    minutes: int = 0
    minute: int = 0
    hour: int = 0
    day: int = 0

    @property
    def clock(self) -> str:
        """The time of day."""
        return f"{self.hour:02}:{self.minute:02}"


def said(cron: str) -> Said | None:
    """None: no simple sentence says it. `cron` is one that can be read."""
    minute, hour, day, month, weekday = cron.split()
    if (step := re.fullmatch(r"\*/([0-9]+)|\*", minute)) and (hour, day, month, weekday) == ("*",) * 4:
        number = int(step[1] or 1)
        return Said("minutes", minutes=number) if number and 60 % number == 0 else None
    at, when = _number(minute), _number(hour)
    if at is None or month != "*":
        return None
    if (hour, day, weekday) == ("*", "*", "*"):
        return Said("hour", minute=at)
    if when is None:
        return None
    if (day, weekday) == ("*", "*"):
        return Said("day", minute=at, hour=when)
    if day == "*" and (weekly := _number(weekday)) is not None:
        return Said("week", minute=at, hour=when, day=weekly or _SUNDAY)
    if weekday == "*" and (monthly := _number(day)) is not None:
        return Said("month", minute=at, hour=when, day=monthly)
    return None


def written(words: Said) -> str:
    """The other way round: the five fields."""
    match words.every:
        case "minutes":
            return f"*/{words.minutes} * * * *"
        case "hour":
            return f"{words.minute} * * * *"
        case "day":
            return f"{words.minute} {words.hour} * * *"
        case "week":
            return f"{words.minute} {words.hour} * * {words.day % _SUNDAY}"
        case "month":
            return f"{words.minute} {words.hour} {words.day} * *"


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,2}", text) else None
