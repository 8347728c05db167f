"""The process that stays: it keeps the workers alive, and ends them in peace. It answers no request itself.

It imports as little as it can: its memory counts beside that of the workers, which are forked from it. What it bends
in Granian's server is small and named where it happens.
"""

import gc
import logging
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces, Loops, SSLProtocols
from granian.http import HTTP1Settings, HTTP2Settings
from granian.log import LogLevels
from granian.server.mp import MPServer, WorkerProcess

from moorage.app import lines
from moorage.app.handover import METRICS_FOLDER, SIGNALS, Plan
from moorage.app.listen import BACKLOG
from moorage.app.work import load

_MOST_CONNECTIONS = 8192
_FILES_OF_OUR_OWN = 256
_HEADER_TIMEOUT_MS = 30_000
_REAPED_SECONDS = 5
_REAPED_PAUSE = 0.01
_LARGEST_HEADERS = 64 * 1024
Start: TypeAlias = Callable[..., Any]
log = logging.getLogger("moorage.keeper")


def keep(file: int) -> None:
    """Serve as the plan in this open file says, until a signal comes."""
    plan = Plan.receive(file)
    _raise_file_limit()
    # A worker is deaf until it has its own handlers: else a signal in its first moment would be heard by nobody.
    os.register_at_fork(
        before=partial(signal.pthread_sigmask, signal.SIG_BLOCK, SIGNALS),
        after_in_parent=partial(signal.pthread_sigmask, signal.SIG_UNBLOCK, SIGNALS),
    )
    alive, end_of_life = os.pipe()  # a worker that reads the end of this pipe has lost its keeper
    try:
        server = Keeper(plan)
        gc.collect()
        gc.freeze()
        server.serve(target_loader=partial(load, plan, alive, end_of_life), wrap_loader=False)
    finally:
        if folder := os.environ.get(METRICS_FOLDER):
            shutil.rmtree(folder, ignore_errors=True)


class Keeper(MPServer):
    """Granian's server on a socket that is there already."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(
            "moorage",
            interface=Interfaces.ASGI,
            workers=plan.workers,
            loop=Loops.auto,
            http=HTTPModes.auto,
            websockets=False,
            backlog=BACKLOG,
            backpressure=_connections(),
            http1_settings=HTTP1Settings(header_read_timeout=_HEADER_TIMEOUT_MS),
            http2_settings=HTTP2Settings(max_headers_size=_LARGEST_HEADERS),
            log_level=LogLevels.error,
            log_dictconfig=lines.configuration(plan.log_format, plan.log_level),
            ssl_cert=Path(plan.cert) if plan.cert else None,
            ssl_key=Path(plan.key) if plan.key else None,
            ssl_protocol_min=SSLProtocols.tls12,
            respawn_failed_workers=True,
            workers_kill_timeout=plan.drain_seconds,
        )
        self._plan = plan

    def _init_shared_socket(self) -> None:
        """Take the socket that was bound before; called when signals have their handlers."""
        self._sso = None
        self._shd = SocketHolder(self._plan.listener, False, BACKLOG)  # type: ignore[assignment,call-arg]
        if sys.stderr.isatty():  # a terminal that closes ends the program; elsewhere SIGHUP renews the workers
            signal.signal(signal.SIGHUP, self.signal_handler_interrupt)

    def _drop_shared_socket(self) -> None:
        """Nobody is let in any more."""
        os.close(self._plan.listener)

    def _respawn_workers(self, workers: list[int], spawn_target: Start, target_loader: Start, delay: float = 0) -> None:
        gone = [self.wrks[index] for index in workers]
        super()._respawn_workers(workers, spawn_target, target_loader, delay)
        for worker in gone:
            _forget_gauges(worker)

    def _stop_workers(self) -> None:
        if self.interrupt_signal:
            log.info("stopping", extra={"fields": {"drain_seconds": self._plan.drain_seconds}})
        workers = list(self.wrks)
        super()._stop_workers()  # type: ignore[no-untyped-call]
        cut = sum(_exit_code(worker) == -signal.SIGKILL for worker in workers)
        if cut:
            log.warning(
                "requests did not end within drain_seconds and were cut off",
                extra={"fields": {"drain_seconds": self._plan.drain_seconds, "workers": cut}},
            )

    def shutdown(self, exit_code: int = 0) -> None:
        """A worker that died while we were asked to end is no failure."""
        if self.interrupt_signal:
            self.interrupt_children.clear()
        super().shutdown(exit_code)  # type: ignore[no-untyped-call]


def _exit_code(worker: WorkerProcess) -> int | None:
    """How it ended. One that was killed a moment ago has no code yet, nor while the thread that watches it takes it."""
    deadline = time.monotonic() + _REAPED_SECONDS
    while worker.inner.exitcode is None and time.monotonic() < deadline:
        worker.inner.join(_REAPED_SECONDS)
        time.sleep(_REAPED_PAUSE)
    code: int | None = worker.inner.exitcode
    return code


def _raise_file_limit() -> None:
    """Every connection is an open file: take as many as the system lets us have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _connections() -> int:
    """How many a worker takes, idle ones too: above that everybody waits. Each may need a file beside its own."""
    return max(64, min(_MOST_CONNECTIONS, (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _FILES_OF_OUR_OWN) // 2))


def _forget_gauges(worker: WorkerProcess) -> None:
    """What prometheus_client's mark_process_dead does, without importing it here."""
    if folder := os.environ.get(METRICS_FOLDER):
        for file in Path(folder).glob(f"gauge_live*_{worker.inner.pid}.db"):
            file.unlink(missing_ok=True)
