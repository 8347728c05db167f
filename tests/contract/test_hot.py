"""What is pulled often comes from memory, and never is it anything else than the tables say."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from moorage.adapters.sql.hot import ROOM, Hot
from moorage.adapters.sql.ledger import SqlLedger
from moorage.adapters.sql.session import Session
from moorage.adapters.sql.sqlite import FILE, SqliteRecords, connect
from moorage.adapters.sql.walindex import WalIndex
from moorage.oci import media_type as types
from moorage.oci.digest import Digest
from moorage.oci.error import Refusal
from moorage.oci.manifest import parse
from moorage.oci.reference import Reference, RepositoryName, Tag
from moorage.ports.records import Ledger, Records
from moorage.rules.access import ANONYMOUS, Identity, Kind
from moorage.rules.facts import RoleSpec, Subject
from moorage.rules.roles import READER
from moorage.service import unearthing
from tests.support import content
from tests.support.records import NOW, ensure, link, manifest, put

NAMES = [RepositoryName("team/app"), RepositoryName("team/other"), RepositoryName("lone"), RepositoryName("crew/app")]
TAGS = ["1", "2", "latest"]
BLOBS = [b"one", b"two"]
MANIFESTS = [manifest(str(number)) for number in range(3)]
DIGESTS = [Digest.of(made.content) for made in MANIFESTS]
REFERENCES: list[Reference] = [*map(Tag, TAGS), *DIGESTS]
ANN = Identity(Kind.USER, "ann", 1)


class Reading:
    """A reader with memory on this database, and the statements that it has run."""

    def __init__(self, file: Path, *, room: int = ROOM) -> None:
        self.connection = connect(file)
        self.connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
        self.statements: list[str] = []
        self.connection.set_trace_callback(self.statements.append)
        session = Session(self.connection)
        self.hot = Hot(session, WalIndex(file), room)
        self.ledger = SqlLedger(session, self.hot)

    def costs(self, story: Callable[[Ledger], object]) -> int:
        """How many statements it takes."""
        self.statements.clear()
        story(self.ledger)
        return len(self.statements)


@pytest.fixture
def reading(folder: Path, records: Records) -> Iterator[Reading]:  # noqa: ARG001 - who holds the database open
    """A reader beside the writer's own connections."""
    made = Reading(folder / FILE)
    yield made
    made.connection.close()


@pytest.fixture
def plain(folder: Path, records: Records) -> Iterator[SqlLedger]:  # noqa: ARG001 - the same
    """The tables themselves."""
    connection = connect(folder / FILE)
    yield SqlLedger(Session(connection))
    connection.close()


def pull(ledger: Ledger) -> object:
    """A pull by tag."""
    return ledger.manifests.find(NAMES[0], Tag("1"))


def everything(ledger: Ledger) -> list[object]:
    """All that anybody could pull from the few repositories of these tests, as nobody and as Ann see it."""
    return [
        found
        for who in (ANONYMOUS, ANN)
        for name in NAMES
        for found in (
            *(ledger.manifests.find(name, reference, who) for reference in REFERENCES),
            *(ledger.blobs.find(name, Digest.of(blob), who) for blob in BLOBS),
        )
    ]


