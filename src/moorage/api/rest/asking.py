"""What routes of the API share: who asks, pages and their links, actions and patterns as values."""

import asyncio
from typing import Annotated, TypeAlias
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from moorage.api.rest import ROOT
from moorage.api.rest.models.refusal import PROBLEMS
from moorage.oci.error import Code, Refusal
from moorage.rules.access import Identity
from moorage.rules.markdown import to_html
from moorage.rules.pattern import Pattern
from moorage.rules.roles import Action

_LARGEST_PAGE = 1000
LARGEST_ID = 2**63 - 1


def _who(request: Request) -> Identity:
    who: Identity = request.scope["moorage.who"]
    return who


def own_router(tags: list[str] | None = None) -> APIRouter:
    """A router for addresses below the API's root, whose operations may answer with any refusal."""
    return APIRouter(
        prefix=ROOT.rstrip("/"),
        responses=PROBLEMS,
        tags=list(tags or []),
        generate_unique_id_function=lambda route: route.name,
    )


Who: TypeAlias = Annotated[Identity, Depends(_who)]
"""Who asks."""


InProject: TypeAlias = Annotated[str, Path(description="the project's name")]
InRepository: TypeAlias = Annotated[
    str, Path(description="the repository's name within the project; its slashes stand as they are")
]
OfUser: TypeAlias = Annotated[str, Path(description="the user's name")]
OfGroup: TypeAlias = Annotated[str, Path(description="the group's name")]
OfRole: TypeAlias = Annotated[str, Path(description="the role's name")]
OfRobot: TypeAlias = Annotated[str, Path(description="the robot's name here (`short_name`)")]
OfToken: TypeAlias = Annotated[int, Path(ge=1, le=LARGEST_ID, description="the token's id")]
"""What the words of an address name."""


class Paging:
    """Which page of a list is asked for, and the way to the next."""

    def __init__(
        self,
        request: Request,
        response: Response,
        per_page: Annotated[int, Query(ge=1, le=_LARGEST_PAGE, description="entries in a page")] = 100,
        after: Annotated[str, Query(max_length=512, description="the last name of the page before")] = "",
    ) -> None:
        self.size = per_page
        self.after = after
        self._request = request
        self._response = response

    def link(self, after: str | None) -> None:
        """Say where the list goes on, if it does. Source: RFC 8288."""
        if after is None:
            return
        asked = [(name, value) for name, value in self._request.query_params.multi_items() if name != "after"]
        query = urlencode([*asked, ("after", after)])
        base = self._request.scope["moorage.base"]
        self._response.headers["link"] = f'<{base}{self._request.url.path}?{query}>; rel="next"'


Page: TypeAlias = Annotated[Paging, Depends()]


def number_after(text: str) -> int:
    """The id after which a page begins, in lists that are in order of ids; 0 for the first. Raises QUERY_INVALID."""
    if text and not (text.isascii() and text.isdigit() and int(text) <= LARGEST_ID):
        raise Refusal(Code.QUERY_INVALID, "after is the id of the last entry of the page before")
    return int(text or 0)


def locate(request: Request, response: Response, path: str) -> None:
    """Say where what was made is found."""
    response.headers["location"] = f"{request.scope['moorage.base']}/api/v1/{path}"


async def as_html(description: str) -> str:
    """A description as HTML; a long one takes some ten milliseconds, in which others are served."""
    return await asyncio.to_thread(to_html, description) if description else ""


def actions_of(names: list[str]) -> frozenset[Action]:
    """The actions of these names, or QUERY_INVALID."""
    return frozenset(action_of(name) for name in names)


def action_of(name: str) -> Action:
    """The action of this name, or QUERY_INVALID."""
    try:
        return Action(name)
    except ValueError:
        known = ", ".join(action.value for action in Action if action is not Action.LIST)
        raise Refusal(Code.QUERY_INVALID, f"there is no action {name[:64]!r}: use {known}") from None


def patterns_of(texts: list[str]) -> tuple[Pattern, ...]:
    """The patterns, each once, or QUERY_INVALID."""
    return tuple(dict.fromkeys(Pattern.parse(text) for text in texts))
