"""Blobs as files: `blobs/sha256/ab/…` named by digest, `uploads/…` named by upload session, nothing else."""

import asyncio
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TypeVar

from moorage.adapters.disk.draft import Berth, DiskDraft, Hashed
from moorage.adapters.disk.files import as_refusal, has_room, lock, sync_folder
from moorage.adapters.disk.shelf import Shelf
from moorage.oci.digest import Algorithm, Digest
from moorage.oci.error import Refusal
from moorage.oci.span import Span
from moorage.ports.blobs import DigestMismatch, DraftBusy, DraftGone, Space, StorageFailed, StorageFull, Stored

Outcome = TypeVar("Outcome")
THREADS = 24
"""Threads that hash, write and fsync; fsyncs of several pushes go together in the kernel."""
PIECE, SMALL_PIECE = 256 * 1024, 32 * 1024
"""Bytes read at a time when a span of a blob is streamed."""
_PROOF = 4 * 1024 * 1024
"""Bytes after which a client has shown how quick it is: what the system's own buffers take says nothing."""
_QUICK = 0.005
"""Seconds within which a quick client has taken a piece."""
SHELF = 8 * 1024 * 1024
"""Bytes of small blobs that a process keeps at hand."""
FRESH = 1.0
"""Seconds for which the disk is trusted to hold what it was just seen to hold."""
_MOST_HASHES = 256
_PATIENCE = 20
_PAUSE = 0.1