def a_change(chance: Random) -> Callable[[Ledger], None]:  # noqa: C901 - a list of what can happen
    """Something that may happen to what can be pulled."""
    target = chance.choice(NAMES)
    name, tag, blob = chance.choice(NAMES), chance.choice(TAGS), chance.choice(BLOBS)
    which, what = chance.randrange(len(MANIFESTS)), chance.randrange(17)

    def story(ledger: Ledger) -> None:  # noqa: C901, PLR0912 - the same
        place, there = ledger.repositories.place(name), ledger.repositories.place(target)
        target_of = ledger.projects.find(target.project)
        project = ledger.projects.find(name.project)
        manifest_id = found.id if (found := ledger.manifests.find(name, DIGESTS[which])[1]) else None
        match what:
            case 0 | 1:
                with suppress(Refusal):  # an old name leads elsewhere
                    put(ledger, ensure(ledger, name), MANIFESTS[which], tag)
            case 2:
                with suppress(Refusal):
                    link(ledger, ensure(ledger, name), blob)
            case 3 if place.repository_id is not None:
                ledger.tags.delete(place.repository_id, Tag(tag), by="ann", now=NOW)
            case 4 if manifest_id is not None:
                ledger.manifests.delete(manifest_id, by="ann", now=NOW, keep=True)
            case 5 if place.repository_id is not None:
                ledger.blobs.unlink(place.repository_id, Digest.of(blob))
            case 6:
                ledger.blobs.condemn(Digest.of(blob), now=NOW)
            case 7 if place.repository_id is not None and chance.random() < 0.3:
                ledger.repositories.delete(place.repository_id, by="ann", now=NOW, keep=True)
            case 8 if project is not None:
                ledger.projects.update(project.id, public=not project.public, description="")
            case 9 if place.repository_id is not None:
                public = chance.choice([None, True, False])
                ledger.repositories.update(place.repository_id, public=public, description="")
            case 10 if project is not None:
                ledger.members.put(project.id, Subject(1, "ann"), [RoleSpec(READER)], now=NOW)
            case 11 if project is not None:
                ledger.members.remove(project.id, Subject(1, "ann"))
            case 12 if place.repository_id is not None and target_of is not None and not there.exists:
                ledger.repositories.rename(place.repository_id, target, project_id=target_of.id)
                ledger.redirects.keep(name.text, by="ann", now=NOW, until=NOW, repository_id=place.repository_id)
            case 13 if project is not None and name.project == "team" and ledger.projects.find("crew") is None:
                ledger.projects.rename(project.id, "crew")
                ledger.redirects.keep("team", by="ann", now=NOW, until=NOW, project_id=project.id)
            case 15 if place.repository_id is not None:
                for buried in ledger.trash.manifests(place.repository_id, since=0, after=0, limit=1):
                    unearthing.image(ledger, place.repository_id, buried, since=0, now=NOW)
            case 16 if project is not None and not place.exists:
                for deleted in ledger.trash.repositories(project.id, since=0, after=0, limit=1):
                    unearthing.repository(ledger, deleted.id, name, by="ann", now=NOW)
            case 14 if redirects := ledger.redirects.ended(before=NOW + 1, limit=1):
                ledger.redirects.remove(redirects[0].id)

    return story


@pytest.mark.parametrize("seed", range(4))
async def test_never_stale(records: Records, reading: Reading, plain: SqlLedger, seed: int) -> None:
    """Whatever is changed by another connection, the next look sees it: place, rights, manifest and blob."""
    chance = Random(seed)
    await records.write(lambda ledger: ledger.accounts.create("ann", "hash", administrator=False, now=NOW))
    for number in range(200):
        await records.write(a_change(chance))
        assert everything(reading.ledger) == everything(plain), number
        assert everything(reading.ledger) == everything(plain), f"{number}, from memory"


async def test_under_another_name(records: Records, reading: Reading) -> None:
    """What was in memory under its old name comes from the tables once it is renamed, and no old name costs the new."""
    await records.write(lambda ledger: put(ledger, ensure(ledger), MANIFESTS[0], "1"))
    reading.costs(pull)
    assert reading.costs(pull) == 0
    new = RepositoryName("team/new")

    def rename(ledger: Ledger) -> None:
        place = ledger.repositories.place(NAMES[0])
        assert place.repository_id is not None
        assert place.project_id is not None
        ledger.repositories.rename(place.repository_id, new, project_id=place.project_id)
        ledger.redirects.keep(NAMES[0].text, by="ann", now=NOW, until=NOW, repository_id=place.repository_id)
        ledger.repositories.update(place.repository_id, public=True, description="")

    await records.write(rename)
    for _ in range(2):
        place, found = reading.ledger.manifests.find(NAMES[0], Tag("1"))
        assert found is not None
        assert place.moved_to is not None
        assert (place.exists, place.moved_to.name) == (False, new.text)
    assert reading.costs(lambda ledger: ledger.manifests.find(new, Tag("1"))) == 2
    assert reading.costs(lambda ledger: ledger.manifests.find(new, Tag("1"))) == 0


async def test_restored(records: Records, reading: Reading) -> None:
    """Deleted and restored with nobody looking between, a repository is read anew, however often it changes then."""
    repository_id = await records.write(ensure)
    await records.write(lambda ledger: put(ledger, repository_id, MANIFESTS[0], "1"))
    turn = "SELECT turn FROM repositories WHERE id = ?"
    assert reading.costs(pull) == 2
    (before,) = reading.connection.execute(turn, (repository_id,)).fetchone()

    def bring_back(ledger: Ledger) -> None:
        ledger.repositories.delete(repository_id, by="ann", now=NOW, keep=True)
        ledger.trash.restore_repository(repository_id, NAMES[0], by="ann", now=NOW)

    await records.write(bring_back)
    assert reading.connection.execute(turn, (repository_id,)).fetchone()[0] > before
    assert reading.costs(pull) == 2


