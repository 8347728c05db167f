"""When a schedule is due: five fields of cron, read in a time zone, also where its clock is put forward or back.

A time of day that is skipped comes when the clock goes on, and one that comes twice counts once; what happens every
hour or every few minutes goes by real time. Source: Debian's cron(8).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from cronsim import CronSim, CronSimError

from moorage.oci.error import Code, Refusal

LONGEST = 100
"""Characters of a cron expression."""
_FIELDS = 5


@dataclass(frozen=True, slots=True)
class Schedule:
    """A kind of job that is asked for at times, in a project or (`project_id` None) the instance.

    `zone` is the name of a time zone, None for the project's own or the instance's. `own_zone` is the project's.
    """

    kind: str
    cron: str
    next_at: float
    project_id: int | None = None
    project: str | None = None
    zone: str | None = None
    own_zone: str | None = None
    enabled: bool = True
    set_by: str = ""


def told(schedule: Schedule) -> dict[str, object]:
    """How an event shows it."""
    return {"cron": schedule.cron, "time_zone": schedule.zone, "enabled": schedule.enabled}


def require_cron(cron: str) -> None:
    """Refuse with QUERY_INVALID what is no cron expression, or is never due."""
    following(cron, UTC, 0.0)


def following(cron: str, zone: tzinfo, after: float) -> float:
    """When it is due next, after this time. Raises QUERY_INVALID."""
    if len(cron) > LONGEST or len(cron.split()) != _FIELDS:
        raise Refusal(
            Code.QUERY_INVALID, "a schedule has five fields, as in '30 3 * * *': minute, hour, day, month, weekday"
        )
    try:
        return next(CronSim(cron, datetime.fromtimestamp(after, zone))).timestamp()
    except CronSimError as fault:
        raise Refusal(Code.QUERY_INVALID, f"the schedule {cron!r} cannot be read: {fault}") from None
    except (StopIteration, OverflowError):
        raise Refusal(Code.QUERY_INVALID, f"the schedule {cron!r} is never due: there is no such day") from None
