"""Where audit lines can go: a file of JSON lines, or syslog (RFC 5424; by TCP framed as RFC 6587 says)."""

import asyncio
import fcntl
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from moorage.adapters.disk.files import write_all
from moorage.ports.sink import Sink, SinkFailed

Outcome = TypeVar("Outcome")
_SECONDS = 5.0
"""For a connection, and for all that is sent at a time: well below the time for which a stream is claimed."""
_NOTICE, _WARNING = 13 * 8 + 5, 13 * 8 + 4
"""Facility 13, log audit; by severity."""
_REFUSED = b'"outcome": "refused"'
_LARGEST_DATAGRAM = 60_000
_PORT = 514
_FORMS = "is file:/PATH, syslog:/dev/log, syslog+udp://HOST:PORT or syslog+tcp://HOST:PORT"


def sink_of(address: str) -> Sink:
    """The sink that an address means: file:/PATH, syslog:/PATH, syslog+udp://HOST:PORT or syslog+tcp://HOST:PORT.

    Raises ValueError.
    """
    parts = urlsplit(address)
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(_FORMS)
    if parts.scheme == "file" and parts.path.startswith("/") and not parts.netloc:
        return FileSink(Path(parts.path))
    if parts.scheme == "syslog" and parts.path.startswith("/") and not parts.netloc:
        return SyslogSink(lambda: _open(socket.AF_UNIX, socket.SOCK_DGRAM, parts.path), is_framed=False)
    if parts.scheme in {"syslog+udp", "syslog+tcp"} and parts.hostname and parts.path in {"", "/"}:
        host, port, is_stream = parts.hostname, parts.port or _PORT, parts.scheme == "syslog+tcp"
        return SyslogSink(lambda: _connect(host, port, is_stream=is_stream), is_framed=is_stream)
    raise ValueError(_FORMS)


class FileSink:
    """See `ports.sink.Sink`. A file that was moved away or removed is made anew, so that any rotation works."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._turn = threading.Lock()

    async def send(self, lines: Sequence[bytes]) -> None:
        """Append and sync in a thread."""
        await _in_thread(lambda: self._append(b"".join(line + b"\n" for line in lines)))

    async def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _append(self, text: bytes) -> None:
        """One at a time, in this process and among all: whoever was slow must not write into what came after."""
        with self._turn:
            file = self._current()
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                end = os.fstat(file).st_size
                if end and os.pread(file, 1, end - 1) != b"\n":  # a full disk cut a line short; it comes again below
                    text = b"\n" + text
                write_all(file, [text], end)
                os.fsync(file)
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)

    def _current(self) -> int:
        if self._file is not None:
            opened = os.fstat(self._file)
            with suppress(FileNotFoundError):
                there = self._path.stat()
                if (there.st_dev, there.st_ino) == (opened.st_dev, opened.st_ino):
                    return self._file
            os.close(self._file)
            self._file = None
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        return self._file


class SyslogSink:
    """See `ports.sink.Sink`. One connection, made anew after a failure."""

    def __init__(self, connect: Callable[[], socket.socket], *, is_framed: bool) -> None:
        self._connect = connect
        self._is_framed = is_framed
        self._socket: socket.socket | None = None
        self._turn = threading.Lock()
        self._host = socket.gethostname()[:255] or "-"

    async def send(self, lines: Sequence[bytes]) -> None:
        """One message for each line, in a thread."""
        await _in_thread(lambda: self._send(lines))

    async def close(self) -> None:
        """Hang up."""
        self._hang_up()

    def _send(self, lines: Sequence[bytes]) -> None:
        deadline = time.monotonic() + _SECONDS
        with self._turn:
            try:
                if self._is_framed and self._socket is not None and _has_ended(self._socket):
                    self._hang_up()
                for line in lines:
                    if time.monotonic() > deadline:
                        raise TimeoutError("it takes lines too slowly")
                    if self._socket is None:
                        self._socket = self._connect()
                    message = self._message(line)
                    self._socket.sendall(b"%d %s" % (len(message), message) if self._is_framed else message)
            except OSError:
                self._hang_up()
                raise

    def _message(self, line: bytes) -> bytes:
        stamp = datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        priority = _WARNING if _REFUSED in line else _NOTICE
        text = line if self._is_framed else line[:_LARGEST_DATAGRAM]
        return f"<{priority}>1 {stamp} {self._host} moorage {os.getpid()} audit - ".encode() + text

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _open(family: socket.AddressFamily, kind: socket.SocketKind, path: str) -> socket.socket:
    opened = socket.socket(family, kind)
    try:
        opened.settimeout(_SECONDS)
        opened.connect(path)
    except OSError:
        opened.close()
        raise
    return opened


def _has_ended(connection: socket.socket) -> bool:
    """Has the other side hung up? Collectors of syslog say nothing else."""
    try:
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False


def _connect(host: str, port: int, *, is_stream: bool) -> socket.socket:
    if is_stream:
        return socket.create_connection((host, port), _SECONDS)
    family, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    opened = socket.socket(family, kind)
    opened.connect(address)
    return opened


async def _in_thread(work: Callable[[], Outcome]) -> Outcome:
    try:
        return await asyncio.to_thread(work)
    except OSError as fault:
        raise SinkFailed(fault.strerror or str(fault)) from fault
