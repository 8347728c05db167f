"""Collects garbage now and then, for as long as the program runs."""

import asyncio
import random
from dataclasses import asdict

import structlog

from moorage.oci.error import Refusal
from moorage.service.collect_garbage import CollectGarbage

log = structlog.get_logger("moorage.gc")


async def collect_forever(collect: CollectGarbage, pause: float) -> None:
    """A round every `pause` seconds, give or take, so that several replicas do not meet."""
    while True:
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, guards nothing
        try:
            took = await collect()
            if any(asdict(took).values()):
                log.info("garbage collected", **asdict(took))
        except Refusal as refusal:
            log.warning("garbage cannot be collected now", reason=refusal.sentence)
        except Exception:
            log.exception("garbage could not be collected")
