"""What the registry does by itself: sweep what was left lying."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from moorage.oci.digest import Digest
from moorage.oci.error import Refusal
from moorage.ports.blobs import BlobStore, DraftGone
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import upload
from moorage.rules.access import Place
from moorage.rules.telling import told
from moorage.rules.trash import Window
from moorage.rules.upload import Upload

_STEP = 100
_MOST_SHOWN = 10_000
_MOST_STEPS = 100


@dataclass(frozen=True, slots=True)
class Swept:
    """How many leftovers went: sessions nobody came back to, drafts of no session, blobs nobody recorded, old names.

    `trash` counts deleted images and repositories that nobody restored in time.
    """

    sessions: int = 0
    drafts: int = 0
    redirects: int = 0
    orphans: int = 0
    trash: int = 0


@dataclass(frozen=True, slots=True)
class KeepHouse:
    """`patience` is how many seconds an upload may rest before it is swept; `grace` the same for a broken commit.

    `window` is for how long what was deleted can be restored.
    """

    records: Records
    blobs: BlobStore
    clock: Clock
    patience: float
    grace: float
    window: Window

    async def sweep(self) -> Swept:
        """One round: safe beside pushes, and nothing is lost if it is cut off."""
        await self.records.write(self._forget_ended, durable=False)
        return Swept(
            sessions=await self._sweep_sessions(),
            orphans=await self._sweep_commits(),
            drafts=await self._sweep_drafts(),
            redirects=await self._sweep_redirects(),
            trash=await self._sweep_trash(),
        )

    async def _sweep_sessions(self) -> int:
        before = self.clock() - self.patience
        swept = 0
        for session in await self.records.read(lambda ledger: ledger.uploads.untouched(before=before, limit=_STEP)):
            with suppress(Refusal):  # one that is being written to right now stays for the next round
                swept += await self._sweep_session(session, before)
        return swept

    async def _sweep_session(self, session: Upload, before: float) -> bool:
        """While its draft is held nobody comes back to it."""
        try:
            draft = await self.blobs.draft(
                session.id, received=session.received, proven=session.proven, algorithm=session.algorithm
            )
        except DraftGone:
            return await self.records.write(partial(self._end, session=session, before=before), durable=False)
        try:
            ended = await self.records.write(partial(self._end, session=session, before=before), durable=False)
            if ended:
                await draft.drop()
        finally:
            await draft.close()
        return ended

    async def _sweep_drafts(self) -> int:
        now = self.clock()
        swept = 0
        for draft_id, touched_at in await self.blobs.drafts():
            await asyncio.sleep(0)  # there may be many; requests go first
            if not upload.is_stale(touched_at, now, self.grace):
                continue
            if not await self._is_session(draft_id):
                with suppress(Refusal):
                    await self.blobs.discard(draft_id)
                    swept += 1
        return swept

    async def _sweep_commits(self) -> int:
        """Remove blobs whose commit was cut off between the store and the records."""
        before = self.clock() - self.grace
        swept = 0
        for upload_id, digest in await self.records.read(
            lambda ledger: ledger.uploads.abandoned(before=before, limit=_STEP)
        ):
            if await self.records.write(partial(self._claim, upload_id=upload_id, digest=digest, before=before)):
                try:
                    await self.blobs.remove(digest)
                except BaseException:
                    await asyncio.shield(self._give_back(upload_id))  # or nobody could push it until the next round
                    raise
                await self._fulfil(upload_id)
                swept += 1
        return swept

    async def _sweep_redirects(self) -> int:
        """An old name leads on for as long as was said, and is then free."""

        def story(ledger: Ledger) -> int:
            now = self.clock()
            ended = ledger.redirects.ended(before=now, limit=_STEP)
            for redirect in ended:
                ledger.redirects.remove(redirect.id)
                place = Place(redirect.name, redirect.name, redirect.project_id)
                ledger.events.record(told("redirect.ended", None, now, place=place))
            return len(ended)

        if not await self.records.read(lambda ledger: ledger.redirects.ended(before=self.clock(), limit=1)):
            return 0
        return await self.records.write(story, durable=False)

    def _forget_ended(self, ledger: Ledger) -> None:
        """Shown identity tokens and invitations that are over."""
        ledger.trusts.forget_shown(before=self.clock(), limit=_MOST_SHOWN)
        ledger.invitations.forget(ended_before=self.clock())

    async def _sweep_trash(self) -> int:
        """What nobody restored in time is gone for good; a large repository goes in several steps."""
        swept = 0
        for _ in range(_MOST_STEPS):
            gone = await self.records.write(self._forget_trash, durable=False)
            swept += gone
            if gone < _STEP:
                break
            await asyncio.sleep(0)
        return swept

    def _forget_trash(self, ledger: Ledger) -> int:
        now = self.clock()
        gone = ledger.trash.forget(before=self.window.since(now), limit=_STEP)
        for repository in gone.repositories:
            place = Place(repository.name, "", repository.project_id)
            ledger.events.record(told("repository.erased", None, now, place=place, about=f"trash:{repository.id}"))
        return gone.manifests + len(gone.repositories)

    def _end(self, ledger: Ledger, session: Upload, before: float) -> bool:
        """Unless somebody has come back to it meanwhile."""
        there = ledger.uploads.find(session.id)
        if there is None or there.touched_at >= before:
            return False
        ledger.uploads.end(session.id)
        ledger.repositories.forget_unused(session.repository_id, by=None, now=self.clock())
        return True

    async def _give_back(self, upload_id: str) -> None:
        await self.records.write(lambda ledger: ledger.uploads.give_back(upload_id), durable=False)

    async def _fulfil(self, upload_id: str) -> None:
        await self.records.write(lambda ledger: ledger.uploads.fulfil(upload_id), durable=False)

    async def _is_session(self, draft_id: str) -> bool:
        return await self.records.read(lambda ledger: ledger.uploads.find(draft_id)) is not None

    def _claim(self, ledger: Ledger, upload_id: str, digest: Digest, before: float) -> bool:
        """May the digest's bytes go? While they are claimed no commit of the same digest begins."""
        if ledger.blobs.known(digest) is not None or ledger.uploads.intended(digest, besides=upload_id):
            ledger.uploads.fulfil(upload_id)
            return False
        return ledger.uploads.claim(upload_id, before=before, now=self.clock())
