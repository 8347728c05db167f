"""What is kept in mind of bytes is what the links say: after whatever happened, and after an upgrade."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from moorage.adapters.sql import migrate
from moorage.adapters.sql.sqlite import FILE, SqliteRecords
from moorage.oci.digest import Digest
from moorage.oci.reference import RepositoryName
from moorage.ports.records import Ledger, Records
from moorage.rules.quota import TOTAL, Quota, Recounted, Share
from tests.support.records import NOW, SOMEBODY, ensure, link, manifest, put

APP, WEB, FAR = RepositoryName("team/app"), RepositoryName("team/web"), RepositoryName("far/app")
BLOBS = [bytes([salt]) * (salt * 10 + 1) for salt in range(9)]


def team(ledger: Ledger, name: str = "team") -> int:
    """The project's id."""
    project = ledger.projects.find(name)
    assert project is not None
    return project.id


def used(ledger: Ledger, name: str = "team") -> int:
    """What the project keeps, in bytes."""
    return ledger.quotas.usage(team(ledger, name)).used


async def require_right(records: Records) -> None:
    """Counted anew, nothing differs: of no project, nor of the registry."""
    ids = await records.read(lambda ledger: ledger.quotas.ids(after=0, limit=100))
    for project_id in (TOTAL, *ids):
        counted = await records.read(partial(_recount, project_id=project_id))
        assert counted is not None
        assert counted.is_right, counted


def _recount(ledger: Ledger, project_id: int) -> Recounted | None:
    return ledger.quotas.recount(project_id)


async def test_a_blob_counts_once_in_a_project(records: Records) -> None:
    """However many repositories hold a blob, their project counts it once, and another project counts it again."""

    def story(ledger: Ledger) -> list[int]:
        app, web, far = ensure(ledger, APP), ensure(ledger, WEB), ensure(ledger, FAR)
        seen = []
        for repository_id in (app, web, web, far):
            link(ledger, repository_id, b"0123456789")
            seen.append(used(ledger))
        ledger.blobs.unlink(app, Digest.of(b"0123456789"))
        seen.append(used(ledger))
        ledger.blobs.unlink(web, Digest.of(b"0123456789"))
        return [*seen, used(ledger), used(ledger, "far"), ledger.quotas.usage(TOTAL).used]

    assert await records.write(story) == [10, 10, 10, 10, 10, 0, 10, 10]
    await require_right(records)


async def test_manifests_count_as_often_as_they_are_kept(records: Records) -> None:
    """A manifest is kept for each repository that has it: it counts in each, and no more once it is deleted."""
    made = manifest()
    size = len(made.content)

    def story(ledger: Ledger) -> tuple[int, int, int, int]:
        app, web = ensure(ledger, APP), ensure(ledger, WEB)
        first = put(ledger, app, made, "1.0")
        put(ledger, app, made, "1.1")
        put(ledger, web, made)
        both, in_all = used(ledger), ledger.quotas.usage(TOTAL).used
        ledger.manifests.delete(first, by="admin", now=NOW, keep=False)
        return both, in_all, used(ledger), ledger.quotas.usage(TOTAL).used

    assert await records.write(story) == (2 * size, 2 * size, size, size)
    await require_right(records)


async def test_a_repository_that_goes_takes_its_bytes_along(records: Records) -> None:
    """To another project, where what is there already counts no more; and nowhere, when it is deleted."""

    def story(ledger: Ledger) -> list[tuple[int, int]]:
        app, web, far = ensure(ledger, APP), ensure(ledger, WEB), ensure(ledger, FAR)
        link(ledger, app, b"0123456789")
        link(ledger, app, b"01234")
        link(ledger, web, b"01234")
        link(ledger, far, b"0123456789")
        seen = [(used(ledger), used(ledger, "far"))]
        ledger.repositories.rename(app, RepositoryName("far/other"), project_id=team(ledger, "far"))
        seen.append((used(ledger), used(ledger, "far")))
        ledger.repositories.delete(app, by="admin", now=NOW, keep=False)
        return [*seen, (used(ledger), used(ledger, "far"))]

    assert await records.write(story) == [(15, 10), (5, 15), (5, 10)]
    await require_right(records)


async def test_folding_changes_nothing(records: Records) -> None:
    """Put together in whatever portions, the sums stay; those whose changes were are told, until there are none."""

    def fill(ledger: Ledger) -> None:
        for number, name in enumerate((APP, WEB, FAR)):
            link(ledger, ensure(ledger, name), b"x" * (number + 1))

    await records.write(fill)
    before = await records.read(lambda ledger: (used(ledger), used(ledger, "far"), ledger.quotas.usage(TOTAL).used))
    assert before == (3, 3, 6)
    told = set()
    while touched := await records.write(lambda ledger: ledger.quotas.fold(limit=1)):
        told |= set(touched)
        assert before == await records.read(
            lambda ledger: (used(ledger), used(ledger, "far"), ledger.quotas.usage(TOTAL).used)
        )
    assert told == {TOTAL, *await records.read(lambda ledger: ledger.quotas.ids(after=0, limit=9))}
    await require_right(records)


