"""/sign-on: to the provider of the single sign-on, and back."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from moorage.rules import own_pages
from moorage.service.sign_in import SignIn
from moorage.service.sign_on import PATIENCE, SignOn
from moorage.web.headers import HEADERS
from moorage.web.visitor import BASE, VIA, cookie_name, go, is_secure, keep, visitor

_BACK = "/sign-on/back"


def routes(sign_in: SignIn, sign_on: SignOn) -> list[Route]:
    """What the provider asks beyond a password is its matter: whoever it sends has shown all there is to show."""

    async def begin(request: Request) -> Response:
        wanted = own_pages.safe_next(request.query_params.get("next") or own_pages.HOME)
        begun = await sign_on.begin(wanted, request.scope[BASE] + _BACK, request.scope[VIA])
        answer = RedirectResponse(begun.address, 303, HEADERS)
        answer.set_cookie(
            _cookie(request),
            begun.sealed,
            max_age=PATIENCE,
            path="/",
            secure=is_secure(request),
            httponly=True,
            samesite="lax",  # it has to come along when the provider sends the browser back
        )
        return answer

    async def back(request: Request) -> Response:
        seen = await visitor(sign_in, request)
        sealed = request.cookies.get(_cookie(request), "")
        ended = await sign_on.end(sealed, request.query_params, seen.base + _BACK, seen.via)
        cookie = await sign_in.begin(ended.who, seen.via, shown=True, before=seen.cookie)
        answer = keep(request, go(ended.wanted), cookie)
        answer.delete_cookie(_cookie(request), path="/", secure=is_secure(request), httponly=True, samesite="lax")
        return answer

    return [Route("/sign-on", begin), Route(_BACK, back)]


def _cookie(request: Request) -> str:
    return f"{cookie_name(request)}-sign-on"
