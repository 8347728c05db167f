"""Calls on files that fail: whoever pushes is told, nothing half becomes visible, and the next push works."""

import os

import pytest

from moorage.adapters.disk import draft, files
from moorage.oci.digest import Digest
from moorage.oci.error import Code
from moorage.service.push_blob import Body
from tests.durability.support.faults import DISK_BROKEN, DISK_FULL, DISK_READ_ONLY, Fault
from tests.durability.support.house import ADMIN, NAME, House, pieces
from tests.support.refused import refused

SMALL = b"small" * 100
LARGE = b"large piece" * 500_000
DIGEST = Digest.of(LARGE)


def put_fault(monkeypatch: pytest.MonkeyPatch, name: str, error: OSError) -> Fault:
    """Into a call of `os`."""
    fault = Fault(getattr(os, name), error)
    monkeypatch.setattr(os, name, fault)
    return fault


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize(
    ("call", "error", "code"),
    [
        ("fsync", DISK_BROKEN, Code.UNAVAILABLE),
        ("fsync", DISK_FULL, Code.STORAGE_FULL),
        ("rename", DISK_READ_ONLY, Code.UNAVAILABLE),
        ("rename", DISK_FULL, Code.STORAGE_FULL),
        ("pwritev", DISK_BROKEN, Code.UNAVAILABLE),
        ("pwritev", DISK_FULL, Code.STORAGE_FULL),
        ("pwritev", DISK_READ_ONLY, Code.UNAVAILABLE),
    ],
)
async def test_a_push(
    house: House, monkeypatch: pytest.MonkeyPatch, call: str, error: OSError, code: Code, content: bytes
) -> None:
    """A push during which a call fails is refused with its reason; the blob is unknown, and a later push keeps it."""
    await house.keep(b"another")
    fault = put_fault(monkeypatch, call, error)
    fault.left = 1
    with refused(code):
        await house.keep(content)
    assert fault.left == 0
    with refused(Code.BLOB_UNKNOWN):
        await house.read(Digest.of(content))
    assert await house.read(await house.keep(content)) == content


async def test_the_folders_fsync(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """When only the folder's fsync fails the name may be lost by a power cut: the push is refused all the same."""
    fault = Fault(files.sync_folder, DISK_BROKEN)
    monkeypatch.setattr(draft, "sync_folder", fault)
    fault.left = 1
    with refused(Code.UNAVAILABLE):
        await house.keep(SMALL)
    with refused(Code.BLOB_UNKNOWN):
        await house.read(Digest.of(SMALL))
    assert await house.read(await house.keep(SMALL)) == SMALL


async def test_an_fsync_is_never_tried_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failed fsync nobody knows what the file holds: its bytes are gone, and the upload has to begin anew."""
    upload = await house.append(await house.begin(), LARGE)
    put_fault(monkeypatch, "fsync", DISK_BROKEN).left = 1
    with refused(Code.UNAVAILABLE):
        await house.push.finish(ADMIN, NAME, upload.id, Body(pieces()), DIGEST)
    with refused(Code.BLOB_UPLOAD_UNKNOWN, "gone"):
        await house.push.finish(ADMIN, NAME, upload.id, Body(pieces()), DIGEST)


async def test_a_stream_that_finds_no_room(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload that ran out of room ends, and gives back the room that it took."""
    upload = await house.append(await house.begin(), LARGE)
    put_fault(monkeypatch, "pwritev", DISK_FULL).left = 1
    with refused(Code.STORAGE_FULL):
        await house.append(upload, LARGE)
    assert not house.draft_file(upload.id).exists()
    with refused(Code.BLOB_UPLOAD_UNKNOWN):
        await house.push.status(ADMIN, NAME, upload.id)


@pytest.mark.parametrize("failing", [1, 2, 3])
async def test_a_stream_goes_on(house: House, monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
    """A stream during which the disk failed is refused; from the place that the upload tells it goes on, to the end."""
    upload = await house.append(await house.begin(), LARGE[:1000])
    fault = put_fault(monkeypatch, "pwritev", DISK_BROKEN)
    fault.left = failing
    parts = [LARGE[start : start + 300_000] for start in range(1000, len(LARGE), 300_000)]
    with refused(Code.UNAVAILABLE):
        await house.push.append(ADMIN, NAME, upload.id, Body(pieces(*parts)))
    fault.left = 0
    found = await house.push.status(ADMIN, NAME, upload.id)
    assert 1000 <= found.received < len(LARGE)
    await house.push.finish(ADMIN, NAME, upload.id, Body(pieces(LARGE[found.received :])), DIGEST)
    assert await house.read(DIGEST) == LARGE


async def test_in_which_order(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes are safe before they have a name, the name before anybody knows of it; before all, the intent."""
    told: list[str] = []

    def note(name: str, word: str) -> None:
        real = getattr(os, name)

        def noted(*given: object, **named: object) -> object:
            told.append(word if name != "fsync" or os.path.isfile(f"/proc/self/fd/{given[0]}") else "fsync folder")  # noqa: PTH113
            return real(*given, **named)

        monkeypatch.setattr(os, name, noted)

    for name, word in (("pwritev", "write"), ("fsync", "fsync file"), ("rename", "rename")):
        note(name, word)
    write = house.records.write

    async def noted_write(story: object, *, durable: bool = True, **more: object) -> object:
        told.append("record" if durable else "note")
        return await write(story, durable=durable, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(house.records, "write", noted_write)
    await house.keep(SMALL)
    assert told == ["note", "note", "write", "fsync file", "rename", "fsync folder", "record"]


async def test_a_blob_that_cannot_be_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails to say what it has is no reason to call a blob damaged: the answer is to try again."""
    digest = await house.keep(LARGE)
    fault = put_fault(monkeypatch, "stat", DISK_BROKEN)
    fault.left = 1
    with refused(Code.UNAVAILABLE):
        await house.fetch(ADMIN, NAME, digest)
    assert await house.read(digest) == LARGE
    assert house.blob_file(digest).exists()
