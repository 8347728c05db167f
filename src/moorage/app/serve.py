"""Start the program: take the folder and the port, prepare, then become the process that keeps the workers.

All that can be wrong is found here and told in a sentence. Reading settings and migrating need much memory that
serving does not, so this process replaces itself by a fresh one (`app.keeper`): same process id, same command line.
"""

import fcntl
import json
import os
import shutil
import signal
import ssl
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from moorage.app.handover import HANDOVER, METRICS_FOLDER, SIGNALS, Plan
from moorage.app.listen import bind
from moorage.app.obstacle import Obstacle
from moorage.app.prepare import Prepared, prepare
from moorage.app.settings import Settings, Tls, secret_variables


def serve(settings: Settings, tell: Callable[[Prepared], None]) -> NoReturn:
    """Serve until a signal ends it. `tell` hears what was prepared, before the first request.

    Raises Obstacle.
    """
    os.umask(0o027)  # what is kept here is nobody else's business
    _check_certificate(settings.tls)
    lock = _lock(settings.data)
    listener = bind(settings.host, settings.port)
    prepared = prepare(settings)
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # one that comes from now on is heard by the keeper
    tell(prepared)
    plan = Plan(
        settings=settings.model_copy(update={"admin_password": None}).revealed(),
        listener=listener.detach(),
        lock=lock,
        workers=settings.workers,
        drain_seconds=settings.drain_seconds,
        cert=str(settings.tls.cert.resolve()) if settings.tls.cert else None,
        key=str(settings.tls.key.resolve()) if settings.tls.key else None,
        log_format=settings.log.format,
        log_level=settings.log.level,
        origins=dict(settings.origins),
    )
    _become_keeper(plan)


def _check_certificate(tls: Tls) -> None:
    if not (tls.cert and tls.key):
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(tls.cert, tls.key, password=lambda: b"")
    except (OSError, ValueError) as error:  # SSLError is an OSError
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise Obstacle(
            f"tls: {tls.cert} and {tls.key} cannot be used ({reason}): "
            "both are PEM, the key has no passphrase, and it is the key of this certificate"
        ) from error


def _lock(folder: Path) -> int:
    """Hold the folder for this process and its workers."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        lock = os.open(folder / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    except FileExistsError as error:
        raise Obstacle(f"the data folder {folder} cannot be used: it is a file, not a folder") from error
    except OSError as error:
        raise Obstacle(f"the data folder {folder} cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, 32, 0).decode(errors="replace").strip() or "unknown"
        os.close(lock)
        raise Obstacle(
            f"the data folder {folder.resolve()} is in use by another Moorage (process {holder}): "
            "stop that one, or give this one another folder with --data"
        ) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def _become_keeper(plan: Plan) -> NoReturn:
    """Run the same command again in this very process; what it has to know waits in memory alone."""
    reading = os.memfd_create("plan")  # a pipe would hold 64 KiB, and nobody reads yet
    with os.fdopen(os.dup(reading), "wb") as told:
        told.write(json.dumps(asdict(plan)).encode())
    os.lseek(reading, 0, os.SEEK_SET)
    for kept in (reading, plan.listener, plan.lock):
        os.set_inheritable(kept, True)
    secret = secret_variables()
    environment = {name: value for name, value in os.environ.items() if name not in secret}
    environment[HANDOVER] = str(reading)
    if plan.workers > 1:
        environment[METRICS_FOLDER] = _metrics_folder(plan.lock)
    else:
        environment.pop(METRICS_FOLDER, None)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, sys.orig_argv, environment)  # noqa: S606 - it is this very program


def _metrics_folder(lock: int) -> str:
    """A fresh one; those that a killed server left behind go. Who holds the lock has the only one in use."""
    prefix = f"moorage-metrics-{os.fstat(lock).st_dev}-{os.fstat(lock).st_ino}-"
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    return tempfile.mkdtemp(prefix=prefix)
