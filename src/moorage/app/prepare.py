"""What happens before the first request: the folder, the schema, the first administrator."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from moorage.adapters import keys, sealing
from moorage.adapters.disk.files import sync_folder
from moorage.adapters.disk.store import DiskBlobs
from moorage.adapters.passwords import Argon2Passwords
from moorage.adapters.sql.migrate import HEAD, DatabaseDamaged, SchemaTooNew, bring_up, revision_of
from moorage.adapters.sql.sqlite import FILE, SqliteRecords
from moorage.app.obstacle import Obstacle
from moorage.app.settings import Settings
from moorage.oci.error import Refusal
from moorage.ports.records import Ledger
from moorage.service.manage_accounts import ManageAccounts


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the operator should hear: the password that was drawn, the copy made before an upgrade."""

    password: str | None
    copy: Path | None


def prepare(settings: Settings) -> Prepared:
    """Make everything ready; safe to repeat. Raises Obstacle."""
    try:
        DiskBlobs.prepare(settings.data)
        copy = bring_up(settings.data)
        if settings.token_keys is None:
            keys.ensure(settings.data)
        if settings.secret_key is None:
            sealing.ensure(settings.data)
        sync_folder(settings.data)
        return Prepared(asyncio.run(_first_administrator(settings)), copy)
    except (SchemaTooNew, DatabaseDamaged, ValueError) as fault:
        raise Obstacle(str(fault)) from fault
    except Refusal as refusal:
        raise Obstacle(f"the database {settings.data / FILE} cannot be used: {refusal.sentence}") from refusal
    except OSError as error:
        raise Obstacle(f"the data folder {settings.data} cannot be used: {error.strerror}") from error


def need_registry(settings: Settings) -> None:
    """For commands that work on a registry that is there, of this very schema. Raises Obstacle."""
    file = settings.data / FILE
    try:
        found = revision_of(file)
    except DatabaseDamaged as fault:
        raise Obstacle(str(fault)) from fault
    if found is None:
        raise Obstacle(f"there is no registry in {settings.data.resolve()}: name its folder with --data")
    if found != HEAD:
        raise Obstacle(
            f"{file} is of another version of Moorage (schema {found}, this one knows {HEAD}): "
            "'moorage serve' brings an older one up to date"
        )


def _distrust(ledger: Ledger) -> None:
    """Nobody is served yet: whoever said that they are at something is gone."""
    ledger.uploads.distrust()
    ledger.garbage.distrust()


async def _first_administrator(settings: Settings) -> str | None:
    records = SqliteRecords(settings.data)
    try:
        await records.write(_distrust)
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


async def renew_key(settings: Settings, *, revoke: bool) -> None:
    """A new key that signs logins. Raises Obstacle where it is not ours to make."""
    if settings.token_keys is not None:
        raise Obstacle("the keys come from the settings (token_keys): put a new one in front there, and restart")
    records = SqliteRecords(settings.data)
    try:
        keys.renew(settings.data, revoke=revoke)
        await ManageAccounts(records, Argon2Passwords(), time.time).tell_of_new_key(revoked=revoke)
    except (OSError, ValueError) as fault:
        raise Obstacle(str(fault)) from fault
    finally:
        records.close()
