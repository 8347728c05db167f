"""What SQLite as the engine promises beyond the port: several processes on one folder, a queue that ends in order."""

import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path

from moorage.adapters.sql.sqlite import SqliteRecords
from moorage.ports.records import Records
from moorage.rules.facts import Event
from tests.support.teller import tell

_ROOT = Path(__file__).parents[2]
STORIES = 500


async def kinds(records: Records) -> Counter[str]:
    """How many events the tellers wrote, of each kind."""
    found = await records.read(lambda ledger: ledger.events.page(after=0, limit=9999))
    return Counter(event.kind for _, event in found if not event.kind.endswith(".created"))


async def test_two_at_once(folder: Path) -> None:
    """Two writers on one folder, in one process, never meet an error and lose nothing."""
    one, two = SqliteRecords(folder), SqliteRecords(folder)
    try:
        await asyncio.gather(tell(one, "one", STORIES), tell(two, "two", STORIES))
        assert await kinds(one) == await kinds(two) == {"one": STORIES, "two": STORIES}
    finally:
        one.close()
        two.close()


def test_two_processes(folder: Path) -> None:
    """Two processes on one folder never meet an error either, and each sees what both told."""
    tellers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.teller", str(folder), name, str(STORIES)],
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for name in ("one", "two")
    ]
    for teller in tellers:
        out, error = teller.communicate(timeout=60)
        assert (teller.returncode, out, error) == (0, b"all told\n", b"")
    records = SqliteRecords(folder)
    assert asyncio.run(kinds(records)) == {"one": STORIES, "two": STORIES}
    records.close()


async def test_a_reader_sees_what_another_wrote(folder: Path) -> None:
    """What one instance was acknowledged the next verb of another sees."""
    one, two = SqliteRecords(folder), SqliteRecords(folder)
    try:
        for number in range(50):
            writer, reader = (one, two) if number % 2 else (two, one)
            event = Event("told", "team/app", None, "teller", float(number))
            await writer.write(lambda ledger, event=event: ledger.events.record(event))  # type: ignore[misc]
            assert await kinds(reader) == {"told": number + 1}
    finally:
        one.close()
        two.close()


async def test_closing_ends_in_order(folder: Path) -> None:
    """What was told before `close` is written before it returns."""
    records = SqliteRecords(folder)
    told = [
        asyncio.ensure_future(
            records.write(lambda ledger: ledger.events.record(Event("told", "team/app", None, "teller", 0.0)))
        )
        for _ in range(200)
    ]
    await asyncio.sleep(0)
    records.close()
    await asyncio.gather(*told)
    again = SqliteRecords(folder)
    assert await kinds(again) == {"told": 200}
    again.close()
