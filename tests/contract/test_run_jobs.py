"""Jobs run, on real records: once, watched, resumed, given up, by processes that know nothing of one another."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from moorage.adapters.sql.sqlite import SqliteRecords
from moorage.oci.error import Code, Refusal
from moorage.ports.jobs import JobFilter
from moorage.ports.records import Ledger, Records
from moorage.ports.work import Control, Kind, Kinds, Parameters
from moorage.rules import jobs
from moorage.rules.jobs import BEAT, LEASE, Job, State
from moorage.rules.schedules import Schedule
from moorage.service.run_jobs import RunJobs
from moorage.service.tend_jobs import TendJobs
from tests.support.records import ADMIN, NOW

HOUR = 3600.0


@dataclass
class Clock:
    """A time that only the test moves."""

    now: float = NOW

    def __call__(self) -> float:
        """What the program takes for the time of day."""
        return self.now


@dataclass
class Labour:
    """What a job of the test does: it waits at its gate, and fails as it is told."""

    begun: list[int] = field(default_factory=list)
    bookmarks: list[str] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    faults: list[Exception] = field(default_factory=list)
    ends: str = ""

    async def __call__(self, parameters: Parameters, control: Control) -> Mapping[str, object]:
        """Do it."""
        self.begun.append(control.job.id)
        self.bookmarks.append(control.job.progress.bookmark)
        control.reached("half", 1, 2)
        control.say("half of it")
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.ends = "cut off"
            raise
        if self.faults:
            raise self.faults.pop(0)
        return {"parameters": dict(parameters)}


class Shop:
    """One process: what it knows of kinds, and how it claims and runs."""

    def __init__(self, records: Records, clock: Clock, holder: str = "one", **more: object) -> None:
        self.labour = Labour()
        self.kinds = Kinds(replace(Kind("work", "works", self.labour), **more))  # type: ignore[arg-type]
        self.records = records
        self.run = RunJobs(records, clock, self.kinds, holder, look=0.01)
        self.tend = TendJobs(records, clock, self.kinds, "UTC", keep=HOUR)

    async def ask(self, number: int = 0) -> Job:
        """A job that waits."""
        asked = jobs.ask("work", ADMIN, NOW, parameters={"number": number})
        return await self.records.write(lambda ledger: ledger.jobs.add(asked))

    async def claim(self) -> Job:
        """The next one, which must be there."""
        job = await self.run.claim()
        assert job is not None
        return job

    async def found(self, job: Job) -> Job:
        """As it stands."""
        found = await self.records.read(lambda ledger: ledger.jobs.get(job.id))
        assert found is not None
        return found

    async def lines(self, job: Job) -> list[str]:
        """What it said."""
        found = await self.records.read(lambda ledger: ledger.jobs.lines(job.id, after=0, limit=99))
        return [line.text for line in found]

    async def do(self) -> Job:
        """Claim one and do it to its end."""
        job = await self.claim()
        self.labour.gate.set()
        await self.run.run(job)
        return await self.found(job)


@pytest.fixture
def clock() -> Clock:
    """The time."""
    return Clock()


@pytest.fixture
def shop(records: Records, clock: Clock) -> Shop:
    """A process."""
    return Shop(records, clock)


async def spun(task: "asyncio.Task[object]", labour: Labour) -> None:
    """Until the job is at its gate."""
    while not labour.begun:
        assert not task.done()
        await asyncio.sleep(0.005)


async def renewed(shop: Shop, job: Job, running: "asyncio.Task[object]") -> None:
    """Until its holder has said that it lives, or has ended."""
    while not running.done():
        await asyncio.sleep(0)  # a read does not let go of the loop, in which its end has to be heard of
        lease = (await shop.found(job)).lease_until
        if lease is None or lease >= shop.run.clock() + LEASE:
            return
        await asyncio.sleep(0.005)


async def test_a_job_is_done(shop: Shop) -> None:
    """Its result, its progress and what it said are kept."""
    asked = await shop.ask(5)
    done = await shop.do()
    assert (done.id, done.state, done.result) == (asked.id, State.SUCCEEDED, {"parameters": {"number": 5}})
    assert (done.progress.done, done.progress.total, done.holder) == (1, 2, "")
    assert await shop.lines(done) == ["half of it"]
    assert await shop.run.claim() is None


async def test_a_job_that_fails(shop: Shop, clock: Clock) -> None:
    """It is tried again after pauses, and given up with the reason, which the audit tells; no fault's text is shown."""
    await shop.ask()
    shop.labour.faults = [Refusal(Code.CONFLICT, "not now"), ValueError("password=hunter2"), ValueError("hunter2")]
    first = await shop.do()
    assert (first.state, first.reason) == (State.QUEUED, "not now")
    assert await shop.run.claim() is None
    clock.now = first.due_at
    second = await shop.do()
    assert second.due_at > clock.now + 1
    clock.now = second.due_at
    third = await shop.do()
    assert third.state is State.FAILED
    assert third.reason == "a fault of the program (ValueError): the server's log tells more"
    [(_, event)] = await shop.records.read(lambda ledger: ledger.events.page(after=0, limit=9))
    assert (event.kind, event.object, event.actor_kind) == ("job.failed", f"job:{third.id}", "machine")
    assert "hunter2" not in f"{await shop.lines(third)}{event}"
    assert shop.labour.bookmarks == ["", "half", "half"]


