"""Jobs are done: claimed once among all processes, watched, and ended.

Every change of a job is a transaction that first looks whether this holder still has a say in it. So a process that was
taken for dead, and comes back, changes nothing of a job that somebody else goes on with.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeAlias, TypeVar

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.ports.work import Kind, Kinds
from moorage.rules import jobs
from moorage.rules.jobs import BEAT, LEASE, MOST_LINES, Job, Progress, State
from moorage.rules.telling import told

Outcome = TypeVar("Outcome")
Doing: TypeAlias = "asyncio.Future[Mapping[str, object] | None]"
Ending: TypeAlias = Callable[[Job, float], Job]
"""How it ends: the next state of the job, at a time."""
_MOST_WAITING = 100
"""Lines of a log that wait to be written; of more the oldest are dropped."""


class Ended(NamedTuple):
    """What became of a job: None where it is somebody else's now. `fault` is what broke it, for the log alone."""

    job: Job | None
    fault: BaseException | None = None


@dataclass(frozen=True, slots=True)
class RunJobs:
    """`holder` names this process among all that ever were; `look` is how many seconds are between two looks at a job.

    Several of these run at once, in one process or many, on one machine or many whose clocks agree to a second.
    """

    records: Records
    clock: Clock
    kinds: Kinds
    holder: str
    look: float = 1.0

    async def claim(self) -> Job | None:
        """A job to run, now ours; None where nothing is to be done, or others do as much of it as may be."""
        now = self.clock()
        if await self.records.read(partial(self._next, now=now)) is None:
            return None
        return await self.records.write(partial(self._claim, now=now))

    async def run(self, job: Job) -> Ended:
        """Do a job that was claimed, to its end or until it is ours no more; cut off, it is given back."""
        kind = self.kinds.find(job.kind)
        assert kind is not None  # noqa: S101 - others are not claimed
        work = Work(self.records, self.clock, job)
        doing = asyncio.ensure_future(kind.run(job.parameters, work))
        try:
            ending = await self._watch(work, kind, doing)
        except asyncio.CancelledError:
            await _cut_off(doing)
            await asyncio.shield(self._end(work, Job.given_back))
            raise
        fault = doing.exception() if doing.done() and not doing.cancelled() else None
        await _cut_off(doing)
        ended = await self._end(work, ending) if ending is not None else None
        return Ended(ended, None if isinstance(fault, Refusal) else fault)

    async def _watch(self, work: "Work", kind: Kind, doing: Doing) -> Ending | None:
        """Until it ends; how. None: it is somebody else's, or will be."""
        while True:
            await asyncio.wait({doing}, timeout=self.look)
            if doing.done():
                return _ending(doing)
            now = self.clock()
            stands = await self._look_at(work)
            if stands is None or now > work.kept_at + LEASE:
                return None
            if stands.cancelling:
                return Job.stopped
            if now > work.moved_at + kind.patience:
                return partial(_stuck, seconds=kind.patience)
            if now >= work.kept_at + BEAT:
                with contextlib.suppress(Refusal):  # the next look tries again; the lease is longer than that
                    await work.keep()

    async def _look_at(self, work: "Work") -> Job | None:
        """The job as it stands, while it is ours."""
        try:
            job = await self.records.read(lambda ledger: ledger.jobs.get(work.job.id))
        except Refusal:  # what cannot be read now has not changed, as far as we know
            return work.job
        return job if job is not None and job.is_held_by(work.job.holder) else None

    async def _end(self, work: "Work", ending: Ending) -> Job | None:
        """Keep how it ended, trying until that is done or the lease is over."""
        while True:
            try:
                return await self.records.write(partial(_keep_end, work=work, ending=ending, clock=self.clock))
            except Refusal:
                if self.clock() > work.kept_at + LEASE:
                    return None  # others will see that it is lost
                await asyncio.sleep(self.look)

    def _next(self, ledger: Ledger, now: float) -> Job | None:
        running = ledger.jobs.running()
        free = [kind for kind in self.kinds if running.get(kind.name, 0) < kind.limit]
        alone = [kind.name for kind in free if kind.alone]
        return ledger.jobs.due([kind.name for kind in free], alone=alone, now=now) if free else None

    def _claim(self, ledger: Ledger, now: float) -> Job | None:
        job = self._next(ledger, now)
        if job is None or not ledger.jobs.save(job.claimed(f"{self.holder}/{job.turn}", now)):
            return None
        return ledger.jobs.get(job.id)


