"""Quotas and statistics."""

from datetime import date
from typing import Annotated

from pydantic import Field, StrictInt

from moorage.api.rest.models.body import Given, Shown
from moorage.rules.quota import LARGEST


class QuotaGiven(Given):
    """How much a project may keep. What is there already stays, also above it."""

    bytes: Annotated[StrictInt, Field(ge=0, le=LARGEST, examples=[10_000_000_000])] | None
    """bytes; null: no limit"""
    warn_at: Annotated[StrictInt, Field(ge=1, le=100)] | None = None
    """percent of it at which somebody is warned; null: as the settings say"""


class ShareShown(Shown):
    """What a repository keeps, or a project."""

    name: str
    """its full name"""
    bytes: int
    """a layer that several hold counts in each"""


class QuotaShown(Shown):
    """How much is kept, and how much may be."""

    bytes: int | None
    """how much may be; null: no limit"""
    own: bool
    """is that its own quota? else that of the settings"""
    warn_at: int
    """percent of it at which somebody is warned"""
    used: int
    """bytes that are kept: each layer once, and the manifests"""
    largest: list[ShareShown]
    """what keeps most, of that which you may see"""


class RecountShown(Shown):
    """What was counted anew."""

    projects: int
    """how many were counted"""
    drift: int
    """bytes by which all counts together were wrong; 0 is right"""
    mended: list["MendedShown"]
    """those that were wrong"""


class MendedShown(Shown):
    """A count that was wrong, and is right now."""

    name: str
    """the project; empty: the registry as a whole"""
    kept: int
    """bytes that were kept in mind"""
    counted: int
    """bytes that there are"""


class CountsShown(Shown):
    """What was pulled and pushed."""

    pulls: int
    """manifests that were asked for by GET"""
    pulled_bytes: int
    """bytes of manifests and blobs that were handed out"""
    pushes: int
    """manifests that were pushed"""
    pushed_bytes: int
    """bytes of manifests and blobs that came in"""


class DayShown(CountsShown):
    """What was pulled and pushed on a day."""

    day: date
    """in UTC"""


class PartShown(CountsShown):
    """What was pulled from and pushed to a repository, or a project."""

    name: str
    """its full name"""
    stored_bytes: int
    """bytes that it keeps now"""
    last_pulled_at: float | None
    """when a manifest was last pulled, or up to an hour earlier, in seconds since the epoch; null: not known"""


class StatisticsShown(CountsShown):
    """What was pulled and pushed, in all and by day; days on which nothing happened are left out."""

    first: date
    """the first day, in UTC"""
    last: date
    """the last day"""
    days: list[DayShown]
    """by day"""
    parts: list[PartShown]
    """a page of the repositories of the project, or of the projects of the registry: those with the most pulls first"""
