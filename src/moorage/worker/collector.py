"""Collects garbage now and then."""

from dataclasses import asdict

import structlog

from moorage.service.collect_garbage import CollectGarbage
from moorage.worker.round import Round

log = structlog.get_logger("moorage.gc")


def collecting(collect: CollectGarbage, pause: float) -> Round:
    """Each `pause` seconds, or a little sooner: replicas are not to meet."""

    async def round_() -> None:
        took = await collect()
        if any(asdict(took).values()):
            log.info("garbage collected", **asdict(took))

    return Round(round_, pause, log, "collecting garbage", spread=(0.5, 1.0))
