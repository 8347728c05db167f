"""Somebody asks for a blob."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName
from moorage.oci.span import Span
from moorage.ports.blobs import BlobStore, DigestMismatch, Stored
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records, RecordsFull, RecordsUnavailable
from moorage.rules import access
from moorage.rules.access import Identity
from moorage.rules.facts import BlobRecord
from moorage.rules.roles import Action

SMALL = 64 * 1024
"""Bytes up to which a blob is answered from memory instead of by sending a file."""
_RENEWED = 1.0
"""Seconds for which a link that is in doubt is not renewed again."""


class Fetched(NamedTuple):
    """A blob that may be served: all its `content` where it is small and at hand, else where it is `stored`."""

    digest: Digest
    size: int
    content: bytes | None
    stored: Stored | None


@dataclass(frozen=True, slots=True)
class FetchBlob:
    """The blob, read through the repository's own link; content that is known to be damaged is not served."""

    records: Records
    blobs: BlobStore
    clock: Clock

    async def __call__(self, who: Identity, name: RepositoryName, digest: Digest, *, vouch: bool = False) -> Fetched:
        """Raises UNAUTHORIZED, DENIED, NAME_UNKNOWN, BLOB_UNKNOWN; the last also for damaged content.

        Damaged content counts as missing so that a client that pushes it again heals it. With `vouch` the storage
        itself was asked within the last second: who hears that a blob is here does not push it. And so the blob stays
        for as long as if they had just pushed it, if they may.
        """
        place, record = await self.records.read(lambda ledger: ledger.blobs.find(name, digest, who))
        access.require_open(who, Action.PULL, place)
        if record is None:
            raise Refusal(Code.BLOB_UNKNOWN, f"{name} has no blob {digest}", detail={"digest": str(digest)})
        found = None if record.damaged else await self._look(record, vouch=vouch)
        if found is None:
            raise Refusal(
                Code.BLOB_UNKNOWN,
                f"the stored content of {digest} is damaged: push the image again to mend it, and tell the operator",
                detail={"digest": str(digest), "damaged": True},
            )
        if vouch and place.repository_id is not None and access.may(who, Action.PUSH, place):
            await self._renew(place.repository_id, record)
        return found

    async def _renew(self, repository_id: int, record: BlobRecord) -> None:
        """Who may push here asks before a push: a link that the collector would take soon waits anew."""
        since = await self.records.read(lambda ledger: ledger.garbage.link_since(repository_id, record.id))
        if since is None or self.clock() - since < _RENEWED:
            return

        def story(ledger: Ledger) -> bool:
            if ledger.blobs.missing(repository_id, [record.digest]):
                return False
            ledger.blobs.link(repository_id, record.id, now=self.clock())
            return True

        kept = True
        with suppress(RecordsFull, RecordsUnavailable):  # the answer is as true as it was
            kept = await self.records.write(story, durable=False)
        if not kept:
            raise Refusal(Code.BLOB_UNKNOWN, f"the blob {record.digest} was collected just now: push it")

    async def _look(self, record: BlobRecord, *, vouch: bool) -> Fetched | None:
        digest, size = record.digest, record.size
        asked_at = self.clock()
        if size <= SMALL:
            try:
                content = self.blobs.glance(digest, size, vouch=vouch)
            except DigestMismatch:
                await self._condemn(digest, asked_at)
                return None
            if content is not None:
                return Fetched(digest, size, content, None)
        stored = await self.blobs.find(digest, size)
        if stored is None:  # it seems damaged, unless somebody is mending it right now
            asked_at = self.clock()
            stored = await self.blobs.find(digest, size)
        if stored is None:
            await self._condemn(digest, asked_at)
            return None
        return Fetched(digest, size, None, stored)

    async def _condemn(self, digest: Digest, seen_at: float) -> None:
        """Note that it is damaged."""
        with suppress(Refusal):  # where nothing can be written now, the next reader notes it
            await self.records.write(lambda ledger: ledger.blobs.condemn(digest, now=seen_at))

    def read(self, blob: Stored, span: Span) -> AsyncIterator[bytes]:
        """Its bytes within the span, in pieces."""
        return self.blobs.read(blob, span)
