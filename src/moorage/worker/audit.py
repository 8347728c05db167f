"""Writes the audit's trail every moment, and sends it on."""

import asyncio
from typing import Protocol

import structlog

from moorage.oci.error import Refusal
from moorage.service.stream_audit import StreamAudit

log = structlog.get_logger("moorage.audit")
MOMENT = 1.0
"""Seconds between two writes of the trail."""
_LONGEST_PAUSE = 30.0


class Trail(Protocol):
    """Remembers what happened until it is written."""

    async def flush(self) -> None:
        """Write it."""


async def write_forever(trail: Trail) -> None:
    """A write every moment."""
    while True:
        await asyncio.sleep(MOMENT)
        try:
            await trail.flush()
        except Exception:
            log.exception("the audit could not be written")


async def stream_forever(stream: StreamAudit) -> None:
    """A round every moment; while the sink fails, at growing distances, and the log tells so once."""
    pause = MOMENT
    while True:
        await asyncio.sleep(pause)
        try:
            await stream()
        except Refusal as refusal:
            if pause == MOMENT:
                log.warning("the audit stream has to wait; nothing of it is lost", reason=refusal.sentence)
            pause = min(2 * pause, _LONGEST_PAUSE)
        except Exception:
            log.exception("the audit could not be streamed")
            pause = _LONGEST_PAUSE
        else:
            if pause != MOMENT:
                log.info("the audit stream goes on")
            pause = MOMENT
