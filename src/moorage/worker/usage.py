"""Puts together what was counted of bytes, now and then, and forgets what was counted of days long ago."""

import asyncio
import random
from collections.abc import Callable

import structlog

from moorage.oci.error import Refusal
from moorage.service.manage_quotas import ManageQuotas
from moorage.service.read_statistics import ReadStatistics

log = structlog.get_logger("moorage.usage")
PAUSE = 3.0
"""Seconds between two rounds: as much as comes meanwhile is added up anew by each push."""
_HOUR = 3600.0


async def fold_forever(quotas: ManageQuotas, tell_stored: Callable[[int], None]) -> None:
    """A round every three seconds, give or take, so that several workers do not meet."""
    while True:
        try:
            more = True
            while more:
                more = bool(await quotas.fold())
            tell_stored(await quotas.stored())
        except Refusal as refusal:
            log.warning("what was counted has to wait", reason=refusal.sentence)
        except Exception:
            log.exception("what was counted could not be put together")
        await asyncio.sleep(PAUSE * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load, guards nothing


async def forget_statistics_forever(statistics: ReadStatistics) -> None:
    """A round every hour."""
    while True:
        await asyncio.sleep(_HOUR)
        try:
            if gone := await statistics.forget():
                log.info("statistics forgotten", rows=gone)
        except Refusal as refusal:
            log.warning("statistics cannot be forgotten now", reason=refusal.sentence)
        except Exception:
            log.exception("statistics could not be forgotten")
