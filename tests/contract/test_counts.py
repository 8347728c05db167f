"""Counts of pulls and pushes: exact while the program runs, written boundedly, never lost for a moment's trouble."""

import pytest

from moorage.adapters.counts import MOST_NOTED, BufferedCounts
from moorage.oci.digest import Digest
from moorage.oci.reference import RepositoryName
from moorage.ports.records import Ledger, Records, RecordsUnavailable
from moorage.rules import identities
from moorage.rules.access import Identity
from moorage.rules.facts import RoleSpec, Subject
from moorage.rules.listing import Total
from moorage.rules.pattern import Pattern
from moorage.rules.quota import TOTAL
from moorage.rules.statistics import DAY, HOUR, Counts, DayCounts, PartCounts, Span, by_pulls, day_of
from moorage.service import read_statistics
from moorage.service.read_statistics import ReadStatistics
from tests.support.records import ADMIN, NOW, SOMEBODY, ensure, manifest, put

IMAGE = Digest.of(b"an image")
TODAY = day_of(NOW)
ALWAYS = Span(0, TODAY + 1000)


class Clock:
    """Time that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        """Now."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


@pytest.fixture
def counts(records: Records, clock: Clock) -> BufferedCounts:
    """Nothing counted yet."""
    return BufferedCounts(records, clock)


async def days(records: Records) -> list[DayCounts]:
    """What was counted of all, by day."""
    return list(await records.read(lambda ledger: ledger.statistics.days(ALWAYS, project_id=TOTAL)))


async def last_pull(records: Records) -> float | None:
    """When the image was last pulled."""
    repository_id = await records.write(ensure)
    return await records.read(lambda ledger: ledger.statistics.last_pull(repository_id, IMAGE))


async def test_everything_is_added_up(records: Records, counts: BufferedCounts, clock: Clock) -> None:
    """By repository and day, in as many portions as it comes."""
    await records.write(ensure)
    counts.pulled("team/app", str(IMAGE), 10)
    counts.pulled("team/app", str(IMAGE), 10)
    counts.sent("team/app", 100)
    counts.pushed("team/app", 7)
    await counts.flush()
    counts.received("team/app", 1000)
    await counts.flush()
    await counts.flush()
    clock.now += DAY
    counts.pushed("team/app", 1)
    await counts.flush()
    assert await days(records) == [
        DayCounts(TODAY, Counts(2, 120, 1, 1007)),
        DayCounts(TODAY + 1, Counts(0, 0, 1, 1)),
    ]


async def test_the_last_pull(records: Records, counts: BufferedCounts, clock: Clock) -> None:
    """Is noted once in an hour, so that it is never more than an hour behind."""
    clock.now = NOW - NOW % HOUR
    assert await last_pull(records) is None
    seen = []
    for later in (0.0, 60.0, HOUR - 1, HOUR, HOUR + 10, 5 * HOUR):
        clock.now = NOW - NOW % HOUR + later
        await counts.flush()
        counts.pulled("team/app", str(IMAGE), 1)
        await counts.flush()
        at = await last_pull(records)
        assert at is not None
        seen.append(at - (NOW - NOW % HOUR))
    assert seen == [0, 0, 0, HOUR, HOUR, 5 * HOUR]


async def test_a_pull_is_never_earlier_than_before(records: Records) -> None:
    """Several processes note it, in whatever order."""

    def story(ledger: Ledger) -> float | None:
        repository_id = ensure(ledger)
        for at in (5.0, 9.0, 7.0):
            ledger.statistics.pulled(repository_id, str(IMAGE), at=at)
        return ledger.statistics.last_pull(repository_id, IMAGE)

    assert await records.write(story) == 9.0


async def test_what_is_gone_is_not_counted(records: Records, counts: BufferedCounts) -> None:
    """A repository that was deleted meanwhile harms nothing, and the others count."""
    await records.write(ensure)
    counts.pulled("team/gone", str(IMAGE), 10)
    counts.pulled("team/app", str(IMAGE), 10)
    await counts.flush()
    assert await days(records) == [DayCounts(TODAY, Counts(1, 10, 0, 0))]


