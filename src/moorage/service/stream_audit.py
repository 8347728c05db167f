"""The audit goes on to where others watch: every event, in order, at least once.

Where the stream is stands in the records, so a restart goes on from there, and what the sink cannot take now waits in
the database. Of several processes one streams: whoever claimed it, for as long as they renew the claim. While nothing
happens nobody claims anything, so that an idle registry writes nothing.
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
LONGEST = 7.0
"""Seconds that a batch may take to be sent: a claim that ends sooner is renewed before."""


@dataclass(frozen=True, slots=True)
class StreamAudit:
    """`holder` names this process among all; `stream` the stream, with a place in the events of its own."""

    records: Records
    sink: Sink
    clock: Clock
    holder: str
    stream: str

    async def __call__(self) -> int:
        """Send what has happened since; how many events that were, 0 also while another process streams.

        It looks first, and writes where there is something to send. Raises UNAVAILABLE where the sink takes nothing;
        what was not sent is sent by the next call.
        """
        sent = 0
        while events := await self._next():
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
        await self._claim(CLAIM)

    async def end(self) -> None:
        """Send what is left, and leave the stream to whoever comes next."""
        try:
            await self()
        finally:
            if await self._is_ours():
                await self._claim(0.0)
            await self.sink.close()

    async def _next(self) -> Sequence[tuple[int, Event]]:
        """The events to send now; none where there are none, or where another process has the stream."""
        stream = await self.records.read(lambda ledger: ledger.events.stream(self.stream))
        now = self.clock()
        if stream is not None:
            if stream.holder != self.holder and stream.until >= now:
                return ()
            events = await self._after(stream.position)
            if not events or (stream.holder == self.holder and stream.until >= now + LONGEST):
                return events
        position = await self._claim(CLAIM)
        return () if position is None else await self._after(position)

    async def _is_ours(self) -> bool:
        stream = await self.records.read(lambda ledger: ledger.events.stream(self.stream))
        return stream is not None and stream.holder == self.holder

    async def _claim(self, seconds: float) -> int | None:
        now = self.clock()
        return await self.records.write(
            lambda ledger: ledger.events.claim(self.stream, self.holder, now=now, until=now + seconds), durable=False
        )

    async def _after(self, position: int) -> Sequence[tuple[int, Event]]:
        return await self.records.read(lambda ledger: ledger.events.page(after=position, limit=BATCH))

    async def _advance(self, position: int) -> bool:
        until = self.clock() + CLAIM
        return await self.records.write(
            lambda ledger: ledger.events.advance(self.stream, self.holder, position, until=until), durable=False
        )
