"""What every page is told of the request for it: our name there, the language, the theme, the address."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from moorage.web.languages import chosen
from moorage.web.said import SAID

HOST, PAGE = "moorage.host", "moorage.page"
"""What a request's scope has besides: our name there; and the page on which a form stands that was refused."""
LANGUAGE, THEME = "language", "theme"
THEMES = ("light", "dark")
"""Cookies of what somebody chose; without them the browser's own wish counts."""


class Query:
    """What stands behind the `?` of a page's address, for links to the same page with a little of it changed."""

    def __init__(self, request: Request) -> None:
        self._fields = {name: value for name, value in request.query_params.items() if name != "said"}

    def get(self, name: str) -> str:
        """What a field has; nothing where there is none."""
        return self._fields.get(name, "")

    def having(self, **changed: str | int | None) -> str:
        """The query with these fields changed; without those that are None, and from the first page on."""
        fields: dict[str, object] = {name: value for name, value in self._fields.items() if name != "after"}
        fields |= changed
        return "?" + urlencode({name: value for name, value in fields.items() if value not in {None, ""}})


def of(request: Request) -> dict[str, Any]:
    """By name, as templates know it."""
    theme = request.cookies.get(THEME, "")
    return {
        "host": request.scope[HOST],
        "language": chosen(request.cookies.get(LANGUAGE, ""), request.headers.get("accept-language", "")),
        "theme": theme if theme in THEMES else "",
        "here": request.scope.get(PAGE, request.url.path),
        "query": Query(request),
        "said": SAID.get(request.query_params.get("said", ""), ""),
    }
