"""A process that tells many stories to the records of a folder: `python -m tests.support.teller FOLDER NAME COUNT`."""

import asyncio
import sys
from pathlib import Path

from moorage.adapters.sql.sqlite import SqliteRecords
from moorage.ports.records import Ledger
from moorage.rules.facts import Event
from tests.support.records import ensure


async def tell(records: SqliteRecords, name: str, count: int) -> None:
    """Tell this many stories, many at once; each writes two rows and reads one."""

    async def one(number: int) -> None:
        def story(ledger: Ledger) -> None:
            repository_id = ensure(ledger)
            ledger.events.record(Event(name, "team/app", repository_id, "teller", float(number)))

        await records.write(story, durable=number % 10 == 0)
        await records.read(lambda ledger: ledger.events.page(after=0, limit=1))

    for start in range(0, count, 20):
        await asyncio.gather(*(one(number) for number in range(start, min(count, start + 20))))


def main() -> None:
    """Tell them, and say so when all were heard."""
    folder, name, count = sys.argv[1:]
    records = SqliteRecords(Path(folder))
    try:
        asyncio.run(tell(records, name, int(count)))
    finally:
        records.close()
    sys.stdout.write("all told\n")


if __name__ == "__main__":
    main()
