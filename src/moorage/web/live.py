"""/live: what happens, told to the pages that are open while it happens (HTML, "server-sent events").

All streams of a worker share one look at the events a second, and without streams there is none. Each stream is judged
by the session and the rights that its reader has at that moment.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from moorage.oci.error import Code, Refusal
from moorage.rules import news
from moorage.rules.access import Identity, Via
from moorage.rules.sessions import Stage
from moorage.service.manage_jobs import ManageJobs
from moorage.service.read_news import Latest, ReadNews, Told
from moorage.service.sign_in import SignIn
from moorage.web.headers import HEADERS
from moorage.web.visitor import Visitor, visitor

PAUSE = 1.0
"""Seconds between two looks."""
HEARTBEAT = 15.0
"""Seconds after which something is said in any case: so both sides, and whoever stands between, know of each other."""
MOST, MOST_OF_ONE = 500, 8
"""Streams of a worker, and of one person."""
_MOST_JOBS = 4
_WAITING = 64
"""Messages that may wait for a reader; who is slower gets no more, and begins anew."""
_JUDGED = 50
"""Events that are judged for each stream in a look: the newest."""
_AGAIN_MS = 3000
_JOB = re.compile(r"(?:([a-z0-9._-]{1,100}):)?([0-9]{1,18})")


@dataclass(slots=True)
class _Stream:
    cookie: str
    via: Via
    account: int
    position: int
    jobs: dict[tuple[str | None, int], int]
    waiting: "asyncio.Queue[bytes | None]" = field(default_factory=lambda: asyncio.Queue(_WAITING + 1))

    def say(self, message: bytes) -> None:
        """Unless they are too slow: then this is the end."""
        if self.waiting.qsize() >= _WAITING:
            self.end()
        else:
            self.waiting.put_nowait(message)

    def end(self) -> None:
        """Nothing comes after this."""
        if not self.waiting.full():
            self.waiting.put_nowait(None)


class Live:
    """All streams of this worker."""

    def __init__(self, sign_in: SignIn, read: ReadNews, jobs: ManageJobs) -> None:
        self._sign_in = sign_in
        self._read = read
        self._jobs = jobs
        self._streams: list[_Stream] = []
        self._looking: asyncio.Task[None] | None = None
        self._position = 0
        self._has_ended = False

    def routes(self) -> list[Route]:
        """The one address."""
        return [Route("/live", self._answer)]

    def end(self) -> None:
        """All of them, and every one that comes later."""
        self._has_ended = True
        for stream in self._streams:
            stream.end()

    async def _answer(self, request: Request) -> Response:
        seen = await visitor(self._sign_in, request)
        signed = seen.at(Stage.OPEN)
        stream = _Stream(seen.cookie, seen.via, signed.account.id, await self._begins(seen), _jobs(seen))
        return _Endless(self._pieces(stream), stream.end)

    async def _begins(self, seen: Visitor) -> int:
        """Behind what they know already. Raises TOOMANYREQUESTS."""
        of_one = sum(stream.account == seen.at(Stage.OPEN).account.id for stream in self._streams)
        if self._has_ended or len(self._streams) >= MOST or of_one >= MOST_OF_ONE:
            raise Refusal(Code.TOOMANYREQUESTS, "too many pages are kept up to date: close some", retry_after=60)
        known = seen.request.headers.get("last-event-id") or seen.request.query_params.get("after", "")
        newest = await self._read.newest()
        return min(int(known), newest) if re.fullmatch(r"[0-9]{1,18}", known) else newest

    async def _pieces(self, stream: _Stream) -> AsyncIterator[bytes]:
        self._streams.append(stream)
        try:
            if self._has_ended:
                return
            if self._looking is None:  # nothing is awaited in between, or there would be two that look
                self._position = stream.position
                self._looking = asyncio.create_task(self._look_on())
            yield b"retry: %d\n\n" % _AGAIN_MS
            await self._tell(stream, await self._read.latest(stream.position))
            while (message := await _next(stream)) is not None:
                yield message
        finally:
            self._streams.remove(stream)

    async def _look_on(self) -> None:
        """As long as anybody listens."""
        try:
            while self._streams:
                await asyncio.sleep(PAUSE)
                try:
                    latest = await self._read.latest(self._position)
                    for stream in tuple(self._streams):
                        await self._tell(stream, latest)
                        await asyncio.sleep(0)  # others have their turn
                    self._position = latest.newest
                except Refusal:  # the database cannot be read now: the next look goes on from here
                    continue
        finally:
            self._looking = None
            if self._streams and not self._has_ended:  # it failed: who listens on would hear nothing any more
                for stream in tuple(self._streams):
                    stream.end()

    async def _tell(self, stream: _Stream, latest: Latest) -> None:
        signed = await self._sign_in.still(stream.cookie, stream.via)
        if signed is None or signed.stage is not Stage.OPEN:
            stream.end()
            return
        new = [(number, event) for number, event in latest.events if number > stream.position]
        stream.position = max(stream.position, latest.newest)
        for told in await self._read.heard(signed.who, new[-_JUDGED:]) if new else ():
            stream.say(_news(told))
        for place, turn in list(stream.jobs.items()):
            await self._tell_of_job(stream, signed.who, place, turn)

    async def _tell_of_job(self, stream: _Stream, who: Identity, place: tuple[str | None, int], turn: int) -> None:
        try:
            job = await self._jobs.find(who, *place)
        except Refusal:
            stream.jobs.pop(place, None)  # two looks may find this at once
            return
        if job.turn != turn:
            stream.jobs[place] = job.turn
            stream.say(_message("job", {"id": job.id, "state": job.state.value}))


class _Endless(Response):
    """An answer that goes on until it is ended: from here, or by `left` when the reader has gone."""

    def __init__(self, pieces: AsyncIterator[bytes], left: Callable[[], None]) -> None:
        super().__init__(headers={**HEADERS, "x-accel-buffering": "no"}, media_type="text/event-stream")
        del self.headers["content-length"]
        self._pieces = pieces
        self._left = left

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Status and headers, then what gives the body: the edge before us takes it piece by piece (`api.hosting`)."""
        del scope, receive
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "moorage.stream", "stream": self._pieces, "left": self._left})


async def _next(stream: _Stream) -> bytes | None:
    try:
        return await asyncio.wait_for(stream.waiting.get(), HEARTBEAT)
    except TimeoutError:
        return b":\n\n"


def _jobs(seen: Visitor) -> dict[tuple[str | None, int], int]:
    """What `?job=` asks for: `12`, or `shop:12` for who sees it in that project alone."""
    asked = [_JOB.fullmatch(text) for text in seen.request.query_params.getlist("job")[:_MOST_JOBS]]
    return {(found[1], int(found[2])): -1 for found in asked if found is not None}


def _news(told: Told) -> bytes:
    group = next(group for group, kinds in news.GROUPS.items() if told.event.kind in kinds)
    return _message("news", {"group": group, "project": told.project}, told.number)


def _message(name: str, fields: dict[str, object], number: int | None = None) -> bytes:
    head = b"" if number is None else b"id: %d\n" % number
    return head + b"event: %s\ndata: %s\n\n" % (name.encode(), json.dumps(fields).encode())
