"""How the registry fares as a whole, and what of it needs somebody."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

from moorage.oci.error import Refusal
from moorage.ports.blobs import BlobStore
from moorage.ports.jobs import JobCount
from moorage.ports.machine import Machine, MachineFacts
from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import Identity
from moorage.rules.jobs import State
from moorage.rules.listing import Listing, Total
from moorage.rules.quota import TOTAL, Standing
from moorage.rules.roles import Action
from moorage.service.room import Room

_MOST_COUNTED = 10_000
_SCARCE = 10
"""Percent of the disk below which room is scarce."""


class Check(NamedTuple):
    """Whether a part can do its work, and in how many seconds it said so; `fault` is why not."""

    seconds: float
    fault: str = ""


class Counts(NamedTuple):
    """How many there are of each."""

    people: Total
    groups: Total
    projects: Total


class Overview(NamedTuple):
    """All of it. `near` are the projects of whose quota somebody was warned; `failed` jobs wait for somebody."""

    records: Check
    blobs: Check
    machine: MachineFacts
    counts: Counts
    total: Standing
    near: tuple[str, ...]
    jobs: tuple[JobCount, ...]

    @property
    def failed(self) -> int:
        """Jobs that came to nothing."""
        return sum(count.number for count in self.jobs if count.state is State.FAILED)

    @property
    def waiting(self) -> int:
        """Jobs that are still to be begun."""
        return sum(count.number for count in self.jobs if count.state is State.QUEUED)

    @property
    def running(self) -> int:
        """Jobs that somebody is at."""
        return sum(count.number for count in self.jobs if count.state is State.RUNNING)

    @property
    def is_scarce(self) -> bool:
        """Is the disk nearly full?"""
        return self.machine.disk_free * 100 < self.machine.disk_total * _SCARCE


@dataclass(frozen=True, slots=True)
class OverlookInstance:
    """Asks each part once."""

    records: Records
    blobs: BlobStore
    machine: Machine
    room: Room

    async def __call__(self, who: Identity) -> Overview:
        """Never fails for what it looks at: what does not work is told."""
        access.require_instance(who, Action.READ_INSTANCE)
        records = await _checked(self._write)
        blobs = await _checked(self.blobs.check)
        machine = await self.machine.look()

        def story(ledger: Ledger) -> Overview:
            return Overview(
                records,
                blobs,
                machine,
                _counts(ledger),
                self.room.standing(ledger, TOTAL, None),
                tuple(name for _, name in ledger.quotas.warned() if name is not None),
                tuple(ledger.jobs.tally()),
            )

        return await self.records.read(story)

    async def _write(self) -> None:
        await self.records.write(lambda ledger: ledger.accounts.any(), durable=False)


async def _checked(check: Callable[[], Awaitable[None]]) -> Check:
    began = time.perf_counter()
    try:
        await check()
    except Refusal as refusal:
        return Check(time.perf_counter() - began, refusal.sentence)
    return Check(time.perf_counter() - began)


def _counts(ledger: Ledger) -> Counts:
    listing = Listing(1)
    return Counts(
        _total(ledger.accounts.count(listing, most=_MOST_COUNTED + 1)),
        _total(ledger.groups.count(listing, most=_MOST_COUNTED + 1)),
        _total(ledger.projects.count(listing, visible_to=None, most=_MOST_COUNTED + 1)),
    )


def _total(counted: int) -> Total:
    return Total(min(counted, _MOST_COUNTED), at_least=counted > _MOST_COUNTED)