async def test_nothing_is_lost_while_nothing_can_be_written(
    records: Records, counts: BufferedCounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be written is written with the next."""
    await records.write(ensure)

    async def fail(*_: object, **__: object) -> None:
        raise RecordsUnavailable

    with monkeypatch.context() as broken:
        broken.setattr(counts._records, "write", fail)
        counts.pulled("team/app", str(IMAGE), 10)
        await counts.flush()
        counts.pulled("team/app", str(IMAGE), 10)
        await counts.flush()
    assert await days(records) == []
    await counts.flush()
    assert await days(records) == [DayCounts(TODAY, Counts(2, 20, 0, 0))]
    assert await last_pull(records) == NOW


async def test_memory_is_bounded(records: Records, counts: BufferedCounts) -> None:
    """However many images are pulled in an hour, only so many are remembered."""
    await records.write(ensure)
    for number in range(MOST_NOTED + 5):
        counts.pulled("team/app", f"sha256:{number:064x}", 1)
    await counts.flush()
    await counts.flush()
    assert len(counts._noted) <= MOST_NOTED
    assert (await days(records))[0].counts.pulls == MOST_NOTED + 5


async def test_parts(records: Records) -> None:
    """Repositories and projects come with those pulled most first, and those of which nothing is known last."""

    def story(ledger: Ledger) -> tuple[list[PartCounts], list[PartCounts], list[PartCounts]]:
        app, web, far = (ensure(ledger, RepositoryName(name)) for name in ("team/app", "team/web", "far/app"))
        ensure(ledger, RepositoryName("team/zero"))
        ledger.statistics.add(app, 5, Counts(1, 10))
        ledger.statistics.add(app, 6, Counts(1, 10))
        ledger.statistics.add(web, 5, Counts(3, 30, 1, 5))
        ledger.statistics.add(far, 5, Counts(9, 90))
        ledger.statistics.pulled(web, str(IMAGE), at=3.0)
        project = ledger.projects.find("team")
        assert project is not None
        span = Span(5, 5)
        return (
            list(ledger.statistics.of_repositories(span, by_pulls(9), project_id=project.id)),
            list(ledger.statistics.of_repositories(span, by_pulls(9), project_id=project.id, among=[app])),
            list(ledger.statistics.of_projects(Span(5, 6), by_pulls(1))),
        )

    everything, one, projects = await records.write(story)
    assert everything == [
        PartCounts("team/web", Counts(3, 30, 1, 5), 0, 3.0),
        PartCounts("team/app", Counts(1, 10), 0, None),
        PartCounts("team/zero", Counts(), 0, None),
    ]
    assert one == [PartCounts("team/app", Counts(1, 10), 0, None)]
    # one more than asked for tells that there are more
    assert projects == [PartCounts("far", Counts(9, 90), 0, None), PartCounts("team", Counts(5, 50, 1, 5), 0, None)]


@pytest.mark.parametrize("size", [1, 2, 3, 9])
@pytest.mark.parametrize("who", ["admin", "ann"])
async def test_pages_of_parts(records: Records, monkeypatch: pytest.MonkeyPatch, size: int, who: str) -> None:
    """They follow one another without a gap, also where many were pulled as often; each page tells all sums."""
    monkeypatch.setattr(read_statistics, "_JUDGED", 2)
    pulls = {"a": 1, "b": 0, "c": 1, "d": 7, "e": 1, "secret": 9, "z": 0}
    wanted = [*(["secret"] if who == "admin" else []), "d", "a", "c", "e", "b", "z"]

    def fill(ledger: Ledger) -> Identity:
        for name, count in pulls.items():
            app = ensure(ledger, RepositoryName(f"team/{name}"))
            ledger.statistics.add(app, TODAY, Counts(count))
        project, account = (
            ledger.projects.find("team"),
            ledger.accounts.create("ann", "x", administrator=False, now=NOW),
        )
        assert project is not None
        assert account is not None
        ledger.members.put(project.id, Subject(account.id, "ann"), [RoleSpec("reader", Pattern("?"))], now=NOW)
        return identities.of_account(account)

    somebody = {"admin": ADMIN, "ann": await records.write(fill)}[who]
    read, found, after = ReadStatistics(records, lambda: NOW, 9), list[str](), ""
    while True:
        told = await read.of_project(somebody, "team", parts=by_pulls(size, after))
        found += [part.name.removeprefix("team/") for part in told.parts.items]
        assert told.total.pulls == sum(pulls[name] for name in wanted)
        assert told.parts.total == Total(len(wanted))
        assert len(told.parts.items) <= size
        if told.parts.following is None:
            break
        after = told.parts.following
    assert found == wanted
    everything = await read.of_all(ADMIN, parts=by_pulls(1))
    assert (everything.parts.total, everything.parts.following) == (Total(1), None)


async def test_pulls_of_some(records: Records) -> None:
    """In the span alone, of those that are asked for and that were pulled from."""

    def story(ledger: Ledger) -> tuple[dict[int, int], tuple[int, int]]:
        app, web, far = (ensure(ledger, RepositoryName(name)) for name in ("team/app", "team/web", "far/app"))
        for day in (4, 5, 6, 7):
            ledger.statistics.add(app, day, Counts(2))
        ledger.statistics.add(web, 5, Counts(0, 0, 3))
        ledger.statistics.add(far, 5, Counts(9))
        assert ledger.statistics.pulls(Span(5, 6), []) == {}
        return dict(ledger.statistics.pulls(Span(5, 6), [app, web])), (app, far)

    found, (app, _) = await records.write(story)
    assert found == {app: 4}


async def test_days_of_some(records: Records) -> None:
    """Of a project, of some of its repositories, of none."""

    def story(ledger: Ledger) -> list[list[DayCounts]]:
        app, web, far = (ensure(ledger, RepositoryName(name)) for name in ("team/app", "team/web", "far/app"))
        for repository_id in (app, web, far):
            ledger.statistics.add(repository_id, 5, Counts(repository_id))
        project = ledger.projects.find("team")
        assert project is not None
        return [
            list(ledger.statistics.days(Span(5, 5), project_id=project.id, among=among))
            for among in (None, [app], [far], [])
        ]

    found = await records.write(story)
    assert [[day.counts.pulls for day in some] for some in found] == [[3], [1], [], []]


async def test_what_is_old_is_forgotten(records: Records) -> None:
    """Days before the first that is kept, and old pulls of what is not there any more; in portions."""
    made = manifest()

    def fill(ledger: Ledger) -> int:
        app = ensure(ledger)
        put(ledger, app, made)
        for day in range(5):
            ledger.statistics.add(app, day, Counts(1))
        ledger.statistics.pulled(app, str(IMAGE), at=1.0)
        ledger.statistics.pulled(app, str(Digest.of(made.content)), at=1.0)
        return app

    app = await records.write(fill)

    async def forget() -> int:
        return await records.write(lambda ledger: ledger.statistics.forget(before_day=3, pulled_before=2.0, limit=2))

    assert [await forget() for _ in range(3)] == [3, 1, 0]
    assert [day.day for day in await days(records)] == [3, 4]
    assert await records.read(lambda ledger: ledger.statistics.last_pull(app, IMAGE)) is None
    assert await records.read(lambda ledger: ledger.statistics.last_pull(app, Digest.of(made.content))) == 1.0


async def test_pulls_of_what_goes_and_comes_back(records: Records) -> None:
    """What was pulled is forgotten after its manifest went, and not if that was pushed again meanwhile."""
    made, other = manifest(), manifest("other")
    digest, others = Digest.of(made.content), Digest.of(other.content)

    def come_and_go(ledger: Ledger) -> int:
        app = ensure(ledger)
        ids = [put(ledger, app, one) for one in (made, other)]
        for one in (digest, others):
            ledger.statistics.pulled(app, str(one), at=1.0)
        for manifest_id in ids:
            ledger.manifests.delete(manifest_id, by="admin", now=NOW, keep=False)
        put(ledger, app, made)
        return app

    app = await records.write(come_and_go)
    for looked_at in (2, 0):
        told = await records.write(lambda ledger: ledger.statistics.forget(before_day=0, pulled_before=2.0, limit=9))
        assert told == looked_at
    left = await records.read(lambda ledger: [ledger.statistics.last_pull(app, one) for one in (digest, others)])
    assert left == [1.0, None]


async def test_forgetting_looks_at_nothing_else(records: Records) -> None:
    """However many old pulls there are of what is still there: it costs what a few do."""
    work = list[int]()

    async def forget() -> int:
        def story(ledger: Ledger) -> int:
            work.clear()
            connection = ledger.statistics._session.connection  # type: ignore[attr-defined]
            connection.set_progress_handler(lambda: work.append(1), 100)  # each hundred steps of its machine
            try:
                return ledger.statistics.forget(before_day=0, pulled_before=2.0, limit=9)
            finally:
                connection.set_progress_handler(None, 0)

        return await records.write(story)

    def fill(ledger: Ledger) -> None:
        app = ensure(ledger)
        for number in range(2000):
            made = manifest(str(number))
            put(ledger, app, made)
            ledger.statistics.pulled(app, str(Digest.of(made.content)), at=1.0)

    await records.write(fill)
    assert await forget() == 0
    assert len(work) < 5


async def test_a_repository_takes_its_counts_along(records: Records, counts: BufferedCounts) -> None:
    """When it is deleted nothing is kept of it, and one that is pulled by its old name counts where it is now."""

    def rename(ledger: Ledger) -> None:
        app = ensure(ledger)
        place = ledger.repositories.place(RepositoryName("team/app"))
        assert place.project_id is not None
        ledger.repositories.rename(app, RepositoryName("team/new"), project_id=place.project_id)
        ledger.redirects.keep("team/app", by=SOMEBODY.name, now=NOW, until=NOW + DAY, repository_id=app)

    await records.write(rename)
    counts.pulled("team/app", str(IMAGE), 10)
    await counts.flush()
    assert (await days(records))[0].counts.pulls == 1
    await records.write(
        lambda ledger: ledger.repositories.delete(
            ensure(ledger, RepositoryName("team/new")), by="admin", now=NOW, keep=False
        )
    )
    assert await days(records) == []
