"""`verify` on the machine itself, beside a running server or without one."""

import time
from collections.abc import AsyncIterator

from moorage.adapters.disk.store import DiskBlobs
from moorage.adapters.sql.sqlite import SqliteRecords
from moorage.app.settings import Settings
from moorage.service.verify_blobs import Judged, VerifyBlobs


async def judge_all(settings: Settings) -> AsyncIterator[Judged]:
    """Every blob of the data folder, read through."""
    records, blobs = SqliteRecords(settings.data), DiskBlobs(settings.data)
    try:
        async for judged in VerifyBlobs(records, blobs, time.time).every():
            yield judged
    finally:
        records.close()
        blobs.close()
