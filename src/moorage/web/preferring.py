"""/preferences: the language and the theme, kept by the browser."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from moorage.rules import own_pages
from moorage.web.languages import LANGUAGES
from moorage.web.surroundings import LANGUAGE, THEME, THEMES
from moorage.web.visitor import Visitor, go, is_secure

_YEAR = 365 * 24 * 3600
_CHOICES = {LANGUAGE: frozenset(LANGUAGES), THEME: frozenset(THEMES)}


def routes() -> list[Route]:
    """Anybody may choose, signed in or not; what is no choice of ours is forgotten, so that the browser's counts."""

    async def prefer(request: Request) -> Response:
        fields = await Visitor(request, "", None).form()
        answer = go(own_pages.safe_next(fields.get("next")))
        for name, choices in _CHOICES.items():
            if name not in fields:
                continue
            if fields[name] in choices:
                answer.set_cookie(
                    name,
                    fields[name],
                    max_age=_YEAR,
                    path="/",
                    secure=is_secure(request),
                    httponly=True,
                    samesite="lax",
                )
            else:
                answer.delete_cookie(name, path="/", secure=is_secure(request), httponly=True, samesite="lax")
        return answer

    return [Route("/preferences", prefer, methods=["POST"])]
