"""Syslog: a message of RFC 5424 for each line."""

import os
import socket
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from moorage.adapters.sinks.collectors import SECONDS, Collector
from moorage.adapters.sinks.work import in_thread
from moorage.rules.telling import Line

_NOTICE, _WARNING = 13 * 8 + 5, 13 * 8 + 4
"""Facility 13, log audit; by severity."""
_LARGEST_DATAGRAM = 60_000


class SyslogSink:
    """See `ports.sink.Sink`. One connection, made anew after a failure."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._connection: socket.socket | None = None
        self._turn = threading.Lock()
        self._host = socket.gethostname()[:255] or "-"

    async def send(self, lines: Sequence[Line]) -> None:
        """One message for each line, in a thread."""
        await in_thread(lambda: self._send(lines))

    async def close(self) -> None:
        """Hang up."""
        self._hang_up()

    def _send(self, lines: Sequence[Line]) -> None:
        deadline = time.monotonic() + SECONDS
        with self._turn:
            try:
                if self._connection is not None and self._collector.has_ended(self._connection):
                    self._hang_up()
                for line in lines:
                    if time.monotonic() > deadline:
                        raise TimeoutError("it takes lines too slowly")
                    if self._connection is None:
                        self._connection = self._collector.connect()
                    self._connection.sendall(self._message(line))
            except OSError:
                self._hang_up()
                raise

    def _message(self, line: Line) -> bytes:
        stamp = datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        priority = _WARNING if line.is_refusal else _NOTICE
        head = f"<{priority}>1 {stamp} {self._host} moorage {os.getpid()} audit - ".encode()
        if not self._collector.is_framed:
            return head + line.text[:_LARGEST_DATAGRAM]
        message = head + line.text
        return b"%d %s" % (len(message), message)

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._collector.hang_up(self._connection)
            self._connection = None
