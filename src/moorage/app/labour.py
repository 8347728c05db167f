"""`moorage worker`: a process that does jobs and answers no request, beside a server on the same folder."""

import asyncio
import signal
from contextlib import AsyncExitStack, suppress

from moorage.app.journal import set_up
from moorage.app.kinds import kinds_of, work
from moorage.app.parts import open_parts
from moorage.app.rounds import read_audit
from moorage.app.settings import Settings


async def labour(settings: Settings) -> None:
    """Until SIGTERM or SIGINT; what is being done then is given back, for others to go on with."""
    set_up(settings.log.format, settings.log.level)
    async with AsyncExitStack() as stack:
        parts = open_parts(settings, stack)
        working = asyncio.create_task(work(parts, kinds_of(parts, read_audit(parts))))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, working.cancel)
        with suppress(asyncio.CancelledError):
            await working
