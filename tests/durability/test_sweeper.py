"""The sweeper takes what nobody will come back to, and nothing else, whoever pushes beside it."""

import asyncio
import os
from collections.abc import Iterator

import pytest

from moorage.adapters.disk.draft import DiskDraft
from moorage.adapters.disk.store import DiskBlobs
from moorage.oci.digest import Algorithm, Digest
from moorage.oci.error import Code
from moorage.oci.reference import RepositoryName
from moorage.ports.blobs import StorageFailed, Stored
from moorage.ports.records import Ledger
from moorage.rules.facts import EventFilter
from moorage.service.keep_house import Swept
from tests.durability.support.house import ADMIN, GRACE, NAME, PATIENCE, House, furnish
from tests.support.refused import refused

CONTENT = b"layer" * 1000
NOTHING = Swept()


class Gate:
    """Holds up whoever passes until it is opened."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.open = asyncio.Event()

    async def __call__(self) -> None:
        """Pass."""
        self.reached.set()
        await self.open.wait()


@pytest.fixture
def neighbour(house: House) -> Iterator[House]:
    """Another process on the same folder, with the same clock."""
    other = furnish(house.folder, house.clock)
    yield other
    other.close()


def age(house: House, draft_id: str, seconds: float) -> None:
    """The draft was written this long ago."""
    written = house.clock() - seconds
    os.utime(house.draft_file(draft_id), (written, written))


@pytest.fixture
def removal(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Every sweep waits here right before it removes a blob."""
    gate, remove = Gate(), DiskBlobs.remove

    async def slow(blobs: DiskBlobs, digest: Digest) -> None:
        await gate()
        await remove(blobs, digest)

    monkeypatch.setattr(DiskBlobs, "remove", slow)
    return gate


async def test_a_broken_commit(house: House) -> None:
    """Bytes that became a file but were never recorded rest for the time of grace, then they go."""
    digest = await house.begun(CONTENT)
    house.clock.now += GRACE
    assert await house.keeper.sweep() == NOTHING
    assert house.blob_file(digest).exists()
    house.clock.now += 1
    assert await house.keeper.sweep() == Swept(orphans=1)
    assert not house.blob_file(digest).exists()
    assert await house.commits() == 0


async def test_a_broken_commit_of_a_known_blob(house: House) -> None:
    """A commit that broke is no reason to remove bytes that are recorded by now."""
    digest = await house.begun(CONTENT)
    assert await house.keep(CONTENT) == digest
    house.clock.now += GRACE + 1
    assert await house.keeper.sweep() == NOTHING
    assert await house.read(digest) == CONTENT
    assert await house.commits() == 0


async def test_a_broken_commit_beside_another(house: House) -> None:
    """While another commit of the same digest is under way the bytes stay for it, however old the broken one is."""
    digest = await house.begun(CONTENT)
    house.clock.now += GRACE + 1
    await house.begun(CONTENT)
    assert await house.keeper.sweep() == NOTHING
    assert house.blob_file(digest).exists()


