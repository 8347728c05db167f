"""Puts together what was counted of bytes, now and then, and forgets what was counted of days long ago."""

from collections.abc import Callable

import structlog

from moorage.service.manage_quotas import ManageQuotas
from moorage.service.read_statistics import ReadStatistics
from moorage.service.survey_storage import SurveyStorage
from moorage.worker.round import APART, HOUR, Round

log = structlog.get_logger("moorage.usage")
PAUSE, _QUARTER = 3.0, 900.0
"""Seconds between two rounds: as much as comes meanwhile is added up anew by each push."""


def folding(quotas: ManageQuotas, tell_stored: Callable[[int], None]) -> Round:
    """At once, then every three seconds, give or take."""

    async def fold() -> None:
        more = True
        while more:
            more = bool(await quotas.fold())
        tell_stored(await quotas.stored())

    return Round(fold, PAUSE, log, "adding up what is kept", spread=APART, at_once=True)


def noting(storage: SurveyStorage) -> Round:
    """At once, then every quarter of an hour, give or take: of a day the last look stays."""
    return Round(storage.note, _QUARTER, log, "noting what is kept today", spread=APART, at_once=True)


def forgetting(statistics: ReadStatistics) -> Round:
    """Every hour."""

    async def forget() -> None:
        if gone := await statistics.forget():
            log.info("statistics forgotten", rows=gone)

    return Round(forget, HOUR, log, "forgetting statistics")
