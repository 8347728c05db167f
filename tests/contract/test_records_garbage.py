"""Records of garbage: doubts come and go with what makes them, and nothing is in doubt for no reason."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from moorage.adapters.sql.sqlite import FILE, SqliteRecords
from moorage.oci import media_type as types
from moorage.oci.digest import Digest
from moorage.oci.manifest import Manifest, parse
from moorage.oci.reference import RepositoryName, Tag
from moorage.ports.records import Ledger, Records
from moorage.rules.garbage import Amount, Held, Position, Survey
from tests.support import content
from tests.support.records import APP, NOW, ensure, link, put

OTHER = RepositoryName("team/other")
EVER = float("inf")
LAYERS = [b"one", b"two", b"three"]
PARTS = [*LAYERS, content.CONFIG]
UNNAMED = (
    "SELECT l.repository_id, l.blob_id FROM blob_links l JOIN blobs b ON b.id = l.blob_id WHERE NOT EXISTS"
    " (SELECT 1 FROM manifest_links n JOIN manifests m ON m.id = n.manifest_id"
    " WHERE n.digest = b.digest AND m.repository_id = l.repository_id) ORDER BY 1, 2"
)
UNLINKED = "SELECT id FROM blobs WHERE id NOT IN (SELECT blob_id FROM blob_links) ORDER BY 1"


def image(*layers: bytes, salt: str = "") -> Manifest:
    """An image of these layers."""
    return parse(content.image(*layers, annotations={"salt": salt}), types.OCI_MANIFEST)


def rows(folder: Path, sql: str) -> list[tuple[object, ...]]:
    """What the tables say themselves."""
    with closing(sqlite3.connect(folder / FILE)) as connection:
        return connection.execute(sql).fetchall()


def execute(folder: Path, sql: str, *values: object) -> None:
    """Change a table behind everybody's back."""
    with closing(sqlite3.connect(folder / FILE)) as connection:
        connection.execute(sql, values)
        connection.commit()


async def links(records: Records, *, before: float = EVER) -> list[tuple[bytes, float | None]]:
    """Links in doubt, by their content, and since when."""
    named = {Digest.of(part): part for part in PARTS}
    found = await records.read(lambda ledger: ledger.garbage.links(after=None, before=before, limit=99))
    return [(named[doubt.digest], doubt.since) for doubt in found]


async def blobs(records: Records, *, before: float = EVER) -> list[tuple[bytes, float | None]]:
    """Blobs in doubt, likewise."""
    named = {Digest.of(part): part for part in PARTS}
    found = await records.read(lambda ledger: ledger.garbage.blobs(after=None, before=before, limit=99))
    return [(named[doubt.digest], doubt.since) for doubt in found]


def pushed(ledger: Ledger, *layers: bytes, name: RepositoryName = APP, salt: str = "") -> tuple[int, int]:
    """An image with all that it names; the ids of repository and manifest."""
    repository_id = ensure(ledger, name)
    for part in (*layers, content.CONFIG):
        link(ledger, repository_id, part)
    return repository_id, put(ledger, repository_id, image(*layers, salt=salt), "1")


async def test_a_push(records: Records) -> None:
    """A link is in doubt from its making until a manifest names it; a blob from its record until its first link."""
    await records.write(lambda ledger: ledger.blobs.record(Digest.of(b"one"), 3, now=NOW))
    assert await blobs(records) == [(b"one", NOW)]
    await records.write(lambda ledger: link(ledger, ensure(ledger), b"one"))
    assert (await links(records), await blobs(records)) == ([(b"one", NOW)], [])
    await records.write(lambda ledger: pushed(ledger, b"one"))
    assert (await links(records), await blobs(records)) == ([], [])


async def test_a_link_after_its_manifest(records: Records) -> None:
    """A link to what a manifest here names already is not in doubt."""
    await records.write(lambda ledger: put(ledger, ensure(ledger), image(b"one")))
    await records.write(lambda ledger: link(ledger, ensure(ledger), b"one"))
    assert await links(records) == []


