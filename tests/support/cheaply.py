"""Passwords that cost next to nothing, where their cost is not what is tested.

`python -m tests.support.cheaply WORDS` is `moorage WORDS` with them, in its workers too. What somebody set in that way
costs little wherever it is looked at, as the hash itself says what it cost.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from moorage.__main__ import main
from moorage.adapters import passwords as shipped


@contextmanager
def cheaply() -> Iterator[None]:
    """Passwords that are made within cost the least that Argon2 knows."""
    with patch.object(shipped, "_PASSES", 1), patch.object(shipped, "_MEMORY_KIB", 8):
        yield


def passwords() -> shipped.Argon2Passwords:
    """The program's own, at that cost."""
    with cheaply():
        return shipped.Argon2Passwords()


if __name__ == "__main__":
    with cheaply():
        main()
