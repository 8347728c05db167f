"""What every store of blobs promises (`ports.blobs`)."""

from pathlib import Path
from time import time

import pytest

from moorage.adapters.disk.store import DiskBlobs
from moorage.adapters.memory import MemoryBlobs
from moorage.oci.digest import Algorithm, Digest
from moorage.oci.error import Code
from moorage.oci.span import Span
from moorage.ports.blobs import BlobStore, DigestMismatch, DraftBusy, DraftGone, StorageFailed, Stored
from tests.support.refused import refused

SHA256, SHA512 = Algorithm.SHA256, Algorithm.SHA512
SIZES = [0, 1, 5000, 1024 * 1024, 3 * 1024 * 1024 + 7]
"""Below, at and above the pieces in which a disk writes."""


def make(size: int) -> bytes:
    """Content of this many bytes, no two stretches of it alike."""
    return b"".join(number.to_bytes(4, "big") for number in range(size // 4 + 1))[:size]


async def keep(blobs: BlobStore, content: bytes, algorithm: Algorithm = SHA256) -> Stored:
    """Store it in one go."""
    draft = await blobs.draft("keep", algorithm=algorithm)
    await draft.write(content)
    stored = await draft.commit(Digest.of(content, algorithm))
    await draft.close()
    return stored


async def read(blobs: BlobStore, blob: Stored, start: int = 0, stop: int | None = None) -> bytes:
    """The blob's bytes within the span."""
    span = Span(start, blob.size if stop is None else stop)
    return b"".join([piece async for piece in blobs.read(blob, span)])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("algorithm", Algorithm)
async def test_kept_and_read(blobs: BlobStore, size: int, algorithm: Algorithm) -> None:
    """What was committed under its digest is found with its size and read byte for byte."""
    content = make(size)
    digest = Digest.of(content, algorithm)
    draft = await blobs.draft("one", algorithm=algorithm)
    for start in range(0, size, 700_001):
        await draft.write(content[start : start + 700_001])
    assert draft.received == size
    assert await draft.judge(digest) == size
    assert await blobs.find(digest, size) is None
    stored = await draft.commit(digest)
    await draft.close()
    assert (stored.digest, stored.size) == (digest, size)
    assert await blobs.find(digest, size) == stored
    assert await read(blobs, stored) == content
    assert await blobs.measure(stored) == digest
    assert await blobs.drafts() == []


@pytest.mark.parametrize("size", SIZES)
async def test_mismatch_keeps_nothing(blobs: BlobStore, size: int) -> None:
    """Content that is not what was expected is neither under the expected digest nor under its own."""
    content = make(size)
    expected = Digest.of(b"something else")
    draft = await blobs.draft("one", algorithm=SHA256)
    await draft.write(content)
    with refused(Code.DIGEST_INVALID, str(Digest.of(content))) as caught:
        await draft.commit(expected)
    assert isinstance(caught.value, DigestMismatch)
    await draft.drop()
    await draft.close()
    for digest in (expected, Digest.of(content)):
        assert await blobs.find(digest, size) is None
    assert await blobs.drafts() == []


@pytest.mark.parametrize("size", SIZES)
async def test_digest_of_another_algorithm(blobs: BlobStore, size: int) -> None:
    """The digest that is asked for at the end may be of another algorithm than the draft was begun with."""
    content = make(size)
    draft = await blobs.draft("one", algorithm=SHA256)
    await draft.write(content)
    await draft.settle()
    with pytest.raises(DigestMismatch):
        await draft.judge(Digest.of(b"x" + content, SHA512))
    stored = await draft.commit(Digest.of(content, SHA512))
    await draft.close()
    assert await blobs.find(Digest.of(content, SHA512), size) == stored
    assert await blobs.find(Digest.of(content, SHA256), size) is None


@pytest.mark.parametrize("known", [True, False], ids=["proven", "unproven"])
@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("size", SIZES[1:])
async def test_resume(blobs: BlobStore, size: int, algorithm: Algorithm, known: bool) -> None:  # noqa: FBT001
    """A draft that was closed goes on where it ended, whether or not its digest so far is remembered."""
    content, tail = make(size), b"the rest"
    draft = await blobs.draft("one", algorithm=algorithm)
    await draft.write(content)
    await draft.settle()
    proven = draft.proven
    assert proven is None or proven == Digest.of(content, proven.algorithm)
    await draft.close()
    assert [name for name, _ in await blobs.drafts()] == ["one"]

    draft = await blobs.draft("one", received=size, proven=proven if known else None, algorithm=algorithm)
    assert draft.received == size
    await draft.write(tail)
    stored = await draft.commit(Digest.of(content + tail, algorithm))
    await draft.close()
    assert await read(blobs, stored) == content + tail


@pytest.mark.parametrize("algorithm", Algorithm)
async def test_closing_without_more(blobs: BlobStore, algorithm: Algorithm) -> None:
    """A draft that needs no further byte is judged by what it holds, and a wrong digest is still refused."""
    content = make(2 * 1024 * 1024)
    draft = await blobs.draft("one", algorithm=algorithm)
    await draft.write(content)
    await draft.settle()
    proven = draft.proven
    await draft.close()
    draft = await blobs.draft("one", received=len(content), proven=proven, algorithm=algorithm)
    with pytest.raises(DigestMismatch):
        await draft.judge(Digest.of(b"other", algorithm))
    stored = await draft.commit(Digest.of(content, algorithm))
    await draft.close()
    assert await read(blobs, stored) == content


async def test_cut_back(blobs: BlobStore) -> None:
    """A draft that holds more than was recorded is cut to what was, and goes on from there."""
    draft = await blobs.draft("one", algorithm=SHA256)
    await draft.write(b"recorded, not recorded")
    await draft.close()
    draft = await blobs.draft("one", received=8, proven=None, algorithm=SHA256)
    assert draft.received == 8
    await draft.write(b" and more")
    stored = await draft.commit(Digest.of(b"recorded and more"))
    await draft.close()
    assert await blobs.find(stored.digest, 17) == stored
    assert await blobs.measure(stored) == stored.digest
    assert await read(blobs, stored) == b"recorded and more"


async def test_begun_again(blobs: BlobStore) -> None:
    """A draft of which nothing was recorded begins empty, whatever lies there."""
    draft = await blobs.draft("one", algorithm=SHA256)
    await draft.write(b"never recorded")
    await draft.close()
    draft = await blobs.draft("one", received=0, algorithm=SHA256)
    await draft.write(b"new")
    stored = await draft.commit(Digest.of(b"new"))
    await draft.close()
    assert await blobs.find(stored.digest, 3) == stored
    assert await blobs.measure(stored) == stored.digest
    assert await read(blobs, stored) == b"new"


async def test_gone(blobs: BlobStore) -> None:
    """A draft that is not there, or is shorter than what was recorded, is gone; its name stays usable."""
    with refused(Code.BLOB_UPLOAD_UNKNOWN) as caught:
        await blobs.draft("never", received=5, algorithm=SHA256)
    assert isinstance(caught.value, DraftGone)
    draft = await blobs.draft("one", algorithm=SHA256)
    await draft.write(b"abc")
    await draft.close()
    with pytest.raises(DraftGone):
        await blobs.draft("one", received=4, algorithm=SHA256)
    draft = await blobs.draft("one", received=3, algorithm=SHA256)
    assert draft.received == 3
    await draft.close()


async def test_one_holder(blobs: BlobStore) -> None:
    """Who comes while a draft is held is told that it is busy, also to discard it; when it is let go it is free."""
    first = await blobs.draft("one", algorithm=SHA256)
    await first.write(b"abc")
    with refused(Code.UPLOAD_BUSY) as caught:
        await blobs.draft("one", received=3, algorithm=SHA256)
    assert isinstance(caught.value, DraftBusy)
    assert caught.value.retry_after
    with pytest.raises(DraftBusy):
        await blobs.discard("one")
    other = await blobs.draft("two", algorithm=SHA256)
    await other.close()
    await first.close()
    second = await blobs.draft("one", received=3, algorithm=SHA256)
    assert second.received == 3
    await second.close()


@pytest.mark.parametrize("size", SIZES)
async def test_drop(blobs: BlobStore, size: int) -> None:
    """A dropped draft leaves nothing, also when it is closed afterwards."""
    draft = await blobs.draft("one", algorithm=SHA256)
    await draft.write(make(size))
    await draft.drop()
    await draft.close()
    assert await blobs.drafts() == []
    if size:
        with pytest.raises(DraftGone):
            await blobs.draft("one", received=size, algorithm=SHA256)


async def test_drop_after_commit(blobs: BlobStore) -> None:
    """After a commit neither drop nor close touches what was kept."""
    draft = await blobs.draft("one", algorithm=SHA256)
    await draft.write(b"kept")
    stored = await draft.commit(Digest.of(b"kept"))
    await draft.drop()
    await draft.close()
    await draft.close()
    assert await blobs.find(Digest.of(b"kept"), 4) == stored
    assert await read(blobs, stored) == b"kept"


async def test_discard(blobs: BlobStore) -> None:
    """A discarded draft is gone; discarding what is not there is no fault."""
    draft = await blobs.draft("one", algorithm=SHA256)
    await draft.write(b"abc")
    await draft.close()
    await blobs.discard("one")
    await blobs.discard("one")
    await blobs.discard("never")
    assert await blobs.drafts() == []
    with pytest.raises(DraftGone):
        await blobs.draft("one", received=3, algorithm=SHA256)


async def test_listing_of_drafts(blobs: BlobStore) -> None:
    """Drafts are listed with the time of their last write."""
    for name in ("one", "two"):
        draft = await blobs.draft(name, algorithm=SHA256)
        await draft.write(b"abc")
        await draft.close()
    found = dict(await blobs.drafts())
    assert set(found) == {"one", "two"}
    assert all(abs(time() - touched) < 600 for touched in found.values())


async def test_find(blobs: BlobStore) -> None:
    """A blob is found by its digest and size only; one of another size counts as missing."""
    await keep(blobs, b"content")
    assert await blobs.find(Digest.of(b"content"), 7) is not None
    assert await blobs.find(Digest.of(b"content"), 6) is None
    assert await blobs.find(Digest.of(b"content"), 8) is None
    assert await blobs.find(Digest.of(b"other"), 7) is None


async def test_the_same_again(blobs: BlobStore) -> None:
    """Committing content that is there already is no fault and changes nothing that is read."""
    first = await keep(blobs, b"content")
    assert await keep(blobs, b"content") == first
    assert await read(blobs, first) == b"content"


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 1), (0, 700_000), (1, 2), (262_143, 262_145), (699_999, 700_000), (100, 600_000)]
)
async def test_spans(blobs: BlobStore, start: int, stop: int) -> None:
    """A span is read exactly, across the pieces in which a store reads."""
    content = make(700_000)
    stored = await keep(blobs, content)
    assert await read(blobs, stored, start, stop) == content[start:stop]