async def test_from_memory(records: Records, reading: Reading) -> None:
    """The second pull asks no table; after a change elsewhere one short look is enough; after one here it reads."""
    await records.write(lambda ledger: put(ledger, ensure(ledger), MANIFESTS[0], "1"))
    await records.write(lambda ledger: link(ledger, ensure(ledger), BLOBS[0]))
    digest = Digest.of(BLOBS[0])
    assert reading.costs(pull) == 2
    assert reading.costs(pull) == 0
    assert reading.costs(lambda ledger: ledger.manifests.find(NAMES[0], DIGESTS[0])) == 0
    assert reading.costs(lambda ledger: ledger.blobs.find(NAMES[0], digest)) == 1
    assert reading.costs(lambda ledger: ledger.blobs.find(NAMES[0], digest)) == 0
    await records.write(lambda ledger: put(ledger, ensure(ledger, NAMES[1]), MANIFESTS[0], "1"))
    assert reading.costs(pull) == 1
    assert reading.costs(pull) == 0
    await records.write(lambda ledger: put(ledger, ensure(ledger), MANIFESTS[1], "2"))
    assert reading.costs(pull) == 2


async def test_several_tags(records: Records, reading: Reading) -> None:
    """Who pulls several tags of a repository finds the rest of them in memory."""
    tags = [f"t{number}" for number in range(40)]
    await records.write(lambda ledger: put(ledger, ensure(ledger), MANIFESTS[0], *tags))
    for tag in tags[:3]:
        reading.ledger.manifests.find(NAMES[0], Tag(tag))
    asked = [reading.costs(lambda ledger, tag=tag: ledger.manifests.find(NAMES[0], Tag(tag))) for tag in tags]  # type: ignore[misc]
    assert asked == [0] * len(tags)


async def test_types_change(records: Records, reading: Reading) -> None:
    """The same bytes pushed again under another media type are served under that one."""
    fields = content.image_fields()
    del fields["mediaType"]
    raw = content.encode(fields)
    for media_type in (types.OCI_MANIFEST, types.DOCKER_MANIFEST):
        made = parse(raw, media_type)
        await records.write(lambda ledger, made=made: put(ledger, ensure(ledger), made, "1"))  # type: ignore[misc]
        _, found = reading.ledger.manifests.find(NAMES[0], Tag("1"))
        assert found is not None
        assert found.media_type == media_type


async def test_another_of_the_same_name(records: Records, reading: Reading) -> None:
    """A repository that was deleted and made again within one transaction is another one."""
    await records.write(lambda ledger: put(ledger, ensure(ledger), MANIFESTS[0], "1"))
    before, _ = reading.ledger.manifests.find(NAMES[0], Tag("1"))

    def again(ledger: Ledger) -> None:
        ledger.repositories.delete(ensure(ledger), by="ann", now=NOW, keep=False)
        put(ledger, ensure(ledger), MANIFESTS[1], "1")

    await records.write(again)
    after, found = reading.ledger.manifests.find(NAMES[0], Tag("1"))
    assert after.repository_id != before.repository_id
    assert found is not None
    assert found.digest == DIGESTS[1]


@pytest.mark.parametrize("room", [0, 4096, 40_000])
async def test_room(folder: Path, records: Records, plain: SqlLedger, room: int) -> None:
    """With hardly any room, or none, everything is still found, and the estimate never passes the room by much."""
    reading = Reading(folder / FILE, room=room)
    for name in NAMES:
        for number in range(3):
            await records.write(
                lambda ledger, name=name, number=number: put(  # type: ignore[misc]
                    ledger, ensure(ledger, name), MANIFESTS[number], f"{number}"
                )
            )
    for _ in range(3):
        assert everything(reading.ledger) == everything(plain)
        kept = list(reading.hot._kept.values())
        assert reading.hot._weight == sum(one.weight for one in kept)
        assert reading.hot._weight <= room or len(kept) == 1
    reading.connection.close()


async def test_without_shared_memory(folder: Path, records: Records, plain: SqlLedger) -> None:
    """Where the WAL-index cannot be looked at, every pull reads the tables."""
    await records.write(lambda ledger: put(ledger, ensure(ledger), MANIFESTS[0], "1"))
    connection = connect(folder / FILE)
    session = Session(connection)
    index = WalIndex(folder / "nothing.db")
    assert index.stamp() is None
    ledger = SqlLedger(session, Hot(session, index, ROOM))
    assert everything(ledger) == everything(plain)
    connection.close()


async def test_the_records_use_it(folder: Path) -> None:
    """A pull through the port costs no statement the second time; with no room for it, it does."""
    for cache, expected in ((ROOM, 0), (0, 1)):
        records = SqliteRecords(folder, cache)
        await records.write(lambda ledger: put(ledger, ensure(ledger), MANIFESTS[0], "1"))
        await records.read(pull)
        statements: list[str] = []
        _reader(records).set_trace_callback(statements.append)
        await records.read(pull)
        assert len(statements) == expected
        records.close()


def _reader(records: SqliteRecords) -> sqlite3.Connection:
    return records._reader
