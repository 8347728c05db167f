"""The machine, as its operating system tells."""

import asyncio
import os
import platform
import sqlite3
from pathlib import Path

from moorage import __version__
from moorage.adapters import keys, sealing
from moorage.adapters.sql.migrate import HEAD, revision_of
from moorage.adapters.sql.sqlite import FILE
from moorage.ports.machine import KeyFact, MachineFacts


class HostMachine:
    """See `ports.machine.Machine`."""

    def __init__(self, folder: Path, workers: int) -> None:
        self._folder = folder
        self._workers = workers

    async def look(self) -> MachineFacts:
        """In a thread, as a disk may take its time."""
        return await asyncio.to_thread(self._look)

    def _look(self) -> MachineFacts:
        found = os.statvfs(self._folder)
        return MachineFacts(
            disk_total=found.f_blocks * found.f_frsize,
            disk_free=found.f_bavail * found.f_frsize,
            database=sum(_size(self._folder / f"{FILE}{end}") for end in ("", "-wal")),
            schema=revision_of(self._folder / FILE) or "",
            newest_schema=HEAD,
            workers=self._workers,
            keys=tuple(KeyFact(name, _changed(self._folder / name)) for name in (keys.FILE, sealing.FILE)),
            versions=(
                ("Moorage", __version__),
                ("Python", platform.python_version()),
                ("SQLite", sqlite3.sqlite_version),
            ),
        )


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _changed(file: Path) -> float | None:
    try:
        return file.stat().st_mtime
    except OSError:
        return None
