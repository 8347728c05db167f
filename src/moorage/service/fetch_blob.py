"""Somebody asks for a blob."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName
from moorage.oci.span import Span
from moorage.ports.blobs import BlobStore, Stored
from moorage.ports.clock import Clock
from moorage.ports.records import Records
from moorage.rules import access
from moorage.rules.access import Action, Identity
from moorage.rules.facts import BlobRecord

SMALL = 64 * 1024
"""Bytes up to which a blob is answered from memory instead of by sending a file."""


@dataclass(frozen=True, slots=True)
class FetchBlob:
    """The blob, read through the repository's own link; content that is known to be damaged is not served."""

    records: Records
    blobs: BlobStore
    clock: Clock

    async def __call__(self, who: Identity, name: RepositoryName, digest: Digest) -> Stored:
        """Raises UNAUTHORIZED, DENIED, NAME_UNKNOWN, BLOB_UNKNOWN; the last also for damaged content.

        Damaged content counts as missing so that a client that pushes it again heals it.
        """
        place, record = await self.records.read(lambda ledger: ledger.blobs.find(name, digest))
        access.require(who, Action.PULL, place)
        if not place.exists:
            raise Refusal(Code.NAME_UNKNOWN, f"there is no repository {name}")
        if record is None:
            raise Refusal(Code.BLOB_UNKNOWN, f"{name} has no blob {digest}", detail={"digest": str(digest)})
        stored = None if record.damaged else await self.blobs.find(digest, record.size)
        if stored is None and not record.damaged:
            stored = await self._look_again(record)
        if stored is None:
            raise Refusal(
                Code.BLOB_UNKNOWN,
                f"the stored content of {digest} is damaged: push the image again to mend it, and tell the operator",
                detail={"digest": str(digest), "damaged": True},
            )
        return stored

    async def _look_again(self, record: BlobRecord) -> Stored | None:
        """It seems damaged. Unless somebody is mending it right now, note that it is."""
        now = self.clock()
        stored = await self.blobs.find(record.digest, record.size)
        if stored is None:
            with suppress(Refusal):  # where nothing can be written now, the next reader notes it
                await self.records.write(lambda ledger: ledger.blobs.condemn(record.digest, now=now))
        return stored

    def glance(self, blob: Stored) -> bytes | None:
        """All its bytes, if it is small and they are at hand."""
        return self.blobs.glance(blob) if blob.size <= SMALL else None

    def read(self, blob: Stored, span: Span) -> AsyncIterator[bytes]:
        """Its bytes within the span, in pieces."""
        return self.blobs.read(blob, span)
