"""What sinks do may wait for a disk or a network, and does so beside the event loop."""

import asyncio
from collections.abc import Callable

from moorage.ports.sink import SinkFailed


async def in_thread(work: Callable[[], None]) -> None:
    """Do it in a thread. Raises SinkFailed."""
    try:
        await asyncio.to_thread(work)
    except OSError as fault:
        raise SinkFailed(fault.strerror or str(fault)) from fault
