"""Jobs are asked for, looked at, cancelled and tried again.

`project` None is the instance, from where all jobs are seen. A job of elsewhere is as unknown as one that never was.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.jobs import JobCount, JobFilter, JobLine
from moorage.ports.records import Ledger, Records
from moorage.ports.work import Kind, Kinds, Parameters
from moorage.rules import access, jobs
from moorage.rules.access import Identity, Place
from moorage.rules.jobs import Job, State
from moorage.rules.listing import Listed, page_of
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.service import finding


class JobTally(NamedTuple):
    """How many jobs there are, and for how many seconds the one that has waited the longest could have begun."""

    counts: tuple[JobCount, ...]
    waits: float


@dataclass(frozen=True, slots=True)
class ManageJobs:
    """Who may ask for a kind may cancel and retry what is of that kind, whoever asked for it."""

    records: Records
    clock: Clock
    kinds: Kinds

    async def page(
        self,
        who: Identity,
        project: str | None,
        *,
        kind: str | None,
        state: State | None,
        before: int | None,
        size: int,
    ) -> Listed[Job]:
        """Jobs of the project, or of everything, the newest first."""
        place = await self.records.read(lambda ledger: _open(ledger, who, project))
        wanted = JobFilter(place.project_id, kind, state)

        def story(ledger: Ledger) -> Listed[Job]:
            return page_of(
                ledger.jobs.page(wanted, before=before, limit=size + 1),
                size,
                lambda job: str(job.id),
                lambda most: ledger.jobs.count(wanted, most=most),
                is_first=before is None,
            )

        return await self.records.read_aside(story)

    async def offered(self, who: Identity, project: str | None) -> tuple[Kind, ...]:
        """The kinds that they may ask for there."""

        def story(ledger: Ledger) -> tuple[Kind, ...]:
            place = _open(ledger, who, project)
            actions = ((kind, kind.asked_by(place.project_id)) for kind in self.kinds)
            return tuple(kind for kind, action in actions if action is not None and finding.may(who, action, place))

        return await self.records.read(story)

    async def find(self, who: Identity, project: str | None, number: int) -> Job:
        """One of them. Raises NAME_UNKNOWN."""
        return await self.records.read(lambda ledger: _there(ledger, _open(ledger, who, project), number))

    async def lines(self, who: Identity, project: str | None, number: int, *, after: int, size: int) -> Listed[JobLine]:
        """Its log, from behind this line on. Raises NAME_UNKNOWN."""

        def story(ledger: Ledger) -> Listed[JobLine]:
            job = _there(ledger, _open(ledger, who, project), number)
            return page_of(
                ledger.jobs.lines(job.id, after=after, limit=size + 1),
                size,
                lambda line: str(line.number),
                lambda most: len(ledger.jobs.lines(job.id, after=0, limit=most)),
                is_first=not after,
            )

        return await self.records.read(story)

    async def may_change(self, who: Identity, project: str | None, job: Job) -> bool:
        """May they cancel it and try it again, from there?"""

        def story(ledger: Ledger) -> bool:
            try:
                self._require_change(who, _open(ledger, who, project), job)
            except Refusal:
                return False
            return True

        return await self.records.read(story)

    def meaning(self, name: str) -> str:
        """What jobs of this kind do, in words; nothing where there is no such kind any more."""
        kind = self.kinds.find(name)
        return kind.meaning if kind is not None else ""

    async def ask(self, who: Identity, project: str | None, name: str, parameters: Parameters) -> Job:
        """Have it done soon; if one like it waits already, that one. QUERY_INVALID: there is no such kind."""

        def story(ledger: Ledger) -> Job:
            place = _open(ledger, who, project)
            kind = self._kind(who, place, name)
            asked = jobs.ask(
                kind.name,
                who,
                self.clock(),
                project_id=place.project_id,
                parameters=kind.check(parameters),
                attempts=kind.attempts,
            )
            job = ledger.jobs.add(asked)
            ledger.events.record(
                told("job.asked", who, self.clock(), place=jobs.place_of(job), about=job.called, after=jobs.told(job))
            )
            return job

        return await self.records.write(story, by=who)

    async def cancel(self, who: Identity, project: str | None, number: int) -> Job:
        """Let it end: at once if it waits, within seconds if it runs. Raises CONFLICT if it has ended."""
        return await self._change(who, project, number, "job.cancelled", Job.cancelled)

    async def retry(self, who: Identity, project: str | None, number: int) -> Job:
        """Have it go on. Raises CONFLICT unless it failed or was cancelled."""
        return await self._change(who, project, number, "job.retried", Job.retried)

    async def tally(self) -> JobTally:
        """How many there are, for who runs the registry. Asks nobody who they are."""
        counts = await self.records.read(lambda ledger: ledger.jobs.tally())
        due = [count.due_since for count in counts if count.state is State.QUEUED]
        return JobTally(tuple(counts), max(0.0, self.clock() - min(due)) if due else 0.0)

    async def _change(
        self, who: Identity, project: str | None, number: int, event: str, change: Callable[[Job, float], Job]
    ) -> Job:
        def story(ledger: Ledger) -> Job:
            place = _open(ledger, who, project)
            was = _there(ledger, place, number)
            self._require_change(who, place, was)
            now = self.clock()
            if not ledger.jobs.save(change(was, now)):
                raise Refusal(Code.CONFLICT, f"the job {number} is changing at this moment: try again")
            job = _there(ledger, place, number)
            ledger.events.record(
                told(
                    event,
                    who,
                    now,
                    place=jobs.place_of(job),
                    about=job.called,
                    before=jobs.told(was),
                    after=jobs.told(job),
                )
            )
            return job

        return await self.records.write(story, by=who)

    def _kind(self, who: Identity, place: Place, name: str) -> Kind:
        """The kind, once it is clear that they may ask for it there."""
        kind = self.kinds.find(name)
        action = None if kind is None else kind.asked_by(place.project_id)
        if kind is None or action is None:
            names = [kind.name for kind in self.kinds if kind.asked_by(place.project_id)]
            use = f"use {', '.join(names)}" if names else "there are none"
            raise Refusal(Code.QUERY_INVALID, f"there is no kind of job {name[:64]!r} to ask for here: {use}")
        _require(who, action, place)
        return kind

    def _require_change(self, who: Identity, place: Place, job: Job) -> None:
        """An administrator may from the instance; in the project whoever may ask for one of its kind there."""
        kind = self.kinds.find(job.kind) if place.project_id is not None else None
        action = kind.there if kind is not None else None
        if action is None:
            access.require_instance(who, Action.MANAGE_INSTANCE)
        else:
            access.require_project(who, action, place)


def _open(ledger: Ledger, who: Identity, project: str | None) -> Place:
    return finding.opened(ledger, who, project, there=Action.READ_JOBS, everywhere=Action.READ_INSTANCE)


def _require(who: Identity, action: Action, place: Place) -> None:
    if place.project_id is None:
        access.require_instance(who, action)
    else:
        access.require_project(who, action, place)


def _there(ledger: Ledger, place: Place, number: int) -> Job:
    """From the instance all are seen."""
    found = ledger.jobs.get(number)
    if found is None or (place.project_id is not None and found.project_id != place.project_id):
        raise Refusal(Code.NAME_UNKNOWN, f"there is no job {number} here, or it was long ago")
    return found
