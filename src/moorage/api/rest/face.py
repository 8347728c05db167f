"""The way from a request to the API's routes and back: who asks, caps on the body, refusals as everywhere else.

The routes are FastAPI's, so that the OpenAPI document comes from the code; what FastAPI itself would refuse becomes a
refusal of our one table.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route

from moorage import __version__
from moorage.api import hosting
from moorage.api.distribution import Distribution
from moorage.api.rest import docs
from moorage.api.rest.address import sent, taken_apart, whole
from moorage.api.rest.document import describe
from moorage.api.rest.state import entity_tag
from moorage.api.wire import Exchange, Reply
from moorage.oci.error import Code, Refusal

_LARGEST = 64 * 1024
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_NOT_FOUND, _NOT_ALLOWED = 404, 405
_MOST_FAULTS = 20
_ABOUT = """Projects, people, robots and tokens of a Moorage registry.

Log in with `Authorization: Basic` (user name and password) or `Authorization: Bearer` (a personal token with the scope
`admin`). Lists come in pages: `per_page` entries, a `Link` header to the next page, and in `X-Total-Count` how many
there are in all. A parameter that an address does not take is refused. Refusals are problem details (RFC 9457); their
`request_id` stands in the log."""


class RestFace:
    """Answers what lies below /api/v1/."""

    def __init__(self, registry: Distribution, routers: list[APIRouter]) -> None:
        self._registry = registry
        self._app = _build(routers)

    @property
    def app(self) -> FastAPI:
        """The routes, and the document that describes them."""
        return self._app

    async def answer(self, exchange: Exchange) -> Reply:
        """Find the resource and ask it; refusals are raised."""
        if exchange.path not in docs.OPEN and exchange.header(b"sec-fetch-site") in {"cross-site", "same-site"}:
            raise Refusal(Code.DENIED, "a page of another site may not use this API in your name")
        who = await self._registry.identify(exchange)
        body = await _body(exchange)
        if body:
            who = await self._registry.identify(exchange)  # a slow body may outlive a login
        raw = exchange.scope.get("raw_path") or b""
        path = taken_apart(exchange.path, raw)
        scope = {
            **exchange.scope,
            "path": path,
            "moorage.who": replace(who, via=exchange.via),
            "moorage.here": exchange.base + sent(exchange.path, raw),
            "moorage.base": exchange.base,
        }
        if exchange.header(b"if-match") is not None and exchange.method not in {"GET", "HEAD", "POST"}:
            self._require_readable(path)
        kept: list[Refusal] = []
        reply = await hosting.ask(self._app, {**scope, "moorage.kept": kept.append}, body)
        if kept:
            raise kept[0]
        reply.headers.append((b"cache-control", b"no-store"))
        if reply.status == 200 and exchange.method in {"GET", "HEAD"}:  # noqa: PLR2004
            reply.headers.append((b"etag", _entity_tag(reply)))
        return reply

    def _require_readable(self, path: str) -> None:
        """Whatever can be read compares its state within the transaction of the change: see `state.Match`."""
        methods = _methods(self._app.routes, path)
        if methods and "GET" not in methods:
            raise Refusal(Code.CHANGED, "this address cannot be read, so it has nothing to match")


async def _body(exchange: Exchange) -> bytes:
    body = await exchange.body(_LARGEST)
    if exchange.method not in _WITH_BODY or not body:
        return body
    # A page of another site can make a browser send a form or plain text with a saved password, but never JSON.
    if (exchange.header(b"content-type") or "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(Code.MEDIA_UNSUPPORTED, "send the fields as JSON with the header Content-Type: application/json")
    return body


def _entity_tag(reply: Reply) -> bytes:
    is_json = dict(reply.headers).get(b"content-type") == b"application/json"
    return entity_tag(json.loads(reply.body) if is_json else reply.body.decode()).encode()


def _build(routers: list[APIRouter]) -> FastAPI:
    app = FastAPI(
        title="Moorage",
        version=__version__,
        description=_ABOUT,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for router in routers:
        app.router.routes.extend(router.routes)
    app.add_exception_handler(Refusal, _pass_on)
    app.add_exception_handler(HTTPException, _pass_on_http)
    app.add_exception_handler(RequestValidationError, _pass_on_invalid)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    app.router.routes.extend(docs.routes(app.openapi))
    return app


def _keep(request: Request, refusal: Refusal) -> Response:
    """Let the one writer of refusals have it."""
    request.scope["moorage.kept"](refusal)
    return Response(status_code=500)


def _pass_on(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)  # noqa: S101 - registered for it
    return _keep(request, refusal)


def _pass_on_http(request: Request, refused: Exception) -> Response:
    assert isinstance(refused, HTTPException)  # noqa: S101 - registered for it
    path = whole(request.scope["path"])[:200]
    if refused.status_code == _NOT_FOUND:
        return _keep(request, Refusal(Code.ROUTE_UNKNOWN, f"there is nothing at {path!r}"))
    if refused.status_code == _NOT_ALLOWED:
        allowed = _allowed(request)
        return _keep(
            request,
            Refusal(
                Code.UNSUPPORTED,
                f"{request.method[:16]} is not for this address: use {allowed}",
                detail={"allow": allowed},
            ),
        )
    return _keep(request, Refusal(Code.QUERY_INVALID, "the body is not JSON that can be read"))


def _allowed(request: Request) -> str:
    """The methods of every route at this address: FastAPI itself names those of the first."""
    methods = _methods(request.app.routes, request.url.path)
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _methods(routes: Sequence[BaseRoute], path: str) -> set[str]:
    return {
        method
        for route in routes
        if isinstance(route, Route) and route.path_regex.match(path)
        for method in route.methods or ()
    }


def _pass_on_invalid(request: Request, invalid: Exception) -> Response:
    assert isinstance(invalid, RequestValidationError)  # noqa: S101 - registered for it
    faults = [_fault(error) for error in invalid.errors()[:_MOST_FAULTS]]
    sentence = "; ".join(f"{fault['where']}: {fault['reason']}" for fault in faults[:3])
    return _keep(request, Refusal(Code.QUERY_INVALID, sentence, detail={"faults": faults}))


def _fault(error: Any) -> dict[str, str]:  # noqa: ANN401 - pydantic's own form
    where = ".".join(str(part) for part in error["loc"] if part not in {"body", "query", "path"}) or "body"
    reason = "there is no such field" if error["type"] == "extra_forbidden" else str(error["msg"])
    return {"where": where[:100], "reason": reason[:300]}


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = describe(app)
    return app.openapi_schema
