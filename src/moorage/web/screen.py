"""A screen: a page and the forms that stand on it, each with an address of its own below the page's."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.rules.sessions import Stage
from moorage.service.sign_in import SignIn
from moorage.web.surroundings import PAGE
from moorage.web.visitor import Elsewhere, Visitor, login_address, visitor

Fields: TypeAlias = Mapping[str, str]
Show: TypeAlias = Callable[[Visitor, Refusal | None], Awaitable[Response]]
Act: TypeAlias = Callable[[Visitor, Fields], Awaitable[Response]]

_SHORT = 12
_UNSEEN = frozenset({Code.NAME_UNKNOWN, Code.UNAUTHORIZED, Code.DENIED})


def screen(
    sign_in: SignIn, path: str, show: Show, acts: Mapping[str, Act] | None = None, *, guests: bool = False
) -> list[Route]:
    """The page at `path`, for who is signed in, and below it the forms: `acts` by the rest of their addresses.

    A form answers with where to go next. Where it is refused the page is shown again and says why; `show` is given
    the refusal for that. With `guests` a stranger sees the page as well, if what it shows is public; else they are led
    to the login, whether there is such a thing or not.
    """

    async def page(request: Request) -> Response:
        seen = await visitor(sign_in, request)
        if seen.signed is not None or not guests:
            seen.at(Stage.OPEN)
            return await show(seen, None)
        try:
            return await show(seen, None)
        except Refusal as refusal:
            if refusal.code in _UNSEEN:
                raise Elsewhere(login_address(request)) from refusal
            raise

    def posted(below: str, act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            seen = await visitor(sign_in, request)
            seen.at(Stage.OPEN)
            fields = await seen.form()
            try:
                return await act(seen, fields)
            except Refusal as refusal:
                words = request.url.path.split("/")
                request.scope[PAGE] = "/".join(words[: len(words) - below.count("/")])
                return await show(seen, refusal)

        return handle

    forms = [Route(path + below, posted(below, act), methods=["POST"]) for below, act in (acts or {}).items()]
    return [*forms, Route(path, page, methods=["GET"])]


def confirmed(fields: Fields, name: str) -> None:
    """They typed the name of what they want to end for good. Raises QUERY_INVALID."""
    if fields.get("confirm", "").strip() != name:
        raise Refusal(Code.QUERY_INVALID, f"to go on, type its name: {name}")


def short(digest: Digest) -> str:
    """The beginning of a digest, which has to be typed to end an image."""
    return digest.text.partition(":")[2][:_SHORT]
