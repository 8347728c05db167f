"""More people than the first administrator, written straight into the records of a running server."""

import asyncio
import time
from pathlib import Path

from moorage.adapters.sql.sqlite import SqliteRecords
from tests.support.quick import passwords


def change_password(folder: Path, name: str, password: str) -> None:
    """Give the account another password, which ends everything issued before."""

    async def change() -> None:
        hashed = await passwords().hash(password)
        account = await records.read(lambda ledger: ledger.accounts.find(name))
        assert account is not None
        await records.write(lambda ledger: ledger.accounts.renew_password(account.id, hashed))

    records = SqliteRecords(folder)
    try:
        asyncio.run(change())
    finally:
        records.close()


def enrol(folder: Path, name: str, password: str, *, administrator: bool) -> None:
    """Make an account; the server on this folder knows it from the next request on."""

    async def make() -> None:
        hashed = await passwords().hash(password)
        made = await records.write(
            lambda ledger: ledger.accounts.create(name, hashed, administrator=administrator, now=time.time())
        )
        assert made is not None

    records = SqliteRecords(folder)
    try:
        asyncio.run(make())
    finally:
        records.close()