class DiskBlobs:
    """See `ports.blobs.BlobStore`. Several processes may share the folder."""

    def __init__(self, folder: Path) -> None:
        self._top = f"{folder}/blobs"
        self._uploads = folder / "uploads"
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="disk")
        self._shelf = Shelf(SHELF)
        self._held: set[str] = set()
        self._hashes: OrderedDict[str, Hashed] = OrderedDict()

    @staticmethod
    def prepare(folder: Path) -> None:
        """Make the folders once, so that no push ever has to."""
        for top in (folder / "uploads", *(folder / "blobs" / algorithm.value for algorithm in Algorithm)):
            top.mkdir(parents=True, exist_ok=True)
            if top.name != "uploads":
                for number in range(256):
                    (top / f"{number:02x}").mkdir(exist_ok=True)
            sync_folder(top)
            sync_folder(top.parent)

    def close(self) -> None:
        """Wait for the threads."""
        self._pool.shutdown()

    async def draft(
        self, draft_id: str, *, received: int = 0, proven: Digest | None = None, algorithm: Algorithm
    ) -> DiskDraft:
        """One holder at a time: in this process by name, among processes by a lock on the file."""
        await self._hold(draft_id)
        hashed = self._hashes.pop(draft_id, None)
        if hashed is not None and (hashed.length != received or hashed.digest != proven):
            hashed = None  # of bytes that were never recorded: another process may have written others in their place
        berth = Berth(draft_id, self._uploads / draft_id, self._path, self._pool, self._leave)
        draft = DiskDraft(berth, algorithm, received, proven, hashed)
        if received or os.path.exists(berth.path):  # noqa: ASYNC240, PTH110 - a microsecond
            try:
                await _open_patiently(draft)
            except BaseException:
                await draft.close()
                raise
        return draft

    async def _hold(self, draft_id: str) -> None:
        for _ in range(_PATIENCE):  # a broken connection may take a moment to be noticed
            if draft_id not in self._held:
                self._held.add(draft_id)
                return
            await asyncio.sleep(_PAUSE)
        raise DraftBusy

    def _leave(self, draft_id: str, hashed: Hashed | None) -> None:
        self._held.discard(draft_id)
        if hashed is not None and hashed.length:
            self._hashes[draft_id] = hashed
            while len(self._hashes) > _MOST_HASHES:
                self._hashes.popitem(last=False)

    async def discard(self, draft_id: str) -> None:
        """Remove the file unless somebody holds it."""
        await self._hold(draft_id)
        try:
            self._hashes.pop(draft_id, None)
            await self._run(lambda: self._discard(draft_id))
        finally:
            self._held.discard(draft_id)

    def _discard(self, draft_id: str) -> None:
        path = self._uploads / draft_id
        try:
            file = lock(path)
        except DraftGone:
            return
        try:
            path.unlink(missing_ok=True)
        finally:
            os.close(file)

    async def drafts(self) -> list[tuple[str, float]]:
        """What lies in the folder of uploads."""

        def look() -> list[tuple[str, float]]:
            found = []
            with os.scandir(self._uploads) as entries:
                for entry in entries:
                    with suppress(FileNotFoundError):  # committed a moment ago
                        if entry.is_file():
                            found.append((entry.name, entry.stat().st_mtime))
            return found

        return await self._run(look)

    async def find(self, digest: Digest, size: int) -> Stored | None:
        """One stat: a file of another size is as good as none."""
        return Stored(digest, size) if self._holds(digest, size) else None

    def _holds(self, digest: Digest, size: int) -> bool:
        try:
            return os.stat(self._path(digest)).st_size == size  # noqa: PTH116 - twice as fast as Path.stat
        except FileNotFoundError:
            return False
        except OSError as error:
            raise as_refusal(error) from error

    def glance(self, digest: Digest, size: int, *, vouch: bool = False) -> bytes | None:
        """From the shelf, or of a file that is in the page cache: the kernel is told not to wait for the disk."""
        kept = self._shelf.find(digest)
        if kept is None:
            return self._put_on_shelf(digest, size)
        if vouch and (now := monotonic()) - kept.seen > FRESH:
            if not self._holds(digest, size):
                self._shelf.drop(digest)
                return None
            kept.seen = now
        return kept.content

    def _put_on_shelf(self, digest: Digest, size: int) -> bytes | None:
        content = self._read_now(digest, size)
        if content is not None:
            found = Digest.of(content, digest.algorithm)
            if found != digest:
                raise DigestMismatch(digest, found)
            self._shelf.keep(digest, content, monotonic())
        return content

    def _read_now(self, digest: Digest, size: int) -> bytes | None:
        content = bytearray(size)
        try:
            file = os.open(self._path(digest), os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            return bytes(content) if os.preadv(file, [content], 0, os.RWF_NOWAIT) == size else None
        except OSError:
            return None
        finally:
            os.close(file)

    async def read(self, blob: Stored, span: Span) -> AsyncIterator[bytes]:
        """Piece after piece: large ones to who takes them quickly, small ones to who keeps several of them waiting.

        What the page cache holds is read at once: that takes less time than asking a thread would.
        """
        file = await self._run(lambda: os.open(self._path(blob.digest), os.O_RDONLY | os.O_CLOEXEC))
        clock = asyncio.get_running_loop().time
        try:
            offset, given_at = span.start, clock()
            while offset < span.stop:
                is_quick = offset - span.start >= _PROOF and clock() - given_at < _QUICK
                length = min(PIECE if is_quick else SMALL_PIECE, span.stop - offset)
                if _is_cached(file, offset) and _is_cached(file, offset + length - 1):
                    piece = os.pread(file, length, offset)
                else:
                    piece = await self._run(partial(os.pread, file, length, offset))
                if not piece:
                    raise StorageFailed
                given_at = clock()
                yield piece
                offset += len(piece)
        finally:
            os.close(file)

    async def measure(self, blob: Stored) -> Digest:
        """Hash the whole file in a thread."""

        def work() -> Digest:
            hashed = Hashed.fresh(blob.digest.algorithm)
            with Path(self._path(blob.digest)).open("rb", buffering=0) as file:
                while piece := file.read(4 * PIECE):
                    hashed.take(piece)
            return hashed.digest

        return await self._run(work)

    async def remove(self, digest: Digest) -> None:
        """Unlink; the space comes back when the last reader is done."""
        self._shelf.drop(digest)
        await self._run(lambda: Path(self._path(digest)).unlink(missing_ok=True))

    async def space(self) -> Space | None:
        """As the file system counts, without what it keeps for root."""

        def work() -> Space | None:
            disk = os.statvfs(self._uploads)
            free = disk.f_bavail * disk.f_frsize
            used = (disk.f_blocks - disk.f_bfree) * disk.f_frsize
            return Space(free, free + used) if disk.f_blocks else None

        return await self._run(work)

    async def check(self) -> None:
        """Write, and look how much room is left."""

        def work() -> None:
            probe = self._uploads / f".probe-{os.getpid()}"
            probe.write_bytes(b"probe")
            probe.unlink(missing_ok=True)
            if not has_room(os.statvfs(self._uploads)):
                raise StorageFull

        await self._run(work)

    def _path(self, digest: Digest) -> str:
        algorithm, _, encoded = digest.text.partition(":")
        return f"{self._top}/{algorithm}/{encoded[:2]}/{encoded}"

    async def _run(self, work: Callable[[], Outcome]) -> Outcome:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        except Refusal:
            raise
        except OSError as error:
            raise as_refusal(error) from error


def _is_cached(file: int, offset: int) -> bool:
    """Can this byte be read without waiting for the disk?"""
    try:
        return os.preadv(file, [bytearray(1)], offset, os.RWF_NOWAIT) == 1
    except OSError:
        return False


async def _open_patiently(draft: DiskDraft) -> None:
    """Another process may still serve a connection that broke."""
    for _ in range(_PATIENCE):
        try:
            await draft.open()
        except DraftBusy:
            await asyncio.sleep(_PAUSE)
        else:
            return
    raise DraftBusy
