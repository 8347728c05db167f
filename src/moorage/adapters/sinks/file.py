"""A file of JSON lines, which may be rotated by whatever rotates files."""

import fcntl
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from moorage.adapters.disk.files import write_all
from moorage.adapters.sinks.work import in_thread
from moorage.rules.telling import Line


class FileSink:
    """See `ports.sink.Sink`. A file that was moved away or removed is made anew, so that any rotation works."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._turn = threading.Lock()

    async def send(self, lines: Sequence[Line]) -> None:
        """Append and sync in a thread."""
        await in_thread(lambda: self._append(b"".join(line.text + b"\n" for line in lines)))

    async def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _append(self, text: bytes) -> None:
        """One at a time, in this process and among all: whoever was slow must not write into what came after."""
        with self._turn:
            file = self._current()
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                end = os.fstat(file).st_size
                if end and os.pread(file, 1, end - 1) != b"\n":  # a full disk cut a line short; it comes again below
                    text = b"\n" + text
                write_all(file, [text], end)
                os.fsync(file)
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)

    def _current(self) -> int:
        if self._file is not None:
            opened = os.fstat(self._file)
            with suppress(FileNotFoundError):
                there = self._path.stat()
                if (there.st_dev, there.st_ino) == (opened.st_dev, opened.st_ino):
                    return self._file
            os.close(self._file)
            self._file = None
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        return self._file
