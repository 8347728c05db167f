"""Where blobs' bytes are kept: named by digest, written once, shared by all repositories.

A blob cannot be stored without saying what it must be: a draft takes bytes, `commit(expected)` judges them. What a
store cannot do it says as a refusal, in words that may reach a person; the cause goes along for the log.
"""

from collections.abc import AsyncIterator
from typing import NamedTuple, Protocol

from moorage.oci.digest import Algorithm, Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.span import Span


class DigestMismatch(Refusal):
    """The bytes of a draft are not what was expected; nothing was kept under the expected name."""

    def __init__(self, expected: Digest, found: Digest) -> None:
        super().__init__(
            Code.DIGEST_INVALID,
            f"the content received has the digest {found}, not {expected}; nothing was kept, push it again",
        )


class StorageFull(Refusal):
    """There is no room, or no quota of the operating system, for more bytes."""

    def __init__(self) -> None:
        super().__init__(
            Code.STORAGE_FULL,
            "the registry's storage is full: nothing was kept; its operator has to make room, then push again",
        )


class StorageFailed(Refusal):
    """The storage could not keep or give bytes: broken, read-only or out of reach."""

    def __init__(self) -> None:
        super().__init__(
            Code.UNAVAILABLE,
            "the registry's storage failed: what was answered before is safe; try again, and tell its operator",
            retry_after=5,
        )


class DraftBusy(Refusal):
    """Another request holds this draft."""

    def __init__(self) -> None:
        super().__init__(Code.UPLOAD_BUSY, retry_after=1)


class DraftGone(Refusal):
    """There is no such draft, or it holds fewer bytes than it should."""

    def __init__(self) -> None:
        super().__init__(Code.BLOB_UPLOAD_UNKNOWN, "the bytes of this upload are gone; start a new one")


class Stored(NamedTuple):
    """A blob that can be read, and its size in bytes."""

    digest: Digest
    size: int


class Space(NamedTuple):
    """Bytes that the store may still take, and that it has room for in all."""

    free: int
    all: int


class Draft(Protocol):
    """Bytes on their way. One holder at a time; `close` keeps what was written for a later request."""

    @property
    def received(self) -> int:
        """Bytes written so far, those of earlier holders included."""

    @property
    def proven(self) -> Digest | None:
        """The digest of the bytes written so far, if it is known without reading them again."""

    async def write(self, piece: bytes) -> None:
        """Append. May return before the bytes are stored; a later verb raises what went wrong."""

    async def settle(self) -> None:
        """Wait until all that was written is stored (not: safe from a power cut)."""

    async def judge(self, expected: Digest) -> int:
        """How many bytes it has, if they are what was expected; raises DigestMismatch."""

    async def commit(self, expected: Digest) -> Stored:
        """Make it the blob `expected`, safe from a power cut when this returns.

        Raises DigestMismatch and keeps the draft's bytes out of the store; StorageFull; StorageFailed.
        """

    async def drop(self) -> None:
        """Forget the bytes: this draft is over. Does nothing after `commit`."""

    async def close(self) -> None:
        """Let go of the draft; its bytes stay for the next holder. After `commit` and `drop` this does nothing."""


class BlobStore(Protocol):
    """A store of blobs and drafts."""

    async def draft(
        self, draft_id: str, *, received: int = 0, proven: Digest | None = None, algorithm: Algorithm
    ) -> Draft:
        """Take hold of a draft, made now if `received` is 0, else cut to its first `received` bytes.

        `proven` is the digest of these bytes if known. Raises DraftBusy, DraftGone, StorageFull, StorageFailed.
        """

    async def discard(self, draft_id: str) -> None:
        """Forget a draft; no matter if there is none. Raises DraftBusy."""

    async def drafts(self) -> list[tuple[str, float]]:
        """The drafts that exist, with the time of their last write in seconds since the epoch."""

    async def find(self, digest: Digest, size: int) -> Stored | None:
        """The blob, if it is there with this size; None if it is missing or cut short."""

    def glance(self, digest: Digest, size: int, *, vouch: bool = False) -> bytes | None:
        """All bytes of a small blob, if they can be had without waiting for a disk or a network; None if not.

        They were compared with the digest: raises DigestMismatch if the stored ones are others. With `vouch` the
        store itself was seen to hold them within the last second.
        """

    def read(self, blob: Stored, span: Span) -> AsyncIterator[bytes]:
        """Its bytes within the span, in pieces. Raises StorageFailed."""

    async def measure(self, blob: Stored) -> Digest:
        """Read it through: the digest that its bytes have now. Raises StorageFailed."""

    async def remove(self, digest: Digest) -> None:
        """Forget a blob; no matter if there is none."""

    async def space(self) -> Space | None:
        """How much room there is; None where nobody can tell."""

    async def check(self) -> None:
        """Raise StorageFull or StorageFailed if nothing could be written now."""
