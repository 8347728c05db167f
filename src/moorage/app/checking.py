"""`verify` on the machine itself, beside a running server or without one."""

from collections.abc import AsyncIterator

from moorage.adapters.disk.store import DiskBlobs
from moorage.adapters.sql.sqlite import SqliteRecords
from moorage.app.rounds import keep_house
from moorage.app.settings import Settings
from moorage.service.keep_house import Judged


async def judge_all(settings: Settings) -> AsyncIterator[Judged]:
    """Every blob of the data folder, read through."""
    records, blobs = SqliteRecords(settings.data), DiskBlobs(settings.data)
    try:
        async for judged in keep_house(settings, records, blobs).verify():
            yield judged
    finally:
        records.close()
        blobs.close()
