"""The program with the two things in it that take time on purpose, where they are not what is tested.

`python -m tests.support.quick WORDS` is `moorage WORDS`, in its workers too, but passwords cost next to nothing, and
whoever may be out is looked at again at once. What somebody set as a password in that way costs little wherever it is
compared, as the hash itself says what it cost.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from moorage.__main__ import main
from moorage.adapters import passwords as shipped
from moorage.service import authenticate

RECHECK = 0.5
"""Seconds for which an account is trusted to be as it was; what ships is tested in tests/contract."""


@contextmanager
def cheap_passwords() -> Iterator[None]:
    """Those that are made within cost the least that Argon2 knows."""
    with patch.object(shipped, "_PASSES", 1), patch.object(shipped, "_MEMORY_KIB", 8):
        yield


def passwords() -> shipped.Argon2Passwords:
    """The program's own, at that cost."""
    with cheap_passwords():
        return shipped.Argon2Passwords()


if __name__ == "__main__":
    with cheap_passwords(), patch.object(authenticate, "RECHECK", RECHECK):
        main()
