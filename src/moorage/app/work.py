"""The first moments of a worker, forked from the keeper: its signals, its logs, then the application."""

import asyncio
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from moorage.app.handover import SIGNALS, Plan


def load(plan: Plan, alive: int, end_of_life: int) -> Any:  # noqa: ANN401 - an ASGI application is any callable
    """The application. `alive` is a pipe that ends when the keeper does; `end_of_life` is its other end."""
    os.close(end_of_life)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _leave_to_keeper()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    threading.Thread(target=_outlive_briefly, args=(alive, plan.drain_seconds), daemon=True).start()

    gc.disable()  # nothing of what is made now is garbage, and to look through it again and again takes a tenth of it
    # structlog would read this in for tracebacks that show local variables: slow, large, and nothing that we print.
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
    from moorage.app.compose import build  # noqa: PLC0415 - the keeper needs none of it
    from moorage.app.journal import set_up  # noqa: PLC0415 - the same
    from moorage.app.settings import Settings  # noqa: PLC0415 - the same

    set_up(plan.log_format, plan.log_level)
    settings = Settings.model_validate_json(plan.settings).coming_from(plan.origins)
    application = build(settings)
    gc.enable()
    # The server below hears SIGINT from its first turn of the loop on; this comes right after.
    loop = asyncio.get_event_loop()
    loop.call_soon(_leave_to_keeper)
    loop.call_soon(_end_streams_at, loop, application.end_streams)
    return application


def _leave_to_keeper() -> None:
    """Ctrl-C in a terminal reaches every process; the keeper alone decides, and ends its workers by SIGTERM."""
    for left in (signal.SIGINT, signal.SIGHUP):
        signal.signal(left, signal.SIG_IGN)


def _end_streams_at(loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> None:
    """The server below hears of SIGTERM by the loop's own pipe, and then waits for all that it answers: so do we."""
    signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(end))
    signal.siginterrupt(signal.SIGTERM, False)


def _outlive_briefly(alive: int, seconds: float) -> None:
    """When the keeper was killed: finish what is in flight, but not for longer than it would have allowed."""
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)
