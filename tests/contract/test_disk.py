"""What the disk promises beyond the port: several processes on one folder, noticed damage, few kinds of files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from moorage.adapters.disk.store import DiskBlobs
from moorage.oci.digest import Algorithm, Digest
from moorage.oci.span import Span
from moorage.ports.blobs import DigestMismatch, DraftBusy, StorageFailed, Stored

SHA256 = Algorithm.SHA256
PIECE = b"x" * (1024 * 1024)


@pytest.fixture
def pair(tmp_path: Path, impatient: None) -> Iterator[tuple[DiskBlobs, DiskBlobs]]:  # noqa: ARG001
    """Two stores on one folder, as two processes have them."""
    DiskBlobs.prepare(tmp_path)
    one, two = DiskBlobs(tmp_path), DiskBlobs(tmp_path)
    yield one, two
    one.close()
    two.close()


async def keep(blobs: DiskBlobs, content: bytes) -> Stored:
    """Store it in one go."""
    draft = await blobs.draft("keep", algorithm=SHA256)
    await draft.write(content)
    stored = await draft.commit(Digest.of(content))
    await draft.close()
    return stored


def file_of(store: DiskBlobs, blob: Stored) -> Path:
    """The file of a blob."""
    return Path(store._path(blob.digest))


def files_below(folder: Path) -> list[Path]:
    """Every file, however deep."""
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_one_holder_among_processes(pair: tuple[DiskBlobs, DiskBlobs]) -> None:
    """A draft that another process holds can be neither taken nor discarded; afterwards it goes on anywhere."""
    one, two = pair
    held = await one.draft("draft", algorithm=SHA256)
    await held.write(PIECE)
    await held.settle()
    with pytest.raises(DraftBusy):
        await two.draft("draft", received=len(PIECE), algorithm=SHA256)
    with pytest.raises(DraftBusy):
        await two.discard("draft")
    await held.close()
    taken = await two.draft("draft", received=len(PIECE), proven=held.proven, algorithm=SHA256)
    await taken.write(b"tail")
    stored = await taken.commit(Digest.of(PIECE + b"tail"))
    await taken.close()
    assert await one.find(stored.digest, stored.size) == stored


async def test_a_remembered_hash_is_not_of_other_bytes(pair: tuple[DiskBlobs, DiskBlobs]) -> None:
    """A process that hashed a draft's beginning does not trust its hash when another process went on with it."""
    one, two = pair
    draft = await one.draft("draft", algorithm=SHA256)
    await draft.write(PIECE)
    await draft.close()
    draft = await two.draft("draft", received=len(PIECE), algorithm=SHA256)
    await draft.write(b"two")
    await draft.close()
    draft = await one.draft("draft", received=len(PIECE) + 3, algorithm=SHA256)
    await draft.write(b"three")
    stored = await draft.commit(Digest.of(PIECE + b"two" + b"three"))
    await draft.close()
    assert await one.measure(stored) == stored.digest


async def test_a_remembered_hash_of_as_many_bytes(pair: tuple[DiskBlobs, DiskBlobs]) -> None:
    """A hash of bytes that were never recorded does not vouch for as many others that another process wrote."""
    one, two = pair
    draft = await one.draft("draft", algorithm=SHA256)
    await draft.write(PIECE + b"abc")
    await draft.close()
    draft = await two.draft("draft", received=len(PIECE), algorithm=SHA256)
    await draft.write(b"xyz")
    await draft.settle()
    proven = draft.proven
    await draft.close()
    draft = await one.draft("draft", received=len(PIECE) + 3, proven=proven, algorithm=SHA256)
    with pytest.raises(DigestMismatch):
        await draft.judge(Digest.of(PIECE + b"abc"))
    assert await draft.judge(Digest.of(PIECE + b"xyz")) == len(PIECE) + 3
    await draft.close()


async def test_damage_is_noticed(pair: tuple[DiskBlobs, DiskBlobs]) -> None:
    """A file cut short counts as missing and ends a read as failed; one with other bytes measures otherwise."""
    blobs, _ = pair
    stored = await keep(blobs, PIECE)
    file_of(blobs, stored).chmod(0o640)
    file_of(blobs, stored).write_bytes(b"y" + PIECE[1:])
    assert await blobs.find(stored.digest, stored.size) is not None
    assert await blobs.measure(stored) != stored.digest
    file_of(blobs, stored).write_bytes(PIECE[:-1])
    assert await blobs.find(stored.digest, stored.size) is None
    with pytest.raises(StorageFailed):
        async for _ in blobs.read(stored, Span(0, stored.size)):
            pass


async def test_files(pair: tuple[DiskBlobs, DiskBlobs], tmp_path: Path) -> None:
    """A blob is one file named by its digest; nothing else is left in the folders."""
    blobs, _ = pair
    stored = await keep(blobs, b"content")
    await blobs.check()
    expected = tmp_path / "blobs" / "sha256" / stored.digest.hex[:2] / stored.digest.hex
    assert files_below(tmp_path) == [expected]
    assert file_of(blobs, stored) == expected
    assert expected.read_bytes() == b"content"


async def test_a_reader_outlives_removal(pair: tuple[DiskBlobs, DiskBlobs]) -> None:
    """Who reads a blob while it is removed reads it to its end."""
    blobs, _ = pair
    stored = await keep(blobs, PIECE)
    pieces = blobs.read(stored, Span(0, stored.size))
    read = [await anext(pieces)]
    await blobs.remove(stored.digest)
    read += [piece async for piece in pieces]
    assert b"".join(read) == PIECE


async def test_a_folder_that_is_gone(pair: tuple[DiskBlobs, DiskBlobs], tmp_path: Path) -> None:
    """A store whose folder cannot be written to fails as storage, not as a fault."""
    blobs, _ = pair
    (tmp_path / "uploads").rmdir()
    with pytest.raises(StorageFailed):
        await blobs.check()
    with pytest.raises(StorageFailed):
        await blobs.drafts()
