"""Manifests, tags and blobs, as `ports.records` promises them."""

from dataclasses import replace

import pytest

from moorage.oci import media_type as types
from moorage.oci.digest import Algorithm, Digest
from moorage.oci.manifest import parse
from moorage.oci.reference import Reference, RepositoryName, Tag
from moorage.ports.records import Ledger, Records
from moorage.rules.access import ANONYMOUS, Grant, Identity, Kind, Place
from moorage.rules.facts import BlobRecord, Referrer, RoleSpec, StoredManifest, Subject, TagMove
from moorage.rules.roles import READER
from tests.support import content
from tests.support.records import ADMIN, APP, NOW, ensure, link, manifest, put

OTHER = RepositoryName("team/other")


async def find(
    records: Records, reference: Reference, name: RepositoryName = APP
) -> tuple[Place, StoredManifest | None]:
    """The place, and the manifest there."""
    return await records.read(lambda ledger: ledger.manifests.find(name, reference))


async def test_manifests(records: Records) -> None:
    """A manifest is found byte for byte by digest and by tag, in its own repository only."""
    made = manifest()
    digest = Digest.of(made.content)
    await records.write(lambda ledger: put(ledger, ensure(ledger), made, "latest"))
    present: list[Reference] = [digest, Tag("latest")]
    for reference in present:
        place, found = await find(records, reference)
        assert place.exists
        assert found is not None
        assert found == StoredManifest(found.id, digest, types.OCI_MANIFEST, len(made.content), made.content)
    absent: list[Reference] = [Tag("other"), Digest.of(b"other"), Tag("LATEST")]
    for reference in absent:
        place, found = await find(records, reference)
        assert (place.exists, found) == (True, None)
    place, found = await find(records, digest, OTHER)
    assert (place.exists, place.project_id is not None, found) == (False, True, None)
    place, found = await find(records, digest, RepositoryName("none/at-all"))
    assert (place.exists, place.project_id, found) == (False, None, None)


async def test_the_same_manifest_again(records: Records) -> None:
    """The same bytes again are the same manifest; the media type is the last that was said."""
    fields = content.image_fields()
    del fields["mediaType"]
    raw = content.encode(fields)

    def story(ledger: Ledger, media_type: str) -> tuple[int, bool]:
        return ledger.manifests.put(ensure(ledger), Digest.of(raw), parse(raw, media_type), by="admin", now=NOW)

    first, new = await records.write(lambda ledger: story(ledger, types.OCI_MANIFEST))
    assert new
    assert await records.write(lambda ledger: story(ledger, types.DOCKER_MANIFEST)) == (first, False)
    _, found = await records.read(lambda ledger: ledger.manifests.find(APP, Digest.of(raw)))
    assert found is not None
    assert found.media_type == types.DOCKER_MANIFEST


async def test_two_algorithms(records: Records) -> None:
    """The same bytes under a sha512 digest are found by it."""
    made = manifest()
    digest = Digest.of(made.content, Algorithm.SHA512)
    await records.write(lambda ledger: ledger.manifests.put(ensure(ledger), digest, made, by="admin", now=NOW))
    assert (await records.read(lambda ledger: ledger.manifests.find(APP, digest)))[1] is not None
    assert (await records.read(lambda ledger: ledger.manifests.find(APP, Digest.of(made.content))))[1] is None


async def test_a_manifest_goes_with_its_tags(records: Records) -> None:
    """A deleted manifest takes its own tags along, tells their names, and records that they ended."""
    one, two = manifest("one"), manifest("two")

    def fill(ledger: Ledger) -> tuple[int, int]:
        repository_id = ensure(ledger)
        put(ledger, repository_id, two, "kept")
        return repository_id, put(ledger, repository_id, one, "b", "a", "B")

    repository_id, manifest_id = await records.write(fill)
    gone = await records.write(lambda ledger: ledger.manifests.delete(manifest_id, by="eve", now=NOW + 1, keep=False))
    assert gone == ["B", "a", "b"]
    assert await records.read(lambda ledger: ledger.tags.page(repository_id, after="", limit=9)) == ["kept"]
    assert (await records.read(lambda ledger: ledger.manifests.find(APP, Digest.of(one.content))))[1] is None
    moves = await records.read(lambda ledger: ledger.tags.history(repository_id, Tag("a"), limit=9))
    assert moves[0] == TagMove("a", str(Digest.of(one.content)), None, NOW + 1, "eve")
    assert await records.write(lambda ledger: ledger.manifests.delete(manifest_id, by="eve", now=NOW, keep=False)) == []


