"""What happens before the first request: the folder, the schema, the first administrator.

It runs in a process of its own, as migrations need much that serving does not.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from moorage.adapters.disk.files import sync_folder
from moorage.adapters.disk.store import DiskBlobs
from moorage.adapters.passwords import Argon2Passwords
from moorage.adapters.sql.migrate import bring_up
from moorage.adapters.sql.sqlite import SqliteRecords
from moorage.adapters.tokens import load_key
from moorage.app.settings import Settings
from moorage.service.manage_accounts import ManageAccounts


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the operator should hear: the password that was drawn, the copy made before an upgrade."""

    password: str | None
    copy: Path | None


def prepare(settings: Settings) -> Prepared:
    """Make everything ready; safe to repeat."""
    DiskBlobs.prepare(settings.data)
    copy = bring_up(settings.data)
    load_key(settings.data)
    sync_folder(settings.data)
    return Prepared(asyncio.run(_first_administrator(settings)), copy)


async def _first_administrator(settings: Settings) -> str | None:
    records = SqliteRecords(settings.data)
    try:
        await records.write(lambda ledger: ledger.uploads.distrust())
        accounts = ManageAccounts(records, Argon2Passwords(), time.time)
        preset = settings.admin_password.get_secret_value() if settings.admin_password else None
        return await accounts.first_administrator(preset)
    finally:
        records.close()


async def recover_administrator(settings: Settings) -> str:
    """A new random password for `admin`."""
    records = SqliteRecords(settings.data)
    try:
        return await ManageAccounts(records, Argon2Passwords(), time.time).recover()
    finally:
        records.close()
