"""What a manifest needs before it is taken, and what its pusher hears."""

import pytest

from moorage.oci import media_type as types
from moorage.oci.digest import Digest
from moorage.oci.error import Code
from moorage.oci.manifest import parse
from moorage.oci.reference import Tag
from moorage.rules import admission
from tests.support import content
from tests.support.refused import refused

LAYER = b"layer"
DIGEST = Digest.of(b"manifest")
FOREIGN = content.descriptor(b"foreign", "application/vnd.oci.image.layer.nondistributable.v1.tar")


def test_needed_blobs() -> None:
    """Config and layers are needed, each once; foreign layers, subject and an index's children are not."""
    fields = content.image_fields(LAYER, LAYER, subject=b"subject")
    fields["layers"].append(FOREIGN)
    image = parse(content.encode(fields), types.OCI_MANIFEST)
    assert admission.needed_blobs(image) == (Digest.of(content.CONFIG), Digest.of(LAYER))
    index = parse(content.index([b"child"]), types.OCI_INDEX)
    assert admission.needed_blobs(index) == ()


def test_missing_blobs() -> None:
    """Missing blobs refuse an image and are named; where sparse images are allowed they do not."""
    missing = [Digest.of(bytes([number])) for number in range(200)]
    admission.require_blobs([], sparse=False)
    admission.require_blobs(missing, sparse=True)
    with refused(Code.MANIFEST_BLOB_UNKNOWN, "and 195 more") as caught:
        admission.require_blobs(missing, sparse=False)
    assert caught.value.detail == {"digests": [str(digest) for digest in missing[:100]]}
    assert str(missing[0]) in caught.value.sentence
    with refused(Code.MANIFEST_BLOB_UNKNOWN) as caught:
        admission.require_blobs(missing[:5], sparse=False)
    assert "more" not in caught.value.sentence


def test_tags_of_a_push() -> None:
    """A push by tag sets this tag; one by digest those of its query, each once and in order."""
    assert admission.choose_tags(Tag("a"), []) == (Tag("a"),)
    assert admission.choose_tags(DIGEST, []) == ()
    assert admission.choose_tags(DIGEST, ["b", "a", "b"]) == (Tag("b"), Tag("a"))
    assert len(admission.choose_tags(DIGEST, [f"t{number}" for number in range(admission.MOST_TAGS)])) == 100


@pytest.mark.parametrize(
    ("reference", "extra", "code"),
    [
        (Tag("a"), ["b"], Code.TAG_INVALID),
        (Tag("a"), ["a"], Code.TAG_INVALID),
        (DIGEST, ["a", ".b"], Code.TAG_INVALID),
        (DIGEST, [""], Code.TAG_INVALID),
        (DIGEST, [f"t{number}" for number in range(101)], Code.TOO_MANY_TAGS),
        (DIGEST, ["same"] * 101, Code.TOO_MANY_TAGS),
    ],
)
def test_tags_refused(reference: Tag | Digest, extra: list[str], code: Code) -> None:
    """One bad tag refuses the whole push; more than 100 are too many."""
    with refused(code):
        admission.choose_tags(reference, extra)


def test_digest_of_the_address() -> None:
    """A push by digest must bring the content of this digest."""
    admission.require_digest(DIGEST, DIGEST)
    admission.require_digest(DIGEST, Tag("a"))
    with refused(Code.DIGEST_INVALID, str(DIGEST)):
        admission.require_digest(DIGEST, Digest.of(b"other"))


def test_warnings() -> None:
    """Sparse images, foreign layers and withdrawn forms are taken with a word; ordinary ones without."""
    ordinary = parse(content.image(LAYER), types.OCI_MANIFEST)
    assert admission.warnings(ordinary, []) == ()
    assert "2 blobs" in admission.warnings(ordinary, [DIGEST, Digest.of(LAYER)])[0]
    foreign = parse(content.encode(content.image_fields() | {"layers": [FOREIGN]}), types.OCI_MANIFEST)
    assert "non-distributable" in admission.warnings(foreign, [])[0]
    artifact = parse(b'{"blobs": []}', types.OCI_ARTIFACT)
    assert "withdrawn" in admission.warnings(artifact, [])[0]


def test_warnings_fit_their_header() -> None:
    """All warnings together stay below the specified 4096 bytes and need no escape in a quoted text."""
    fields = {"mediaType": types.OCI_ARTIFACT, "blobs": [FOREIGN]}
    told = admission.warnings(parse(content.encode(fields), types.OCI_ARTIFACT), [DIGEST] * 20_000)
    assert len(told) == 3
    assert sum(len(f'299 - "{sentence}"') for sentence in told) < 4096
    assert all(sentence.isascii() and sentence.isprintable() and not set('"\\') & set(sentence) for sentence in told)
