"""What was deleted and can still be restored, as `ports.trash` promises it; and what tags named before."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from moorage.adapters.sql import tags
from moorage.adapters.sql.sqlite import FILE
from moorage.oci import media_type as types
from moorage.oci.digest import Digest
from moorage.oci.error import Code
from moorage.oci.manifest import Manifest, parse
from moorage.oci.reference import RepositoryName, Tag
from moorage.ports.records import Ledger, Records
from moorage.rules.facts import TagRecord, Whereabouts
from moorage.rules.listing import Listing, Total
from moorage.service import unearthing
from tests.support import content
from tests.support.records import ADMIN, APP, NOW, ensure, link, manifest, project_of, put
from tests.support.refused import refused

LAYER = b"a layer"
IMAGE = parse(content.image(LAYER), types.OCI_MANIFEST)
DIGEST = Digest.of(IMAGE.content)
LATER = NOW + 100


def fill(ledger: Ledger, *tags: str, made: Manifest = IMAGE) -> tuple[int, int]:
    """A repository with an image, its blobs and these tags; the ids of both."""
    repository_id = ensure(ledger)
    for blob in (content.CONFIG, LAYER):
        link(ledger, repository_id, blob)
    return repository_id, put(ledger, repository_id, made, *tags)


def links(file: Path) -> list[str]:
    """The digests that are needed by what is deleted."""
    with closing(sqlite3.connect(file)) as connection:
        return [row[0] for row in connection.execute("SELECT digest FROM buried_links ORDER BY digest")]


async def test_a_manifest(records: Records, folder: Path) -> None:
    """What is deleted is nowhere but in the trash; restored it is as it was, with its id, links and who pushed it."""
    repository_id, manifest_id = await records.write(lambda ledger: fill(ledger, "1", "2"))
    before = await records.read(lambda ledger: ledger.manifests.find(APP, DIGEST, ADMIN)[1])
    await records.write(lambda ledger: ledger.manifests.delete(manifest_id, by="eve", now=LATER, keep=True))

    def looked(ledger: Ledger) -> None:
        assert ledger.manifests.find(APP, DIGEST, ADMIN)[1] is None
        assert ledger.manifests.find(APP, Tag("1"), ADMIN)[1] is None
        assert ledger.trash.manifest(repository_id, DIGEST, since=LATER) is None
        found = ledger.trash.manifest(repository_id, DIGEST, since=LATER - 1)
        assert found is not None
        assert (found.id, found.digest, found.at, found.by, found.tags) == (
            manifest_id, DIGEST, LATER, "eve", ("1", "2")
        )  # fmt: skip
        assert ledger.trash.manifests(repository_id, since=0, after=0, limit=9) == [found]
        assert ledger.trash.manifests(repository_id, since=0, after=found.id, limit=9) == []
        assert ledger.trash.count(repository_id, since=0, most=9) == 1
        assert ledger.tags.history(repository_id, Tag("1"), limit=9)[1].image is Whereabouts.TRASH

    await records.read(looked)
    needed = sorted(str(Digest.of(blob)) for blob in (content.CONFIG, LAYER))
    assert links(folder / FILE) == needed

    def story(ledger: Ledger) -> None:
        for blob in (content.CONFIG, LAYER):
            ledger.blobs.unlink(repository_id, Digest.of(blob))
        found = ledger.trash.manifest(repository_id, DIGEST, since=0)
        assert found is not None
        assert unearthing.image(ledger, repository_id, found, since=0, now=LATER + 1) == [DIGEST]
        assert ledger.manifests.find(APP, DIGEST, ADMIN)[1] == before
        assert ledger.blobs.missing(repository_id, [Digest.of(content.CONFIG), Digest.of(LAYER)]) == []
        assert ledger.trash.manifests(repository_id, since=0, after=0, limit=9) == []
        assert ledger.manifests.tags_of(manifest_id) == []

    await records.write(story)
    assert links(folder / FILE) == []


async def test_which_repositories_hold_some(records: Records) -> None:
    """By name, with how many there are and when the last one went; neither what is too old nor other projects count."""

    def story(ledger: Ledger) -> None:
        for name in ("team/b", "team/a", "team/none", "far/a"):
            repository_id = ensure(ledger, RepositoryName(name))
            for at, content_ in enumerate((IMAGE, manifest())):
                there = put(ledger, repository_id, content_)
                if name != "team/none":
                    ledger.manifests.delete(there, by="eve", now=LATER + at, keep=True)
        project_id = project_of(ledger)
        assert project_id is not None
        found = ledger.trash.holding(project_id, since=0, after="", limit=9)
        assert [(one.name, one.images, one.at) for one in found] == [("team/a", 2, LATER + 1), ("team/b", 2, LATER + 1)]
        assert [one.name for one in ledger.trash.holding(project_id, since=0, after="team/a", limit=9)] == ["team/b"]
        assert [one.name for one in ledger.trash.holding(project_id, since=0, after="", limit=1)] == ["team/a"]
        assert ledger.trash.holding(project_id, since=LATER, after="", limit=9)[0].images == 1
        assert ledger.trash.holding(project_id, since=LATER + 1, after="", limit=9) == []

    await records.write(story)


async def test_a_manifest_that_is_not_kept(records: Records, folder: Path) -> None:
    """Without a window nothing of it stays, of a repository neither."""
    repository_id, manifest_id = await records.write(lambda ledger: fill(ledger, "1"))
    await records.write(lambda ledger: ledger.manifests.delete(manifest_id, by="eve", now=NOW, keep=False))
    assert await records.read(lambda ledger: ledger.trash.manifests(repository_id, since=0, after=0, limit=9)) == []
    await records.write(lambda ledger: fill(ledger, "1"))
    project_id = await records.read(project_of)
    assert project_id is not None
    await records.write(lambda ledger: ledger.repositories.delete(repository_id, by="eve", now=NOW, keep=False))
    assert await records.read(lambda ledger: ledger.trash.repositories(project_id, since=0, after=0, limit=9)) == []
    assert links(folder / FILE) == []


async def test_deleted_twice(records: Records) -> None:
    """What was deleted, pushed again and deleted again lies in the trash once, as it was deleted last."""

    def story(ledger: Ledger) -> None:
        for number in range(2):
            repository_id, manifest_id = fill(ledger, str(number))
            ledger.manifests.delete(manifest_id, by="eve", now=LATER + number, keep=True)
        (found,) = ledger.trash.manifests(repository_id, since=0, after=0, limit=9)
        assert (found.at, found.tags) == (LATER + 1, ("1",))
        fill(ledger, "1")
        ledger.repositories.delete(repository_id, by="eve", now=LATER + 2, keep=True)
        assert unearthing.repository(ledger, repository_id, APP, by="ann", now=LATER + 3) == ["1"]

    await records.write(story)


async def test_pushed_again(records: Records) -> None:
    """Where the digest is there again that stays, and the trash has it no more."""

    def story(ledger: Ledger) -> None:
        repository_id, manifest_id = fill(ledger)
        ledger.manifests.delete(manifest_id, by="eve", now=LATER, keep=True)
        _, again = fill(ledger, "new")
        found = ledger.trash.manifest(repository_id, DIGEST, since=0)
        assert found is not None
        unearthing.image(ledger, repository_id, found, since=0, now=LATER)
        there = ledger.manifests.find(APP, DIGEST, ADMIN)[1]
        assert there is not None
        assert there.id == again
        assert ledger.trash.manifest(repository_id, DIGEST, since=0) is None

    await records.write(story)


async def test_an_index_comes_with_its_images(records: Records) -> None:
    """The children of a deleted index that were deleted too are restored with it; others of the trash are not."""
    index = parse(content.index([IMAGE.content]), types.OCI_INDEX)

    def story(ledger: Ledger) -> None:
        repository_id, child = fill(ledger)
        parent, other = put(ledger, repository_id, index, "all"), put(ledger, repository_id, manifest("other"))
        for manifest_id in (child, parent, other):
            ledger.manifests.delete(manifest_id, by="eve", now=LATER, keep=True)
        found = ledger.trash.manifest(repository_id, Digest.of(index.content), since=0)
        assert found is not None
        back = unearthing.image(ledger, repository_id, found, since=0, now=LATER)
        assert back == [Digest.of(index.content), DIGEST]
        assert [left.id for left in ledger.trash.manifests(repository_id, since=0, after=0, limit=9)] == [other]

    await records.write(story)


async def test_content_that_is_gone(records: Records, folder: Path) -> None:
    """What needs content that is stored no more is refused, and nothing of it comes back."""
    repository_id, manifest_id = await records.write(lambda ledger: fill(ledger, "1"))
    await records.write(lambda ledger: ledger.manifests.delete(manifest_id, by="eve", now=LATER, keep=True))
    with closing(sqlite3.connect(folder / FILE)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM blob_links")
        connection.execute("DELETE FROM blobs WHERE digest = ?", (str(Digest.of(LAYER)),))
        connection.commit()

    def story(ledger: Ledger) -> None:
        found = ledger.trash.manifest(repository_id, DIGEST, since=0)
        assert found is not None
        unearthing.image(ledger, repository_id, found, since=0, now=LATER)

    with refused(Code.CONFLICT, str(Digest.of(LAYER))):
        await records.write(story)
    assert await records.read(lambda ledger: ledger.manifests.find(APP, DIGEST, ADMIN)[1]) is None
    assert await records.read(lambda ledger: ledger.trash.manifest(repository_id, DIGEST, since=0)) is not None


async def test_a_repository(records: Records) -> None:
    """Restored it has its id, what describes it, its manifests and tags; its project begins a new epoch."""

    def story(ledger: Ledger) -> None:
        repository_id, manifest_id = fill(ledger, "1")
        other = put(ledger, repository_id, manifest("deleted before"), "2")
        ledger.manifests.delete(other, by="eve", now=NOW + 1, keep=True)
        ledger.repositories.update(repository_id, public=True, description="the app")
        ledger.repositories.label(repository_id, {"env": "prod"})
        before = ledger.repositories.find(repository_id)
        project_id = project_of(ledger)
        assert project_id is not None
        assert before is not None
        ledger.repositories.delete(repository_id, by="eve", now=LATER, keep=True)
        assert not ledger.repositories.place(APP, ADMIN).exists
        assert ledger.trash.manifests(repository_id, since=0, after=0, limit=9)[0].id == other
        assert ledger.tags.history(repository_id, Tag("1"), limit=1)[0].after is None
        (buried,) = ledger.trash.repositories(project_id, since=0, after=0, limit=9)
        assert (buried.id, buried.name, buried.images, buried.at, buried.by) == (repository_id, "app", 1, LATER, "eve")
        for since, most, expected in ((0, 9, 1), (LATER, 9, 0), (0, 0, 0)):
            assert ledger.trash.count_repositories(project_id, since, most) == expected
        assert ledger.trash.repository(repository_id, since=LATER) is None
        assert ledger.trash.repository(repository_id, since=LATER - 1) == buried
        epoch = ledger.repositories.place(APP, ADMIN).epoch
        new = RepositoryName("team/new")
        assert unearthing.repository(ledger, repository_id, new, by="ann", now=LATER + 1) == ["1"]
        place = ledger.repositories.place(new, ADMIN)
        assert (place.repository_id, place.epoch) == (repository_id, epoch + 1)
        after = ledger.repositories.find(repository_id)
        assert after is not None
        assert (after.public, after.description, after.labels) == (True, "the app", {"env": "prod"})
        assert after.created_at == before.created_at
        there = ledger.manifests.find(new, Tag("1"), ADMIN)[1]
        assert there is not None
        assert (there.id, there.digest, there.content) == (manifest_id, DIGEST, IMAGE.content)
        assert ledger.blobs.missing(repository_id, [Digest.of(content.CONFIG), Digest.of(LAYER)]) == []
        move, before_that, *_ = ledger.tags.history(repository_id, Tag("1"), limit=9)
        assert (move.before, move.after, move.at, move.by) == (None, str(DIGEST), LATER + 1, "ann")
        assert (before_that.after, before_that.by) == (None, "eve")
        assert ledger.trash.repositories(project_id, since=0, after=0, limit=9) == []
        assert [left.id for left in ledger.trash.manifests(repository_id, since=0, after=0, limit=9)] == [other]

    await records.write(story)


async def test_ended_for_good(records: Records, folder: Path) -> None:
    """With a repository all goes that was ever deleted in it; with a project all its repositories."""

    def story(ledger: Ledger) -> None:
        repository_id, _ = fill(ledger, "1")
        ledger.manifests.delete(put(ledger, repository_id, manifest("x")), by="eve", now=NOW, keep=True)
        project_id = project_of(ledger)
        assert project_id is not None
        ledger.repositories.delete(repository_id, by="eve", now=NOW, keep=True)
        ledger.trash.forget_project(project_id)
        assert ledger.trash.repositories(project_id, since=0, after=0, limit=9) == []
        assert ledger.projects.delete(project_id)

    await records.write(story)
    with closing(sqlite3.connect(folder / FILE)) as connection:
        for table in ("repositories", "manifests", "links", "tags"):
            assert connection.execute(f"SELECT count(*) FROM buried_{table}").fetchone() == (0,)


async def test_a_round(records: Records, folder: Path) -> None:
    """A round forgets what is past its time, so many at once and a repository last; what is younger stays."""

    def story(ledger: Ledger) -> None:
        repository_id, _ = fill(ledger, "1")
        put(ledger, repository_id, manifest("x"))
        ledger.repositories.delete(repository_id, by="eve", now=NOW, keep=True)
        young, manifest_id = fill(ledger, "1")
        ledger.manifests.delete(manifest_id, by="eve", now=LATER, keep=True)
        gone = [ledger.trash.forget(before=LATER - 1, limit=1) for _ in range(3)]
        assert [(round_.manifests, [found.id for found in round_.repositories]) for round_ in gone] == [
            (1, []), (1, [repository_id]), (0, [])
        ]  # fmt: skip
        assert ledger.trash.manifest(young, DIGEST, since=0) is not None
        assert ledger.trash.forget(before=LATER, limit=9).manifests == 1

    await records.write(story)
    assert links(folder / FILE) == []


THEN = (("b", NOW, "x"), ("a", NOW + 1, "x"), ("a", NOW + 2, "y"), ("b", NOW + 3, None), ("b", NOW + 4, "y"))
"""Moves of tags: when, and to which image."""


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOW - 1, {}),
        (NOW, {"b": "x"}),
        (NOW + 1.5, {"a": "x", "b": "x"}),
        (NOW + 2, {"a": "y", "b": "x"}),
        (NOW + 3, {"a": "y"}),
        (NOW + 99, {"a": "y", "b": "y"}),
    ],
)
async def test_as_of(records: Records, at: float, expected: dict[str, str]) -> None:
    """At each time every tag names what it named then, in pages as in one look."""

    def story(ledger: Ledger) -> None:
        repository_id = ensure(ledger)
        for tag, moved_at, image in THEN:
            if image is None:
                ledger.tags.delete(repository_id, Tag(tag), by="ann", now=moved_at)
                continue
            made = manifest(image)
            manifest_id = put(ledger, repository_id, made)
            ledger.tags.point(repository_id, Tag(tag), manifest_id, Digest.of(made.content), by="ann", now=moved_at)
        found, rest = ledger.tags.listed_then(repository_id, at, Listing(9))
        assert rest is None
        digests = {image: str(Digest.of(manifest(image).content)) for image in "xy"}
        assert {tag.name: tag.digest for tag in found} == {tag: digests[image] for tag, image in expected.items()}
        assert ledger.tags.count_then(repository_id, at, Listing(9), most=9) == Total(len(expected))
        assert ledger.tags.count_then(repository_id, at, Listing(9), most=0) == Total(0, at_least=bool(expected))
        for tag in ("a", "b", "c"):
            looked = ledger.tags.found_then(repository_id, Tag(tag), at)
            assert looked == next((record for record in found if record.name == tag), None)
        after: str | None = ""
        paged = list[TagRecord]()
        while after is not None:
            page, after = ledger.tags.listed_then(repository_id, at, Listing(1, after))
            paged += page[:1]
        assert paged == found
        assert [tag.name for tag in ledger.tags.listed_then(repository_id, at, Listing(9, prefix="b")).tags] == [
            tag for tag in expected if tag == "b"
        ]

    await records.write(story)


async def test_a_long_look_is_bounded(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where most names were no tags then a page is short and says from where to go on; together they are whole."""
    monkeypatch.setattr(tags, "MOST_LOOKED", 2)
    names = "abcde"

    def story(ledger: Ledger) -> None:
        repository_id, manifest_id = fill(ledger)
        for name in names:
            ledger.tags.point(repository_id, Tag(name), manifest_id, DIGEST, by="ann", now=NOW)
            if name not in "ce":
                ledger.tags.delete(repository_id, Tag(name), by="ann", now=NOW)
        found, pages, after = list[str](), 0, ""
        while True:
            page, rest = ledger.tags.listed_then(repository_id, NOW, Listing(9, after))
            found += [tag.name for tag in page]
            pages += 1
            if rest is None:
                break
            after = rest
        assert (found, pages) == (["c", "e"], 3)
        assert ledger.tags.count_then(repository_id, NOW, Listing(9), most=9) == Total(0, at_least=True)

    await records.write(story)


