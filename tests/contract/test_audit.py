"""The audit's use cases on real records: searching, forgetting, and streaming to a sink that remembers."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from moorage.adapters.sql.event_search import LOOK
from moorage.adapters.sql.sqlite import FILE
from moorage.oci.error import Code
from moorage.ports.records import Ledger, Records
from moorage.ports.sink import SinkFailed
from moorage.rules.facts import Event, EventFilter
from moorage.rules.telling import Line
from moorage.service import read_audit
from moorage.service.read_audit import WAITS, Forgotten, ReadAudit
from moorage.service.stream_audit import CLAIM, StreamAudit
from tests.support.records import ADMIN, NOW
from tests.support.refused import refused

DAY = 86_400.0


class Clock:
    """Shows the time that the test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        """Seconds since the epoch."""
        return self.now


class Sink:
    """Remembers what it took; takes nothing while it is `broken`."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.broken = False

    async def send(self, lines: Sequence[Line]) -> None:
        """Take them."""
        if self.broken:
            raise SinkFailed("it is broken")
        self.lines += lines

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


@pytest.fixture
def sink() -> Sink:
    """A sink."""
    return Sink()


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody wants to write between two steps."""
    monkeypatch.setattr(read_audit, "_REST", 0.0)


@pytest.fixture
def watching(folder: Path) -> Iterator[sqlite3.Connection]:
    """A connection that sees whether somebody else has written."""
    with closing(sqlite3.connect(folder / FILE)) as connection:
        yield connection


def version(watching: sqlite3.Connection) -> int:
    """Another number when anything was committed meanwhile."""
    return int(watching.execute("PRAGMA data_version").fetchone()[0])


async def tell(records: Records, number: int, at: float, kind: str = "told") -> None:
    """So many events."""

    def story(ledger: Ledger) -> None:
        for _ in range(number):
            ledger.events.record(Event(kind, "", None, "ann", at))

    await records.write(story)


async def left(records: Records) -> list[float]:
    """When the events that are left happened."""
    return [event.at for _, event in await records.read(lambda ledger: ledger.events.page(after=0, limit=9999))]


async def test_a_search_that_takes_too_long(records: Records) -> None:
    """A page is short when the time is over and tells where to go on; so each search ends, and none finds less."""
    await tell(records, 1, NOW, "rare")
    await tell(records, 2 * LOOK + 99, NOW)
    ticks = count(NOW, 10.0)
    reading = ReadAudit(records, lambda: next(ticks), None)
    wanted, pages, before = EventFilter(actor="ann", tag="none"), [], None
    while True:
        page = await reading.search(ADMIN, None, wanted, before=before, size=9)
        pages.append(page)
        if page.following is None:
            break
        before = int(page.following)
    assert len(pages) == 3
    assert not any(page.items for page in pages)
    assert pages[0].total == (0, True)
    found = await ReadAudit(records, lambda: NOW, None).search(ADMIN, None, wanted, before=None, size=9)
    assert (found.items, found.following, found.total) == ((), None, (0, False))


async def test_forgetting_waits_for_the_stream(records: Records, clock: Clock, sink: Sink) -> None:
    """What is old and was not sent waits, for so long and no longer; what was sent goes."""
    reading = ReadAudit(records, clock, DAY, "audit")
    streaming = StreamAudit(records, sink, clock, "me", "audit")
    await streaming.begin()
    await tell(records, 3, NOW)
    assert await streaming() == 3
    sink.broken = True
    await tell(records, 2, NOW + 1)
    clock.now = NOW + DAY + 2
    assert await reading.forget() == Forgotten(3)
    assert await left(records) == [NOW + 1] * 2
    clock.now = NOW + DAY + WAITS
    assert await reading.forget() == Forgotten()
    with refused(Code.UNAVAILABLE, "it is broken"):
        await streaming()
    clock.now += 2
    assert await reading.forget() == Forgotten(2, unsent=2)


async def test_forgetting_without_a_stream(records: Records, clock: Clock, sink: Sink) -> None:
    """Nobody waits for a stream that is not configured, however it was left, nor for one that never began."""
    await StreamAudit(records, sink, clock, "me", "audit").begin()
    await tell(records, 450, NOW)
    clock.now = NOW + DAY + 2
    assert await ReadAudit(records, clock, None).forget() == Forgotten()
    assert await ReadAudit(records, clock, DAY, "other").forget() == Forgotten(450)
    await tell(records, 1, NOW)
    assert await ReadAudit(records, clock, DAY).forget() == Forgotten(1)


async def test_an_idle_stream_writes_nothing(
    records: Records, clock: Clock, sink: Sink, watching: sqlite3.Connection
) -> None:
    """It looks whether there is something to send, for as long as it likes, and commits nothing."""
    streaming, other = (StreamAudit(records, sink, clock, name, "audit") for name in ("me", "other"))
    await streaming.begin()
    await tell(records, 1, NOW)
    assert await streaming() == 1
    before = version(watching)
    for _ in range(5):
        clock.now += CLAIM
        assert (await streaming(), await other()) == (0, 0)
    assert version(watching) == before
    await tell(records, 1, NOW)
    assert await other() == 1  # the claim had ended: whoever sees it first goes on
    assert len(sink.lines) == 2


async def test_one_streams_at_a_time(records: Records, clock: Clock, sink: Sink) -> None:
    """While one has the stream another sends nothing; a claim that is about to end is renewed before it sends."""
    streaming, other = (StreamAudit(records, sink, clock, name, "audit") for name in ("me", "other"))
    await streaming.begin()
    clock.now += CLAIM - 1
    await tell(records, 450, NOW)
    assert await other() == 0
    sink.broken = True
    with refused(Code.UNAVAILABLE):
        await streaming()
    clock.now += 2
    assert await other() == 0
    sink.broken = False
    assert await streaming() == 450
    await streaming.end()
    await tell(records, 1, NOW)
    clock.now += 1
    assert await other() == 1
    assert len(sink.lines) == 451