async def test_referrers(records: Records) -> None:
    """Referrers come in the order of their pushes, paged by id, narrowed by type, from this repository only."""
    subject = Digest.of(b"subject")
    kinds = ["a/sig", "a/sbom", "a/sig", None]
    made = [manifest(str(number), subject=b"subject", artifact_type=kind) for number, kind in enumerate(kinds)]

    def fill(ledger: Ledger) -> int:
        put(ledger, ensure(ledger, OTHER), manifest("elsewhere", subject=b"subject"))
        repository_id = ensure(ledger)
        put(ledger, repository_id, manifest("other subject", subject=b"another"))
        put(ledger, repository_id, manifest("no subject"))
        for one in made:
            put(ledger, repository_id, one)
        return repository_id

    repository_id = await records.write(fill)

    async def ask(
        artifact_type: str | None = None, after: int = 0, limit: int = 99, room: int = 9999
    ) -> list[Referrer]:
        page = await records.read(
            lambda ledger: ledger.manifests.referrers(
                repository_id, subject, artifact_type=artifact_type, after=after, limit=limit, room=room
            )
        )
        assert page.more == (bool(limit == 2 or room < 9999))
        return list(page.items)

    found = await ask()
    assert [referrer.digest for referrer in found] == [Digest.of(one.content) for one in made]
    assert found[0] == Referrer(
        found[0].id, Digest.of(made[0].content), types.OCI_MANIFEST, len(made[0].content), "a/sig", {"salt": "0"}
    )
    assert found[3].artifact_type == content.CONFIG_TYPE
    assert await ask("a/sig") == [found[0], found[2]]
    assert await ask("a/none") == []
    assert await ask(after=found[1].id) == found[2:]
    assert await ask(limit=2) == found[:2]
    each = len('{"salt": "0"}')
    assert await ask(room=each) == await ask(room=1) == found[:1]
    assert await ask(room=2 * each) == found[:2]
    await records.write(lambda ledger: ledger.manifests.delete(found[0].id, by="admin", now=NOW, keep=False))
    assert await ask() == found[1:]


async def test_tags_move(records: Records) -> None:
    """Every move of a tag is a row with a from and a to, newest first; pointing where it points is none."""
    one, two = manifest("one"), manifest("two")
    first, second = Digest.of(one.content), Digest.of(two.content)
    tag = Tag("latest")

    def fill(ledger: Ledger) -> tuple[int, int, int]:
        repository_id = ensure(ledger)
        return repository_id, put(ledger, repository_id, one), put(ledger, repository_id, two)

    repository_id, id_one, id_two = await records.write(fill)

    async def point(manifest_id: int, digest: Digest, at: float) -> bool:
        return await records.write(
            lambda ledger: ledger.tags.point(repository_id, tag, manifest_id, digest, by="admin", now=at)
        )

    assert await point(id_one, first, 1.0)
    assert not await point(id_one, first, 2.0)
    assert await point(id_two, second, 3.0)
    assert await point(id_one, first, 4.0)
    assert await records.write(lambda ledger: ledger.tags.delete(repository_id, tag, by="eve", now=5.0)) == first
    assert await records.write(lambda ledger: ledger.tags.delete(repository_id, tag, by="eve", now=6.0)) is None
    moves = await records.read(lambda ledger: ledger.tags.history(repository_id, tag, limit=99))
    assert list(moves) == [
        TagMove("latest", str(first), None, 5.0, "eve"),
        TagMove("latest", str(second), str(first), 4.0, "admin"),
        TagMove("latest", str(first), str(second), 3.0, "admin"),
        TagMove("latest", None, str(first), 1.0, "admin"),
    ]
    assert len(await records.read(lambda ledger: ledger.tags.history(repository_id, tag, limit=2))) == 2
    assert await records.read(lambda ledger: ledger.tags.history(repository_id, Tag("other"), limit=9)) == []
    assert (await records.read(lambda ledger: ledger.manifests.find(APP, first)))[1] is not None