async def test_glance(blobs: BlobStore) -> None:
    """A glance gives the whole content or nothing, and of a missing blob nothing."""
    stored = await keep(blobs, b"small")
    assert blobs.glance(stored.digest, stored.size) in {b"small", None}
    await blobs.remove(stored.digest)
    assert blobs.glance(stored.digest, stored.size) is None


async def test_glance_compares(blobs: BlobStore) -> None:
    """A glance at bytes that are not what their digest says is refused."""
    stored = await keep(blobs, b"small")
    if isinstance(blobs, MemoryBlobs):
        blobs.kept[stored.digest] = b"Small"
    else:
        assert isinstance(blobs, DiskBlobs)
        Path(blobs._path(stored.digest)).write_bytes(b"Small")  # noqa: ASYNC240 - a test may wait
    with pytest.raises(DigestMismatch):
        blobs.glance(stored.digest, stored.size)


async def test_remove(blobs: BlobStore) -> None:
    """A removed blob is missing; removing it again is no fault, and who then reads hears of a failed storage."""
    stored = await keep(blobs, b"content")
    await blobs.remove(stored.digest)
    await blobs.remove(stored.digest)
    assert await blobs.find(stored.digest, stored.size) is None
    with pytest.raises(StorageFailed):
        await read(blobs, stored)
    with pytest.raises(StorageFailed):
        await blobs.measure(stored)


async def test_check(blobs: BlobStore) -> None:
    """A store that works says so, and leaves no trace of having tried."""
    await blobs.check()
    assert await blobs.drafts() == []


async def test_space(blobs: BlobStore) -> None:
    """How much there is, where that can be known; never more free than there is."""
    space = await blobs.space()
    assert space is None or 0 <= space.free <= space.all
