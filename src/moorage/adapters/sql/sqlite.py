"""SQLite as the engine: readers on the event loop, one writer thread that commits many stories at once.

Why so: a read is a few microseconds and needs no thread. SQLite has one writer; a queue before it is fairer and
quicker than a lock that many fight for, and stories that wait together share one fsync. Among processes a lock on a
file gives the turn, so nobody ever sees "database is locked".
"""

import asyncio
import fcntl
import os
import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from moorage.adapters.sql.aside import Aside
from moorage.adapters.sql.hot import ROOM, Hot
from moorage.adapters.sql.ledger import SqlLedger
from moorage.adapters.sql.session import Session
from moorage.adapters.sql.walindex import WalIndex
from moorage.oci.error import Refusal
from moorage.ports.records import Ledger, RecordsFull, RecordsUnavailable
from moorage.rules.access import Identity, ended

Outcome = TypeVar("Outcome")
FILE = "moorage.db"
MOST_TOGETHER = 64
"""Stories that one transaction carries at the most."""
_BUSY_MS = 60_000
_CACHE_KIB = 8192


def connect(file: Path) -> sqlite3.Connection:
    """A connection with what all of them share: WAL, foreign keys, patience."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, cached_statements=256)
    for pragma in (
        f"busy_timeout = {_BUSY_MS}",
        "journal_mode = WAL",
        "foreign_keys = ON",
        f"cache_size = -{_CACHE_KIB}",
        "temp_store = MEMORY",
        "trusted_schema = OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _reader(file: Path) -> sqlite3.Connection:
    connection = connect(file)
    connection.execute("PRAGMA query_only = ON")
    return connection


@dataclass(slots=True)
class _Waiting:
    story: Callable[[Ledger], Any]
    durable: bool
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Any]"
    outcome: Any = None
    error: BaseException | None = None

    def tell(self) -> None:
        if self.answer.done():  # whoever asked has gone; the change stands
            return
        if self.error is not None:
            self.answer.set_exception(self.error)
        else:
            self.answer.set_result(self.outcome)


class SqliteRecords:
    """See `ports.records.Records`. To make one raises what its verbs raise."""

    def __init__(self, folder: Path, cache: int = ROOM) -> None:
        """`cache` bytes of memory are for what is pulled often."""
        self._turn = os.open(folder / "writer.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            self._reader, self._connection = _reader(folder / FILE), connect(folder / FILE)
            self._reader.execute("SELECT 1 FROM sqlite_schema").fetchone()  # the WAL-index is there from now on
        except sqlite3.Error as error:
            os.close(self._turn)
            raise _as_refusal(error) from error
        reading = Session(self._reader)
        self._read_ledger = SqlLedger(reading, Hot(reading, WalIndex(folder / FILE), cache))
        self._aside, self._apart = (
            Aside(partial(_reader, folder / FILE), f"records-{name}") for name in ("aside", "apart")
        )
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_forever, name="records", daemon=True)
        self._writer.start()

    def close(self) -> None:
        """Finish what waits, then end the writer."""
        self._queue.put(None)
        self._writer.join()
        self._aside.close()
        self._apart.close()
        self._reader.close()

    async def read(self, story: Callable[[Ledger], Outcome]) -> Outcome:
        """At once, on the calling thread."""
        try:
            return story(self._read_ledger)
        except sqlite3.Error as error:
            raise _as_refusal(error) from error

    async def read_aside(self, story: Callable[[Ledger], Outcome]) -> Outcome:
        """In a thread, one after another."""
        return await _read_in(self._aside, story)

    async def read_apart(self, story: Callable[[Ledger], Outcome]) -> Outcome:
        """The same in another."""
        return await _read_in(self._apart, story)

    async def write(
        self, story: Callable[[Ledger], Outcome], *, durable: bool = True, by: Identity | None = None
    ) -> Outcome:
        """Queue it for the writer."""
        if by is not None:
            story = partial(_told_by, by, story)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Outcome] = loop.create_future()
        self._queue.put(_Waiting(story, durable, loop, answer))
        return await answer

    def _write_forever(self) -> None:
        turn, connection = self._turn, self._connection
        ledger = SqlLedger(Session(connection))
        try:
            while (first := self._queue.get()) is not None:
                together, ended = self._gather(first)
                try:
                    fcntl.flock(turn, fcntl.LOCK_EX)
                    try:
                        _commit_together(connection, ledger, together)
                    finally:
                        fcntl.flock(turn, fcntl.LOCK_UN)
                except Exception as error:  # noqa: BLE001 - whatever it was, the next ones must be heard
                    _fail(together, RecordsUnavailable(), error)
                _tell(together)
                if ended:
                    return
        finally:
            connection.close()
            os.close(turn)

    def _gather(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        together = [first]
        while len(together) < MOST_TOGETHER:
            try:
                more = self._queue.get_nowait()
            except queue.Empty:
                break
            if more is None:
                return together, True
            together.append(more)
        return together, False


def _told_by(who: Identity, story: Callable[[Ledger], Outcome], ledger: Ledger) -> Outcome:
    if not ledger.accounts.holds(who):
        raise ended(who)
    return story(ledger)


def _commit_together(connection: sqlite3.Connection, ledger: SqlLedger, together: list[_Waiting]) -> None:
    """One transaction, a savepoint for each story: who fails is undone alone, what breaks the whole fails all."""
    durable = any(waiting.durable for waiting in together)
    try:
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.execute("BEGIN IMMEDIATE")
        for waiting in together:
            _run(connection, ledger, waiting)
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        with suppress(sqlite3.Error):  # the writer lives on, and the next transaction tries again
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        _fail(together, _as_refusal(error), error)


def _fail(together: list[_Waiting], refusal: Refusal, cause: Exception) -> None:
    refusal.__cause__ = cause
    for waiting in together:
        if waiting.error is None:
            waiting.error = refusal


def _run(connection: sqlite3.Connection, ledger: SqlLedger, waiting: _Waiting) -> None:
    connection.execute("SAVEPOINT story")
    try:
        waiting.outcome = waiting.story(ledger)
    except sqlite3.OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 - it is raised where the story was told
        connection.execute("ROLLBACK TO story")
        waiting.error = error
    connection.execute("RELEASE story")


def _tell(together: list[_Waiting]) -> None:
    loop = together[0].loop

    def tell_all() -> None:
        for waiting in together:
            waiting.tell()

    if all(waiting.loop is loop for waiting in together):
        _soon(loop, tell_all)
        return
    for waiting in together:
        _soon(waiting.loop, waiting.tell)


def _soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)


async def _read_in(thread: Aside, story: Callable[[Ledger], Outcome]) -> Outcome:
    try:
        return await thread.run(lambda connection: story(SqlLedger(Session(connection))))
    except sqlite3.Error as error:
        raise _as_refusal(error) from error


def _as_refusal(error: sqlite3.Error) -> Refusal:
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return RecordsFull() if primary == sqlite3.SQLITE_FULL else RecordsUnavailable()
