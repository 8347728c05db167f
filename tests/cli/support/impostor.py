"""A server that is no registry, or not a good one: it answers as it is told and remembers what it was asked."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType
from typing import NamedTuple, Self

from tests.support.listening import listen


class Said(NamedTuple):
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes


class Impostor:
    """`answers` makes an answer of a path with its query."""

    def __init__(self, answers: Callable[[str], Said]) -> None:
        self.asked: list[tuple[str, str | None]] = []
        """Each path, and the credentials that came with it."""
        impostor = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                """Any request."""
                impostor.asked.append((self.path, self.headers.get("Authorization")))
                said = answers(self.path)
                self.send_response(said.status)
                for name, value in {**said.headers, "Content-Length": str(len(said.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(said.body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
                """Say nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread = listen(self._server)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
