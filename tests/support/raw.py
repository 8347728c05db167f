"""HTTP by hand: bytes go out as they are, so that a test may say what no library would."""

import json
import select
import socket
import struct
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from moorage.oci.error import Code
from tests.support.server import PASSWORD

Headers = Iterable[tuple[bytes, bytes]]
PATIENCE = 30.0
"""Seconds after which a read fails: a server that says nothing for so long hangs."""


def basic(name: str = "admin", password: str = PASSWORD) -> tuple[bytes, bytes]:
    """The Authorization header of a user name and a password."""
    return b"Authorization", b"Basic " + b64encode(f"{name}:{password}".encode())


def bearer(token: str) -> tuple[bytes, bytes]:
    """The Authorization header of a token."""
    return b"Authorization", f"Bearer {token}".encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; names of headers are in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of this name."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def json(self) -> Any:  # noqa: ANN401 - what JSON holds
        """The body read as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of the one error that the body tells."""
        body = self.json
        if "errors" not in body:  # our own API's form, which names the row of the table
            return Code[body["code"]].wire
        [error] = body["errors"]
        return str(error["code"])


def request(method: bytes, target: bytes, headers: Headers = (), body: bytes | None = None) -> bytes:
    """A request as bytes; Host and, with a body, Content-Length are added unless they are given."""
    lines = list(headers)
    given = {name.lower() for name, _ in lines}
    if b"host" not in given:
        lines.insert(0, (b"Host", b"127.0.0.1"))
    if body is not None and not given & {b"content-length", b"transfer-encoding"}:
        lines.append((b"Content-Length", b"%d" % len(body)))
    head = b"".join(name + b": " + value + b"\r\n" for name, value in lines)
    return method + b" " + target + b" HTTP/1.1\r\n" + head + b"\r\n" + (body or b"")


class Connection:
    """One connection to a server on the loopback address."""

    def __init__(self, port: int, patience: float = PATIENCE) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=patience)
        self._read = self.socket.makefile("rb")

    def send(self, content: bytes) -> None:
        """All of it; a server that has hung up meanwhile is no fault of the sender."""
        try:
            self.socket.sendall(content)
        except (BrokenPipeError, ConnectionResetError):
            return

    def ask(self, method: bytes, target: bytes, headers: Headers = (), body: bytes | None = None) -> Answer:
        """One request and its answer; the connection stays."""
        self.send(request(method, target, headers, body))
        answer = self.answer(bodiless=method == b"HEAD")
        assert answer is not None, f"no answer to {method!r} {target[:200]!r}"
        return answer

    def answer(self, *, bodiless: bool = False) -> Answer | None:
        """The next answer, interim ones too; None if the server hangs up instead. `bodiless` after HEAD."""
        try:
            line = self._read.readline()
            if not line:
                return None
            version, status, *_ = line.split(b" ", 2)
            assert version in {b"HTTP/1.1", b"HTTP/1.0"}, line
            headers = tuple(self._headers())
            body = b"" if bodiless or status[:1] == b"1" or status in {b"204", b"304"} else self._body(dict(headers))
        except ConnectionResetError:
            return None
        return Answer(int(status), headers, body)

    def _headers(self) -> Iterable[tuple[str, str]]:
        while (line := self._read.readline()) not in {b"\r\n", b""}:
            name, colon, value = line.decode("latin-1").rstrip("\r\n").partition(":")
            assert colon, line
            yield name.lower(), value.strip()

    def _body(self, headers: dict[str, str]) -> bytes:
        if (length := headers.get("content-length")) is not None:
            return self._read.read(int(length))
        if headers.get("transfer-encoding") != "chunked":
            return self._read.read()
        pieces = []
        while size := int(self._read.readline(), 16):
            pieces.append(self._read.read(size))
            self._read.readline()
        self._read.readline()
        return b"".join(pieces)

    def read(self, length: int) -> bytes:
        """So many bytes of whatever comes; fewer if the server hangs up."""
        return self._read.read(length)

    def speaks_within(self, seconds: float) -> bool:
        """Is there something to read, or the end, before this time is over? Nothing is read."""
        return bool(select.select([self.socket], [], [], seconds)[0])

    def ends(self) -> bool:
        """Wait for what else comes; True if the server hangs up without another byte."""
        try:
            return self._read.read(1) == b""
        except ConnectionResetError:
            return True

    def hang_up(self) -> None:
        """Break the connection at once, as a client does that is killed."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """End it in peace."""
        self._read.close()
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def ask(port: int, method: bytes, target: bytes, headers: Headers = (), body: bytes | None = None) -> Answer:
    """One request on a connection of its own."""
    with Connection(port) as connection:
        return connection.ask(method, target, headers, body)
