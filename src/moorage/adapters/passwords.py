"""Passwords by Argon2id, in a thread, few at a time: each takes 19 MiB and some tens of milliseconds."""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

Outcome = TypeVar("Outcome")
_PASSES, _MEMORY_KIB = 2, 19_456
_MOST_AT_ONCE = 2
_NICENESS = 19
"""By how much the threads stand back, so that those who pull do not wait for those who log in."""
_DUMMY_PASSWORD = "nobody has this password"  # noqa: S105 - it opens nothing


class Argon2Passwords:
    """See `ports.identity.Passwords`. Parameters: OWASP's m=19 MiB, t=2, p=1."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=1)
        self._pool = ThreadPoolExecutor(_at_once(), thread_name_prefix="passwords", initializer=_stand_back)
        self._dummy: str | None = None

    async def hash(self, password: str) -> str:
        """Salted at random."""
        return await self._in_thread(lambda: self._hasher.hash(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Against a dummy where there is none, so that the time tells nothing."""
        if stored is None:
            if self._dummy is None:
                self._dummy = await self.hash(_DUMMY_PASSWORD)
            await self._in_thread(lambda: self._matches(self._dummy or "", password))
            return False
        return await self._in_thread(lambda: self._matches(stored, password))

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], Outcome]) -> Outcome:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _at_once() -> int:
    """One core less than there are.

    A scheduler lets a thread of low priority end its slice, of milliseconds, before it lets others in, and whoever
    pulls would wait for it where no other core is free.
    """
    with suppress(AttributeError):
        return max(1, min(_MOST_AT_ONCE, len(os.sched_getaffinity(0)) - 1))
    return 1


def _stand_back() -> None:
    """Linux sets this for a thread by itself; where it cannot be set nothing is lost but quickness of others."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
