"""The collector takes what nobody needs, and nothing else, whoever pushes, mounts and pulls beside it."""

import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing

import pytest

from moorage.adapters.disk.store import DiskBlobs
from moorage.adapters.sql.sqlite import FILE
from moorage.oci import media_type as types
from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName, Tag
from moorage.oci.span import Span
from moorage.ports.blobs import StorageFailed, Stored
from moorage.rules.access import Identity, Kind
from moorage.rules.facts import EventFilter
from moorage.rules.garbage import NOTHING, Amount
from moorage.rules.quota import Limits
from moorage.service import surveying
from moorage.service.collect_garbage import CollectGarbage, RoundLost
from moorage.service.push_manifest import PushManifest
from moorage.service.room import Room
from moorage.service.verify_blobs import VerifyBlobs
from tests.durability.support.folder import leftovers, rows
from tests.durability.support.house import ADMIN, GRACE, NAME, PATIENCE, House, furnish
from tests.support.content import CONFIG, image
from tests.support.refused import refused

LAYER = b"layer" * 1000
DAY = 86_400.0
OTHER = RepositoryName.parse("team/other")


class Killed(BaseException):
    """The process ends here: nothing after this is run."""


@pytest.fixture
def neighbour(house: House) -> Iterator[House]:
    """Another process on the same folder, with the same clock."""
    other = furnish(house.folder, house.clock)
    yield other
    other.close()


def collector(house: House, *, grace: float = DAY, holder: str = "one") -> CollectGarbage:
    """The collector of this process."""
    return CollectGarbage(house.records, house.blobs, house.clock, holder, grace, GRACE)


async def push(house: House, *layers: bytes, tag: str = "1") -> Digest:
    """An image in full."""
    for part in (CONFIG, *layers):
        await house.keep(part)
    return await name(house, *layers, tag=tag)


async def name(house: House, *layers: bytes, tag: str = "1") -> Digest:
    """The manifest alone."""
    put = PushManifest(house.records, house.clock, sparse=False, room=Room(house.clock, Limits()))
    content = image(*layers, annotations={"tag": tag})
    pushed = await put(ADMIN, NAME, Tag(tag), content=content, content_type=types.OCI_MANIFEST, extra_tags=[])
    return pushed.digest


async def delete(house: House, digest: Digest) -> None:
    """A manifest."""
    await house.delete.manifest(ADMIN, NAME, digest)


async def garbage(house: House) -> Digest:
    """A blob that the next round takes: its image was deleted, and the collector saw that a day ago."""
    await delete(house, await push(house, LAYER))
    await collector(house)()
    house.clock.now += DAY
    return Digest.of(LAYER)


def execute(house: House, sql: str) -> None:
    """Change a table behind everybody's back."""
    with closing(sqlite3.connect(house.folder / FILE)) as connection:
        connection.execute(sql)
        connection.commit()


def assert_sound(house: House) -> None:
    """No row without its file, no file without its row, and nothing that is named is missing."""
    assert not leftovers(house.folder)
    for digest, size in rows(house.folder, "SELECT digest, size FROM blobs"):
        assert house.blob_file(Digest(digest)).stat().st_size == size
    named = "SELECT n.digest FROM manifest_links n WHERE n.role <> 'child' AND n.digest NOT IN"
    assert not rows(
        house.folder,
        f"{named} (SELECT b.digest FROM blobs b JOIN blob_links l ON l.blob_id = b.id"
        " AND l.repository_id = n.repository_id)",
    )


async def test_a_deleted_image(house: House) -> None:
    """Its layers rest for the grace time since the collector saw it; then links, rows and files go in one round."""
    await delete(house, await push(house, LAYER))
    assert await collector(house)() == NOTHING
    house.clock.now += DAY - 1
    assert await collector(house)() == NOTHING
    assert await house.read(Digest.of(LAYER)) == LAYER
    house.clock.now += 1
    assert await collector(house)() == Amount(2, 2, len(LAYER) + len(CONFIG))
    with refused(Code.BLOB_UNKNOWN):
        await house.read(Digest.of(LAYER))
    assert not house.blob_file(Digest.of(LAYER)).exists()
    assert_sound(house)


