"""Resident memory of a server, all its processes together, from /proc."""

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
EVERY_SECONDS = 0.05


def family(process: int) -> list[int]:
    """A process and all its descendants."""
    found = [process]
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in task.read_text().split():
            found += family(int(child))
    return found


def resident(process: int) -> int:
    """Bytes resident in a process and its descendants; pages they share count once for each."""
    total = 0
    for member in family(process):
        try:
            total += int(Path(f"/proc/{member}/statm").read_text().split()[1]) * PAGE_BYTES
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total


class Watch:
    """The highest resident memory while it is open, sampled every 50 ms; `peak` is in bytes."""

    def __init__(self, process: int) -> None:
        self.process = process
        self.peak = resident(process)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._done.wait(EVERY_SECONDS):
            self.peak = max(self.peak, resident(self.process))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()
        self.peak = max(self.peak, resident(self.process))
