"""Jobs."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from moorage.api.rest.models.body import Given, Short, Shown

StateName: TypeAlias = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class NewJob(Given):
    """Something to be done soon."""

    kind: Annotated[Short, Field(examples=["verify"])]
    """what shall be done, as `verify`"""
    parameters: Annotated[dict[str, Short], Field(default_factory=dict, max_length=20)]
    """what the kind wants to know; `verify` nothing. Whoever sees the job sees these"""


class JobShown(Shown):
    """A job: what was asked for, and how far it is."""

    id: int
    """never used again"""
    kind: str
    """what is done"""
    project: str | None
    """for which project; null: for the registry as a whole"""
    state: StateName
    """it waits, runs, or has ended in one of three ways"""
    cancelling: bool
    """it runs, and was asked to stop"""
    parameters: dict[str, Any]
    """as they were asked for"""
    asked_by: str
    """by whom; empty: it came by itself"""
    asked_at: float
    """seconds since the epoch"""
    due_at: float
    """before then nobody begins it; after an attempt that failed it waits"""
    started_at: float | None
    """when the attempt began that runs now, or was the last"""
    ended_at: float | None
    """when it ended"""
    attempt: int
    """how often it was begun since it last got on"""
    attempts: int
    """after so many it has failed"""
    done: int
    """how far it is"""
    total: int | None
    """of how much; null: nobody knows"""
    result: dict[str, Any] | None
    """what came of it"""
    reason: str
    """why the last attempt came to nothing"""


class JobLineShown(Shown):
    """A line of a job's log."""

    number: int
    """grows within the job; the oldest lines of very many are forgotten"""
    at: float
    """seconds since the epoch, when it was written down"""
    text: str
    """what the job said"""