async def test_the_last_manifest_that_names_it(records: Records) -> None:
    """A deleted image puts those links in doubt that no other image of the repository needs; others' do not count."""
    _, first = await records.write(lambda ledger: pushed(ledger, b"one", b"two"))
    await records.write(lambda ledger: pushed(ledger, b"two", b"three", salt="second"))
    await records.write(lambda ledger: pushed(ledger, b"one", name=OTHER))
    await records.write(lambda ledger: ledger.manifests.delete(first, by="admin", now=NOW, keep=False))
    assert await links(records) == [(b"one", None)]


async def test_other_meaning(records: Records) -> None:
    """The same bytes under another media type may name other blobs; those that it names no more are in doubt."""
    made = image(b"one")
    other = replace(made, media_type=types.DOCKER_MANIFEST, links=made.links[:1])
    digest = Digest.of(made.content)

    def story(ledger: Ledger) -> None:
        repository_id, _ = pushed(ledger, b"one")
        ledger.manifests.put(repository_id, digest, other, by="admin", now=NOW)

    await records.write(story)
    assert [part for part, _ in await links(records)] == [b"one"]
    await records.write(lambda ledger: ledger.manifests.put(ensure(ledger), digest, made, by="admin", now=NOW))
    assert await links(records) == []


async def test_a_renewed_link(records: Records) -> None:
    """Who pushes or mounts it again lets its doubt begin anew, seen or not."""
    repository_id = await records.write(ensure)
    blob_id = await records.write(lambda ledger: link(ledger, repository_id, b"one"))
    await records.write(lambda ledger: ledger.blobs.link(repository_id, blob_id, now=NOW + 50))
    assert await links(records) == [(b"one", NOW + 50)]
    assert await links(records, before=NOW + 49) == []
    assert await records.read(lambda ledger: ledger.garbage.link_since(repository_id, blob_id)) == NOW + 50


async def test_ended_links(records: Records) -> None:
    """A blob is in doubt when its last link ends: one that is taken away, and those of a repository that is deleted."""
    await records.write(lambda ledger: pushed(ledger, b"one", b"two"))
    other, _ = await records.write(lambda ledger: pushed(ledger, b"two", name=OTHER))
    await records.write(lambda ledger: ledger.blobs.unlink(ensure(ledger), Digest.of(b"one")))
    assert await blobs(records) == [(b"one", None)]
    await records.write(lambda ledger: ledger.repositories.delete(ensure(ledger), by="admin", now=NOW, keep=False))
    assert await blobs(records) == [(b"one", None)]
    await records.write(lambda ledger: ledger.repositories.delete(other, by="admin", now=NOW, keep=False))
    assert {part for part, _ in await blobs(records)} == {b"one", b"two", content.CONFIG}
    assert await links(records) == []


async def test_what_is_buried(records: Records, folder: Path) -> None:
    """A blob that something buried needs is told as such; when that is gone the blob is in doubt again."""
    blob = await records.write(lambda ledger: ledger.blobs.record(Digest.of(b"one"), 3, now=NOW))
    execute(folder, "INSERT INTO buried_links (manifest_id, digest) VALUES (7, ?)", str(blob.digest))
    [doubt] = await records.read(lambda ledger: ledger.garbage.blobs(after=None, before=EVER, limit=9))
    assert doubt.is_buried
    assert await records.read(lambda ledger: ledger.garbage.held(blob.id, before=EVER)) is Held.NEEDED
    await records.write(lambda ledger: ledger.garbage.acquit_blob(blob.id))
    assert await blobs(records) == []
    execute(folder, "DELETE FROM buried_links")
    assert await blobs(records) == [(b"one", None)]


