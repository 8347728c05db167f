"""Images as pages show them, as `ports.images` promises, and that no look costs more the more there is."""

import json

from moorage.oci import media_type as types
from moorage.oci.digest import Digest
from moorage.oci.manifest import parse
from moorage.oci.reference import RepositoryName, Tag
from moorage.ports.records import Ledger, Records
from moorage.rules.facts import TagRecord
from moorage.rules.listing import Listing
from tests.support import content
from tests.support.records import NOW, ensure, manifest, put

SIGNATURE = "application/vnd.dev.cosign.artifact.sig.v1+json"


async def test_what_is_known(records: Records) -> None:
    """Sizes with each blob once, those of an index with its images'; what refers to it, told apart; who and when."""

    def story(ledger: Ledger) -> None:
        repository_id = ensure(ledger)
        one, two = (parse(content.image(b"x" * 100, tail), types.OCI_MANIFEST) for tail in (b"y" * 10, b"z" * 20))
        index = parse(content.index([one.content, two.content]), types.OCI_INDEX)
        for made in (one, two):
            put(ledger, repository_id, made)
        put(ledger, repository_id, index, "a", "b")
        digest = str(Digest.of(index.content))
        put(ledger, repository_id, manifest("signature", subject=index.content, artifact_type=SIGNATURE))
        put(ledger, repository_id, manifest("bill", subject=index.content, artifact_type="application/spdx+json"))
        put(ledger, repository_id, manifest("older"), f"{digest.replace(':', '-')}.sig")
        ledger.statistics.pulled(repository_id, digest, at=NOW + 5)

        found = ledger.images.facts(repository_id, digest)
        assert found is not None
        assert found.size == 100 + 10 + 20 + len(content.CONFIG)
        assert (found.signatures, found.attachments) == (2, 1)
        assert (found.media_type, found.artifact_type, found.content) == (types.OCI_INDEX, None, index.content)
        assert (found.pushed_by, found.pushed_at, found.pulled_at) == ("admin", NOW, NOW + 5)

        child = str(Digest.of(one.content))
        alone = ledger.images.facts(repository_id, child)
        assert alone is not None
        assert (alone.size, alone.signatures, alone.pulled_at) == (110 + len(content.CONFIG), 0, None)
        assert list(ledger.images.indexes(repository_id, child, limit=9)) == [digest]
        assert list(ledger.images.tags(repository_id, digest, limit=9)) == ["a", "b"]
        assert len(ledger.images.tags(repository_id, digest, limit=1)) == 1
        other = ensure(ledger, RepositoryName("crew/app"))
        assert ledger.images.facts(other, digest) is None
        assert ledger.images.tags(other, digest, limit=9) == ledger.images.indexes(other, child, limit=9) == []

    await records.write(story)


async def test_bounds(records: Records) -> None:
    """More parts than are added up have no sum; a large manifest's bytes are not brought along."""

    def story(ledger: Ledger) -> None:
        repository_id = ensure(ledger)
        fields = content.image_fields()
        fields["layers"] = [content.descriptor(str(number).encode()) for number in range(2001)]
        large = parse(json.dumps(fields).encode(), types.OCI_MANIFEST)
        put(ledger, repository_id, large, "large")
        found = ledger.images.facts(repository_id, str(Digest.of(large.content)))
        assert found is not None
        assert (found.size, found.content) == (None, None)

    await records.write(story)


async def test_who_moved_it(records: Records) -> None:
    """The last of them, and whether that deleted it."""

    def story(ledger: Ledger) -> None:
        repository_id = ensure(ledger)
        put(ledger, repository_id, manifest(), "v1")
        assert ledger.images.mover(repository_id, "v1") == ("admin", False)
        ledger.tags.delete(repository_id, Tag("v1"), by="ann", now=NOW)
        assert ledger.images.mover(repository_id, "v1") == ("ann", True)
        assert ledger.images.mover(repository_id, "v2") is None

    await records.write(story)


async def test_a_text_anywhere(records: Records) -> None:
    """In either case, by name, upwards and downwards, going on where a look ended."""

    def story(ledger: Ledger) -> None:
        repository_id = ensure(ledger)
        names = ["a-arm64", "b-amd64", "c-ARM64", "d-arm64"]
        made = manifest()
        put(ledger, repository_id, made, *names)
        digest = str(Digest.of(made.content))

        def names_of(found: list[TagRecord] | tuple[TagRecord, ...]) -> list[str]:
            assert all(tag.digest == digest for tag in found)
            return [tag.name for tag in found]

        found, upto = ledger.images.holding(repository_id, "arm64", Listing(9), most=9)
        assert (names_of([*found]), upto) == (["a-arm64", "c-ARM64", "d-arm64"], "")
        found, upto = ledger.images.holding(repository_id, "arm64", Listing(9, descending=True), most=9)
        assert names_of([*found]) == ["d-arm64", "c-ARM64", "a-arm64"]
        found, upto = ledger.images.holding(repository_id, "arm64", Listing(1), most=9)
        assert (names_of([*found]), upto) == (["a-arm64"], "a-arm64")
        found, upto = ledger.images.holding(repository_id, "arm64", Listing(9, after=upto), most=2)
        assert (names_of([*found]), upto) == (["c-ARM64"], "c-ARM64")

    await records.write(story)