async def test_a_cancelled_job_stops(shop: Shop) -> None:
    """Soon, wherever it stands, and it is not tried again."""
    job = await shop.ask()
    running = asyncio.create_task(shop.run.run(await shop.claim()))
    await spun(running, shop.labour)

    def cancel(ledger: Ledger) -> None:
        there = ledger.jobs.get(job.id)
        assert there is not None
        assert ledger.jobs.save(there.cancelled(NOW))

    await shop.records.write(cancel)
    await asyncio.wait_for(running, 5)
    assert shop.labour.ends == "cut off"
    assert (await shop.found(job)).state is State.CANCELLED


async def test_a_process_that_ends_gives_back(shop: Shop) -> None:
    """What it does is cut off before anybody else may begin; nothing counts as an attempt, and the bookmark is kept."""
    job = await shop.ask()
    running = asyncio.create_task(shop.run.run(await shop.claim()))
    await spun(running, shop.labour)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    found = await shop.found(job)
    assert (shop.labour.ends, found.state, found.progress.bookmark) == ("cut off", State.QUEUED, "half")
    assert found.attempt == 0


async def test_a_stuck_job_is_found(records: Records, clock: Clock) -> None:
    """Whoever does it is alive, but it does not get on: the attempt is ended, and says for how long."""
    shop = Shop(records, clock, patience=60.0, attempts=1)
    job = await records.write(lambda ledger: ledger.jobs.add(jobs.ask("work", ADMIN, NOW, attempts=1)))
    running = asyncio.create_task(shop.run.run(await shop.claim()))
    await spun(running, shop.labour)
    while not running.done():
        clock.now += BEAT + 1
        await renewed(shop, job, running)
    found = await shop.found(job)
    assert (found.state, found.reason) == (State.FAILED, "it did not get on for 60 seconds")
    assert shop.labour.ends == "cut off"
    assert NOW + 60 < clock.now < NOW + 120


