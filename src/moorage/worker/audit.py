"""Writes the audit's trail every moment, and forgets what is older than it should be."""

import asyncio
from typing import Protocol

import structlog

from moorage.oci.error import Refusal
from moorage.service.read_audit import ReadAudit

log = structlog.get_logger("moorage.audit")
MOMENT = 1.0
"""Seconds between two writes of the trail."""
_HOUR = 3600.0


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


async def forget_forever(audit: ReadAudit) -> None:
    """A round every hour."""
    while True:
        await asyncio.sleep(_HOUR)
        try:
            if gone := await audit.forget():
                log.info("audit forgotten", events=gone)
        except Refusal as refusal:
            log.warning("the audit cannot be forgotten now", reason=refusal.sentence)
        except Exception:
            log.exception("the audit could not be forgotten")
