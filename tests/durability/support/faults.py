"""Calls of the operating system and of SQLite that fail when a test says so, in this process."""

import errno
import os
import sqlite3
from collections.abc import Callable
from typing import Any


class Fault:
    """Wraps a call: while `left` is above 0 each call takes one off and fails with `error` instead."""

    def __init__(self, call: Callable[..., Any], error: Exception) -> None:
        self._call = call
        self._error = error
        self.left = 0

    def __call__(self, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the call takes and gives
        """Fail, or do it."""
        if self.left > 0:
            self.left -= 1
            raise self._error
        return self._call(*given, **named)


def os_error(number: int) -> OSError:
    """As the system raises it."""
    return OSError(number, os.strerror(number))


DISK_BROKEN = os_error(errno.EIO)
DISK_FULL = os_error(errno.ENOSPC)
DISK_READ_ONLY = os_error(errno.EROFS)


def sqlite_error(code: int) -> sqlite3.OperationalError:
    """As SQLite raises it."""
    error = sqlite3.OperationalError("injected")
    error.sqlite_errorcode = code
    return error


class FragileConnection(sqlite3.Connection):
    """Fails statements that begin with a word of `broken`, with the error beside it."""

    broken: dict[str, sqlite3.Error]

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:  # noqa: ANN401 - as sqlite3's own
        """Run it unless it is broken."""
        error = getattr(self, "broken", {}).get(sql.split(maxsplit=1)[0])
        if error is not None:
            raise error
        return super().execute(sql, *values)
