"""One request and its answer on the ASGI wire, with caps on size and time at the border."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias
from urllib.parse import parse_qsl

from moorage.oci.error import Code, Refusal
from moorage.rules.access import Identity, Via

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Headers: TypeAlias = list[tuple[bytes, bytes]]

_numbers = itertools.count(1)
_run = secrets.token_hex(5)
_MOST_FIELDS = 500
_LONGEST_AGENT = 256
_DRAIN = 16 * 1024 * 1024
_DRAIN_SECONDS = 5
JSON = b"application/json; charset=utf-8"


class ClientGone(Exception):  # noqa: N818 - nothing has failed here
    """The client hung up. Normal, silent: stop at once."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a body may take: `idle` seconds without a byte, and at least `rate` bytes a second on average."""

    idle: float = 60.0
    rate: float = 1024.0


@dataclass(slots=True)
class Reply:
    """A status, headers in lower case, and a body: bytes or a stream. `left` is called when the client has hung up."""

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    stream: AsyncIterator[bytes] | None = None
    left: Callable[[], object] | None = None


class Base(Protocol):
    """Knows the address that clients use, and theirs."""

    def client(self, exchange: "Exchange") -> str:
        """The address of who asks."""

    def base(self, exchange: "Exchange") -> str:
        """As in `https://registry.example.com`; empty if unknown."""


class Exchange:
    """A request as handlers see it. `id` names it in logs and error bodies; `begun` tells that an answer went out.

    `headers` are by name in lower case; of repeated ones the last. `who` asks, once that is known;
    `words` are what varies in the address.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, pace: Pace, origin: Base) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.id = f"{_run}-{next(_numbers):06x}"
        self.received = 0
        self._receive = receive
        self._send = send
        self._pace = pace
        self._origin = origin
        self._ended = False
        self.begun = False
        self.who: Identity | None = None
        self.words: tuple[str, ...] = ()
        self._query: list[tuple[str, str]] | None = None

    @property
    def base(self) -> str:
        """What addresses in our answers begin with."""
        return self._origin.base(self)

    def header(self, name: bytes) -> str | None:
        """One header as text."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def via(self) -> Via:
        """From where it came."""
        agent = self.headers.get(b"user-agent", b"")[:_LONGEST_AGENT].decode("latin-1")
        return Via(self._origin.client(self), agent, self.id)

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query's fields in order."""
        if self._query is None:
            self._query = self._parse_query()
        return self._query

    def _parse_query(self) -> list[tuple[str, str]]:
        raw = self.scope["query_string"]
        if not raw:
            return []
        if raw.count(b"&") >= _MOST_FIELDS:
            raise Refusal(Code.QUERY_TOO_LONG, f"a query has at most {_MOST_FIELDS} fields")
        try:
            return parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
        except ValueError as fault:
            raise Refusal(Code.QUERY_INVALID, "the query is malformed") from fault

    def ask(self, name: str) -> str | None:
        """The first field of this name."""
        if not self.scope["query_string"]:
            return None
        return next((value for key, value in self.query if key == name), None)

    def ask_all(self, name: str) -> list[str]:
        """Every field of this name."""
        return [value for key, value in self.query if key == name]

    @property
    def length(self) -> int | None:
        """The Content-Length, if it is one."""
        text = self.header(b"content-length")
        return int(text) if text is not None and text.isascii() and text.isdigit() else None

    async def pieces(self, limit: int | None = None) -> AsyncIterator[bytes]:
        """The body as it comes. Raises ClientGone, TOO_LARGE above `limit` bytes, REQUEST_TIMEOUT if too slow."""
        if limit is not None and (self.length or 0) > limit:
            raise _too_large(limit)
        loop = asyncio.get_running_loop()
        began = loop.time()
        pace = self._pace
        try:
            async with asyncio.timeout(None) as deadline:
                while not self._ended:
                    slowest = began + pace.idle + self.received / pace.rate
                    deadline.reschedule(min(loop.time() + pace.idle, slowest))
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        raise ClientGone
                    self._ended = not message.get("more_body", False)
                    piece: bytes = message.get("body", b"")
                    self.received += len(piece)
                    if limit is not None and self.received > limit:
                        raise _too_large(limit)
                    if piece:
                        deadline.reschedule(None)
                        yield piece
        except TimeoutError:
            raise Refusal(
                Code.REQUEST_TIMEOUT, "the body came too slowly: what arrived is kept if this is an upload"
            ) from None
        if self.length is not None and self.received < self.length:
            raise ClientGone

    async def body(self, limit: int) -> bytes:
        """The whole body, of at most `limit` bytes."""
        return b"".join([piece async for piece in self.pieces(limit)])

    async def drain(self) -> None:
        """Read on a little after a refusal, so that a client still writing gets to read why."""
        if b"expect" in self.headers and not self.received:
            return  # the client asked first, and has sent nothing yet
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                async for _ in self.pieces(self.received + _DRAIN):
                    pass
        except (Refusal, ClientGone, TimeoutError):
            return

    async def reply(self, reply: Reply) -> None:
        """Answer. To HEAD no body goes out. Raises ClientGone from the middle of a stream."""
        self.begun = True
        await self._send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        if self.method == "HEAD":
            await self._send({"type": "http.response.body", "body": b""})
        elif reply.stream is not None:
            await self._stream(reply.stream, reply.left)
        else:
            await self._send({"type": "http.response.body", "body": reply.body})

    async def _stream(self, stream: AsyncIterator[bytes], left: Callable[[], object] | None) -> None:
        gone = asyncio.ensure_future(self._hang_up())
        if left is not None:
            gone.add_done_callback(lambda _: left())
        try:
            async for piece in stream:
                if gone.done():  # the server below would take the rest for nobody, without a word
                    raise ClientGone
                async with asyncio.timeout(self._pace.idle):
                    await self._send({"type": "http.response.body", "body": piece, "more_body": True})
                await asyncio.sleep(0)  # others have their turn, and a hang-up is heard
            await self._send({"type": "http.response.body", "body": b""})
        except TimeoutError:  # it takes nothing any more, and would hold its connection for ever
            raise ClientGone from None
        finally:
            gone.cancel()

    async def _hang_up(self) -> None:
        """Returns when the client has hung up."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _too_large(limit: int) -> Refusal:
    return Refusal(Code.TOO_LARGE, f"the body is larger than the {limit} bytes that are taken here")