async def test_layers_that_others_need(house: House) -> None:
    """What another image of the repository names stays, and what another repository links."""
    first = await push(house, LAYER, b"lone")
    await push(house, LAYER, tag="2")
    await house.push.mount(ADMIN, OTHER, Digest.of(b"lone"), NAME)
    await delete(house, first)
    await collector(house)()
    house.clock.now += DAY
    other_waits = Amount(links=2, blobs=1, bytes=4)
    assert (await collector(house).plan(ADMIN)).due == other_waits
    assert await collector(house)() == other_waits
    assert await house.read(Digest.of(LAYER)) == LAYER
    assert_sound(house)


async def test_a_push_that_nobody_ended(house: House) -> None:
    """Layers without a manifest go when the grace time is over, and so does the repository that they made."""
    await house.keep(LAYER)
    house.clock.now += DAY
    assert await collector(house)() == Amount(1, 1, len(LAYER))
    assert rows(house.folder, "SELECT name FROM repositories") == []
    assert_sound(house)


async def test_a_push_that_takes_its_time(house: House) -> None:
    """Layers that come one after another wait for their manifest, as each was pushed within the grace time."""
    await house.keep(CONFIG)
    house.clock.now += DAY - 1
    await house.keep(LAYER)
    await collector(house)()
    await name(house, LAYER)
    house.clock.now += 2 * DAY
    assert await collector(house)() == NOTHING
    assert await house.read(Digest.of(LAYER)) == LAYER


async def test_what_is_deleted_in_a_quick_registry(house: House) -> None:
    """Nothing is to be done where nothing is in doubt: no round begins and nothing is written."""
    await push(house, LAYER)
    house.clock.now += 10 * DAY
    before = rows(house.folder, "SELECT * FROM collections")
    assert await collector(house)() == NOTHING
    assert rows(house.folder, "SELECT * FROM collections") == before


async def test_who_asks_before_a_push(house: House) -> None:
    """A blob that somebody who may push was just told to be here stays for the grace time: they will not send it."""
    digest = await garbage(house)
    await house.fetch(ADMIN, NAME, digest, vouch=True)
    took = await collector(house)()
    assert (took.links, took.blobs) == (1, 1)  # the config, which nobody asked for
    house.clock.now += DAY - 1
    await collector(house)()
    await house.keep(CONFIG)
    await name(house, LAYER)
    assert await house.read(digest) == LAYER
    assert_sound(house)


async def test_a_reader_who_looks(house: House) -> None:
    """Who may not push keeps nothing alive by looking at it."""
    digest = await garbage(house)
    await house.records.write(lambda ledger: ledger.projects.update(1, public=True, description=""))
    await house.fetch(Identity(Kind.ANONYMOUS, ""), NAME, digest, vouch=True)
    assert (await collector(house)()).blobs == 2


