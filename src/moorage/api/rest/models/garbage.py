"""What the collector of garbage did and would do."""

from typing import Annotated

from pydantic import Field, StrictBool

from moorage.api.rest.models.body import Given, Shown

_LONGEST = 24 * 36_500


class Collection(Given):
    """A round that shall run now."""

    dry_run: Annotated[StrictBool, Field(examples=[True])] = False
    """only say what it would take?"""
    grace_hours: Annotated[float, Field(strict=True, ge=0, le=_LONGEST)] | None = None
    """for this round, instead of what is set; 0: also what a push under way counts on, which then fails"""


class AmountShown(Shown):
    """So much garbage."""

    links: int
    """from repositories to blobs that none of their images needs"""
    blobs: int
    """whose bytes go"""
    bytes: int
    """of these blobs"""


class CollectionShown(Shown):
    """What a round took, or would take."""

    dry_run: bool
    """was nothing taken?"""
    took: AmountShown
    """what is gone"""
    due: AmountShown
    """what a round would take now; more than nothing after a round: it was given up after 20 seconds, ask again"""
    waiting: AmountShown
    """what waits for its grace time"""
    whole: bool
    """was all of it counted? if not, there is more"""


class CollectorShown(Shown):
    """What the collector did and would do."""

    running: bool
    """is a round under way?"""
    grace_hours: float
    """for which something rests before it goes"""
    asked_by: str
    """who wanted the last round; empty: the registry itself"""
    started_at: float | None
    """when the last round began, in seconds since the epoch; null: there was none"""
    ended_at: float | None
    """when it ended, in seconds since the epoch; null: it has not"""
    rounds: int
    """how many there were"""
    last: AmountShown
    """what the last round took"""
    total: AmountShown
    """what all rounds took"""
    due: AmountShown
    """what a round would take now"""
    waiting: AmountShown
    """what waits for its grace time"""
    whole: bool
    """was all of it counted? if not, there is more"""
