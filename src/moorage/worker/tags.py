"""Ends tags whose time is over."""

import structlog

from moorage.service.end_tags import EndTags
from moorage.worker.round import APART, Round

log = structlog.get_logger("moorage.tags")


def ending(end_tags: EndTags, pause: float) -> Round:
    """At once, then each `pause` seconds, give or take."""

    async def end() -> None:
        if gone := await end_tags():
            log.info("tags ended", tags=gone)

    return Round(end, pause, log, "ending tags", spread=APART, at_once=True)
