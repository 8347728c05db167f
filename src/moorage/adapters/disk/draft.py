"""A draft as a file that grows, hashed on the way by a worker thread while the next piece arrives."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from moorage.adapters.disk.files import as_refusal, lock, sync_folder, write_all
from moorage.oci.digest import Algorithm, Digest
from moorage.oci.error import Refusal
from moorage.ports.blobs import DigestMismatch, DraftGone, Stored

if TYPE_CHECKING:
    from hashlib import _Hash

Outcome = TypeVar("Outcome")
PIECE = 1024 * 1024
"""Bytes that are hashed and written in one go; at most two pieces of a draft are in memory."""
FLUSH = 16 * 1024 * 1024
"""Bytes after which the kernel is asked to begin writing, so that the last fsync has little left to do."""
_READ = 4 * 1024 * 1024
_FEW = 4


@dataclass(slots=True)
class Hashed:
    """A running hash and how many bytes went into it."""

    algorithm: Algorithm
    state: "_Hash"
    length: int = 0

    @classmethod
    def fresh(cls, algorithm: Algorithm) -> "Hashed":
        """Of no bytes yet."""
        return cls(algorithm, hashlib.new(algorithm.value))

    def take(self, piece: bytes) -> None:
        """Go on with these bytes."""
        self.state.update(piece)
        self.length += len(piece)

    @property
    def digest(self) -> Digest:
        """Of all bytes so far."""
        return Digest(f"{self.algorithm.value}:{self.state.hexdigest()}")


@dataclass(frozen=True, slots=True)
class Berth:
    """Where a draft lies, where it will go, who does the slow work, and whom to tell when it is let go."""

    id: str
    path: Path
    target: Callable[[Digest], str]
    pool: Executor
    leave: Callable[[str, Hashed | None], None]


class DiskDraft:
    """See `ports.blobs.Draft`. A draft below one piece touches the disk only when it is committed or closed."""

    def __init__(
        self,
        berth: Berth,
        algorithm: Algorithm,
        received: int = 0,
        proven: Digest | None = None,
        hashed: Hashed | None = None,
    ) -> None:
        self._berth = berth
        self._received = received
        self._stored = received
        self._flushed = received
        self._proven = proven
        self._hashed = Hashed.fresh(algorithm) if received == 0 else hashed
        self._pieces: list[bytes] = []
        self._waiting = 0
        self._job: asyncio.Future[None] | None = None
        self._file: int | None = None
        self._surplus = 0
        self._broken: Refusal | None = None
        self._gone = False

    @property
    def received(self) -> int:
        """Bytes written so far."""
        return self._received

    @property
    def proven(self) -> Digest | None:
        """Known when settled, if every byte was hashed on the way or none came after those that were proven."""
        if self._hashed is not None and self._hashed.length == self._received:
            return self._hashed.digest
        return self._proven

    async def open(self) -> None:
        """Take the file that an earlier request left. What it holds beyond `received` is cut before a write."""
        await self._run(self._take)

    async def write(self, piece: bytes) -> None:
        """Hand a full piece to a thread; wait only if the one before is still under way."""
        self._pieces.append(piece)
        self._waiting += len(piece)
        self._received += len(piece)
        self._proven = None
        if self._waiting >= PIECE:
            await self._hand_over()

    async def settle(self) -> None:
        """Everything so far is in the file."""
        if self._pieces:
            await self._hand_over()
        await self._finish_job()

    async def judge(self, expected: Digest) -> int:
        """Compare; what was not hashed on the way is read again."""
        if not self._is_in_memory:
            await self.settle()
        found = await self._run(lambda: self._measure(expected.algorithm))
        if found != expected:
            raise DigestMismatch(expected, found)
        return self._received

    async def commit(self, expected: Digest) -> Stored:
        """Write what is left, fsync, rename to the digest, fsync the folder."""
        size = await self.judge(expected)
        target = self._berth.target(expected)
        try:
            await self._run(lambda: self._keep(target))
        except BaseException:
            # After a failed fsync nobody knows what the file holds: it must never be tried again.
            await self.drop()
            raise
        self._gone = True
        return Stored(expected, size)

    async def drop(self) -> None:
        """Unlink the file, if there is one."""
        if self._gone:
            return
        with suppress(Exception):
            await self._finish_job()
        self._gone = True
        self._pieces, self._waiting = [], 0
        if self._file is not None:
            with suppress(OSError):
                self._berth.path.unlink(missing_ok=True)

    async def close(self) -> None:
        """Keep what came and let go; after a failure the file is cut back to what is surely there."""
        try:
            with suppress(Exception):  # whoever wrote has been told already
                await self._finish_job()
            if self._pieces and not self._gone:
                await self.settle()
        finally:
            self._release()

    def _release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
        keep = None if self._gone or self._stored != self._received else self._hashed
        self._berth.leave(self._berth.id, keep)

    @property
    def _is_in_memory(self) -> bool:
        return self._stored == 0 and self._job is None and self._file is None

    async def _hand_over(self) -> None:
        await self._finish_job()
        pieces, self._pieces, self._waiting = self._pieces, [], 0
        self._job = asyncio.ensure_future(self._run(lambda: self._store(pieces)))

    async def _finish_job(self) -> None:
        if self._broken is not None:
            raise self._broken
        job, self._job = self._job, None
        if job is None:
            return
        try:
            await job
        except Refusal as refusal:
            # What came after the lost bytes must not take their place.
            self._broken = refusal
            self._pieces, self._waiting = [], 0
            self._received = self._stored
            raise

    async def _run(self, work: Callable[[], Outcome]) -> Outcome:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._berth.pool, work)
        except OSError as error:
            raise as_refusal(error) from error

    def _store(self, pieces: list[bytes]) -> None:
        file = self._ready()
        if len(pieces) > _FEW:  # each piece by itself would let go of Python's lock, and wait for it again
            pieces = [b"".join(pieces)]
        if self._hashed is not None:
            for piece in pieces:
                self._hashed.take(piece)
        self._stored += write_all(file, pieces, self._stored)
        if self._stored - self._flushed >= FLUSH:
            # On dirty pages DONTNEED begins to write them out and returns at once.
            os.posix_fadvise(file, self._flushed, self._stored - self._flushed, os.POSIX_FADV_DONTNEED)
            self._flushed = self._stored

    def _take(self) -> int:
        self._file = lock(self._berth.path)
        self._surplus = os.fstat(self._file).st_size - self._stored
        if self._surplus < 0:
            raise DraftGone
        return self._file

    def _ready(self) -> int:
        """The file, locked, and as long as what is stored."""
        if self._file is None:
            # There was no file when this draft began. If there is one now, another process was faster.
            self._file = lock(self._berth.path, create=True)
        if self._surplus:
            os.ftruncate(self._file, self._stored)
            self._surplus = 0
        return self._file

    def _measure(self, algorithm: Algorithm) -> Digest:
        if self._is_in_memory:
            hashed = Hashed.fresh(algorithm)
            for piece in self._pieces:
                hashed.take(piece)
            return hashed.digest
        for known in (self.proven, self._proven):
            if known is not None and known.algorithm is algorithm:
                return known
        return self._reread(algorithm)

    def _reread(self, algorithm: Algorithm) -> Digest:
        file = self._ready()
        hashed = Hashed.fresh(algorithm)
        while piece := os.pread(file, min(_READ, self._stored - hashed.length), hashed.length):
            hashed.take(piece)
        return hashed.digest

    def _keep(self, target: str) -> None:
        file = self._ready()
        if self._pieces:
            self._stored += write_all(file, self._pieces, self._stored)
            self._pieces, self._waiting = [], 0
        os.fsync(file)
        self._berth.path.rename(target)
        sync_folder(os.path.dirname(target))  # noqa: PTH120 - it is a text already
