"""The form of a schedule: how often and at what time, or the five fields of cron themselves."""

import re
from collections.abc import Mapping

from moorage.oci.error import Code, Refusal
from moorage.rules.cron_words import Said, said, written
from moorage.rules.schedules import Schedule
from moorage.service.manage_schedules import Wish

_MOST_DAYS = {"week": 7, "month": 31}


def filled(schedule: Schedule | None) -> dict[str, str]:
    """What stands in the fields at first: what is set, or every night."""
    cron = schedule.cron if schedule is not None else "30 3 * * *"
    words = said(cron)
    if words is None or words.every in {"minutes", "hour"}:
        return {"often": "own", "at": "03:30", "weekday": "1", "day": "1", "cron": cron}
    return {
        "often": words.every,
        "at": words.clock,
        "weekday": str(words.day) if words.every == "week" else "1",
        "day": str(words.day) if words.every == "month" else "1",
        "cron": cron,
    }


def read(fields: Mapping[str, str]) -> Wish:
    """What the form asks for; in which zone stays the project's matter. Raises QUERY_INVALID."""
    zone, often = fields.get("zone", "").strip() or None, fields.get("often", "")
    if often == "own":
        return Wish(" ".join(fields.get("cron", "").split()), zone)
    at = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", fields.get("at", ""))
    if at is None:
        raise Refusal(Code.QUERY_INVALID, "give the time of day, as 03:30")
    hour, minute = int(at[1]), int(at[2])
    if often == "day":
        return Wish(written(Said("day", minute=minute, hour=hour)), zone)
    if often == "week":
        return Wish(written(Said("week", minute=minute, hour=hour, day=_day(fields, "weekday", "week"))), zone)
    if often == "month":
        return Wish(written(Said("month", minute=minute, hour=hour, day=_day(fields, "day", "month"))), zone)
    raise Refusal(Code.QUERY_INVALID, "choose how often it shall come")


def _day(fields: Mapping[str, str], name: str, of: str) -> int:
    text = fields.get(name, "")
    if not (re.fullmatch(r"[0-9]{1,2}", text) and 1 <= int(text) <= _MOST_DAYS[of]):
        raise Refusal(Code.QUERY_INVALID, f"choose a day of the {of}")
    return int(text)