async def test_a_mount_between_look_and_claim(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blob that is mounted after the plan was made is judged again, and stays."""
    digest = await garbage(house)
    assert (await collector(house).plan(ADMIN)).due.blobs == 2
    step = CollectGarbage._end_links

    async def mounted_first(self: CollectGarbage, *given: object) -> object:
        await house.push.mount(ADMIN, OTHER, digest, NAME)
        return await step(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(CollectGarbage, "_end_links", mounted_first)
    assert await collector(house)() == Amount(2, 1, len(CONFIG))
    stored = await house.fetch(ADMIN, OTHER, digest)
    assert house.blob_file(stored.digest).read_bytes() == LAYER
    assert_sound(house)


async def test_a_push_while_it_is_removed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who pushes the very blob that is being removed is told to come again, and is welcome afterwards."""
    digest, remove = await garbage(house), DiskBlobs.remove
    told: list[Refusal] = []

    async def pushed_first(blobs: DiskBlobs, removed: Digest) -> None:
        with pytest.raises(Refusal) as caught:
            await house.keep(LAYER if removed == digest else CONFIG)
        told.append(caught.value)
        await remove(blobs, removed)

    monkeypatch.setattr(DiskBlobs, "remove", pushed_first)
    assert (await collector(house)()).blobs == 2
    assert [(refusal.code, refusal.retry_after) for refusal in told] == [(Code.UNAVAILABLE, 1)] * 2
    await push(house, LAYER)
    assert await house.read(digest) == LAYER


async def test_a_commit_under_way(house: House) -> None:
    """A blob of which somebody is just making the file anew stays, until that has ended."""
    digest = await garbage(house)
    await house.begun(LAYER)
    assert (await collector(house)()).blobs == 1
    assert house.blob_file(digest).exists()
    house.clock.now += GRACE + 1
    await house.keeper.sweep()
    assert (await collector(house)()).blobs == 1
    assert_sound(house)


async def test_a_reader_in_mid_download(house: House) -> None:
    """Who has begun to read a blob reads it to its end, though it goes meanwhile."""
    large = os.urandom(3_000_000)
    await delete(house, await push(house, large))
    digest = Digest.of(large)
    await collector(house)()
    house.clock.now += DAY
    stored = Stored(digest, len(large))
    reading: AsyncIterator[bytes] = house.fetch.read(stored, Span(0, len(large)))
    got = [await anext(reading)]
    assert (await collector(house)()).blobs == 2
    assert not house.blob_file(digest).exists()
    got += [piece async for piece in reading]
    assert b"".join(got) == large


async def test_a_warm_reader(house: House, neighbour: House) -> None:
    """What was pulled from memory a moment ago is missing once its link has ended, in every process."""
    digest = await garbage(house)
    for reader in (house, neighbour):
        await reader.fetch(ADMIN, NAME, digest)
        await reader.fetch(ADMIN, NAME, digest)
    await collector(house)()
    for reader in (house, neighbour):
        with refused(Code.BLOB_UNKNOWN):
            await reader.fetch(ADMIN, NAME, digest)


async def test_verifying_meanwhile(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blob that is collected while `verify` reads is not told as damaged."""
    await garbage(house)
    await push(house, b"kept", tag="2")
    page = VerifyBlobs._page

    async def collected_first(self: VerifyBlobs, after: str, project_id: int | None) -> object:
        found = await page(self, after, project_id)
        await collector(house)()
        return found

    monkeypatch.setattr(VerifyBlobs, "_page", collected_first)
    judged = [(str(found.digest), found.good) async for found in house.verifier.every()]
    assert sorted(judged) == sorted((str(Digest.of(part)), True) for part in (b"kept", CONFIG))


async def test_a_disk_that_does_not_let_go(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that cannot be removed are the sweeper's; meanwhile their digest can be pushed at once."""

    async def fail(_blobs: DiskBlobs, _digest: Digest) -> None:
        raise StorageFailed

    digest = await garbage(house)
    with monkeypatch.context() as broken:
        broken.setattr(DiskBlobs, "remove", fail)
        with refused(Code.UNAVAILABLE):
            await collector(house)()
    did = await collector(house).figures()
    assert (did.last.blobs, did.is_running(house.clock())) == (0, False)
    assert await house.keep(LAYER) == digest
    house.clock.now += GRACE + 1
    assert (await house.keeper.sweep()).orphans == 1
    assert await house.read(digest) == LAYER
    assert_sound(house)


@pytest.mark.parametrize("late", ["before the file goes", "after the file went"])
async def test_killed_between_claim_and_end(house: House, late: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a killed round left is ended by the sweeper; nothing of it is served, and all can be pushed again."""
    digest, remove = await garbage(house), DiskBlobs.remove

    async def killed(blobs: DiskBlobs, removed: Digest) -> None:
        if late == "after the file went":
            await remove(blobs, removed)
        raise Killed

    async def nothing(*_given: object) -> None:
        """A dead process says no more."""

    with monkeypatch.context() as dying:
        dying.setattr(DiskBlobs, "remove", killed)
        dying.setattr(CollectGarbage, "_let_go", nothing)
        dying.setattr(CollectGarbage, "_end", nothing)
        with pytest.raises(Killed):
            await collector(house)()
    with refused(Code.BLOB_UNKNOWN):
        await house.read(digest)
    with refused(Code.UNAVAILABLE):
        await house.keep(LAYER)
    house.clock.now += PATIENCE + 1
    await house.keeper.sweep()
    await push(house, LAYER)
    assert await house.read(digest) == LAYER
    assert_sound(house)


async def test_a_removal_that_takes_too_long(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A round that was held up so long that the sweeper may have its claims removes nothing more, and frees none."""
    await garbage(house)
    removed: list[Digest] = []

    async def slow(_blobs: DiskBlobs, digest: Digest) -> None:
        removed.append(digest)
        house.clock.now += GRACE

    with monkeypatch.context() as hurt:
        hurt.setattr(DiskBlobs, "remove", slow)
        await collector(house)()
    assert len(removed) == 1
    assert await house.commits() == 2
    house.clock.now += 1
    assert (await house.keeper.sweep()).orphans == 2
    assert_sound(house)


async def test_two_rounds(house: House, neighbour: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one process collects another begins no round; if the first was only slow it ends where the next began."""
    await garbage(house)
    step = CollectGarbage._end_links

    async def held_up(self: CollectGarbage, *given: object) -> object:
        monkeypatch.undo()
        assert await collector(neighbour, holder="two")() == NOTHING
        with refused(Code.CONFLICT, "under way"):
            await collector(neighbour, holder="two").run(ADMIN)
        house.clock.now += 61
        assert (await collector(neighbour, holder="two")()).blobs == 2
        return await step(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(CollectGarbage, "_end_links", held_up)
    with pytest.raises(RoundLost):
        await collector(house)()
    assert (await collector(house).figures()).total.blobs == 2
    assert_sound(house)


async def test_many_steps(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """More garbage than a step takes goes in as many steps as it needs, and what waits is passed by."""
    monkeypatch.setattr("moorage.service.collect_garbage.STEP", 3)
    for number in range(10):
        await house.keep(b"layer %d" % number)
    house.clock.now += DAY
    for number in range(4):
        await house.begun(b"layer %d" % number)
    assert await collector(house)() == Amount(10, 6, 6 * 7)


async def test_a_round_by_hand(house: House) -> None:
    """It is told in the audit by whom, says what it took, and may have another grace time than the usual one."""
    await delete(house, await push(house, LAYER))
    ran = await collector(house).run(ADMIN)
    assert (ran.took, ran.left.waiting) == (NOTHING, Amount(2, 2, len(LAYER) + len(CONFIG)))
    ran = await collector(house).run(ADMIN, grace=0)
    assert ran.took == Amount(2, 2, len(LAYER) + len(CONFIG))
    found = await house.records.read(
        lambda ledger: ledger.events.search(EventFilter(actor="admin"), before=None, limit=2)
    )
    assert [(event.kind, event.after) for _, event in found.events] == [
        ("collection.ended", f'{{"blobs": 2, "bytes": {len(LAYER) + len(CONFIG)}, "links": 2}}'),
        ("collection.started", '{"grace_hours": 0.0}'),
    ]
    did = await collector(house).figures()
    assert (did.asked_by, did.last, did.total) == ("admin", ran.took, ran.took)


async def test_a_dry_run(house: House) -> None:
    """It says what a round would take now, whose doubts were not seen yet too, and takes nothing."""
    await delete(house, await push(house, LAYER))
    whole = Amount(2, 2, len(LAYER) + len(CONFIG))
    assert (await collector(house).plan(ADMIN, grace=0)).waiting == whole
    await collector(house)()
    assert (await collector(house).plan(ADMIN, grace=0)).due == whole
    assert (await collector(house).plan(ADMIN)).waiting == whole
    status = await collector(house).status(ADMIN)
    assert (status.would.waiting, status.grace, status.is_running) == (whole, DAY, False)
    assert await house.read(Digest.of(LAYER)) == LAYER


async def test_more_than_is_looked_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is very much garbage it is said that there is more."""
    for number in range(5):
        await house.keep(b"layer %d" % number)
    monkeypatch.setattr(surveying, "_STEP", 2)
    assert (await collector(house).plan(ADMIN, grace=0)).whole
    monkeypatch.setattr(surveying, "MOST", 4)
    found = await collector(house).plan(ADMIN, grace=0)
    assert (found.due.links, found.whole) == (4, False)


@pytest.mark.parametrize("who", [Identity(Kind.ANONYMOUS, ""), Identity(Kind.USER, "ann", 2)], ids=["nobody", "ann"])
async def test_who_may_not(house: House, who: Identity) -> None:
    """Only administrators collect; nobody else is even told what there is."""
    for refusing in (collector(house).run(who), collector(house).plan(who), collector(house).status(who)):
        with pytest.raises(Refusal) as caught:
            await refusing
        assert caught.value.code in {Code.DENIED, Code.UNAUTHORIZED}


async def test_what_is_buried(house: House) -> None:
    """Bytes that something deleted may still be restored with stay for as long as it may, and then rest once more."""
    digest = await garbage(house)

    execute(house, f"INSERT INTO buried_links (manifest_id, digest) VALUES (7, '{digest}')")
    assert (await collector(house)()).blobs == 1
    house.clock.now += 10 * DAY
    assert await collector(house)() == NOTHING
    assert house.blob_file(digest).exists()
    execute(house, "DELETE FROM buried_links")
    assert await collector(house)() == NOTHING
    house.clock.now += DAY
    assert (await collector(house)()).blobs == 1
    assert_sound(house)
