"""The registry takes what nobody needs any more: links that no manifest names, then blobs that nobody links.

Every step is one short transaction that judges again what it takes. Bytes go as the sweeper lets them go: the blob's
row goes and its digest is claimed in one transaction, the file is removed, the claim ends. A step that is cut off
leaves a claim at the most, which the sweeper ends.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from typing import NamedTuple, TypeAlias

from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.ports.blobs import BlobStore
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import Identity
from moorage.rules.garbage import NOTHING, Amount, Collections, Position, Survey, Verdict, judge_blob, judge_link
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.service import surveying

STEP = 100
"""Doubts that one transaction judges."""
_STAMPED = 1000
_LEASE = 60.0
"""Seconds after which a round that nobody goes on with is over."""
_SHORTEST_PAUSE = 0.01
_AT_ONCE = 20.0
"""Seconds that a round takes at the most when somebody waits for it."""
_Step: TypeAlias = Callable[[float, Position | None], Awaitable[Position | None]]
"""Judges what is in doubt since before a time, from after a position; the position from which to go on, if there is."""


class Claim(NamedTuple):
    """A blob that is known no more, and whose bytes are to be removed."""

    id: str
    digest: Digest
    size: int


class Status(NamedTuple):
    """What the collector did, what it would take now and later, and whether a round is under way."""

    did: Collections
    would: Survey
    is_running: bool
    grace: float


class Ran(NamedTuple):
    """What a round took, and what it left."""

    took: Amount
    left: Survey


class RoundLost(Refusal):
    """Another round has begun, as this one was taken for dead."""

    def __init__(self) -> None:
        super().__init__(Code.CONFLICT, "another round of collecting garbage has begun meanwhile; this one has ended")


@dataclass(frozen=True, slots=True)
class CollectGarbage:
    """`grace` is how many seconds something has to be in doubt before it goes; `patience` those that a claim holds."""

    records: Records
    blobs: BlobStore
    clock: Clock
    holder: str
    grace: float
    patience: float

    async def __call__(self) -> Amount:
        """A round that the registry begins by itself, if there is a reason and none is under way: what it took."""
        if not await self.records.read(self._has_reason) or not await self.records.write(
            partial(self._begin, who=None, grace=self.grace), durable=False
        ):
            return NOTHING
        return (await self._round(None, self.grace, None)).took

    async def run(self, who: Identity, *, grace: float | None = None) -> Ran:
        """A round now, for as long as somebody may wait; with another grace time, if one is given.

        Raises DENIED, and CONFLICT where a round is under way.
        """
        access.require_instance(who, Action.MANAGE_INSTANCE)
        grace = self.grace if grace is None else grace
        if not await self.records.write(partial(self._begin, who=who, grace=grace), by=who):
            raise Refusal(
                Code.CONFLICT, "a round of collecting garbage is under way: see its status, and try again when it ended"
            )
        return await self._round(who, grace, asyncio.get_running_loop().time() + _AT_ONCE)

    async def plan(self, who: Identity, *, grace: float | None = None) -> Survey:
        """What a round would take now, and change nothing."""
        access.require_instance(who, Action.MANAGE_INSTANCE)
        return await self._survey(self.grace if grace is None else grace)

    async def status(self, who: Identity) -> Status:
        """What it did and would do."""
        access.require_instance(who, Action.READ_INSTANCE)
        did = await self.figures()
        return Status(did, await self._survey(self.grace), did.is_running(self.clock()), self.grace)

    async def figures(self) -> Collections:
        """What it did, and what the last round left: names nothing and nobody that anybody owns."""
        return await self.records.read(lambda ledger: ledger.garbage.collections())

    async def _survey(self, grace: float) -> Survey:
        return await surveying.survey(self.records, before=self.clock() - grace)

    def _has_reason(self, ledger: Ledger) -> bool:
        before = self.clock() - self.grace
        garbage = ledger.garbage
        return any(doubts(after=None, before=before, limit=1) for doubts in (garbage.links, garbage.blobs))

    def _begin(self, ledger: Ledger, who: Identity | None, grace: float) -> bool:
        now = self.clock()
        asked_by = "" if who is None else who.name
        if not ledger.garbage.begin(self.holder, asked_by=asked_by, now=now, until=now + _LEASE):
            return False
        if who is not None:
            ledger.events.record(told("collection.started", who, now, after={"grace_hours": grace / 3600}))
        return True

    async def _round(self, who: Identity | None, grace: float, deadline: float | None) -> Ran:
        try:
            await self._stamp(deadline)
            before = self.clock() - grace
            await self._pass(self._end_links, before, deadline)
            await self._pass(self._remove_blobs, before, deadline)
        except RoundLost:
            raise
        except BaseException:
            with suppress(Refusal):  # where nothing can be written the round lapses by itself
                await asyncio.shield(self._end(who, Survey()))
            raise
        left = await self._survey(grace)
        return Ran(await self._end(who, left), left)

    async def _end(self, who: Identity | None, left: Survey) -> Amount:
        def story(ledger: Ledger) -> Amount:
            took, now = ledger.garbage.collections().last, self.clock()
            ledger.garbage.end(self.holder, left, now=now)
            if who is not None:
                ledger.events.record(told("collection.ended", who, now, after=asdict(took)))
            return took

        return await self.records.write(story, durable=who is not None)

    async def _stamp(self, deadline: float | None) -> None:
        """Doubts whose change did not know the time count from now on."""

        def story(ledger: Ledger) -> int:
            self._proceed(ledger, NOTHING)
            return ledger.garbage.stamp(now=self.clock(), limit=_STAMPED)

        stamped = _STAMPED
        while stamped == _STAMPED and not _is_over(deadline):
            stamped = await self.records.write(story, durable=False)
            await asyncio.sleep(_SHORTEST_PAUSE)

    async def _pass(self, step: _Step, before: float, deadline: float | None) -> None:
        """Step after step; the registry has as much time for others between two of them as a step took."""
        loop = asyncio.get_running_loop()
        after: Position | None = None
        while not _is_over(deadline):
            began = loop.time()
            after = await step(before, after)
            if after is None:
                return
            await asyncio.sleep(max(_SHORTEST_PAUSE, loop.time() - began))

    async def _end_links(self, before: float, after: Position | None) -> Position | None:
        return await self.records.write(partial(self._unlink, before=before, after=after))

    def _unlink(self, ledger: Ledger, before: float, after: Position | None) -> Position | None:
        found = ledger.garbage.links(after=after, before=before, limit=STEP)
        ended = 0
        repositories = set()
        for link in found:
            verdict = judge_link(link, before=before)
            if verdict is Verdict.KEEP:
                ledger.garbage.acquit_link(link.repository_id, link.blob_id)
            if verdict is Verdict.GO and ledger.blobs.unlink(link.repository_id, link.digest):
                ledger.garbage.inherit(link.blob_id, since=link.position.since)
                repositories.add(link.repository_id)
                ended += 1
        for repository_id in sorted(repositories):
            ledger.repositories.forget_unused(repository_id, by=None, now=self.clock())
        self._proceed(ledger, Amount(links=ended))
        return found[-1].position if len(found) == STEP else None

    async def _remove_blobs(self, before: float, after: Position | None) -> Position | None:
        claimed_at = self.clock()
        claims, position = await self.records.write(partial(self._claim, before=before, after=after))
        if claims:
            await self._remove(claims, claimed_at)
        return position

    def _claim(self, ledger: Ledger, before: float, after: Position | None) -> tuple[Sequence[Claim], Position | None]:
        """Forget blobs and claim their digests: from here on nobody links them, and no commit of them begins."""
        found = ledger.garbage.blobs(after=after, before=before, limit=STEP)
        claims = []
        now = self.clock()
        for blob in found:
            verdict = judge_blob(blob, before=before)
            if verdict is Verdict.KEEP:
                ledger.garbage.acquit_blob(blob.blob_id)
            if verdict is Verdict.GO:
                claim = Claim(f"gc:{blob.digest}", blob.digest, blob.size)
                ledger.uploads.intend(claim.id, claim.digest, now=now)
                ledger.uploads.claim(claim.id, before=now + 1, now=now)
                ledger.garbage.forget(blob.blob_id)
                claims.append(claim)
        self._proceed(ledger, NOTHING)
        return claims, found[-1].position if len(found) == STEP else None

    async def _remove(self, claims: Sequence[Claim], claimed_at: float) -> None:
        """Remove the bytes. What cannot be removed, or not in time, is left to the sweeper."""
        gone: list[Claim] = []
        try:
            for claim in claims:
                if not self._holds(claimed_at):
                    return
                await self.blobs.remove(claim.digest)
                gone.append(claim)
        finally:
            if self._holds(claimed_at):
                await asyncio.shield(self._let_go(gone, claims[len(gone) :]))

    def _holds(self, claimed_at: float) -> bool:
        """Only well within the patience: afterwards the sweeper may have taken the claim, and somebody pushed again."""
        return self.clock() - claimed_at < self.patience / 2

    async def _let_go(self, gone: Sequence[Claim], rest: Sequence[Claim]) -> None:
        def story(ledger: Ledger) -> None:
            for claim in gone:
                ledger.uploads.fulfil(claim.id)
            for claim in rest:
                ledger.uploads.give_back(claim.id)
            done = Amount(blobs=len(gone), bytes=sum(claim.size for claim in gone))
            ledger.garbage.proceed(self.holder, done, until=self.clock() + _LEASE)

        await self.records.write(story, durable=False)

    def _proceed(self, ledger: Ledger, done: Amount) -> None:
        if not ledger.garbage.proceed(self.holder, done, until=self.clock() + _LEASE):
            raise RoundLost


def _is_over(deadline: float | None) -> bool:
    return deadline is not None and asyncio.get_running_loop().time() > deadline
