"""Has anybody committed since? SQLite's WAL-index answers in a tenth of a microsecond, without a system call.

The first 48 bytes of the `-shm` file are a header that every commit of every process changes, by a counter of
transactions among other things, before the commit returns. Source: sqlite.org/walformat.html, "WAL-Index Format".
"""

import mmap
import os
from contextlib import suppress
from pathlib import Path

_HEADER = 48
_kept_for_good: list[mmap.mmap] = []
"""A process that closes a file loses all its locks on it (POSIX), SQLite's too. So what is mapped here stays open."""


class WalIndex:
    """The header in shared memory; to be made when a connection has read from the database."""

    def __init__(self, database: Path) -> None:
        self._header: mmap.mmap | None = None
        with suppress(OSError, ValueError):  # there is none where SQLite found no way to share memory
            file = os.open(f"{database}-shm", os.O_RDONLY | os.O_CLOEXEC)
            self._header = mmap.mmap(file, _HEADER, access=mmap.ACCESS_READ)
            _kept_for_good.append(self._header)

    def stamp(self) -> bytes | None:
        """Equal to an earlier one only if nothing was committed in between; None if that cannot be told.

        One that is read in the middle of a commit may be neither the old nor the new: it equals neither.
        """
        return None if self._header is None else self._header[:_HEADER]
