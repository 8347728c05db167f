"""Reads beside the event loop: one thread with a connection of its own, both there from the first use on."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Outcome = TypeVar("Outcome")


class Aside:
    """Whoever reads here takes turns with the others who do; `connect` opens the connection, `name` is the thread's."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], name: str) -> None:
        self._connect = connect
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def run(self, work: Callable[[sqlite3.Connection], Outcome]) -> Outcome:
        """Do it when it is our turn. Raises what it raises, and sqlite3.Error."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    def close(self) -> None:
        """Break off what is being read, and end the thread."""
        if self._connection is not None:
            self._connection.interrupt()
        self._thread.shutdown(cancel_futures=True)
        if self._connection is not None:
            self._connection.close()

    def _run(self, work: Callable[[sqlite3.Connection], Outcome]) -> Outcome:
        if self._connection is None:
            self._connection = self._connect()
        return work(self._connection)