async def test_stamps(records: Records) -> None:
    """Doubts of unknown time stand since they were seen, so many at a time; the others stay as they are."""
    _, manifest_id = await records.write(lambda ledger: pushed(ledger, b"one", b"two"))
    await records.write(lambda ledger: ledger.manifests.delete(manifest_id, by="admin", now=NOW, keep=False))
    await records.write(lambda ledger: link(ledger, ensure(ledger), b"three"))
    stamped = [await records.write(lambda ledger: ledger.garbage.stamp(now=NOW + 10, limit=2)) for _ in range(3)]
    assert stamped == [2, 1, 0]
    assert sorted(await links(records)) == sorted(
        [(b"three", NOW), *((part, NOW + 10) for part in (b"one", b"two", content.CONFIG))]
    )


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_pages(records: Records, limit: int) -> None:
    """Page by page all doubts come, each once: those not seen yet first, then by their time."""
    repository_id, manifest_id = await records.write(lambda ledger: pushed(ledger, b"one", b"two"))
    await records.write(lambda ledger: ledger.manifests.delete(manifest_id, by="admin", now=NOW, keep=False))

    def link_again(ledger: Ledger) -> None:
        for number, part in enumerate((b"two", b"three")):
            ledger.blobs.link(repository_id, link(ledger, repository_id, part), now=NOW + number)

    await records.write(link_again)
    found = []
    after: Position | None = None
    while page := await records.read(
        lambda ledger: ledger.garbage.links(after=after, before=EVER, limit=limit)  # noqa: B023 - asked at once
    ):
        found += [(doubt.since, doubt.digest) for doubt in page]
        after = page[-1].position
    assert len(found) == len(set(found)) == 4
    assert [since for since, _ in found] == [None, None, NOW, NOW + 1]


async def test_who_keeps_a_blob(records: Records) -> None:
    """A link that is needed keeps it; one that has to wait makes it wait; due ones do not count."""
    repository_id = await records.write(ensure)
    blob_id = await records.write(lambda ledger: link(ledger, repository_id, b"one"))
    assert await records.read(lambda ledger: ledger.garbage.held(blob_id, before=NOW)) is Held.FREE
    assert await records.read(lambda ledger: ledger.garbage.held(blob_id, before=NOW - 1)) is Held.AWAITED
    await records.write(lambda ledger: pushed(ledger, b"one", name=OTHER))
    assert await records.read(lambda ledger: ledger.garbage.held(blob_id, before=EVER)) is Held.NEEDED


async def test_an_inherited_doubt(records: Records) -> None:
    """A blob whose last link was in doubt is in doubt since then."""
    repository_id = await records.write(ensure)
    blob_id = await records.write(lambda ledger: link(ledger, repository_id, b"one"))
    await records.write(lambda ledger: ledger.garbage.inherit(blob_id, since=NOW))
    assert await blobs(records) == []
    await records.write(lambda ledger: ledger.blobs.unlink(repository_id, Digest.of(b"one")))
    await records.write(lambda ledger: ledger.garbage.inherit(blob_id, since=NOW))
    assert await blobs(records) == [(b"one", NOW)]


async def test_a_forgotten_blob(records: Records) -> None:
    """It is known no more, and no more in doubt."""
    blob = await records.write(lambda ledger: ledger.blobs.record(Digest.of(b"one"), 3, now=NOW))
    await records.write(lambda ledger: ledger.garbage.forget(blob.id))
    assert await records.read(lambda ledger: ledger.blobs.known(blob.digest)) is None
    assert await blobs(records) == []


async def test_a_linked_blob_is_not_forgotten(records: Records) -> None:
    """The database itself refuses to forget what a repository links."""
    blob_id = await records.write(lambda ledger: link(ledger, ensure(ledger), b"one"))
    with pytest.raises(sqlite3.IntegrityError):
        await records.write(lambda ledger: ledger.garbage.forget(blob_id))


async def test_a_manifest_that_does_not_say_where(records: Records, folder: Path) -> None:
    """Rows that come in by another way than the ledger's still say in which repository they name what."""
    repository_id, manifest_id = await records.write(lambda ledger: pushed(ledger, b"one"))
    await records.write(lambda ledger: link(ledger, repository_id, b"two"))
    execute(
        folder,
        "INSERT INTO manifest_links (manifest_id, position, role, digest, size, media_type)"
        " VALUES (?, 9, 'x', ?, 3, '')",
        manifest_id,
        str(Digest.of(b"two")),
    )
    assert await links(records) == []
    assert rows(folder, "SELECT DISTINCT repository_id FROM manifest_links") == [(repository_id,)]