async def test_a_sweep_that_cannot_remove(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """When leftovers cannot be removed their digest is given back: a push of it is taken at once."""

    async def fail(_digest: Digest) -> None:
        raise StorageFailed

    digest = await house.begun(CONTENT)
    house.clock.now += GRACE + 1
    with monkeypatch.context() as broken:
        broken.setattr(house.blobs, "remove", fail)
        with refused(Code.UNAVAILABLE):
            await house.keeper.sweep()
    assert await house.keep(CONTENT) == digest
    assert await house.read(digest) == CONTENT


async def test_what_cannot_be_read_is_not_condemned(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that does not answer `verify` is no reason to call a blob damaged; it is told as unreadable."""

    async def fail(_blob: Stored) -> Digest:
        raise StorageFailed

    digest = await house.keep(CONTENT)
    with monkeypatch.context() as broken:
        broken.setattr(house.blobs, "measure", fail)
        assert [(judged.good, judged.readable) async for judged in house.verifier.every()] == [(False, False)]
    assert await house.read(digest) == CONTENT


async def test_an_upload_that_is_come_back_to(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that somebody resumed after the sweep had listed it goes on."""
    upload = await house.append(await house.begin(), CONTENT)
    house.clock.now += PATIENCE + 1
    draft = house.blobs.draft

    async def resumed(*_asked: object, **_more: object) -> DiskDraft:
        monkeypatch.undo()
        await house.append(upload, b"more")
        return await draft(upload.id, received=len(CONTENT) + 4, algorithm=Algorithm.SHA256)

    monkeypatch.setattr(house.blobs, "draft", resumed)
    assert await house.keeper.sweep() == NOTHING
    assert (await house.push.status(ADMIN, NAME, upload.id)).received == len(CONTENT) + 4


async def test_a_commit_that_begins_while_it_is_swept(house: House, removal: Gate) -> None:
    """Who pushes a blob whose leftovers are being removed is told to come again, and is welcome afterwards."""
    digest = await house.begun(CONTENT)
    house.clock.now += GRACE + 1
    sweep = asyncio.create_task(house.keeper.sweep())
    await removal.reached.wait()
    with refused(Code.UNAVAILABLE, "swept") as caught:
        await house.keep(CONTENT)
    assert caught.value.retry_after
    removal.open.set()
    assert await sweep == Swept(orphans=1)
    await house.keep(CONTENT)
    assert await house.read(digest) == CONTENT


async def test_a_commit_that_outlasts_the_grace(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit so slow that its bytes were swept meanwhile is refused, not acknowledged."""
    gate, commit = Gate(), DiskDraft.commit

    async def slow(draft: DiskDraft, expected: Digest) -> Stored:
        stored = await commit(draft, expected)
        await gate()
        return stored

    monkeypatch.setattr(DiskDraft, "commit", slow)
    push = asyncio.create_task(house.keep(CONTENT))
    await gate.reached.wait()
    house.clock.now += GRACE + 1
    assert await house.keeper.sweep() == Swept(orphans=1)
    gate.open.set()
    with refused(Code.UNAVAILABLE, "swept"):
        await push
    with refused(Code.BLOB_UNKNOWN):
        await house.read(Digest.of(CONTENT))
    assert await house.read(await house.keep(CONTENT)) == CONTENT


async def test_a_second_sweeper(house: House, neighbour: House, removal: Gate) -> None:
    """What one sweeper has claimed another leaves alone."""
    await house.begun(CONTENT)
    house.clock.now += GRACE + 1
    sweep = asyncio.create_task(house.keeper.sweep())
    await removal.reached.wait()
    house.clock.now += GRACE
    assert await neighbour.keeper.sweep() == NOTHING
    removal.open.set()
    assert await sweep == Swept(orphans=1)
    assert await house.commits() == 0


async def test_a_claim_of_before_a_restart(house: House) -> None:
    """A sweep that was killed keeps nobody from pushing after the restart."""
    digest = await house.begun(CONTENT)
    [(upload_id, _)] = await house.records.read(
        lambda ledger: ledger.uploads.abandoned(before=house.clock() + 1, limit=1)
    )
    now = house.clock()
    assert await house.records.write(lambda ledger: ledger.uploads.claim(upload_id, before=now + 1, now=now))
    with refused(Code.UNAVAILABLE):
        await house.keep(CONTENT)
    await house.records.write(lambda ledger: ledger.uploads.distrust())
    await house.keep(CONTENT)
    house.clock.now += GRACE + 1
    await house.keeper.sweep()
    assert await house.read(digest) == CONTENT


async def test_drafts_without_a_session(house: House) -> None:
    """A file of bytes that belongs to no upload goes when it is older than the grace, and not before."""
    for name, seconds in (("old", GRACE + 1), ("young", GRACE - 1)):
        house.draft_file(name).write_bytes(CONTENT)
        age(house, name, seconds)
    assert await house.keeper.sweep() == Swept(drafts=1)
    assert not house.draft_file("old").exists()
    assert house.draft_file("young").exists()


async def test_drafts_of_a_session(house: House) -> None:
    """A file of bytes whose upload still rests stays, however old it is."""
    upload = await house.append(await house.begin(), CONTENT)
    age(house, upload.id, 10 * PATIENCE)
    assert await house.keeper.sweep() == NOTHING
    assert house.draft_file(upload.id).exists()


@pytest.mark.parametrize("holder", ["house", "neighbour"])
async def test_a_draft_that_is_held(
    house: House, neighbour: House, holder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A draft that a request of any process is writing to stays, whatever the records say of it."""
    monkeypatch.setattr("moorage.adapters.disk.store._PAUSE", 0.0)
    blobs = {"house": house, "neighbour": neighbour}[holder].blobs
    draft = await blobs.draft("held", algorithm=Algorithm.SHA256)
    await draft.write(CONTENT)
    await draft.settle()
    age(house, "held", GRACE + 1)
    assert await house.keeper.sweep() == NOTHING
    assert house.draft_file("held").read_bytes() == CONTENT
    await draft.close()
    assert await house.keeper.sweep() == Swept(drafts=1)


async def test_sessions(house: House) -> None:
    """An upload to which nothing came for longer than the patience ends, with its bytes; others go on."""
    left = await house.append(await house.begin(), CONTENT)
    house.clock.now += PATIENCE
    used = await house.append(await house.begin(), CONTENT)
    house.clock.now += 1
    assert await house.keeper.sweep() == Swept(sessions=1)
    assert not house.draft_file(left.id).exists()
    with refused(Code.BLOB_UPLOAD_UNKNOWN):
        await house.push.status(ADMIN, NAME, left.id)
    assert (await house.push.status(ADMIN, NAME, used.id)).received == len(CONTENT)


async def test_a_session_that_is_held(house: House, neighbour: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload to which a slow request is writing does not end under it, in whichever process it runs."""
    monkeypatch.setattr("moorage.adapters.disk.store._PAUSE", 0.0)
    upload = await house.append(await house.begin(), CONTENT)
    draft = await house.blobs.draft(upload.id, received=len(CONTENT), algorithm=Algorithm.SHA256)
    house.clock.now += PATIENCE + 1
    for keeper in (house.keeper, neighbour.keeper):
        assert await keeper.sweep() == NOTHING
    assert (await house.push.status(ADMIN, NAME, upload.id)).received == len(CONTENT)
    await draft.close()
    assert await neighbour.keeper.sweep() == Swept(sessions=1)


async def test_old_names_whose_time_is_over(house: House) -> None:
    """An old name leads on until its time is over; then it is swept, which is told, and it is free."""

    def rename(ledger: Ledger) -> None:
        place = ledger.repositories.ensure(NAME, by=ADMIN, now=house.clock())
        assert place.repository_id is not None
        assert place.project_id is not None
        ledger.repositories.rename(place.repository_id, RepositoryName(f"{NAME}-new"), project_id=place.project_id)
        until = house.clock() + 100
        ledger.redirects.keep(NAME.text, by="admin", now=house.clock(), until=until, repository_id=place.repository_id)

    async def leads_on() -> bool:
        return (await house.records.read(lambda ledger: ledger.repositories.place(NAME, ADMIN))).moved_to is not None

    await house.records.write(rename)
    house.clock.now += 99
    assert (await house.keeper.sweep()).redirects == 0
    assert await leads_on()
    house.clock.now += 2
    assert (await house.keeper.sweep()).redirects == 1
    assert not await leads_on()
    found = await house.records.read(lambda ledger: ledger.events.search(EventFilter(), before=None, limit=1))
    ((_, event),) = found.events
    assert (event.kind, event.repository, event.actor_kind) == ("redirect.ended", NAME.text, "machine")
    await house.records.write(lambda ledger: ledger.repositories.ensure(NAME, by=ADMIN, now=house.clock()))