async def test_a_mended_size_counts(records: Records) -> None:
    """A blob that is recorded anew with another size counts with that, wherever it is linked."""

    def story(ledger: Ledger) -> tuple[int, int]:
        link(ledger, ensure(ledger, APP), b"0123456789")
        link(ledger, ensure(ledger, FAR), b"0123456789")
        ledger.blobs.record(Digest.of(b"0123456789"), 12, now=NOW)
        return used(ledger), used(ledger, "far")

    assert await records.write(story) == (12, 12)
    await require_right(records)


async def test_a_project_that_is_gone(records: Records) -> None:
    """Nothing of it is kept in mind, and its quota goes with it."""

    def story(ledger: Ledger) -> tuple[int, bool]:
        app = ensure(ledger, APP)
        link(ledger, app, b"0123456789")
        project_id = team(ledger)
        ledger.quotas.keep(project_id, Quota(100, 50))
        ledger.quotas.fold(limit=1)
        ledger.repositories.delete(app, by="admin", now=NOW, keep=False)
        assert ledger.projects.delete(project_id)
        return ledger.quotas.usage(project_id).used, ledger.quotas.own(project_id) is None

    assert await records.write(story) == (0, True)
    await require_right(records)


async def test_quotas(records: Records) -> None:
    """A project's own quota is kept, changed and removed; without one there is none."""

    def story(ledger: Ledger) -> list[object]:
        ensure(ledger, APP)
        project_id = team(ledger)
        seen: list[object] = [ledger.quotas.own(project_id)]
        for quota in (Quota(100), Quota(None, 90)):
            ledger.quotas.keep(project_id, quota)
            seen.append(ledger.quotas.own(project_id))
        seen += [ledger.quotas.remove(project_id), ledger.quotas.remove(project_id), ledger.quotas.own(project_id)]
        return seen

    assert await records.write(story) == [None, Quota(100, None), Quota(None, 90), True, False, None]


async def test_what_uses_most(records: Records) -> None:
    """Repositories and projects come by their bytes, the largest first, as many as are asked for."""

    def story(ledger: Ledger) -> None:
        link(ledger, ensure(ledger, APP), b"x" * 5)
        link(ledger, ensure(ledger, WEB), b"y" * 7)
        link(ledger, ensure(ledger, FAR), b"z" * 30)
        ensure(ledger, RepositoryName("team/empty"))

    await records.write(story)
    shares = await records.read(lambda ledger: ledger.quotas.repositories(team(ledger), limit=9))
    assert [(found.share, found.public) for found in shares] == [
        (Share("team/web", 7), False),
        (Share("team/app", 5), False),
    ]
    assert await records.read(lambda ledger: ledger.quotas.projects(limit=9)) == [Share("far", 30), Share("team", 12)]
    assert await records.read(lambda ledger: ledger.quotas.projects(limit=1)) == [Share("far", 30)]
    assert await records.read(lambda ledger: ledger.quotas.largest_blob(team(ledger))) == 7
    held, other = Digest.of(b"x" * 5), Digest.of(b"z" * 30)
    assert await records.read(
        lambda ledger: [ledger.quotas.holds(team(ledger), digest) for digest in (held, other)]
    ) == [True, False]


async def test_who_was_warned(records: Records) -> None:
    """It is kept in mind by project, whether its changes were put together or not."""

    def story(ledger: Ledger) -> list[object]:
        ensure(ledger, APP)
        seen: list[object] = []
        for warned in (True, False):
            ledger.quotas.warn(team(ledger), warned=warned)
            seen += [ledger.quotas.usage(team(ledger)).warned, [name for _, name in ledger.quotas.warned()]]
            ledger.quotas.fold(limit=9)
        return seen

    assert await records.write(story) == [True, ["team"], False, []]


@pytest.mark.parametrize(
    "wrong", ["usage SET bytes = bytes + 7", "repositories SET bytes = 3", "project_blobs SET links = 2"]
)
async def test_a_wrong_count_is_found_and_mended(folder: Path, wrong: str) -> None:
    """Whatever was changed behind the registry's back is told, and right again afterwards."""
    records = SqliteRecords(folder)
    await records.write(lambda ledger: link(ledger, ensure(ledger), b"0123456789"))
    await records.write(lambda ledger: ledger.quotas.fold(limit=9))
    with closing(sqlite3.connect(folder / FILE)) as behind, behind:
        behind.execute(f"UPDATE {wrong}")
    project_id = await records.read(team)
    counted = await records.read(lambda ledger: ledger.quotas.recount(project_id))
    assert counted is not None
    assert not counted.is_right
    assert (counted.counted, counted.drift) == (10, 7 if wrong.startswith("usage") else 0)

    def mend(ledger: Ledger) -> None:
        ledger.quotas.mend(project_id)
        ledger.quotas.mend(TOTAL)

    await records.write(mend)
    await require_right(records)
    records.close()