async def test_moves(records: Records) -> None:
    """A tag's moves come in pages, the newest first, counted, and tell where what they name is now."""

    def story(ledger: Ledger) -> None:
        repository_id, manifest_id = fill(ledger, "a")
        other = put(ledger, repository_id, manifest("other"), "a")
        ledger.manifests.delete(manifest_id, by="eve", now=LATER, keep=False)
        ledger.tags.delete(repository_id, Tag("a"), by="eve", now=LATER)
        moves = ledger.tags.history(repository_id, Tag("a"), limit=9)
        assert [move.image for move in moves] == [None, Whereabouts.HERE, Whereabouts.GONE]
        assert ledger.tags.history(repository_id, Tag("a"), before=moves[0].id, limit=1) == moves[1:2]
        assert [ledger.tags.count_moves(repository_id, Tag("a"), most=most) for most in (2, 9)] == [2, 3]
        assert ledger.tags.ever_named(repository_id, Tag("a"), DIGEST)
        assert not ledger.tags.ever_named(repository_id, Tag("b"), DIGEST)
        assert ledger.tags.find(repository_id, Tag("a")) is None
        ledger.tags.point(repository_id, Tag("a"), other, Digest.of(manifest("other").content), by="ann", now=LATER + 1)
        found = ledger.tags.find(repository_id, Tag("a"))
        assert found == TagRecord("a", LATER + 1, str(Digest.of(manifest("other").content)))

    await records.write(story)
