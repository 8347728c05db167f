"""A job: work that is asked for now and done later, once, whoever dies meanwhile. A frozen state with verbs.

A job waits, is claimed by a holder for the time of a lease, and is held for as long as its holder says so again.
Whoever holds it no longer has no say in it. Times are seconds since the epoch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from moorage.oci.error import Code, Refusal
from moorage.rules.access import Identity, Place

LEASE = 15.0
"""Seconds for which a holder has a job without saying so again."""
BEAT = 5.0
"""Seconds after which a holder says so again: three times within a lease."""
PATIENCE = 900.0
"""Seconds without progress after which a job is taken to be stuck, unless its kind says otherwise."""
MOST_LINES, LONGEST_LINE = 500, 500
"""Lines of a job's log that are kept, the newest, and characters of each."""
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 3600.0
_LONGEST_REASON = 1000


class State(Enum):
    """Where a job stands; the last three are ends."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_end(self) -> bool:
        """Does nothing happen to it by itself any more?"""
        return self not in {State.QUEUED, State.RUNNING}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: `done` of `total` (None: nobody knows), and the bookmark from which another attempt goes on."""

    done: int = 0
    total: int | None = None
    bookmark: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """`parameters` and `result` are JSON and shown to whoever sees the job: nothing in them is secret.

    `attempt` counts how often it was begun since it last got on, and at `attempts` it is given up. `project_id` None is
    the instance. `due_at` is before when nobody begins it. `cancelling` asks its holder to stop. `turn` grows with each
    change that is kept. `project` is the project's name, for those who read.
    """

    kind: str
    asked_at: float
    id: int = 0
    project_id: int | None = None
    project: str | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    asked_by: str = ""
    state: State = State.QUEUED
    due_at: float = 0.0
    attempt: int = 0
    attempts: int = 3
    holder: str = ""
    lease_until: float | None = None
    started_at: float | None = None
    ended_at: float | None = None
    progress: Progress = Progress()
    cancelling: bool = False
    result: Mapping[str, object] | None = None
    reason: str = ""
    turn: int = 0

    @property
    def called(self) -> str:
        """How an event names it."""
        return f"job:{self.id}"

    def is_held_by(self, holder: str) -> bool:
        """Has this holder a say in it?"""
        return self.state is State.RUNNING and self.holder == holder

    def is_lost(self, now: float) -> bool:
        """Has its holder said nothing for too long?"""
        return self.state is State.RUNNING and (self.lease_until or 0.0) < now

    def claimed(self, holder: str, now: float) -> "Job":
        """It begins, or begins again."""
        _require(self.state is State.QUEUED, self, "is not waiting")
        return replace(
            self,
            state=State.RUNNING,
            holder=holder,
            lease_until=now + LEASE,
            started_at=now,
            attempt=self.attempt + 1,
            reason="",
        )

    def held(self, progress: Progress, now: float) -> "Job":
        """Its holder is at it. An attempt that moves the bookmark counts as the first: the job gets on."""
        _require(self.state is State.RUNNING, self, "is not running")
        got_on = progress.bookmark != self.progress.bookmark
        return replace(self, progress=progress, lease_until=now + LEASE, attempt=1 if got_on else self.attempt)

    def succeeded(self, result: Mapping[str, object] | None, now: float) -> "Job":
        """It is done."""
        return self._ended(State.SUCCEEDED, now, result=result)

    def stopped(self, now: float) -> "Job":
        """Its holder has heard that it shall not go on."""
        return self._ended(State.CANCELLED, now)

    def failed(self, reason: str, now: float) -> "Job":
        """This attempt came to nothing: it waits for another one, longer each time, or was the last."""
        _require(self.state is State.RUNNING, self, "is not running")
        reason = reason[:_LONGEST_REASON]
        if self.cancelling:
            return self._ended(State.CANCELLED, now, reason=reason)
        if self.attempt >= self.attempts:
            return self._ended(State.FAILED, now, reason=reason)
        return replace(self._waiting(now + pause(self.attempt)), reason=reason)

    def lost(self, now: float) -> "Job":
        """Its holder died or hangs: like an attempt that failed, but the next one need not wait."""
        after = self.failed("whoever did it has died, or hangs", now)
        return replace(after, due_at=now) if after.state is State.QUEUED else after

    def given_back(self, now: float) -> "Job":
        """Its holder ends in peace: somebody else goes on at once, and the attempt does not count."""
        _require(self.state is State.RUNNING, self, "is not running")
        if self.cancelling:
            return self.stopped(now)
        return replace(self._waiting(now), attempt=max(self.attempt - 1, 0))

    def cancelled(self, now: float) -> "Job":
        """Somebody wants no more of it: what waits ends at once, what runs when its holder hears of it."""
        if self.state.is_end:
            raise Refusal(Code.CONFLICT, f"the job {self.id} is {self.state.value} already: it cannot be cancelled")
        if self.state is State.QUEUED:
            return self._ended(State.CANCELLED, now)
        return replace(self, cancelling=True)

    def retried(self, now: float) -> "Job":
        """Somebody wants it again: it goes on from its bookmark, with all its attempts."""
        if self.state not in {State.FAILED, State.CANCELLED}:
            raise Refusal(
                Code.CONFLICT,
                f"the job {self.id} is {self.state.value}: only one that failed or was cancelled is tried again",
            )
        return replace(self._waiting(now), attempt=0, ended_at=None, reason="", result=None)

    def _waiting(self, due_at: float) -> "Job":
        return replace(
            self, state=State.QUEUED, holder="", lease_until=None, due_at=due_at, cancelling=False, started_at=None
        )

    def _ended(
        self, state: State, now: float, *, result: Mapping[str, object] | None = None, reason: str = ""
    ) -> "Job":
        _require(not self.state.is_end, self, "has ended")
        return replace(
            self, state=state, ended_at=now, holder="", lease_until=None, cancelling=False, result=result, reason=reason
        )


def ask(
    kind: str,
    who: Identity | None,
    now: float,
    *,
    project_id: int | None = None,
    parameters: Mapping[str, object] | None = None,
    attempts: int = 3,
) -> Job:
    """A new job, due at once; `who` is None for the registry itself."""
    return Job(
        kind,
        now,
        project_id=project_id,
        parameters=dict(parameters or {}),
        asked_by="" if who is None else who.name,
        due_at=now,
        attempts=attempts,
    )


def pause(attempt: int) -> float:
    """Seconds from an attempt that failed to the next: four times longer each time, an hour at most."""
    return float(min(_FIRST_PAUSE * 4 ** min(attempt - 1, 8), _LONGEST_PAUSE))


def line(text: str) -> str:
    """What a job says, as its log keeps it: one line of bounded length that no terminal obeys."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:LONGEST_LINE])


def told(job: Job) -> dict[str, object]:
    """How an event shows it."""
    reason = {"reason": job.reason} if job.reason else {}
    return {"kind": job.kind, "state": job.state.value, "parameters": job.parameters, **reason}


def place_of(job: Job) -> Place | None:
    """The project that it is of, as an event names it; None for the instance."""
    return None if job.project is None else Place(job.project, job.project, job.project_id)


def _require(holds: bool, job: Job, what: str) -> None:  # noqa: FBT001 - a condition
    if not holds:
        raise Refusal(Code.CONFLICT, f"the job {job.id} {what}")
