"""Schedules."""

from typing import Annotated

from pydantic import Field, StrictBool

from moorage.api.rest.models.body import Given, Short, Shown


class ScheduleWish(Given):
    """When a kind of job shall come."""

    cron: Annotated[Short, Field(examples=["30 3 * * 0"])]
    """five fields of cron: minute, hour, day, month, weekday"""
    time_zone: Annotated[Short | None, Field(examples=["Europe/Berlin"])] = None
    """where that is read; null: the project's own time zone, or the registry's"""
    enabled: StrictBool = True
    """does it come at all?"""


class ScheduleShown(Shown):
    """A kind of job that comes at times."""

    kind: str
    """what is done"""
    cron: str
    """five fields of cron: minute, hour, day, month, weekday"""
    time_zone: str | None
    """where that is read; null: the project's own time zone, or the registry's"""
    enabled: bool
    """does it come at all?"""
    next_at: float | None
    """when it comes next, in seconds since the epoch"""
    set_by: str
    """by whom it was set; empty: it is so by itself"""
