"""Writes what waits in memory every moment, the audit's trail for one, and sends the audit on."""

from typing import Protocol

import structlog

from moorage.service.stream_audit import StreamAudit
from moorage.worker.round import Round

log = structlog.get_logger("moorage.audit")
MOMENT = 1.0
"""Seconds between two writes."""
_LONGEST_PAUSE = 30.0


class Trail(Protocol):
    """Remembers what happened until it is written."""

    async def flush(self) -> None:
        """Write it."""


def writing(trail: Trail, what: str) -> Round:
    """A write every moment."""
    return Round(trail.flush, MOMENT, log, f"writing {what}")


def streaming(stream: StreamAudit) -> Round:
    """A round every moment; while the sink fails, at growing distances. Nothing of it is lost."""
    return Round(stream, MOMENT, log, "streaming the audit", longest=_LONGEST_PAUSE)
