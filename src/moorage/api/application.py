"""The ASGI application: a request gets an id, an answer, a line in the log if it deserves one, and is counted."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog

from moorage.api import distribution, hosting, rest
from moorage.api.distribution import Distribution
from moorage.api.operations import Metrics, OperationRoutes
from moorage.api.origin import Origin
from moorage.api.refusals import to_reply
from moorage.api.rest.face import RestFace
from moorage.api.wire import ClientGone, Exchange, Message, Pace, Receive, Reply, Scope, Send
from moorage.oci.error import Code, Refusal
from moorage.rules.access import ANONYMOUS, Identity, Via

log = structlog.get_logger("moorage.requests")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LIVE = "/live"
"""A page that goes on and on: its seconds are not those of the others."""
_DONE, _REFUSED, _GONE, _FAULT = 200, 400, 499, 500
_PAUSE = 0.01
_LARGEST_FORM = 64 * 1024
_SECRET = re.compile(r"(?<=^/invite/).+|(?<=moi_)[\w-]{20,}", re.DOTALL)
"""What an address must not tell a log: the secret of an invitation, wherever somebody puts it."""


class Pages(Protocol):
    """Pages for people: an ASGI application that knows which addresses are its own."""

    def has(self, path: str) -> bool:
        """Is this one of them?"""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

    def end(self) -> None:
        """Let answers that have no end of their own end now."""


@dataclass(frozen=True, slots=True)
class Faces:
    """All that answers requests."""

    registry: Distribution
    rest: RestFace
    operations: OperationRoutes
    web: Pages


class Trail(Protocol):
    """Hears of what the audit shall know."""

    def pulled(self, who: Identity, address: str, agent: bytes, words: tuple[str, ...]) -> None:
        """They pulled a manifest: of this repository, by this reference."""

    def denied(self, who: Identity, via: Via, *, reason: str, repository: str) -> None:
        """They were denied something, there."""

    def no_room(self, who: Identity, via: Via, *, reason: str, repository: str) -> None:
        """What they pushed there did not fit."""


class Application:
    """Callable as ASGI asks. `log_requests` is all, changes (and what went wrong), or none."""

    def __init__(
        self,
        faces: Faces,
        *,
        origin: Origin,
        metrics: Metrics,
        pace: Pace,
        log_requests: str,
        trail: Trail,
        tells_pulls: bool,
        lifespan: Callable[[Receive, Send], Awaitable[None]],
    ) -> None:
        self._faces = faces
        self._origin = origin
        self._metrics = metrics
        self._pace = pace
        self._log_requests = log_requests
        self._trail = trail
        self._tells_pulls = tells_pulls
        self._lifespan = lifespan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the program's own start and end."""
        if scope["type"] == "http":
            await self._serve(Exchange(scope, receive, send, self._pace, self._origin))
        elif scope["type"] == "lifespan":
            await self._lifespan(partial(self._hear_of_life, receive), send)

    def end_streams(self) -> None:
        """The server shall stop: what would else never end, ends."""
        self._faces.web.end()

    async def _hear_of_life(self, receive: Receive) -> Message:
        """The end is told when nobody is being answered: a client that hung up may leave us in the middle."""
        message = await receive()
        while message["type"] == "lifespan.shutdown" and self._metrics.in_flight:  # noqa: ASYNC110 - costs a request nothing
            await asyncio.sleep(_PAUSE)
        return message

    async def _serve(self, exchange: Exchange) -> None:
        began = time.perf_counter()
        self._metrics.begin()
        try:
            operation, reply, refusal = await self._answer(exchange)
            reply.headers.append((b"x-request-id", exchange.id.encode()))
            await exchange.reply(reply)
        except ClientGone:
            operation, reply, refusal = "gone", Reply(_GONE), None
            if not exchange.begun:
                await exchange.reply(self._told_broken(exchange))
        except Refusal:  # the store failed in the middle of an answer: break off, so that nobody takes it whole
            log.exception("answer broken off", request_id=exchange.id, path=_told(exchange.path))
            raise
        finally:
            self._metrics.end()
        seconds = time.perf_counter() - began
        method = exchange.method if exchange.method in _METHODS else "other"
        self._metrics.count(operation, method, reply.status, seconds, exchange.received)
        self._remember(exchange, operation, reply, refusal)
        self._log(exchange, operation, reply, refusal, seconds)

    def _remember(self, exchange: Exchange, operation: str, reply: Reply, refusal: Refusal | None) -> None:
        """For the audit: who pulled, who logged in, and who was denied what. Changes tell of themselves."""
        who = exchange.who
        if who is None:
            return
        if operation == "manifest" and reply.status == _DONE and exchange.method == "GET":
            if self._tells_pulls:
                agent = exchange.headers.get(b"user-agent", b"")
                self._trail.pulled(who, self._origin.client(exchange), agent, exchange.words)
        elif refusal is not None and who is not ANONYMOUS:
            repository = exchange.words[0] if exchange.words else ""
            if refusal.code is Code.DENIED:
                self._trail.denied(who, exchange.via, reason=refusal.sentence, repository=repository)
            elif refusal.code is Code.QUOTA_EXCEEDED:
                self._trail.no_room(who, exchange.via, reason=refusal.sentence, repository=repository)

    async def _answer(self, exchange: Exchange) -> tuple[str, Reply, Refusal | None]:
        """The operation's name, the reply, and the refusal if it is one. Raises ClientGone."""
        operation = "other"
        try:
            if exchange.path.startswith(distribution.ROOT) or exchange.path == "/v2":
                route, words = self._faces.registry.find(exchange.path)
                operation = route.operation
                return operation, await self._faces.registry.answer(exchange, route, words), None
            if exchange.path.startswith(rest.ROOT):
                operation = "api"
                return operation, await self._faces.rest.answer(exchange), None
            if self._faces.web.has(exchange.path):
                operation = "live" if exchange.path == LIVE else "web"
                return operation, await self._show(exchange), None
            operation = "operations"
            return operation, await self._faces.operations.answer(exchange), None
        except Refusal as refusal:
            return operation, await self._refuse(exchange, refusal), refusal
        except ClientGone:
            raise
        except Exception as fault:  # noqa: BLE001 - the last line: it is logged, and the client told
            unknown = Refusal(Code.UNKNOWN)
            unknown.__cause__ = fault
            return operation, await self._refuse(exchange, unknown), unknown

    async def _show(self, exchange: Exchange) -> Reply:
        scope = {
            **exchange.scope,
            "moorage.base": exchange.base,
            "moorage.host": self._origin.service(exchange),
            "moorage.via": exchange.via,
        }
        return await hosting.ask(self._faces.web, scope, await exchange.body(_LARGEST_FORM))

    async def _refuse(self, exchange: Exchange, refusal: Refusal) -> Reply:
        if refusal.code is not Code.REQUEST_TIMEOUT:
            await exchange.drain()
        return to_reply(exchange, refusal, self._origin, own=exchange.path.startswith(rest.ROOT))

    def _told_broken(self, exchange: Exchange) -> Reply:
        """For a client that is still there: bad framing of a chunked body looks like a hang-up from here."""
        return to_reply(exchange, Refusal(Code.SIZE_INVALID, "the body broke off or is framed wrongly"), self._origin)

    def _log(self, exchange: Exchange, operation: str, reply: Reply, refusal: Refusal | None, seconds: float) -> None:
        if not self._is_told(exchange, operation, reply):
            return
        told: dict[str, object] = {
            "request_id": exchange.id,
            "client": self._origin.client(exchange),
            "method": exchange.method,
            "path": _told(exchange.path),
            "operation": operation,
            "status": reply.status,
            "seconds": round(seconds, 4),
            "received": exchange.received,
        }
        if refusal is not None:
            told |= {"code": refusal.code.wire, "reason": _told(refusal.sentence)}
        if reply.status >= _FAULT:
            cause = refusal.__cause__ if refusal is not None else None
            log.error("request failed", **told, exc_info=cause)
        else:
            log.info("request", **told)

    def _is_told(self, exchange: Exchange, operation: str, reply: Reply) -> bool:
        if reply.status >= _FAULT or self._log_requests == "all":
            return True
        if self._log_requests == "none":
            return False
        if reply.status == Code.TOOMANYREQUESTS.status or (operation == "token" and reply.status >= _REFUSED):
            return True
        return exchange.method not in {"GET", "HEAD"} and reply.status != Code.UNAUTHORIZED.status


def _told(text: str) -> str:
    return _SECRET.sub("…", text)
