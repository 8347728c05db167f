"""The audit goes on to where others watch: every event, in order, at least once.

Where the stream is stands in the records, so a restart goes on from there, and what the sink cannot take now waits in
the database. Of several processes one streams: whoever claimed it, for as long as they renew the claim.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.records import Records
from moorage.ports.sink import Sink, SinkFailed
from moorage.rules.facts import Event
from moorage.rules.telling import as_line

BATCH = 200
"""Events that are sent at a time."""
CLAIM = 15.0
"""Seconds for which a claim holds when its holder has gone."""


@dataclass(frozen=True, slots=True)
class StreamAudit:
    """`holder` names this process among all; `stream` what it goes to, with a place in the events of its own."""

    records: Records
    sink: Sink
    clock: Clock
    holder: str
    stream: str = "audit"

    async def __call__(self) -> int:
        """Send what has happened since; how many events that were, 0 also while another process streams.

        Raises UNAVAILABLE where the sink takes nothing; what was not sent is sent by the next call.
        """
        sent = 0
        while (position := await self._claim()) is not None:
            events = await self._after(position)
            if not events:
                break
            try:
                await self.sink.send([as_line(number, event) for number, event in events])
            except SinkFailed as fault:
                raise Refusal(Code.UNAVAILABLE, f"the audit stream takes nothing: {fault}") from fault
            if not await self._advance(events[-1][0]):
                break
            sent += len(events)
        return sent

    async def begin(self) -> None:
        """Before anything happens: what is new from here on belongs to the stream."""
        await self._claim()

    async def end(self) -> None:
        """Send what is left, and leave the stream to whoever comes next."""
        try:
            await self()
        finally:
            await self._claim(0.0)
            await self.sink.close()

    async def _claim(self, seconds: float = CLAIM) -> int | None:
        now = self.clock()
        return await self.records.write(
            lambda ledger: ledger.events.claim(self.stream, self.holder, now=now, until=now + seconds), durable=False
        )

    async def _after(self, position: int) -> Sequence[tuple[int, Event]]:
        return await self.records.read(lambda ledger: ledger.events.page(after=position, limit=BATCH))

    async def _advance(self, position: int) -> bool:
        return await self.records.write(
            lambda ledger: ledger.events.advance(self.stream, self.holder, position), durable=False
        )