async def test_tag_pages_in_byte_order(records: Records) -> None:
    """Tags are paged by byte, upper case first, and go on rightly after a tag that is gone."""
    names = ["a", "B", "b", "A", "_", "1", "10", "2", "a.b", "a-b", "a_b", "Z", "z", "latest"]

    def fill(ledger: Ledger) -> int:
        repository_id = ensure(ledger)
        put(ledger, repository_id, manifest(), *names)
        put(ledger, ensure(ledger, OTHER), manifest(), "elsewhere")
        return repository_id

    repository_id = await records.write(fill)
    expected = sorted(names, key=str.encode)

    async def page(after: str) -> list[str]:
        return list(await records.read(lambda ledger: ledger.tags.page(repository_id, after=after, limit=4)))

    gathered = await page("")
    while following := await page(gathered[-1]):
        gathered += following
    assert gathered == expected
    await records.write(lambda ledger: ledger.tags.delete(repository_id, Tag("a"), by="admin", now=NOW))
    rest = await records.read(lambda ledger: ledger.tags.page(repository_id, after="a", limit=99))
    assert list(rest) == expected[expected.index("a") + 1 :]


async def test_blobs_are_read_through_links(records: Records) -> None:
    """A repository finds a blob through its own link only; without one it is as unknown as none."""
    digest = Digest.of(b"blob")

    def fill(ledger: Ledger) -> int:
        ensure(ledger, OTHER)
        return link(ledger, ensure(ledger), b"blob")

    blob_id = await records.write(fill)
    expected = BlobRecord(blob_id, digest, 4, damaged=False)
    place, found = await records.read(lambda ledger: ledger.blobs.find(APP, digest))
    assert (place.exists, found) == (True, expected)
    place, found = await records.read(lambda ledger: ledger.blobs.find(OTHER, digest))
    assert (place.exists, found) == (True, None)
    place, found = await records.read(lambda ledger: ledger.blobs.find(RepositoryName("team/none"), digest))
    assert (place.exists, place.project_id is not None, found) == (False, True, None)
    assert await records.read(lambda ledger: ledger.blobs.known(digest)) == expected
    assert await records.read(lambda ledger: ledger.blobs.known(Digest.of(b"other"))) is None


async def test_unlink(records: Records) -> None:
    """A link is taken away once, other repositories keep theirs, and the blob itself stays known."""
    digest = Digest.of(b"blob")

    def fill(ledger: Ledger) -> tuple[int, int]:
        one, two = ensure(ledger), ensure(ledger, OTHER)
        for repository_id in (one, two, two):
            link(ledger, repository_id, b"blob")
        return one, two

    one, two = await records.write(fill)
    assert await records.write(lambda ledger: ledger.blobs.unlink(one, digest))
    assert not await records.write(lambda ledger: ledger.blobs.unlink(one, digest))
    assert not await records.write(lambda ledger: ledger.blobs.unlink(two, Digest.of(b"other")))
    assert (await records.read(lambda ledger: ledger.blobs.find(APP, digest)))[1] is None
    assert (await records.read(lambda ledger: ledger.blobs.find(OTHER, digest)))[1] is not None


async def test_missing(records: Records) -> None:
    """Missing is what the repository has no link to, or what is damaged; order is kept."""
    linked, damaged, elsewhere, unknown = (
        Digest.of(name) for name in (b"linked", b"damaged", b"elsewhere", b"unknown")
    )

    def fill(ledger: Ledger) -> int:
        repository_id = ensure(ledger)
        link(ledger, repository_id, b"linked")
        link(ledger, repository_id, b"damaged")
        ledger.blobs.condemn(damaged, now=NOW)
        link(ledger, ensure(ledger, OTHER), b"elsewhere")
        return repository_id

    repository_id = await records.write(fill)
    asked = [unknown, linked, elsewhere, damaged]
    assert await records.read(lambda ledger: ledger.blobs.missing(repository_id, asked)) == [
        unknown,
        elsewhere,
        damaged,
    ]
    assert await records.read(lambda ledger: ledger.blobs.missing(repository_id, [])) == []


