"""Blobs in memory: for fast tests beside the real ones, held to the same contract."""

import asyncio
from collections.abc import AsyncIterator
from time import time

from moorage.oci.digest import Algorithm, Digest
from moorage.oci.span import Span
from moorage.ports.blobs import DigestMismatch, DraftBusy, DraftGone, Space, StorageFailed, Stored


class MemoryDraft:
    """See `ports.blobs.Draft`."""

    def __init__(self, store: "MemoryBlobs", draft_id: str, content: bytearray) -> None:
        self._store = store
        self._id = draft_id
        self._content = content
        self._open = True

    @property
    def received(self) -> int:
        """Bytes so far."""
        return len(self._content)

    @property
    def proven(self) -> Digest | None:
        """Always known: memory is quick to read."""
        return Digest.of(bytes(self._content))

    async def write(self, piece: bytes) -> None:
        """Append."""
        self._content += piece

    async def settle(self) -> None:
        """Nothing is ever under way."""

    async def judge(self, expected: Digest) -> int:
        """Compare."""
        found = Digest.of(bytes(self._content), expected.algorithm)
        if found != expected:
            raise DigestMismatch(expected, found)
        return self.received

    async def commit(self, expected: Digest) -> Stored:
        """Keep."""
        size = await self.judge(expected)
        self._store.kept[expected] = bytes(self._content)
        self._store.under_way.pop(self._id, None)
        return Stored(expected, size)

    async def drop(self) -> None:
        """Forget."""
        self._store.under_way.pop(self._id, None)

    async def close(self) -> None:
        """Let go."""
        if self._open:
            self._open = False
            self._store.held.discard(self._id)


class MemoryBlobs:
    """See `ports.blobs.BlobStore`."""

    def __init__(self) -> None:
        self.kept: dict[Digest, bytes] = {}
        self.under_way: dict[str, tuple[bytearray, float]] = {}
        self.held: set[str] = set()

    async def draft(
        self,
        draft_id: str,
        *,
        received: int = 0,
        proven: Digest | None = None,  # noqa: ARG002 - the port's promise
        algorithm: Algorithm,  # noqa: ARG002 - the port's promise
    ) -> MemoryDraft:
        """Take hold."""
        if draft_id in self.held:
            raise DraftBusy
        content = self.under_way.get(draft_id, (bytearray(), 0.0))[0]
        if len(content) < received:
            raise DraftGone
        del content[received:]
        self.under_way[draft_id] = (content, time())
        self.held.add(draft_id)
        return MemoryDraft(self, draft_id, content)

    async def discard(self, draft_id: str) -> None:
        """Forget."""
        if draft_id in self.held:
            raise DraftBusy
        self.under_way.pop(draft_id, None)

    async def drafts(self) -> list[tuple[str, float]]:
        """All of them."""
        return [(draft_id, touched) for draft_id, (_, touched) in self.under_way.items()]

    async def find(self, digest: Digest, size: int) -> Stored | None:
        """The blob."""
        content = self.kept.get(digest)
        return Stored(digest, size) if content is not None and len(content) == size else None

    def glance(self, digest: Digest, size: int, *, vouch: bool = False) -> bytes | None:  # noqa: ARG002 - always
        """Memory never waits."""
        content = self.kept.get(digest)
        if content is None or len(content) != size:
            return None
        found = Digest.of(content, digest.algorithm)
        if found != digest:
            raise DigestMismatch(digest, found)
        return content

    async def read(self, blob: Stored, span: Span) -> AsyncIterator[bytes]:
        """In two pieces, as a real store would give several."""
        content = self._kept(blob)[span.start : span.stop]
        middle = len(content) // 2
        for piece in (content[:middle], content[middle:]):
            await asyncio.sleep(0)
            if piece:
                yield piece

    async def measure(self, blob: Stored) -> Digest:
        """Hash it."""
        return Digest.of(self._kept(blob), blob.digest.algorithm)

    async def remove(self, digest: Digest) -> None:
        """Forget."""
        self.kept.pop(digest, None)

    async def space(self) -> Space | None:
        """Nobody knows."""
        return None

    async def check(self) -> None:
        """Memory always works."""

    def _kept(self, blob: Stored) -> bytes:
        content = self.kept.get(blob.digest)
        if content is None:
            raise StorageFailed
        return content
