"""Jobs and schedules, as `ports.jobs` promises them."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from moorage.ports.jobs import JobCount, JobFilter
from moorage.ports.records import Ledger, Records
from moorage.rules import jobs
from moorage.rules.jobs import LEASE, Job, Progress, State
from moorage.rules.schedules import Schedule
from tests.support.records import NOW, SOMEBODY


def add(ledger: Ledger, kind: str = "verify", project_id: int | None = None, number: int = 0, at: float = NOW) -> Job:
    """A job that waits; another number makes another job."""
    return ledger.jobs.add(jobs.ask(kind, SOMEBODY, at, project_id=project_id, parameters={"number": number}))


def project(ledger: Ledger, name: str = "team") -> int:
    """A project's id."""
    made = ledger.projects.create(name, public=False, now=NOW)
    assert made is not None
    return made.id


def begin(ledger: Ledger, job: Job, holder: str = "one", now: float = NOW) -> Job:
    """Let somebody hold it."""
    assert ledger.jobs.save(job.claimed(holder, now))
    found = ledger.jobs.get(job.id)
    assert found is not None
    return found


async def test_all_of_a_job_is_kept(records: Records) -> None:
    """Whatever its verbs make of it, in every field but its turn, which grows."""

    def story(ledger: Ledger) -> None:
        job = add(ledger, project_id=project(ledger))
        assert (job.project, job.asked_by, job.turn, job.parameters) == ("team", "somebody", 0, {"number": 0})
        changes: tuple[Callable[[Job], Job], ...] = (
            lambda job: job.claimed("one", NOW),
            lambda job: job.held(Progress(3, 9, "here"), NOW + 1),
            lambda job: job.cancelled(NOW + 2),
            lambda job: job.failed("it shall not", NOW + 3),
            lambda job: job.retried(NOW + 4),
            lambda job: job.claimed("other", NOW + 5),
            lambda job: job.succeeded({"blobs": 3}, NOW + 6),
        )
        for change in changes:
            after = change(job)
            assert ledger.jobs.save(after)
            found = ledger.jobs.get(job.id)
            assert found == replace(after, turn=job.turn + 1)
            assert found is not None
            job = found

    await records.write(story)


async def test_of_two_who_change_a_job_one_does(records: Records) -> None:
    """What was read before another one's change is kept no more; nor what is gone."""

    def story(ledger: Ledger) -> None:
        seen = add(ledger)
        assert ledger.jobs.save(seen.claimed("one", NOW))
        assert not ledger.jobs.save(seen.claimed("other", NOW))
        found = ledger.jobs.get(seen.id)
        assert found is not None
        assert found.holder == "one"
        assert ledger.jobs.save(found.succeeded(None, NOW))
        assert ledger.jobs.forget(ended_before=NOW + 1, limit=9) == 1
        assert not ledger.jobs.save(replace(found, turn=found.turn + 1))

    await records.write(story)


async def test_what_waits_already_is_not_added(records: Records) -> None:
    """One like it is answered; other parameters, another project, or one that has begun, are another job."""

    def story(ledger: Ledger) -> None:
        team = project(ledger)
        first = add(ledger)
        assert add(ledger).id == first.id
        others = {add(ledger, number=1).id, add(ledger, project_id=team).id, add(ledger, "other").id}
        assert len(others | {first.id}) == 4
        begin(ledger, first)
        assert add(ledger).id not in others | {first.id}

    await records.write(story)


async def test_which_is_due(records: Records) -> None:
    """The one that could have begun the longest ago; of those that go alone none while one runs in its project."""

    def story(ledger: Ledger) -> None:
        team, other = project(ledger), project(ledger, "other")
        late, early = add(ledger, at=NOW + 2), add(ledger, number=1, at=NOW + 1)
        here, there = add(ledger, "gc", team, at=NOW + 3), add(ledger, "gc", other, at=NOW + 4)
        again = add(ledger, "gc", team, number=1, at=NOW + 3)

        def due(*kinds: str, alone: tuple[str, ...] = (), now: float = NOW + 9) -> int | None:
            found = ledger.jobs.due(kinds, alone=alone, now=now)
            return found.id if found else None

        assert due("verify", "gc") == early.id
        assert due("verify", now=NOW + 0.5) is None
        assert due("gc") == here.id
        assert due() is due("unknown") is None
        begin(ledger, here)
        begin(ledger, early)
        assert due("gc") == again.id
        assert due("gc", alone=("gc",)) == there.id
        assert due("verify", alone=("gc",)) == late.id
        assert due("verify", alone=("verify",)) is None
        assert ledger.jobs.running() == {"gc": 1, "verify": 1}

    await records.write(story)


