"""/search: finding things by what somebody remembers of them."""

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Refusal
from moorage.oci.reference import RepositoryName
from moorage.service.search_all import LONGEST, SearchAll
from moorage.service.sign_in import SignIn
from moorage.web.rendering import render
from moorage.web.screen import screen
from moorage.web.surroundings import HOST
from moorage.web.visitor import Visitor


def routes(sign_in: SignIn, search: SearchAll) -> list[Route]:
    """It only reads."""

    async def show(seen: Visitor, _: Refusal | None) -> Response:
        asked = seen.request.query_params.get("q", "").strip()[:LONGEST]
        found = await search(seen.who, asked, seen.request.scope[HOST])
        return render("search.html", **seen.shown, asked=asked, found=found, is_empty=not any(found), address=_address)

    return screen(sign_in, "/search", show)


def _address(name: str) -> str:
    """The page of a repository."""
    parsed = RepositoryName.parse(name)
    return f"/projects/{parsed.project}/{parsed.inner}"
