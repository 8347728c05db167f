"""What routes of the API share: who asks, what an address and a query may say, actions and patterns as values."""

import asyncio
from collections.abc import Iterator
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.dependencies.models import Dependant
from pydantic import AfterValidator

from moorage.api.rest import ROOT
from moorage.api.rest.address import whole
from moorage.api.rest.models.refusal import PROBLEMS
from moorage.oci.error import Code, Refusal
from moorage.rules import access
from moorage.rules.access import Identity, Kind
from moorage.rules.markdown import to_html
from moorage.rules.pattern import Pattern
from moorage.rules.roles import Action

LARGEST_ID = 2**63 - 1


def _who(request: Request) -> Identity:
    """Who asks; without a login there is no answer here, not even of what is public."""
    who: Identity = request.scope["moorage.who"]
    if who.kind is Kind.ANONYMOUS:
        access.require_api(who)
    return who


def _only_known(request: Request) -> None:
    """A parameter that this address does not take is a mistake: what it was to narrow would come whole."""
    if not request.query_params:
        return
    known = list(dict.fromkeys(_taken(request.scope["route"].dependant)))
    for name in request.query_params:
        if name not in known:
            takes = f"use {', '.join(known)}" if known else "this address takes none"
            raise Refusal(Code.QUERY_INVALID, f"there is no parameter {name[:64]!r} here: {takes}")


def _taken(dependant: Dependant) -> Iterator[str]:
    yield from (parameter.alias for parameter in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _taken(inner)


def own_router(tags: list[str] | None = None) -> APIRouter:
    """A router for addresses below the API's root, whose operations may answer with any refusal."""
    return APIRouter(
        prefix=ROOT.rstrip("/"),
        responses=PROBLEMS,
        tags=list(tags or []),
        dependencies=[Depends(_only_known)],
        generate_unique_id_function=lambda route: route.name,
    )


Who: TypeAlias = Annotated[Identity, Depends(_who)]
"""Who asks."""


InProject: TypeAlias = Annotated[str, Path(description="the project's name")]
InRepository: TypeAlias = Annotated[
    str,
    Path(
        description="the repository's name within the project; slashes stand as they are or as %2F, which alone tells "
        "the repository `app/tags` from the tags of `app`"
    ),
    AfterValidator(whole),
]
OfUser: TypeAlias = Annotated[str, Path(description="the user's name")]
OfGroup: TypeAlias = Annotated[str, Path(description="the group's name")]
OfRole: TypeAlias = Annotated[str, Path(description="the role's name")]
OfRobot: TypeAlias = Annotated[str, Path(description="the robot's name here (`short_name`)")]
OfToken: TypeAlias = Annotated[int, Path(ge=1, le=LARGEST_ID, description="the token's id")]
"""What the words of an address name."""


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
