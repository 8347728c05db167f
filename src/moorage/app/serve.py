"""Run the program: lock the data folder, prepare it, start the workers, and end them in peace."""

import ctypes
import fcntl
import multiprocessing
import os
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops, SSLProtocols
from granian.http import HTTP1Settings, HTTP2Settings
from granian.log import LogLevels
from granian.server import Server

from moorage.app.settings import Settings

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_PR_SET_PDEATHSIG = 1
_BACKLOG = 2048
_AT_ONCE = 1024
_HEADER_TIMEOUT_MS = 30_000
_LARGEST_HEADERS = 64 * 1024


class CannotServe(Exception):  # noqa: N818 - names what was found
    """The server cannot start; the message says why and what to do."""


def serve(settings: Settings, tell: Callable[[Any], None]) -> None:
    """Serve until a signal ends it. `tell` hears what was prepared, before the first request.

    Raises CannotServe.
    """
    lock = _lock(settings.data)
    try:
        tell(_prepare_apart(settings))
        if settings.workers > 1:
            os.environ[METRICS_FOLDER] = tempfile.mkdtemp(prefix="moorage-metrics-")
        _raise_file_limit()
        _run(settings)
    finally:
        if folder := os.environ.pop(METRICS_FOLDER, None):
            shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _lock(folder: Path) -> int:
    """Hold the folder for this process and its workers."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        lock = os.open(folder / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    except OSError as error:
        raise CannotServe(f"the data folder {folder} cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, 32, 0).decode(errors="replace").strip() or "unknown"
        os.close(lock)
        raise CannotServe(
            f"the data folder {folder.resolve()} is in use by another Moorage (process {holder}): "
            "stop that one, or give this one another folder with --data"
        ) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def _prepare_apart(settings: Settings) -> Any:  # noqa: ANN401 - what a pipe carries
    """Prepare in a child, so that what only migrations need leaves memory with it."""
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=_prepare_child, args=(settings, sending))
    child.start()
    sending.close()
    try:
        outcome = receiving.recv()
    except EOFError:
        outcome = CannotServe("the data folder could not be prepared; see the lines above")
    child.join()
    if isinstance(outcome, CannotServe):
        raise outcome
    return outcome


def _prepare_child(settings: Settings, sending: Connection) -> None:
    from moorage.adapters.sql.migrate import SchemaTooNew  # noqa: PLC0415 - heavy; only this child needs it
    from moorage.app.prepare import prepare  # noqa: PLC0415 - the same

    try:
        sending.send(prepare(settings))
    except (SchemaTooNew, ValueError) as fault:
        sending.send(CannotServe(str(fault)))
    except OSError as error:
        sending.send(CannotServe(f"the data folder {settings.data} cannot be used: {error.strerror}"))


def _raise_file_limit() -> None:
    """Every connection is an open file: take as many as the system lets us have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _run(settings: Settings) -> None:
    server = Server(
        "moorage",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        loop=Loops.auto,
        http=HTTPModes.auto,
        websockets=False,
        backlog=_BACKLOG,
        backpressure=_AT_ONCE,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_TIMEOUT_MS),
        http2_settings=HTTP2Settings(max_headers_size=_LARGEST_HEADERS),
        log_level=LogLevels.error,
        ssl_cert=settings.tls.cert,
        ssl_key=settings.tls.key,
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
        workers_kill_timeout=settings.drain_seconds,
    )
    try:
        server.serve(target_loader=partial(load, settings), wrap_loader=False)
    except SystemExit:
        raise
    except (OSError, RuntimeError) as error:
        raise CannotServe(f"cannot listen on {settings.listen}: {error}") from error


def load(settings: Settings) -> Any:  # noqa: ANN401 - an ASGI application is any callable
    """The application, in a worker that ends when its parent does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    from moorage.app.compose import build  # noqa: PLC0415 - the parent needs none of it
    from moorage.app.journal import set_up  # noqa: PLC0415 - the same

    set_up(settings.log.format, settings.log.level)
    return build(settings)