def _steps(ledger: Ledger, chance: random.Random) -> Callable[[], object]:
    """One thing that may happen, of all that changes what is kept."""
    name = RepositoryName(f"{chance.choice(('team', 'far'))}/{chance.choice('abc')}")
    place = ledger.repositories.place(name)
    blob = chance.choice(BLOBS)
    if place.repository_id is None:
        return lambda: ensure(ledger, name)
    here = place.repository_id
    made = manifest(chance.choice("xy"))
    target = RepositoryName(f"{chance.choice(('team', 'far'))}/{chance.choice('abc')}")
    into = ledger.projects.find(target.project)
    moves: list[Callable[[], object]] = [
        *([lambda: link(ledger, here, blob)] * 6),
        lambda: ledger.blobs.unlink(here, Digest.of(blob)),
        lambda: ledger.blobs.unlink(here, Digest.of(blob)),
        *([lambda: put(ledger, here, made, "tag")] * 2),
        lambda: ledger.blobs.record(Digest.of(blob), len(blob) + chance.randrange(3), now=NOW),
        lambda: ledger.blobs.condemn(Digest.of(blob), now=NOW),
        lambda: ledger.quotas.fold(limit=chance.randrange(1, 9)),
        lambda: ledger.repositories.forget_unused(here, by=SOMEBODY, now=NOW),
    ]
    _, there = ledger.manifests.find(name, Digest.of(made.content))
    if there is not None:
        moves.append(lambda: ledger.manifests.delete(there.id, by="admin", now=NOW, keep=False))
    if chance.random() < 0.3:
        moves.append(lambda: ledger.repositories.delete(here, by="admin", now=NOW, keep=False))
    if into is not None and not ledger.repositories.place(target).exists:
        moves += [lambda: ledger.repositories.rename(here, target, project_id=into.id)] * 3
    return chance.choice(moves)


@pytest.mark.parametrize("seed", range(25))
async def test_whatever_happens(records: Records, seed: int) -> None:
    """After every step of a random life, and whether stories were undone or not, nothing has drifted."""
    chance = random.Random(seed)

    class Undone(Exception):  # noqa: N818 - says what becomes of the story
        pass

    def story(ledger: Ledger) -> None:
        for _ in range(chance.randrange(1, 5)):
            _steps(ledger, chance)()
        if chance.random() < 0.2:
            raise Undone

    for _ in range(60):
        with suppress(Undone):
            await records.write(story, durable=False)
        await require_right(records)


async def test_an_upgrade_counts_what_is_there(tmp_path: Path) -> None:
    """A registry of before, with its content, is right from the first moment."""
    before = tmp_path / "before"
    before.mkdir()
    _upgrade(before / FILE, _revision_before("0015"))
    with closing(sqlite3.connect(before / FILE)) as old, old:
        old.executescript(
            """
            INSERT INTO projects (id, name, public, created_at) VALUES (1, 'team', 0, 1), (2, 'far', 0, 1);
            INSERT INTO repositories (id, project_id, name, created_at)
              VALUES (1, 1, 'team/app', 1), (2, 1, 'team/web', 1), (3, 2, 'far/app', 1);
            INSERT INTO blobs (id, digest, size, stored_at) VALUES (1, 'a', 10, 1), (2, 'b', 5, 1), (3, 'c', 100, 1);
            INSERT INTO blob_links (repository_id, blob_id, linked_at)
              VALUES (1, 1, 1), (2, 1, 1), (2, 2, 1), (3, 1, 1);
            INSERT INTO manifests (repository_id, digest, media_type, size, pushed_by, pushed_at, content)
              VALUES (1, 'm', 't', 3, 'admin', 1, x'616263');
            """
        )
    _upgrade(before / FILE, "head")
    records = SqliteRecords(before)
    assert await records.read(lambda ledger: (used(ledger), used(ledger, "far"))) == (18, 10)
    assert await records.read(lambda ledger: ledger.quotas.usage(TOTAL).used) == 118
    await require_right(records)
    records.close()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    return config


def _revision_before(revision: str) -> str:
    found = ScriptDirectory.from_config(_config()).get_revision(revision).down_revision
    assert isinstance(found, str)
    return found


def _upgrade(file: Path, revision: str) -> None:
    config, engine = _config(), create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
