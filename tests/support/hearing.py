"""A browser that listens to /live."""

import json
import queue
import socket
import threading
from contextlib import suppress
from typing import Any, Self

import httpx

from tests.support.server import Server
from tests.support.visiting import Visitor


class Listener:
    """Somebody who has signed in and listens. `status` is the answer's, `ended` is set when the stream has ended."""

    def __init__(self, server: Server, name: str, path: str = "/live", **headers: str) -> None:
        self.visitor = Visitor(server.url)
        self.visitor.sign_in(name)
        self.heard: queue.SimpleQueue[tuple[str, str, Any]] = queue.SimpleQueue()
        self.ended = threading.Event()
        self.status = 0
        self._socket: socket.socket | None = None
        self._begun = threading.Event()
        self._path, self._headers = path, {name.replace("_", "-"): value for name, value in headers.items()}
        threading.Thread(target=self._listen, daemon=True).start()
        assert self._begun.wait(10)

    def _listen(self) -> None:
        try:
            with self.visitor.client.stream("GET", self._path, headers=self._headers) as answer:
                self._socket = answer.extensions["network_stream"].get_extra_info("socket")
                self.status = answer.status_code
                fields: dict[str, str] = {}
                for line in answer.iter_lines():
                    self._begun.set()
                    name, _, value = line.partition(": ")
                    if name in {"id", "event", "data"}:
                        fields[name] = value
                    elif not line and "event" in fields:
                        self.heard.put((fields.get("id", ""), fields["event"], json.loads(fields["data"])))
                        fields = {}
        except httpx.HTTPError:
            pass
        finally:
            self._begun.set()
            self.ended.set()

    def next(self, patience: float = 10) -> tuple[str, str, Any]:
        """The next message: id, event, data. Raises queue.Empty if none comes."""
        return self.heard.get(timeout=patience)

    def leave(self) -> None:
        """Hang up. To close alone would tell the server only after the next piece, which is being waited for."""
        if self._socket is not None:
            with suppress(OSError):  # it has hung up itself
                self._socket.shutdown(socket.SHUT_RDWR)
        self.ended.wait(5)
        self.visitor.client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()
