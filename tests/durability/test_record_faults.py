"""Statements that fail in SQLite: nothing was changed, whoever waited is told, and the writer lives on."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from moorage.adapters.sql import sqlite
from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from tests.durability.support.faults import FragileConnection, sqlite_error
from tests.durability.support.house import ADMIN, NAME, House, furnish
from tests.support.refused import refused

CONTENT = b"layer" * 1000
BROKEN = sqlite_error(sqlite3.SQLITE_IOERR)
FULL = sqlite_error(sqlite3.SQLITE_FULL)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> dict[str, sqlite3.Error]:
    """First words of statements that fail from now on, on every connection, and how."""
    found: dict[str, sqlite3.Error] = {}
    connect = sqlite3.connect

    def fragile(*given: object, **named: object) -> sqlite3.Connection:
        connection = connect(*given, factory=FragileConnection, **named)  # type: ignore[call-overload]
        connection.broken = found
        return connection  # type: ignore[no-any-return]

    monkeypatch.setattr(sqlite3, "connect", fragile)
    return found


@pytest.fixture
def fragile_house(broken: dict[str, sqlite3.Error], tmp_path: Path) -> Iterator[House]:  # noqa: ARG001 - before it
    """A house on connections that can fail."""
    furnished = furnish(tmp_path)
    yield furnished
    furnished.close()


@pytest.mark.parametrize("statement", ["BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "INSERT", "PRAGMA"])
@pytest.mark.parametrize(("error", "code"), [(BROKEN, Code.UNAVAILABLE), (FULL, Code.STORAGE_FULL)])
async def test_a_write(
    fragile_house: House, broken: dict[str, sqlite3.Error], statement: str, error: sqlite3.Error, code: Code
) -> None:
    """A transaction that fails anywhere is refused and changes nothing; the next one works."""
    broken[statement] = error
    with refused(code):
        await fragile_house.begin()
    broken.clear()
    assert not (await fragile_house.records.read(lambda ledger: ledger.repositories.place(NAME))).exists
    await fragile_house.begin()
    assert (await fragile_house.records.read(lambda ledger: ledger.repositories.place(NAME))).exists


async def test_undoing_fails_too(fragile_house: House, broken: dict[str, sqlite3.Error]) -> None:
    """Where even ROLLBACK fails the writer goes on, and works again when the database does."""
    broken |= {"COMMIT": BROKEN, "ROLLBACK": BROKEN}
    for _ in range(3):
        with refused(Code.UNAVAILABLE):
            await fragile_house.begin()
    broken.clear()
    with pytest.raises(Refusal):  # this one finds the broken transaction, and clears it away
        await fragile_house.begin()
    assert await fragile_house.read(await fragile_house.keep(CONTENT)) == CONTENT


async def test_all_that_wait_together(fragile_house: House, broken: dict[str, sqlite3.Error]) -> None:
    """Every story of a transaction that fails is told so, none of them waits for ever."""
    broken["COMMIT"] = BROKEN
    outcomes = await asyncio.gather(*(fragile_house.begin() for _ in range(100)), return_exceptions=True)
    assert {outcome.code for outcome in outcomes if isinstance(outcome, Refusal)} == {Code.UNAVAILABLE}
    assert len(outcomes) == 100
    broken.clear()
    await fragile_house.begin()


async def test_the_last_step_of_a_push(fragile_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blob whose bytes are stored but whose record fails is unknown; the same push again keeps it."""
    broken_house = fragile_house
    write = broken_house.records.write

    async def fail(story: object, *, durable: bool = True, **more: object) -> object:
        if durable:
            raise sqlite._as_refusal(BROKEN)
        return await write(story, durable=durable, **more)  # type: ignore[arg-type]

    digest = Digest.of(CONTENT)
    with monkeypatch.context() as patched:
        patched.setattr(broken_house.records, "write", fail)
        with refused(Code.UNAVAILABLE):
            await broken_house.keep(CONTENT)
    assert broken_house.blob_file(digest).exists()
    with refused(Code.BLOB_UNKNOWN):
        await broken_house.fetch(ADMIN, NAME, digest)
    assert await broken_house.read(await broken_house.keep(CONTENT)) == CONTENT


async def test_a_read(fragile_house: House, broken: dict[str, sqlite3.Error]) -> None:
    """A read that fails is answered as such, and the next one works."""
    digest = await fragile_house.keep(CONTENT)
    broken["SELECT"] = BROKEN
    with refused(Code.UNAVAILABLE):
        await fragile_house.read(digest)
    broken.clear()
    assert await fragile_house.read(digest) == CONTENT
