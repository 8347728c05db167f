"""Wait for what happens outside of the test's own process."""

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")


def until(look: Callable[[], Seen], what: str, patience: float = 30.0) -> Seen:
    """Look again and again until there is something to see; fails with `what` after `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        if seen := look():
            return seen
        assert time.monotonic() < deadline, f"in {patience} s it did not come to this: {what}"
        time.sleep(0.02)
