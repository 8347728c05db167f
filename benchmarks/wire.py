"""HTTP/1.1 on one raw keep-alive socket, cheap enough not to be what is measured.

Bodies go out by sendfile or gathered writes and come in either whole or dropped inside the kernel. It knows
nothing of registries.
"""

import os
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from mmap import mmap
from types import TracebackType
from typing import Self

PATIENCE_SECONDS = 300
"""How long a socket may stay silent before the run is given up."""

CHUNK = 32 * 1024
"""Bytes in one chunk of a chunked upload; Docker's client sends chunks of this size."""

CHUNKS_AT_ONCE = 64
"""How many chunks go out by one system call."""

SINK = mmap(-1, 64 * 1024 * 1024)
"""Where dropped bytes would go if they were copied; the kernel never touches it."""


class UnexpectedError(Exception):
    """A server answered with another status than the load needs."""


@dataclass(frozen=True)
class Answer:
    """A response: status, headers in lower case, and the body (empty where it was dropped)."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def must_be(self, *statuses: int) -> Self:
        """Itself, or `UnexpectedError` when its status is none of these."""
        if self.status not in statuses:
            raise UnexpectedError(f"{self.status} instead of {statuses}: {self.body[:400]!r}")
        return self


class Connection:
    """One TCP connection to 127.0.0.1:`port`; requests on it follow each other."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        limit = struct.pack("ll", PATIENCE_SECONDS, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        self._rest = b""

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, method: str, path: str, authorization: str = "", *, body: bytes = b"", **headers: str) -> Answer:
        """One request with a small body (underscores in header names become hyphens)."""
        self.send(method, path, authorization, body=body, **headers)
        return self.receive(method)

    def send(self, method: str, path: str, authorization: str = "", *, body: bytes = b"", **headers: str) -> None:
        """The first half of `ask`."""
        self._send([head(method, path, self.port, authorization, headers, len(body)), body])

    def receive(self, method: str) -> Answer:
        """The second half: what a request with this method was answered."""
        return self._answer(method)

    def send_file(self, method: str, path: str, authorization: str, file: int, size: int, tail: bytes) -> Answer:
        """One request whose body is the file's first `size` bytes, by sendfile, then `tail`."""
        self._send([head(method, path, self.port, authorization, OCTETS, size + len(tail))])
        offset = 0
        while offset < size:
            offset += os.sendfile(self.socket.fileno(), file, offset, size - offset)
        self._send([tail])
        return self._answer(method)

    def send_chunked(self, method: str, path: str, authorization: str, view: memoryview, tail: bytes) -> Answer:
        """The same body without a length, in chunks of 32 KiB as Docker's client sends it."""
        self._send([head(method, path, self.port, authorization, {**OCTETS, "Transfer-Encoding": "chunked"}, None)])
        step = CHUNK * CHUNKS_AT_ONCE
        for start in range(0, len(view), step):
            parts: list[bytes | memoryview] = []
            for at in range(start, min(start + step, len(view)), CHUNK):
                piece = view[at : at + CHUNK]
                parts += [b"%x\r\n" % len(piece), piece, b"\r\n"]
            self._send(parts)
        self._send([b"%x\r\n" % len(tail), tail, b"\r\n0\r\n\r\n"])
        return self._answer(method)

    def drop(self, path: str, authorization: str) -> int:
        """GET a body and let the kernel drop it without a copy; how many bytes it had."""
        self._send([head("GET", path, self.port, authorization, {}, None)])
        status, headers = self._head()
        if status != 200:
            raise UnexpectedError(f"{status} for GET {path}")
        size = int(headers["content-length"])
        left = size - len(self._rest)
        self._rest = b""
        while left > 0:
            got = self.socket.recv_into(SINK, min(left, len(SINK)), socket.MSG_TRUNC | socket.MSG_WAITALL)
            if not got:
                raise UnexpectedError(f"hung up {left} bytes before the end of {path}")
            left -= got
        return size

    def _send(self, parts: list[bytes | memoryview]) -> None:
        total = sum(len(part) for part in parts)
        sent = self.socket.sendmsg(parts)
        if sent < total:
            self.socket.sendall(b"".join(parts)[sent:])

    def _head(self) -> tuple[int, dict[str, str]]:
        while (end := self._rest.find(b"\r\n\r\n")) < 0:
            self._more()
        text, self._rest = self._rest[:end].decode("latin-1"), self._rest[end + 4 :]
        first, *lines = text.split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return int(first[9:12]), {name.lower(): value.strip() for name, _, value in pairs}

    def _answer(self, method: str) -> Answer:
        status, headers = self._head()
        if method == "HEAD" or status in {204, 304}:
            return Answer(status, headers, b"")
        if headers.get("transfer-encoding") == "chunked":
            return Answer(status, headers, self._chunks())
        body = self._exactly(int(headers.get("content-length", "0")))
        return Answer(status, headers, body)

    def _exactly(self, size: int) -> bytes:
        while len(self._rest) < size:
            self._more()
        body, self._rest = self._rest[:size], self._rest[size:]
        return body

    def _chunks(self) -> bytes:
        body = b""
        while True:
            while (end := self._rest.find(b"\r\n")) < 0:
                self._more()
            size = int(self._rest[:end], 16)
            self._rest = self._rest[end + 2 :]
            piece = self._exactly(size + 2)[:-2]
            if not size:
                return body
            body += piece

    def _more(self) -> None:
        received = self.socket.recv(256 * 1024)
        if not received:
            raise UnexpectedError("the server hung up")
        self._rest += received


OCTETS = {"Content-Type": "application/octet-stream"}


def head(method: str, path: str, port: int, authorization: str, headers: Mapping[str, str], size: int | None) -> bytes:
    """The request's bytes up to its body; no Content-Length where `size` is None, or 0 on a GET or HEAD."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    if authorization:
        lines.append(f"Authorization: {authorization}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if size or (size == 0 and method not in {"GET", "HEAD"}):
        lines.append(f"Content-Length: {size}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def relative(location: str) -> str:
    """A Location header as path and query, whether or not the server wrote its own address into it."""
    if location.startswith("/"):
        return location
    return "/" + location.split("/", 3)[3]


def with_query(path: str, query: str) -> str:
    """The path with one more query parameter."""
    return f"{path}{'&' if '?' in path else '?'}{query}"