async def test_who_was_taken_for_dead_changes_nothing(records: Records, folder: Path, clock: Clock) -> None:
    """Another process goes on with the job from its bookmark; the first one stops, and its end is not kept."""
    shop, other_records = Shop(records, clock), SqliteRecords(folder)
    other = Shop(other_records, clock, "other")
    try:
        job = await shop.ask()
        claimed = await shop.claim()
        running = asyncio.create_task(shop.run.run(claimed))
        await spun(running, shop.labour)
        clock.now += BEAT + 1
        await renewed(shop, job, running)
        assert not await other.tend()
        running_at = await shop.found(job)
        assert running_at.progress.bookmark == "half"
        await records.write(lambda ledger: ledger.jobs.save(replace(running_at, lease_until=clock.now - 1)))
        [lost] = await other.tend()
        assert (lost.id, lost.state) == (job.id, State.QUEUED)
        taken = await other.claim()
        ended, _ = await asyncio.wait_for(running, 5)
        assert ended is None
        assert shop.labour.ends == "cut off"
        assert (await shop.found(job)).holder == taken.holder != claimed.holder
        other.labour.gate.set()
        await other.run.run(taken)
        assert other.labour.bookmarks == ["half"]
        assert (await shop.found(job)).state is State.SUCCEEDED
    finally:
        other_records.close()


async def test_the_same_process_is_another_holder(shop: Shop, clock: Clock) -> None:
    """One that stood still, lost a job and claimed it again does it once: what it had begun before stops."""
    job = await shop.ask()
    running = asyncio.create_task(shop.run.run(await shop.claim()))
    await spun(running, shop.labour)

    def lose_and_claim(ledger: Ledger) -> Job | None:
        there = ledger.jobs.get(job.id)
        assert there is not None
        assert ledger.jobs.save(there.lost(clock.now))
        return shop.run._claim(ledger, clock.now)

    again = await shop.records.write(lose_and_claim)
    assert again is not None
    ended, _ = await asyncio.wait_for(running, 5)
    assert ended is None
    assert (await shop.found(job)).holder == again.holder


async def test_what_a_lost_job_writes_is_undone(shop: Shop) -> None:
    """Its changes are made only while it is held: with the progress, or not at all."""
    wrote: list[bool] = []

    async def write(_parameters: Parameters, control: Control) -> None:
        def story(ledger: Ledger) -> None:
            ledger.projects.create(f"p{control.job.turn}", public=False, now=NOW)

        control.reached("first", 1)
        await control.write(story)
        found = await shop.found(control.job)
        wrote.append(found.progress.bookmark == "first")
        await shop.records.write(lambda ledger: ledger.jobs.save(replace(found, holder="somebody")))
        control.reached("second", 2)
        await control.write(lambda ledger: ledger.projects.create("never", public=False, now=NOW))

    kinds = Kinds(Kind("work", "works", write))
    run = replace(shop.run, kinds=kinds)
    job = await shop.ask()
    claimed = await run.claim()
    assert claimed is not None
    ended, _ = await run.run(claimed)
    assert ended is None
    assert wrote == [True]
    assert await shop.records.read(lambda ledger: ledger.projects.find("never")) is None
    assert (await shop.found(job)).progress.bookmark == "first"


async def test_each_is_claimed_once(records: Records, folder: Path, clock: Clock) -> None:
    """By three processes at once, and of a kind no more run than may."""
    rest = [SqliteRecords(folder) for _ in range(2)]
    shops = [Shop(kept, clock, f"p{place}", limit=5, alone=False) for place, kept in enumerate([records, *rest])]
    try:
        asked = {(await shops[0].ask(number)).id for number in range(9)}
        claimed = [job.id for job in await asyncio.gather(*(shop.run.claim() for shop in shops * 9)) if job]
        assert len(claimed) == len(set(claimed)) == 5
        assert set(claimed) < asked
        assert await shops[1].run.claim() is None
    finally:
        for kept in rest:
            kept.close()


async def test_one_at_a_time_in_a_project(records: Records, clock: Clock) -> None:
    """Of a kind that goes alone, however many may run elsewhere."""
    shop = Shop(records, clock, limit=5)
    await shop.ask(1)
    await shop.ask(2)
    first = await shop.claim()
    assert await shop.run.claim() is None
    shop.labour.gate.set()
    await shop.run.run(first)
    assert (await shop.claim()).parameters == {"number": 2}


async def test_what_is_not_known_waits(records: Records, clock: Clock) -> None:
    """A kind of another version of the program is nobody's here, and takes no other's turn."""
    shop = Shop(records, clock)
    await records.write(lambda ledger: ledger.jobs.add(jobs.ask("of-tomorrow", ADMIN, NOW - 9)))
    ours = await shop.ask()
    assert (await shop.claim()).id == ours.id
    assert await shop.run.claim() is None


