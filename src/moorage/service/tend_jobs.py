"""Jobs that come by themselves: what is due at a time is asked for, and what was lost by whoever did it goes on.

Any number of processes may do this beside one another: each step is a transaction, and where there is nothing to do
nothing is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.ports.work import Kind, Kinds
from moorage.rules import jobs, schedules
from moorage.rules.jobs import Job, State
from moorage.rules.schedules import Schedule
from moorage.rules.telling import told
from moorage.service import finding

_STEP = 50


@dataclass(frozen=True, slots=True)
class TendJobs:
    """`zone` is the instance's time zone. `keep` is how many seconds a job that ended is remembered."""

    records: Records
    clock: Clock
    kinds: Kinds
    zone: str
    keep: float

    async def begin(self) -> None:
        """See to it that the kinds that come by themselves have their schedules."""
        if await self.records.read(self._unscheduled):
            await self.records.write(self._schedule)

    async def __call__(self) -> Sequence[Job]:
        """One round; the jobs that were lost, as they are now."""
        now, names = self.clock(), [kind.name for kind in self.kinds]
        if await self.records.read(lambda ledger: ledger.schedules.due(names, now=now, limit=1)):
            await self.records.write(lambda ledger: self._ask_for_due(ledger, names, now))
        if await self.records.read(lambda ledger: ledger.jobs.lost(now=now, limit=1)):
            return await self.records.write(lambda ledger: _take_lost(ledger, now))
        return ()

    async def forget(self) -> int:
        """Forget jobs that ended long ago; how many went."""
        gone = 0
        while went := await self.records.write(
            lambda ledger: ledger.jobs.forget(ended_before=self.clock() - self.keep, limit=_STEP), durable=False
        ):
            gone += went
        return gone

    def _unscheduled(self, ledger: Ledger) -> list[Kind]:
        return [kind for kind in self.kinds if kind.cron is not None and ledger.schedules.find(kind.name, None) is None]

    def _schedule(self, ledger: Ledger) -> None:
        for kind in self._unscheduled(ledger):
            cron = kind.cron or ""
            following = schedules.following(cron, finding.zone(self.zone), self.clock())
            ledger.schedules.put(Schedule(kind.name, cron, following))

    def _ask_for_due(self, ledger: Ledger, names: Sequence[str], now: float) -> None:
        """Times that passed while nobody was there count once; while the one before is not over none is added."""
        for due in ledger.schedules.due(names, now=now, limit=_STEP):
            kind = self.kinds.find(due.kind)
            if kind is not None and not ledger.jobs.is_open(due.kind, due.project_id):
                ledger.jobs.add(jobs.ask(due.kind, None, now, project_id=due.project_id, attempts=kind.attempts))
            zone = finding.zone(due.zone or due.own_zone or self.zone)
            ledger.schedules.put(replace(due, next_at=schedules.following(due.cron, zone, now)))


def _take_lost(ledger: Ledger, now: float) -> list[Job]:
    taken = [job.lost(now) for job in ledger.jobs.lost(now=now, limit=_STEP)]
    for job in taken:
        if ledger.jobs.save(job) and job.state is State.FAILED:
            place, after = jobs.place_of(job), jobs.told(job)
            ledger.events.record(told("job.failed", None, now, place=place, about=job.called, after=after))
    return taken
