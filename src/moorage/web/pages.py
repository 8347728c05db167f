"""All pages as one application; refusals become pages too."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from moorage.oci.error import Code, Refusal
from moorage.rules.sessions import Stage
from moorage.service.sign_in import SignIn
from moorage.web import assets
from moorage.web.live import Live
from moorage.web.rendering import render, render_refused
from moorage.web.visitor import Elsewhere, Visitor, cookie_name, go, visitor

Home: TypeAlias = Callable[[Visitor], Awaitable[Response]]
Handler: TypeAlias = Callable[[Request, Exception], Awaitable[Response]]


class Pages:
    """Answers what `has` names, as an ASGI application."""

    def __init__(
        self, sign_in: SignIn, routes: Sequence[BaseRoute], home: Home, live: Live, single: str | None
    ) -> None:
        async def first(request: Request) -> Response:
            seen = await visitor(sign_in, request)
            if seen.signed is not None and seen.signed.stage is Stage.OPEN:
                return await home(seen)
            return render("welcome.html", **seen.shown, single=single)

        self._live = live

        self._app = Starlette(
            routes=[Route("/", first), Route("/static/{name}", assets.answer), *live.routes(), *routes],
            exception_handlers={Refusal: _refused(sign_in), Elsewhere: _elsewhere, HTTPException: _unknown(sign_in)},
        )
        self._first_words = {_first_word(route.path) for route in self._app.routes if isinstance(route, Route)}
        self._app.router.redirect_slashes = False  # it would lead to whatever Host says

    def end(self) -> None:
        """Let pages no longer be told what happens: the server shall stop."""
        self._live.end()

    @property
    def app(self) -> Starlette:
        """The routes."""
        return self._app

    def has(self, path: str) -> bool:
        """Is there, or might there be, a page at this address?"""
        return path.startswith("/") and _first_word(path) in self._first_words

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        await self._app(scope, receive, send)


def _first_word(path: str) -> str:
    return path[1:].partition("/")[0]


def _refused(sign_in: SignIn) -> Handler:
    async def handle(request: Request, refusal: Exception) -> Response:
        assert isinstance(refusal, Refusal)  # noqa: S101 - registered for it
        return await _told(sign_in, request, refusal)

    return handle


def _elsewhere(_: Request, elsewhere: Exception) -> Response:
    assert isinstance(elsewhere, Elsewhere)  # noqa: S101 - registered for it
    return go(elsewhere.path)


def _unknown(sign_in: SignIn) -> Handler:
    async def handle(request: Request, fault: Exception) -> Response:
        assert isinstance(fault, HTTPException)  # noqa: S101 - registered for it
        is_method = fault.status_code == Code.UNSUPPORTED.status
        answer = await _told(sign_in, request, Refusal(Code.UNSUPPORTED if is_method else Code.ROUTE_UNKNOWN))
        answer.headers.update(fault.headers or {})
        return answer

    return handle


async def _told(sign_in: SignIn, request: Request, refusal: Refusal) -> Response:
    seen = Visitor(request, request.cookies.get(cookie_name(request), ""), None)
    with suppress(Refusal):  # the database may be what cannot be reached
        seen = await visitor(sign_in, request)
    return render_refused("refused.html", refusal, **seen.shown)
