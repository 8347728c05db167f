"""What the registry knows of jobs and of schedules; a part of the ledger."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from moorage.rules.jobs import Job, State
from moorage.rules.schedules import Schedule


class JobLine(NamedTuple):
    """A line of a job's log, by its number in it."""

    number: int
    at: float
    text: str


class JobFilter(NamedTuple):
    """Which jobs are looked for: of a project, or of everything; None means any."""

    project_id: int | None = None
    kind: str | None = None
    state: State | None = None


class JobCount(NamedTuple):
    """How many jobs of a kind are in a state, and since when the first of them waits to be begun."""

    kind: str
    state: State
    number: int
    due_since: float


class Jobs(Protocol):
    """Jobs, by number."""

    def add(self, job: Job) -> Job:
        """Keep it, whatever id it had; if one of its kind and parameters waits in its project already, that one."""

    def get(self, job_id: int) -> Job | None:
        """The job with this id."""

    def save(self, job: Job) -> bool:
        """Keep its new state; False if somebody else changed or removed it since it was read."""

    def running(self) -> Mapping[str, int]:
        """How many of each kind are running."""

    def due(self, kinds: Sequence[str], *, alone: Sequence[str], now: float) -> Job | None:
        """The one of these kinds that has been due the longest.

        Of those that go `alone` none is given while another one of its kind runs in its project.
        """

    def lost(self, *, now: float, limit: int) -> Sequence[Job]:
        """Up to `limit` that run and whose holders have said nothing for too long."""

    def is_open(self, kind: str, project_id: int | None) -> bool:
        """Does one of this kind wait or run there?"""

    def page(self, wanted: JobFilter, *, before: int | None, limit: int) -> Sequence[Job]:
        """Up to `limit` before this id, the newest first."""

    def count(self, wanted: JobFilter, *, most: int) -> int:
        """How many there are, up to `most`."""

    def tally(self) -> Sequence[JobCount]:
        """How many there are of each kind in each state that is not an end, or failed."""

    def forget(self, *, ended_before: float, limit: int) -> int:
        """Forget up to `limit` that ended before this time, with their logs; how many went."""

    def write(self, job_id: int, lines: Sequence[str], *, now: float, most: int) -> None:
        """Add lines to its log, and forget the oldest of more than `most`."""

    def lines(self, job_id: int, *, after: int, limit: int) -> Sequence[JobLine]:
        """Up to `limit` lines of its log after this number."""


class Schedules(Protocol):
    """What is asked for at times: one schedule for a kind in a project, or in the instance."""

    def find(self, kind: str, project_id: int | None) -> Schedule | None:
        """The schedule of this kind there."""

    def put(self, schedule: Schedule) -> None:
        """Make or change it."""

    def remove(self, kind: str, project_id: int | None) -> bool:
        """Forget it; whether there was one."""

    def due(self, kinds: Sequence[str], *, now: float, limit: int) -> Sequence[Schedule]:
        """Up to `limit` of these kinds that are enabled and due."""

    def page(self, project_id: int | None) -> Sequence[Schedule]:
        """All of the project, or of the instance, by kind."""
