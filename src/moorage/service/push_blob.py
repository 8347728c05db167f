"""Somebody pushes a blob: in one request, in chunks, over days, or by pointing at one that is here already.

The commit protocol: bytes go to a draft and are hashed on the way; the intent is recorded; the draft becomes the
blob, safe from a power cut; one transaction records it and links it to the repository. What fails before the last
step is invisible and swept later; what was answered afterwards stays.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from moorage.oci.digest import Algorithm, Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName
from moorage.oci.span import Span
from moorage.ports.blobs import BlobStore, DigestMismatch, Draft, StorageFull
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records, RecordsFull
from moorage.rules import access, upload
from moorage.rules.access import Identity, Place
from moorage.rules.facts import BlobRecord
from moorage.rules.quota import QuotaExceeded
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.rules.upload import Upload
from moorage.service.room import Incoming, Room, cost

CHECKPOINT = 64 * 1024 * 1024
"""Bytes after which a session's progress is recorded while a long request still runs."""
_PAUSES = (0.05, 0.1, 0.2, 0.4)
"""Seconds between two looks whether a blob's removal has ended."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a request brings: pieces of bytes, the span it claims, and its stated length in bytes."""

    pieces: AsyncIterator[bytes]
    claimed: Span | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True)
class PushBlob:
    """The verbs of an upload session. A session belongs to its repository and to who began it.

    `largest` is how many bytes a blob may have; None for no limit.
    """

    records: Records
    blobs: BlobStore
    clock: Clock
    room: Room
    largest: int | None = None

    async def start(
        self,
        who: Identity,
        name: RepositoryName,
        upload_id: str,
        algorithm: Algorithm = Algorithm.SHA256,
        digest: Digest | None = None,
    ) -> Upload:
        """Open a session; the repository and its project are made if they are not there.

        Refuses with QUOTA_EXCEEDED where there is no room at all, unless `digest` says that it takes none.
        """

        def story(ledger: Ledger) -> Upload:
            access.require(who, Action.PUSH, ledger.repositories.place(name, who))
            now = self.clock()
            place = ledger.repositories.ensure(name, by=who, now=now)
            assert place.repository_id is not None  # noqa: S101 - what ensure promises
            more, new = (1, 1) if digest is None else cost(ledger, place, digest, 1)
            self.room.require(ledger, who, place, more=more, new=new)
            session = Upload(upload_id, name.text, place.repository_id, who.key, algorithm, 0, None, now, now)
            ledger.uploads.start(session)
            return session

        return await self.records.write(story, durable=False, by=who)

    async def mount(self, who: Identity, name: RepositoryName, digest: Digest, source: RepositoryName | None) -> bool:
        """Link a blob that another repository holds; False if there is none that they may pull from.

        Without a source any repository serves that this credential could pull from.
        """
        size = await self._stored_size(digest)

        def story(ledger: Ledger) -> bool:
            access.require(who, Action.PUSH, ledger.repositories.place(name, who))
            if not _may_take(ledger, who, digest, source):
                return False
            record = ledger.blobs.known(digest)
            if record is None or record.damaged or record.size != size:
                return False
            now = self.clock()
            place = ledger.repositories.ensure(name, by=who, now=now)
            assert place.repository_id is not None  # noqa: S101 - what ensure promises
            more, new = cost(ledger, place, digest, record.size)
            self.room.require(ledger, who, place, more=more, new=new)
            ledger.blobs.link(place.repository_id, record.id, now=now)
            ledger.events.record(told("blob.mounted", who, now, place=place, digest=str(digest)))
            self.room.warn(ledger, who, place)
            return True

        return await self.records.write(story, by=who)

    async def _stored_size(self, digest: Digest) -> int | None:
        """Of a blob whose bytes are really there: who mounts one does not push it."""
        record = await self.records.read(lambda ledger: ledger.blobs.known(digest))
        stored = await self.blobs.find(digest, record.size) if record is not None else None
        return None if stored is None else stored.size

    async def status(self, who: Identity, name: RepositoryName, upload_id: str) -> Upload:
        """How far the session is."""
        return await self._session(who, name, upload_id)

    async def append(self, who: Identity, name: RepositoryName, upload_id: str, body: Body) -> Upload:
        """Add a chunk or a stream; whatever arrives is kept, also if the connection breaks."""
        incoming = await self._incoming(who, name)
        async with self._held(who, name, upload_id, body, incoming) as (session, draft):
            return await self._receive(session, draft, body, incoming)

    async def finish(self, who: Identity, name: RepositoryName, upload_id: str, body: Body, expected: Digest) -> int:
        """Add what comes last, check the whole against its digest, keep it. The blob's size in bytes."""
        incoming = await self._incoming(who, name, expected)
        async with self._held(who, name, upload_id, body, incoming, expected.algorithm) as (session, draft):
            whole = await self._receive(session, draft, body, incoming, last=True)
            return await self._keep(who, whole, draft, expected)

    async def take(self, who: Identity, name: RepositoryName, upload_id: str, body: Body, expected: Digest) -> int:
        """A whole blob in one request. Nobody could resume it, so a failure leaves nothing behind."""
        session = await self.start(who, name, upload_id, expected.algorithm, expected)
        try:
            return await self.finish(who, name, session.id, body, expected)
        except Exception:
            with suppress(Refusal):  # what cannot be removed now is swept later
                await self.blobs.discard(session.id)
                await self._end(who, session)
            raise

    async def cancel(self, who: Identity, name: RepositoryName, upload_id: str) -> None:
        """End the session; its bytes are gone."""
        session = await self._session(who, name, upload_id)
        await self.blobs.discard(upload_id)
        await self._end(who, session)

    async def _session(self, who: Identity, name: RepositoryName, upload_id: str) -> Upload:
        place, session = await self.records.read(
            lambda ledger: (ledger.repositories.place(name, who), ledger.uploads.find(upload_id))
        )
        access.require(who, Action.PUSH, place)
        if session is None or session.repository_id != place.repository_id:
            raise upload.unknown(upload_id)
        return session.owned_by(who)

    async def _incoming(self, who: Identity, name: RepositoryName, digest: Digest | None = None) -> Incoming:
        place = await self.records.read(lambda ledger: ledger.repositories.place(name, who))
        return Incoming(self.records, self.room, who, place, digest)

    @asynccontextmanager
    async def _held(
        self,
        who: Identity,
        name: RepositoryName,
        upload_id: str,
        body: Body,
        incoming: Incoming,
        algorithm: Algorithm | None = None,
    ) -> AsyncIterator[tuple[Upload, Draft]]:
        """Hold an upload for as long as a request lasts; one that must not go on is ended."""
        session, draft = await self._hold(who, name, upload_id, body, algorithm)
        try:
            await incoming.require(session.received + (body.length or 0))
            yield session, draft
        except (DigestMismatch, StorageFull, RecordsFull, QuotaExceeded):
            # On a full disk, or above a quota, its bytes take the room that everybody else waits for.
            await draft.drop()
            with suppress(Refusal):  # what cannot be removed now is swept later
                await self._end(who, session)
            raise
        finally:
            await draft.close()

    async def _hold(
        self, who: Identity, name: RepositoryName, upload_id: str, body: Body, algorithm: Algorithm | None = None
    ) -> tuple[Upload, Draft]:
        """The session and its draft. Until the draft is held another request may move the session: look again."""
        while True:
            session = (await self._session(who, name, upload_id)).accept(body.claimed, body.length)
            upload.require_room(session.received, body.length or 0, self.largest)
            draft = await self.blobs.draft(
                session.id,
                received=session.received,
                proven=session.proven,
                algorithm=session.algorithm if session.received or algorithm is None else algorithm,
            )
            held = False
            try:
                held = await self._session(who, name, upload_id) == session
            finally:
                if not held:
                    await draft.close()
            if held:
                return session, draft

    async def _receive(
        self, session: Upload, draft: Draft, body: Body, incoming: Incoming, *, last: bool = False
    ) -> Upload:
        """Take the body into the draft. Progress is recorded unless a closing request took it all."""
        begun = kept = session.received
        whole = False
        try:
            async for piece in body.pieces:
                upload.require_room(draft.received, len(piece), self.largest)
                if draft.received + len(piece) > incoming.most:
                    await incoming.require(draft.received + len(piece))
                upload.require_claimed(draft.received - begun + len(piece), body.claimed)
                await draft.write(piece)
                if draft.received - kept >= CHECKPOINT:
                    session, kept = await self._record(session, draft), draft.received
            whole = True
        finally:
            if not (whole and last) and draft.received != kept:
                session = await self._record(session, draft)
        return session.advance(draft.received, draft.proven, self.clock()) if last else session

    async def _record(self, session: Upload, draft: Draft) -> Upload:
        await draft.settle()
        session = session.advance(draft.received, draft.proven, self.clock())
        if not await self.records.write(lambda ledger: ledger.uploads.advance(session), durable=False):
            raise upload.unknown(session.id)
        return session

    async def _keep(self, who: Identity, session: Upload, draft: Draft, expected: Digest) -> int:
        size = await draft.judge(expected)
        record = await self.records.read(lambda ledger: ledger.blobs.known(expected))
        is_here = record is not None and not record.damaged and await self.blobs.find(expected, size) is not None
        if is_here and await self.records.write(
            lambda ledger: self._admit_known(ledger, who, session, expected), by=who
        ):
            await draft.drop()
            return size
        await self._intend(session, expected)
        await draft.commit(expected)
        await self.records.write(lambda ledger: self._admit_new(ledger, who, session, expected, size), by=who)
        return size

    async def _intend(self, session: Upload, expected: Digest) -> None:
        """Say what is about to be kept; where the same is just being removed, which takes a moment, wait for that."""
        for pause in (*_PAUSES, None):
            if await self.records.write(
                lambda ledger: ledger.uploads.intend(session.id, expected, now=self.clock()), durable=False
            ):
                return
            if pause is not None:
                await asyncio.sleep(pause)
        raise Refusal(Code.UNAVAILABLE, "leftovers of this very blob are being swept: try again", retry_after=1)

    def _admit_known(self, ledger: Ledger, who: Identity, session: Upload, digest: Digest) -> bool:
        record = ledger.blobs.known(digest)
        if record is None or record.damaged:
            return False
        place = self._admit(ledger, who, session, digest, record.size)
        self._link(ledger, who, place, record)
        return True

    def _admit_new(self, ledger: Ledger, who: Identity, session: Upload, digest: Digest, size: int) -> None:
        if not ledger.uploads.fulfil(session.id):
            raise Refusal(
                Code.UNAVAILABLE, "keeping this blob took so long that it was swept: push it again", retry_after=1
            )
        place = self._admit(ledger, who, session, digest, size)
        self._link(ledger, who, place, ledger.blobs.record(digest, size, now=self.clock()))

    def _admit(self, ledger: Ledger, who: Identity, session: Upload, digest: Digest, size: int) -> Place:
        """End the session, if its blob may be kept and linked there now."""
        if not ledger.uploads.end(session.id):
            raise upload.unknown(session.id)
        place = ledger.repositories.place(RepositoryName(session.repository), who)
        access.require(who, Action.PUSH, place)  # once more: the bytes may have taken hours
        if place.repository_id != session.repository_id:  # it has another name since, which may not be theirs to know
            raise upload.unknown(session.id)
        more, new = cost(ledger, place, digest, size)
        self.room.require(ledger, who, place, more=more, new=new)
        return place

    def _link(self, ledger: Ledger, who: Identity, place: Place, record: BlobRecord) -> None:
        assert place.repository_id is not None  # noqa: S101 - it is the session's
        ledger.blobs.link(place.repository_id, record.id, now=self.clock())
        ledger.events.record(told("blob.pushed", who, self.clock(), place=place, digest=str(record.digest)))
        self.room.warn(ledger, who, place)

    async def _end(self, who: Identity, session: Upload) -> None:
        def story(ledger: Ledger) -> None:
            ledger.uploads.end(session.id)
            ledger.repositories.forget_unused(session.repository_id, by=who, now=self.clock())

        await self.records.write(story, durable=False)


def _may_take(ledger: Ledger, who: Identity, digest: Digest, source: RepositoryName | None) -> bool:
    if source is not None:
        place, held = ledger.blobs.find(source, digest, who)
        return held is not None and access.may(who, Action.PULL, place)
    return any(access.may(who, Action.PULL, place) for place in ledger.blobs.holders(digest, who))
