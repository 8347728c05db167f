"""Who did what, when, and from where: read by those who may, forgotten when the time has come."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import Identity
from moorage.rules.facts import Event, EventFilter, EventsFound
from moorage.rules.listing import Listed, Total
from moorage.rules.roles import Action

_PATIENCE = 1.0
"""Seconds that a search takes about; where it found too little by then its page is short and the next goes on there."""
_MOST_COUNTED = 1000
_STEP = 200
"""Events that are forgotten at a time: whoever wants to write waits for some fifteen milliseconds."""
_REST = 0.05
"""Seconds between two such steps, for those who want to write."""
WAITS = 7 * 86_400.0
"""Seconds for which an event is kept longer because the stream has not sent it yet."""


MOST_EXPORTED = 100_000
"""Events that one export holds, the newest of those that fit."""
_AT_ONCE = 500


class Forgotten(NamedTuple):
    """How many events went, and how many of them before the stream had sent them."""

    events: int = 0
    unsent: int = 0


@dataclass(frozen=True, slots=True)
class ReadAudit:
    """`keep` is how many seconds events are kept; None for ever. `stream` is what sends them before, if any."""

    records: Records
    clock: Clock
    keep: float | None
    stream: str | None = None

    async def search(
        self, who: Identity, project: str | None, wanted: EventFilter, *, before: int | None, size: int
    ) -> Listed[tuple[int, Event]]:
        """Events of a project, or of the whole instance, the newest first, with their numbers.

        A page is short where few of very many events fit, and then the list may go on all the same.
        """
        narrowed = await self.records.read(lambda ledger: _narrowed(ledger, who, project, wanted))
        found, rest = await self._gather(narrowed, before, size + 1)
        items = tuple(found[:size])
        following = str(items[-1][0]) if len(found) > size else None if rest is None else str(rest)
        if before is None and following is None:
            return Listed(items, None, Total(len(items)))
        total = await self.records.read_aside(lambda ledger: ledger.events.count(narrowed, most=_MOST_COUNTED))
        return Listed(items, following, total._replace(number=max(total.number, len(items))))

    async def find(self, who: Identity, number: int) -> Event:
        """One event, for those who may read all. Raises NAME_UNKNOWN."""
        access.require_instance(who, Action.READ_INSTANCE)
        found = await self.records.read(lambda ledger: ledger.events.page(after=number - 1, limit=1))
        if not found or found[0][0] != number:
            raise Refusal(Code.NAME_UNKNOWN, f"there is no event {number}, or it was so long ago that it is forgotten")
        return found[0][1]

    async def export(
        self, who: Identity, project: str | None, wanted: EventFilter
    ) -> AsyncIterator[list[tuple[int, Event]]]:
        """All that fit, the newest first and `MOST_EXPORTED` at the most, some at a time.

        Whether they may is asked once, before the first of them.
        """
        narrowed = await self.records.read(lambda ledger: _narrowed(ledger, who, project, wanted))
        return self._all(narrowed)

    async def _all(self, wanted: EventFilter) -> AsyncIterator[list[tuple[int, Event]]]:
        left, before = MOST_EXPORTED, None
        while left:
            events, before = await self._look(wanted, before, min(left, _AT_ONCE))
            yield list(events)
            if before is None:
                return
            left -= len(events)

    async def _gather(
        self, wanted: EventFilter, before: int | None, enough: int
    ) -> tuple[list[tuple[int, Event]], int | None]:
        """Look after look; the number before which nothing is known yet, if there may be more."""
        found: list[tuple[int, Event]] = []
        deadline = self.clock() + _PATIENCE
        while True:
            events, before = await self._look(wanted, before, enough - len(found))
            found += events
            if before is None or len(found) == enough or self.clock() > deadline:
                return found, before

    async def _look(self, wanted: EventFilter, before: int | None, limit: int) -> EventsFound:
        return await self.records.read_aside(lambda ledger: ledger.events.search(wanted, before=before, limit=limit))

    async def forget(self) -> Forgotten:
        """A round of forgetting what is older than it should be, step by step.

        What the stream has yet to send waits for it, up to `WAITS`.
        """
        if self.keep is None:
            return Forgotten()
        old, name = self.clock() - self.keep, self.stream
        stream = None if name is None else await self.records.read(lambda ledger: ledger.events.stream(name))
        if stream is None:
            return Forgotten(await self._forget(old))
        sent = await self._forget(old, stream.position)
        unsent = await self._forget(old - WAITS)
        return Forgotten(sent + unsent, unsent)

    async def _forget(self, before: float, upto: int | None = None) -> int:
        gone = 0
        while went := await self.records.write(
            lambda ledger: ledger.events.forget(before=before, limit=_STEP, upto=upto), durable=False
        ):
            gone += went
            await asyncio.sleep(_REST)
        return gone


def _narrowed(ledger: Ledger, who: Identity, project: str | None, wanted: EventFilter) -> EventFilter:
    if project is None:
        access.require_instance(who, Action.READ_INSTANCE)
        return wanted
    place = ledger.projects.place(project, who)
    return replace(wanted, project_id=access.require_project(who, Action.READ_AUDIT, place))
