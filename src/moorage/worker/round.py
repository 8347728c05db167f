"""The one loop of all that the program does by itself: the others here say only what they do, and how often."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from structlog.typing import FilteringBoundLogger

from moorage.oci.error import Refusal

HOUR = 3600.0
TOGETHER = (1.0, 1.0)
APART = (0.8, 1.2)
"""Several replicas that began together do not meet for long."""


@dataclass(frozen=True, slots=True)
class Round:
    """Done again and again, whatever goes wrong: `log` tells so once, and once more when it goes on.

    `every` is in seconds, of which each pause takes a share between these two of `spread`; `at_once` leaves the first
    pause out, and `wake` ends any. With `longest` the pauses double while it has to wait, up to so many seconds, and
    last so long where it failed.
    """

    do: Callable[[], Awaitable[object]]
    every: float
    log: FilteringBoundLogger
    what: str
    spread: tuple[float, float] = TOGETHER
    at_once: bool = False
    longest: float | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def forever(self) -> None:
        """Until it is cancelled."""
        trouble, pause = "", self.every
        if not self.at_once:
            await self._rest(pause)
        while True:
            found, pause = await self._try(trouble, pause)
            if trouble and not found:
                self.log.info("a round goes on", round=self.what)
            trouble = found
            await self._rest(pause)

    async def _try(self, trouble: str, pause: float) -> tuple[str, float]:
        """What was wrong, and the pause after it; `trouble` was told already."""
        try:
            await self.do()
        except Refusal as refusal:
            if refusal.sentence != trouble:
                self.log.warning("a round has to wait", round=self.what, reason=refusal.sentence)
            return refusal.sentence, self.every if self.longest is None else min(2 * pause, self.longest)
        except Exception as fault:
            found = repr(fault)
            if found != trouble:
                self.log.exception("a round failed", round=self.what)
            return found, self.every if self.longest is None else self.longest
        return "", self.every

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds * random.uniform(*self.spread)):  # noqa: S311 - spreads load
                await self.wake.wait()
        self.wake.clear()