async def test_schedules_fire_once(records: Records, folder: Path, clock: Clock) -> None:
    """Of three processes one asks; a time that passed while nobody was there counts once."""
    rest = [SqliteRecords(folder) for _ in range(2)]
    shops = [Shop(kept, clock, cron="*/10 * * * *") for kept in (records, *rest)]
    try:
        await asyncio.gather(*(shop.tend.begin() for shop in shops))
        [schedule] = await records.read(lambda ledger: ledger.schedules.page(None))
        assert 0 < schedule.next_at - NOW <= 600
        await asyncio.gather(*(shop.tend() for shop in shops))
        assert await shops[0].run.claim() is None
        clock.now += HOUR
        await asyncio.gather(*(shop.tend() for shop in shops * 3))
        job = await shops[0].claim()
        assert (job.asked_by, job.project_id) == ("", None)
        assert await shops[1].run.claim() is None
        clock.now += 600
        await shops[2].tend()
        assert await records.read(lambda ledger: ledger.jobs.count(JobFilter(), most=9)) == 1  # that one is not over
        [later] = await records.read(lambda ledger: ledger.schedules.page(None))
        assert clock.now < later.next_at <= clock.now + 600
    finally:
        for kept in rest:
            kept.close()


async def test_the_projects_own_zone(shop: Shop, clock: Clock) -> None:
    """A schedule without a zone follows its project's, and one that is not known any more is taken for UTC."""
    clock.now = 1_770_000_000.0  # 2026-02-02 02:40 UTC

    def story(ledger: Ledger) -> list[int]:
        made = [ledger.projects.create(name, public=False, now=NOW) for name in ("berlin", "atlantis")]
        ids = [project.id for project in made if project is not None]
        for project_id, zone in zip(ids, ("Europe/Berlin", "Sea/Atlantis"), strict=True):
            ledger.schedules.put(Schedule("work", "30 3 * * *", clock.now, project_id, zone=zone))
        return ids

    berlin, atlantis = await shop.records.write(story)
    await shop.tend()

    def next_of(ledger: Ledger) -> list[float]:
        found = [ledger.schedules.find("work", number) for number in (berlin, atlantis)]
        return [schedule.next_at - clock.now for schedule in found if schedule is not None]

    assert await shop.records.read(next_of) == [23 * HOUR + 50 * 60, 50 * 60]


async def test_what_ended_long_ago_is_forgotten(shop: Shop, clock: Clock) -> None:
    """What waits or runs never is."""
    done = await shop.ask(1)
    await shop.do()
    await shop.ask(2)
    clock.now += HOUR + 1
    assert await shop.tend.forget() == 1
    assert await shop.records.read(lambda ledger: ledger.jobs.get(done.id)) is None
    assert await shop.run.claim() is not None


async def test_nothing_to_do_writes_nothing(shop: Shop, folder: Path) -> None:
    """An idle registry leaves its database alone."""
    await shop.tend.begin()
    before = (folder / "moorage.db-wal").stat().st_mtime_ns
    for _ in range(3):
        await shop.tend.begin()
        assert await shop.tend() == ()
        assert await shop.run.claim() is None
    assert (folder / "moorage.db-wal").stat().st_mtime_ns == before


async def test_a_lease_that_cannot_be_renewed_ends_the_work(shop: Shop, clock: Clock) -> None:
    """When the database took no beat for that long, others may go on with it: it is cut off."""
    job = await shop.ask()
    running = asyncio.create_task(shop.run.run(await shop.claim()))
    await spun(running, shop.labour)
    clock.now += LEASE + 1
    ended, _ = await asyncio.wait_for(running, 5)
    assert ended is None
    assert shop.labour.ends == "cut off"
    assert [lost.id for lost in await shop.tend()] == [job.id]
