"""A receiver of webhooks over real sockets, as good or as bad as a test tells it to be."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

from tests.support.listening import listen
from tests.support.waiting import until


class Got(NamedTuple):
    """A request: its path, its headers in lower case, and its body as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> Any:  # noqa: ANN401 - JSON
        """What it says."""
        return json.loads(self.body)


Behaviour = Callable[[BaseHTTPRequestHandler, Got], None]


def answer(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Answer so, as it should be."""

    def behave(handler: BaseHTTPRequestHandler, _got: Got) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def endless(handler: BaseHTTPRequestHandler, _got: Got) -> None:
    """A status, and then a body that never ends."""
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):
        while True:
            handler.wfile.write(b"more and more and more " * 1000)


def lying(handler: BaseHTTPRequestHandler, _got: Got) -> None:
    """Far less than it says, and then the end."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000000")
    handler.end_headers()
    handler.wfile.write(b"little")


def garbage(handler: BaseHTTPRequestHandler, _got: Got) -> None:
    """Nothing of HTTP."""
    handler.wfile.write(b"\x00\x01\x02 what?\r\n\r\n")


class Receiver:
    """`url` is where it is; `behaviours` by path, else it answers 204; `got` is what came."""

    def __init__(self) -> None:
        self.behaviours: dict[str, Behaviour] = {}
        self.got: list[Got] = []
        self.go = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        listen(self._server)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.go.set()
        self._server.shutdown()
        self._server.server_close()

    def silent(self, handler: BaseHTTPRequestHandler, _got: Got) -> None:
        """Nothing, until the test lets it go."""
        self.go.wait(60)
        with suppress(OSError):
            handler.connection.shutdown(socket.SHUT_RDWR)

    def of(self, path: str) -> list[Got]:
        """What came there."""
        return [got for got in self.got if got.path == path]

    def wait(self, number: int, path: str = "/") -> list[Got]:
        """So many as came there, once they have."""
        until(lambda: len(self.of(path)) >= number, f"{number} requests came to {path}")
        return self.of(path)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                got = Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                receiver.got.append(got)
                with suppress(ConnectionError):
                    receiver.behaviours.get(self.path, answer(204))(self, got)

            def do_GET(self) -> None:
                receiver.got.append(Got(self.path, {}, b""))
                answer(200)(self, receiver.got[-1])

            def log_message(self, *_words: object) -> None:
                """Nothing on the terminal."""

        return Handler


def kinds(got: list[Got]) -> Iterator[str]:
    """The kinds of CloudEvents."""
    return (one.told["type"].removeprefix("moorage.") for one in got)