class Work:
    """See `ports.work.Control`: a job in our hands. When we last said so is `kept_at`, when it got on `moved_at`."""

    def __init__(self, records: Records, clock: Clock, job: Job) -> None:
        self.job = job
        self.moved_at = self.kept_at = clock()
        self._records = records
        self._clock = clock
        self._progress = job.progress
        self._lines: list[str] = []

    def reached(self, bookmark: str, done: int, total: int | None = None) -> None:
        """Noted here; the next beat keeps it."""
        self._progress = Progress(done, total, bookmark)
        self.moved_at = self._clock()

    def say(self, text: str) -> None:
        """Noted here as well."""
        self._lines = [*self._lines, jobs.line(text)][-_MOST_WAITING:]

    async def write(self, story: Callable[[Ledger], Outcome]) -> Outcome:
        """With what was reached."""
        began, progress = self._clock(), self._progress
        lines, self._lines = self._lines, []

        def whole(ledger: Ledger) -> Outcome:
            if self.tell(ledger, progress, lines) is None:
                raise Refusal(Code.CONFLICT, f"the job {self.job.id} is somebody else's now")
            return story(ledger)

        try:
            outcome = await self._records.write(whole)
        except BaseException:
            self._lines = [*lines, *self._lines][-_MOST_WAITING:]
            raise
        self.kept_at = began
        return outcome

    async def keep(self) -> None:
        """A beat: we are at it, and so far we are."""
        await self.write(lambda _: None)

    def tell(self, ledger: Ledger, progress: Progress | None = None, lines: Sequence[str] | None = None) -> Job | None:
        """Keep progress and lines; the job as it is then, None if it is not ours any more."""
        job, now = ledger.jobs.get(self.job.id), self._clock()
        if job is None or not job.is_held_by(self.job.holder):
            return None
        if not ledger.jobs.save(job.held(progress or self._progress, now)):
            return None
        if kept := self._lines if lines is None else lines:
            ledger.jobs.write(job.id, kept, now=now, most=MOST_LINES)
        return ledger.jobs.get(job.id)


def _keep_end(ledger: Ledger, work: Work, ending: Ending, clock: Clock) -> Job | None:
    job, now = work.tell(ledger), clock()
    if job is None:
        return None
    ended = ending(job, now)
    if ended.reason:
        ledger.jobs.write(job.id, [jobs.line(ended.reason)], now=now, most=MOST_LINES)
    ledger.jobs.save(ended)
    if ended.state is State.FAILED:
        place, after = jobs.place_of(ended), jobs.told(ended)
        ledger.events.record(told("job.failed", None, now, place=place, about=ended.called, after=after))
    return ended


def _ending(doing: Doing) -> Ending:
    """What came of it. The text of a fault may hold anything: it is for the server's log alone."""
    if doing.cancelled():
        return partial(_failed, reason="it was cut off")
    fault = doing.exception()
    if fault is None:
        return partial(_succeeded, result=doing.result())
    if isinstance(fault, Refusal):
        return partial(_failed, reason=fault.sentence)
    return partial(_failed, reason=f"a fault of the program ({type(fault).__name__}): the server's log tells more")


def _succeeded(job: Job, now: float, result: Mapping[str, object] | None) -> Job:
    return job.succeeded(result, now)


def _failed(job: Job, now: float, reason: str) -> Job:
    return job.failed(reason, now)


def _stuck(job: Job, now: float, seconds: float) -> Job:
    return job.failed(f"it did not get on for {seconds:.0f} seconds", now)


async def _cut_off(doing: Doing) -> None:
    """Nothing of it goes on when this returns."""
    doing.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await doing
