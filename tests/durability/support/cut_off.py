"""Prepare a data folder, but die right before the so-many-th call that writes: `python -m … FOLDER NUMBER`.

Prints how many such calls there were if it gets to the end. What counts is seen from inside by a profiler, which
Python tells of every call into C.
"""

import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

from moorage.app.prepare import prepare
from moorage.app.settings import load

_DEEDS = {"fsync", "rename", "write", "execute", "executemany", "executescript", "commit"}


def main() -> None:
    """Count, and end it."""
    folder, number = sys.argv[1], int(sys.argv[2])
    settings = load(options={"data": folder})
    seen = 0

    def watch(_frame: FrameType, event: str, what: Any) -> None:  # noqa: ANN401 - sys.setprofile's own
        nonlocal seen
        if event == "c_call" and what.__name__ in _DEEDS:
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    threading.setprofile(watch)
    sys.setprofile(watch)
    prepare(settings)
    sys.setprofile(None)
    sys.stdout.write(f"{seen}\n")


if __name__ == "__main__":
    main()