async def test_condemned_and_mended(records: Records) -> None:
    """A condemned blob is known as damaged until it is recorded again; its id stays."""
    digest = Digest.of(b"blob")
    blob_id = await records.write(lambda ledger: link(ledger, ensure(ledger), b"blob"))
    await records.write(lambda ledger: ledger.blobs.condemn(digest, now=NOW))
    assert await records.read(lambda ledger: ledger.blobs.known(digest)) == BlobRecord(blob_id, digest, 4, damaged=True)
    mended = await records.write(lambda ledger: ledger.blobs.record(digest, 4, now=NOW))
    assert mended == BlobRecord(blob_id, digest, 4, damaged=False)
    assert (await records.read(lambda ledger: ledger.blobs.find(APP, digest)))[1] == mended


PERSON = Identity(Kind.USER, "person", 2)


def token(*names: str) -> Identity:
    """A person with a token that names these repositories."""
    return replace(PERSON, grants={name: Grant(frozenset({"pull"}), 1) for name in names})


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (ADMIN, {"team/app", "open/app"}),
        (ANONYMOUS, {"open/app"}),
        (PERSON, {"open/app"}),
        (token("team/app"), {"team/app", "open/app"}),
        (token("team/x"), {"open/app"}),
    ],
)
async def test_holders(records: Records, who: Identity, expected: set[str]) -> None:
    """Holders are public repositories, those that a token names, and all for an administrator."""
    digest = Digest.of(b"blob")

    def fill(ledger: Ledger) -> None:
        ledger.projects.create("open", public=True, now=NOW)
        for name in (APP, RepositoryName("open/app")):
            link(ledger, ensure(ledger, name), b"blob")

    await records.write(fill)
    places = await records.read(lambda ledger: ledger.blobs.holders(digest, who))
    assert {place.name for place in places} == expected
    assert all(place.exists and place.public is (place.name == "open/app") for place in places)
    assert not await records.read(lambda ledger: ledger.blobs.holders(Digest.of(b"unknown"), who))


async def test_holders_by_role(records: Records) -> None:
    """Who holds a role in a project is told of holders in it, with the role."""

    def fill(ledger: Ledger) -> Identity:
        link(ledger, ensure(ledger), b"blob")
        place = ledger.repositories.place(APP)
        account = ledger.accounts.create("person", "hash", administrator=False, now=NOW)
        assert account is not None
        assert place.project_id is not None
        ledger.members.put(place.project_id, Subject(account.id, account.name), [RoleSpec(READER)], now=NOW)
        return Identity(Kind.USER, account.name, account.id)

    who = await records.write(fill)
    (place,) = await records.read(lambda ledger: ledger.blobs.holders(Digest.of(b"blob"), who))
    assert place.name == APP.text
    assert [held.role for held in place.roles] == [READER]


async def test_blob_pages(records: Records) -> None:
    """All blobs are paged in order of their digests, damaged ones too."""
    stored = [bytes([number]) for number in range(7)]

    def fill(ledger: Ledger) -> None:
        for one in stored:
            ledger.blobs.record(Digest.of(one), 1, now=NOW)
        ledger.blobs.condemn(Digest.of(stored[3]), now=NOW)

    await records.write(fill)
    expected = sorted(str(Digest.of(one)) for one in stored)
    first = await records.read(lambda ledger: ledger.blobs.page(after="", limit=4))
    rest = await records.read(lambda ledger: ledger.blobs.page(after=str(first[-1].digest), limit=4))
    assert [str(blob.digest) for blob in (*first, *rest)] == expected
    assert [str(blob.digest) for blob in (*first, *rest) if blob.damaged] == [str(Digest.of(stored[3]))]
