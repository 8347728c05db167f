"""Requests that stand half-way for as long as a test wants, on a bare socket."""

import socket
from base64 import b64encode
from types import TracebackType
from typing import Self

from tests.support.server import PASSWORD, Server

_LITTLE = 65_536


class Wire:
    """A connection to the server on which a test says every byte itself; `wrapped` for one within TLS."""

    def __init__(self, server: Server, wrapped: socket.socket | None = None) -> None:
        self._socket = wrapped or _connect(server)
        self._address = server.address
        self.seen = b""

    def ask(self, method: str, path: str, **headers: str) -> None:
        """The request's head, as the administrator."""
        basic = b64encode(f"admin:{PASSWORD}".encode()).decode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._address}", f"Authorization: Basic {basic}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.say("\r\n".join([*lines, "", ""]).encode())

    def say(self, content: bytes) -> None:
        """Bytes as they are."""
        self._socket.sendall(content)

    def hear(self, mark: bytes = b"\r\n\r\n") -> bytes:
        """Read until this mark; what stood before it and the mark."""
        while mark not in self.seen:
            piece = self._socket.recv(_LITTLE)
            assert piece, f"the server hung up after {self.seen[-300:]!r}"
            self.seen += piece
        heard, _, self.seen = self.seen.partition(mark)
        return heard + mark

    def hear_all(self, length: int) -> bytes:
        """Exactly this many bytes, or fewer if the server hangs up."""
        pieces, missing = [self.seen], length - len(self.seen)
        while missing > 0 and (piece := self._socket.recv(min(missing, 1 << 20))):
            pieces.append(piece)
            missing -= len(piece)
        self.seen = b""
        return b"".join(pieces)

    def upload(self, location: str, size: int, first: bytes) -> None:
        """Begin a PUT or PATCH body of `size` bytes; returns when the server takes it in."""
        self.ask("PATCH", location, Content_Length=str(size), Expect="100-continue")
        assert self.hear().startswith(b"HTTP/1.1 100")
        self.say(first)

    def close(self) -> None:
        """Hang up, with a reset if something is unread."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _connect(server: Server) -> socket.socket:
    """With a small window, so that a large answer cannot hide in the kernel's buffers."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _LITTLE)
    connection.settimeout(60)
    connection.connect(("127.0.0.1", server.port))
    return connection


def accepts(server: Server) -> bool:
    """Somebody still takes connections."""
    try:
        socket.create_connection(("127.0.0.1", server.port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True
