"""Read what is kept through, and compare it with its digest: damaged content is served no more, mended content is."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from moorage.oci.digest import Digest
from moorage.ports.blobs import BlobStore, StorageFailed
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.ports.work import Control, Parameters
from moorage.rules.facts import BlobRecord
from moorage.rules.jobs import Progress

_STEP = 100


def _acquit(ledger: Ledger, record: BlobRecord, now: float) -> None:
    """Unless it is garbage that was collected meanwhile."""
    if ledger.blobs.known(record.digest) is not None:
        ledger.blobs.record(record.digest, record.size, now=now)


@dataclass(frozen=True, slots=True)
class Judged:
    """A blob that was read through: is it what its digest says? One that was not `readable` is not judged."""

    digest: Digest
    size: int
    good: bool
    readable: bool = True


class _Found(NamedTuple):
    """What a job has found so far, up to the blob `last`."""

    last: str = ""
    blobs: int = 0
    damaged: int = 0
    unreadable: int = 0

    @classmethod
    def read(cls, progress: Progress) -> "_Found":
        if not progress.bookmark:
            return cls()
        last, damaged, unreadable = progress.bookmark.split()
        return cls(last, progress.done, int(damaged), int(unreadable))

    @property
    def bookmark(self) -> str:
        return f"{self.last} {self.damaged} {self.unreadable}"

    def and_(self, judged: Judged) -> "_Found":
        return _Found(
            str(judged.digest),
            self.blobs + 1,
            self.damaged + (judged.readable and not judged.good),
            self.unreadable + (not judged.readable),
        )


@dataclass(frozen=True, slots=True)
class VerifyBlobs:
    """All blobs, or those that a project's repositories may read."""

    records: Records
    blobs: BlobStore
    clock: Clock

    async def every(self, *, after: str = "", project_id: int | None = None) -> AsyncIterator[Judged]:
        """One after another in the order of digests, from behind this one on."""
        while page := await self._page(after, project_id):
            for record in page:
                if (judged := await self._judge(record)) is not None:
                    yield judged
            after = str(page[-1].digest)

    async def as_job(self, _parameters: Parameters, control: Control) -> dict[str, object]:
        """The same, going on behind the last one that an attempt before has read; its log names what is not good."""
        project_id = control.job.project_id
        found = _Found.read(control.job.progress)
        total = await self.records.read_aside(lambda ledger: ledger.blobs.amount(project_id))
        async for judged in self.every(after=found.last, project_id=project_id):
            found = found.and_(judged)
            if not judged.good:
                control.say(f"{'damaged' if judged.readable else 'cannot be read now'}: {judged.digest}")
            control.reached(found.bookmark, found.blobs, total)
        return {"blobs": found.blobs, "damaged": found.damaged, "unreadable": found.unreadable}

    async def _page(self, after: str, project_id: int | None) -> Sequence[BlobRecord]:
        return await self.records.read_aside(
            lambda ledger: ledger.blobs.page(after=after, limit=_STEP, project_id=project_id)
        )

    async def _judge(self, record: BlobRecord) -> Judged | None:
        """None if it is garbage that was collected meanwhile."""
        now = self.clock()
        try:
            stored = await self.blobs.find(record.digest, record.size)
            good = stored is not None and await self.blobs.measure(stored) == record.digest
        except StorageFailed:  # the disk did not say what it has: that is no reason to call the blob damaged
            return Judged(record.digest, record.size, good=False, readable=False)
        if not good and await self.records.read(lambda ledger: ledger.blobs.known(record.digest)) is None:
            return None
        if not good and not record.damaged:
            await self.records.write(lambda ledger: ledger.blobs.condemn(record.digest, now=now))
        if good and record.damaged:
            await self.records.write(partial(_acquit, record=record, now=now))
        return Judged(record.digest, record.size, good)
