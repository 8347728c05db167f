"""The page at / : says what this is and how to use it, to whoever opens the address in a browser."""

from html import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Moorage</title>
</head>
<body>
<main>
<h1>Moorage</h1>
<p>A container registry lives at this address.</p>
<pre>docker login {host}
docker tag IMAGE {host}/PROJECT/NAME:TAG
docker push {host}/PROJECT/NAME:TAG</pre>
<p>Projects, people and robots: <a href="/api/v1/docs">the API</a>.</p>
</main>
</body>
</html>
"""
HOST = "moorage.host"
"""The field of a request's scope in which the edge before us tells by what name clients know this registry."""
_HEADERS = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


def build() -> Starlette:
    """The pages as an ASGI application."""

    def welcome(request: Request) -> HTMLResponse:
        return HTMLResponse(_PAGE.format(host=escape(request.scope[HOST])), headers=_HEADERS)

    return Starlette(routes=[Route("/", welcome)])
