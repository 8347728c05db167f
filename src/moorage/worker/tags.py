"""Ends tags whose time is over, for as long as the program runs."""

import asyncio
import random

import structlog

from moorage.oci.error import Refusal
from moorage.service.end_tags import EndTags

log = structlog.get_logger("moorage.tags")


async def end_forever(end_tags: EndTags, pause: float) -> None:
    """A round every `pause` seconds, give or take, so that several replicas do not meet."""
    while True:
        try:
            gone = await end_tags()
            if gone:
                log.info("tags ended", tags=gone)
        except Refusal as refusal:
            log.warning("tags that have ended have to wait", reason=refusal.sentence)
        except Exception:
            log.exception("tags that have ended could not be deleted")
        await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load, guards nothing