async def test_rounds(records: Records) -> None:
    """One round at a time, until it ends or nobody goes on with it; what it does adds up."""

    async def write(story: Callable[[Ledger], object]) -> object:
        return await records.write(story)

    assert await write(lambda ledger: ledger.garbage.begin("a", asked_by="ann", now=NOW, until=NOW + 60))
    assert not await write(lambda ledger: ledger.garbage.begin("b", asked_by="", now=NOW + 59, until=NOW + 99))
    assert await write(lambda ledger: ledger.garbage.proceed("a", Amount(1, 2, 3), until=NOW + 70))
    assert not await write(lambda ledger: ledger.garbage.proceed("b", Amount(9, 9, 9), until=NOW + 70))
    did = await records.read(lambda ledger: ledger.garbage.collections())
    assert (did.asked_by, did.started_at, did.ended_at, did.rounds) == ("ann", NOW, None, 1)
    assert did.is_running(NOW + 69)
    assert await write(lambda ledger: ledger.garbage.begin("b", asked_by="", now=NOW + 70, until=NOW + 99))
    await write(lambda ledger: ledger.garbage.proceed("b", Amount(10, 10, 10), until=NOW + 99))
    left = Survey(Amount(1, 1, 1), Amount(2, 2, 2))
    await write(lambda ledger: ledger.garbage.end("a", Survey(), now=NOW))
    await write(lambda ledger: ledger.garbage.end("b", left, now=NOW + 80))
    did = await records.read(lambda ledger: ledger.garbage.collections())
    assert (did.last, did.total, did.found, did.rounds) == (Amount(10, 10, 10), Amount(11, 12, 13), left, 2)
    assert (did.asked_by, did.ended_at) == ("", NOW + 80)
    assert not did.is_running(NOW + 81)


async def test_a_round_of_before_a_restart(records: Records) -> None:
    """A round that was killed keeps nobody from beginning one after the restart, and counts for what it did."""
    await records.write(lambda ledger: ledger.garbage.begin("a", asked_by="", now=NOW, until=NOW + 60))
    await records.write(lambda ledger: ledger.garbage.proceed("a", Amount(1, 2, 3), until=NOW + 60))
    await records.write(lambda ledger: ledger.garbage.distrust())
    assert not await records.write(lambda ledger: ledger.garbage.proceed("a", Amount(1, 2, 3), until=NOW + 60))
    assert await records.write(lambda ledger: ledger.garbage.begin("b", asked_by="", now=NOW + 1, until=NOW + 60))
    assert (await records.read(lambda ledger: ledger.garbage.collections())).total == Amount(1, 2, 3)


def a_change(chance: Random) -> Callable[[Ledger], object]:
    """Something that may happen to what is stored."""
    name, part, salt = chance.choice([APP, OTHER]), chance.choice(PARTS), str(chance.randrange(3))
    layers = [layer for layer in LAYERS if chance.random() < 0.5]
    made = image(*layers, salt=salt)

    def delete(ledger: Ledger) -> None:
        if (found := ledger.manifests.find(name, Tag("1"))[1]) is not None:
            ledger.manifests.delete(found.id, by="ann", now=NOW, keep=False)

    def delete_all(ledger: Ledger) -> None:
        if chance.random() < 0.2:
            ledger.repositories.delete(ensure(ledger, name), by="admin", now=NOW, keep=False)

    changes: list[Callable[[Ledger], object]] = [
        lambda ledger: pushed(ledger, *layers, name=name, salt=salt),
        lambda ledger: put(ledger, ensure(ledger, name), made, "1"),
        lambda ledger: link(ledger, ensure(ledger, name), part),
        lambda ledger: ledger.blobs.unlink(ensure(ledger, name), Digest.of(part)),
        lambda ledger: ledger.blobs.record(Digest.of(part), len(part), now=NOW),
        delete,
        delete,
        delete_all,
    ]
    return chance.choice(changes)


@pytest.mark.parametrize("seed", range(6))
async def test_doubts_are_what_is_needless(folder: Path, seed: int) -> None:
    """After any history exactly those links are in doubt that no manifest names, and blobs that nobody links."""
    chance, records = Random(seed), SqliteRecords(folder)
    try:
        for _ in range(60):
            await records.write(a_change(chance), durable=False)
            doubted = rows(folder, "SELECT repository_id, blob_id FROM doubtful_links ORDER BY 1, 2")
            assert doubted == rows(folder, UNNAMED)
            assert rows(folder, "SELECT blob_id FROM doubtful_blobs ORDER BY 1") == rows(folder, UNLINKED)
    finally:
        records.close()
    assert rows(folder, "PRAGMA foreign_key_check") == []
