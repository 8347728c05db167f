"""`verify` and `admin recount` on the machine itself, beside a running server or without one."""

import time
from collections.abc import AsyncIterator

from moorage.adapters.disk.store import DiskBlobs
from moorage.adapters.sql.sqlite import SqliteRecords
from moorage.app.parts import room_of
from moorage.app.settings import Settings
from moorage.rules.quota import Recounted
from moorage.service.manage_quotas import ManageQuotas
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


async def recount(settings: Settings) -> tuple[Recounted, ...]:
    """The bytes of every project, counted anew; what was wrong is right afterwards."""
    records = SqliteRecords(settings.data)
    try:
        return await ManageQuotas(records, time.time, room_of(settings, time.time)).recount(None)
    finally:
        records.close()
