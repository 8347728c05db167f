"""What people look for when they look around, as `ports.news` and `ports.search` promise it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from moorage.adapters.sql.news import LOOK, NEWS
from moorage.adapters.sql.sqlite import FILE
from moorage.oci.reference import RepositoryName
from moorage.ports.records import Ledger, Records
from moorage.ports.search import Fits
from moorage.rules import jobs, news
from moorage.rules.access import Identity, Kind
from moorage.rules.facts import Event, RoleSpec, Subject
from moorage.rules.quota import Quota
from tests.support.records import ADMIN, NOW, ensure, link, manifest, project_of, put

PUSH = "manifest.pushed"


def _push(number: int, project: int, tag: str | None = "1") -> Event:
    return Event(PUSH, "team/app", project, "ann", NOW + number, tag=tag)


async def _page(
    records: Records, among: list[int] | None, kinds: tuple[str, ...], before: int | None = None, limit: int = 9
) -> tuple[list[int], int | None]:
    found = await records.read(lambda ledger: ledger.news.page(among, kinds, before=before, limit=limit))
    return [number for number, _ in found.events], found.rest


async def test_news_of_several_projects(records: Records) -> None:
    """Put together by number, whichever way they were found; what has no tag is none."""

    def fill(ledger: Ledger) -> None:
        for number in range(30):
            ledger.events.record(_push(number, number % 3, None if number % 5 == 4 else "1"))

    await records.write(fill)
    wanted = [number + 1 for number in range(29, -1, -1) if number % 3 != 1 and number % 5 != 4]
    found: list[int] = []
    before = None
    while True:
        numbers, before = await _page(records, [0, 2], news.KINDS, before, 4)
        found += numbers
        if before is None:
            break
    assert found == wanted
    everything, _ = await _page(records, None, news.KINDS, None, 100)
    assert everything == [number + 1 for number in range(29, -1, -1) if number % 5 != 4]


async def test_a_look_at_news_is_bounded(records: Records) -> None:
    """Where what is looked for is far back a page is short, even empty, and the next goes on from there."""

    def fill(ledger: Ledger) -> None:
        ledger.events.record(Event("robot.created", "team", 1, "ann", NOW))
        for number in range(LOOK + 100):
            ledger.events.record(_push(number, 1))

    await records.write(fill)
    numbers, rest = await _page(records, [1], ("robot.created",))
    assert (numbers, rest) == ([], 102)
    assert await _page(records, [1], ("robot.created",), rest) == ([1], None)
    assert await _page(records, None, ("robot.created",)) == ([1], None)


async def test_indexes(folder: Path, records: Records) -> None:  # noqa: ARG001 - a database
    """Each look goes along the index that was made for it."""
    with closing(sqlite3.connect(folder / FILE)) as connection:

        def plan(sql: str) -> str:
            return " ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}"))

        walk = f"SELECT id, actor FROM events WHERE project_id = 1 AND {NEWS} AND id < 9 ORDER BY id DESC LIMIT 9"
        assert "news_of_project" in plan(walk)
        assert "tags_by_name" in plan(
            "SELECT name, repository_id FROM tags WHERE name >= 'a' AND name < 'b' ORDER BY name"
        )
        assert "manifests_by_digest" in plan(
            "SELECT id FROM manifests m WHERE substr(m.digest, 8, 12) >= 'a' AND substr(m.digest, 8, 12) < 'b'"
        )
        assert "robots_by_end" in plan(
            "SELECT name FROM robots WHERE expires_at IS NOT NULL AND expires_at < 9 ORDER BY expires_at"
        )


async def test_projects_that_somebody_holds(records: Records) -> None:
    """With what is kept there, the quota, and when something was pushed last; the last first."""

    def fill(ledger: Ledger) -> Identity:
        ann = ledger.accounts.create("ann", "hash", administrator=False, now=NOW)
        assert ann is not None
        for name in ("quiet/app", "team/app", "other/app"):
            repository_id = ensure(ledger, RepositoryName(name))
            project_id = ledger.repositories.place(RepositoryName(name)).project_id
            assert project_id is not None
            if not name.startswith("other"):
                ledger.members.put(project_id, Subject(ann.id, "ann"), [RoleSpec("reader")], now=NOW)
            if name == "team/app":
                link(ledger, repository_id, b"a layer")
                put(ledger, repository_id, manifest(), "1")
                ledger.quotas.keep(project_id, Quota(10, None))
        return Identity(Kind.USER, "ann", ann.id)

    ann = await records.write(fill)
    held = await records.read(lambda ledger: ledger.news.held(ann, limit=9))
    assert [one.name for one in held] == ["team", "quiet"]
    used = await records.read(lambda ledger: ledger.quotas.usage(held[0].project_id).used)
    assert (held[0].used, held[0].quota, held[0].pushed_at) == (used, Quota(10, None), NOW)
    assert (held[1].used, held[1].quota, held[1].pushed_at) == (0, None, 0)
    assert await records.read(lambda ledger: ledger.news.near_quota(warn_at=80, limit=9)) == ["team"]


async def test_jobs_that_failed(records: Records) -> None:
    """Since then, in these projects alone."""

    def fill(ledger: Ledger) -> int:
        ensure(ledger)
        project_id = project_of(ledger)
        assert project_id is not None
        for where, at in ((project_id, NOW), (None, NOW), (project_id, NOW - 100)):
            job = ledger.jobs.add(jobs.ask("verify", ADMIN, at, project_id=where, attempts=1))
            claimed = job.claimed("me", at)
            assert ledger.jobs.save(claimed)
            running = ledger.jobs.get(job.id)
            assert running is not None
            assert ledger.jobs.save(running.failed("broken", at))
        return project_id

    project_id = await records.write(fill)
    there = await records.read(lambda ledger: ledger.news.failed_jobs({project_id}, since=NOW, limit=9))
    assert [(job.kind, job.project) for job in there] == [("verify", "team")]
    everywhere = await records.read(lambda ledger: ledger.news.failed_jobs(None, since=NOW - 100, limit=9))
    assert [job.project_id for job in everywhere] == [project_id, None, project_id]


async def test_tags_are_found_by_all_ways(records: Records) -> None:
    """Along their index for who sees all, in each repository for who sees few: the same are found."""

    def fill(ledger: Ledger) -> Identity:
        ann = ledger.accounts.create("ann", "hash", administrator=False, now=NOW)
        assert ann is not None
        for name in ("team/app", "other/app"):
            repository_id = ensure(ledger, RepositoryName(name))
            put(ledger, repository_id, manifest(), "1.0", "1.0.1", "2.0")
        project_id = project_of(ledger)
        assert project_id is not None
        ledger.members.put(project_id, Subject(ann.id, "ann"), [RoleSpec("reader")], now=NOW)
        return Identity(Kind.USER, "ann", ann.id)

    ann = await records.write(fill)
    for who, names in ((ADMIN, ["other/app", "team/app"]), (ann, ["team/app"])):
        hits = await records.read(lambda ledger, who=who: ledger.search.tags(who, "1.0", limit=9))  # type: ignore[misc]
        assert sorted((hit.place.name, hit.tag) for hit in hits) == sorted(
            (name, tag) for name in names for tag in ("1.0", "1.0.1")
        )
        assert [hit.fits for hit in hits] == [Fits.EXACTLY] * len(names) + [Fits.BEGINS] * len(names)
        images = await records.read(
            lambda ledger, who=who, digits=hits[0].digest[7:17]: ledger.search.digests(who, digits, limit=9)  # type: ignore[misc]
        )
        assert sorted(hit.place.name for hit in images) == names