async def test_who_is_lost(records: Records) -> None:
    """Those whose lease is over, the one that has been gone the longest first."""

    def story(ledger: Ledger) -> None:
        held = [begin(ledger, add(ledger, number=number), now=NOW + number) for number in (2, 0, 1)]
        add(ledger, number=3)
        assert ledger.jobs.lost(now=NOW + LEASE, limit=9) == []
        found = ledger.jobs.lost(now=NOW + LEASE + 1.5, limit=9)
        assert [job.id for job in found] == [held[1].id, held[2].id]
        assert len(ledger.jobs.lost(now=NOW + 99, limit=2)) == 2

    await records.write(story)


async def test_lists(records: Records) -> None:
    """The newest first, page by page, narrowed by project, kind and state; and counted."""

    def story(ledger: Ledger) -> None:
        team = project(ledger)
        wide, narrow = add(ledger), add(ledger, "gc", team)
        begun = begin(ledger, add(ledger, "gc", team, number=1))
        for wanted, expected in (
            (JobFilter(), [begun, narrow, wide]),
            (JobFilter(team), [begun, narrow]),
            (JobFilter(kind="verify"), [wide]),
            (JobFilter(team, "gc", State.RUNNING), [begun]),
            (JobFilter(team, "verify"), []),
        ):
            assert [job.id for job in ledger.jobs.page(wanted, before=None, limit=9)] == [job.id for job in expected]
            assert ledger.jobs.count(wanted, most=9) == len(expected)
        assert [job.id for job in ledger.jobs.page(JobFilter(), before=narrow.id, limit=1)] == [wide.id]
        assert ledger.jobs.count(JobFilter(), most=2) == 2
        assert ledger.jobs.is_open("gc", team)
        assert not ledger.jobs.is_open("gc", None)
        assert ledger.jobs.tally() == [
            JobCount("gc", State.QUEUED, 1, NOW),
            JobCount("gc", State.RUNNING, 1, NOW),
            JobCount("verify", State.QUEUED, 1, NOW),
        ]

    await records.write(story)


async def test_a_log_is_bounded(records: Records) -> None:
    """The newest lines stay, with their numbers, and go with their job."""

    def story(ledger: Ledger) -> None:
        job = add(ledger)
        ledger.jobs.write(job.id, ["one", "two"], now=NOW, most=3)
        ledger.jobs.write(job.id, [], now=NOW, most=3)
        ledger.jobs.write(job.id, ["three", "four"], now=NOW + 1, most=3)
        found = ledger.jobs.lines(job.id, after=0, limit=9)
        assert [tuple(line) for line in found] == [(2, NOW, "two"), (3, NOW + 1, "three"), (4, NOW + 1, "four")]
        assert [line.number for line in ledger.jobs.lines(job.id, after=2, limit=1)] == [3]
        ledger.jobs.save(job.cancelled(NOW))
        assert ledger.jobs.forget(ended_before=NOW, limit=9) == 0
        assert ledger.jobs.forget(ended_before=NOW + 1, limit=9) == 1
        assert ledger.jobs.lines(job.id, after=0, limit=9) == []
        assert add(ledger).id > job.id

    await records.write(story)


async def test_they_go_with_their_project(records: Records) -> None:
    """Jobs, whatever they stand at, their logs, and schedules."""

    def story(ledger: Ledger) -> None:
        team = project(ledger)
        job = begin(ledger, add(ledger, project_id=team))
        ledger.jobs.write(job.id, ["a line"], now=NOW, most=9)
        ledger.schedules.put(Schedule("gc", "0 0 * * *", NOW, team))
        ledger.projects.delete(team)
        assert ledger.jobs.get(job.id) is None
        assert not ledger.jobs.save(job.succeeded(None, NOW))
        assert ledger.schedules.find("gc", team) is None

    await records.write(story)


@pytest.mark.parametrize("is_wide", [True, False])
async def test_schedules(records: Records, *, is_wide: bool) -> None:
    """One of a kind in a project or the instance: put, found, due when its time has come and it is enabled, removed."""

    def story(ledger: Ledger) -> None:
        here = None if is_wide else project(ledger)
        elsewhere = project(ledger, "other")
        first = Schedule("gc", "0 0 * * *", NOW, here, None if is_wide else "team", set_by="ann")
        ledger.schedules.put(replace(first, cron="1 1 * * *"))
        ledger.schedules.put(first)
        assert ledger.schedules.find("gc", here) == first
        assert ledger.schedules.find("gc", elsewhere) is None
        assert ledger.schedules.due(["gc"], now=NOW - 1, limit=9) == []
        assert ledger.schedules.due(["other"], now=NOW, limit=9) == []
        assert ledger.schedules.due(["gc"], now=NOW, limit=9) == [first]
        ledger.schedules.put(replace(first, enabled=False, zone="Europe/Berlin"))
        assert ledger.schedules.due(["gc"], now=NOW, limit=9) == []
        assert [found.zone for found in ledger.schedules.page(here)] == ["Europe/Berlin"]
        assert ledger.schedules.page(elsewhere) == []
        assert ledger.schedules.remove("gc", here)
        assert not ledger.schedules.remove("gc", here)

    await records.write(story)
