"""/projects/{project}/{repository}/-/then: its tags as they were at another time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.rules.listing import Listing
from moorage.service.read_history import ReadHistory
from moorage.service.sign_in import SignIn
from moorage.web.lists import ROWS
from moorage.web.rendering import render, render_refused
from moorage.web.repositories import PATH, Frame
from moorage.web.screen import screen
from moorage.web.visitor import Visitor

_LONGEST = 256
_YESTERDAY = timedelta(days=1)


def routes(sign_in: SignIn, frame: Frame, history: ReadHistory, now: Callable[[], float]) -> list[Route]:
    """It only reads. Without a time in the address it is yesterday's."""

    async def show(seen: Visitor, _: Refusal | None) -> Response:
        asked = seen.request.query_params
        before = datetime.fromtimestamp(now(), UTC) - _YESTERDAY
        text = asked.get("at", "").strip()[:_LONGEST] or f"{before:%Y-%m-%dT%H:%M}"
        values = {**await frame.around(seen), "at": text, "moment": None, "found": None}
        try:
            at = _read(text)
            listing = Listing(
                ROWS, asked.get("after", "")[:_LONGEST], prefix=asked.get("prefix", "").strip()[:_LONGEST]
            )
            found = await history.tags(seen.who, seen.repository(), at, listing)
        except Refusal as refusal:
            return render_refused("then.html", refusal, **values)
        return render("then.html", fault="", **{**values, "moment": at, "found": found})

    return screen(sign_in, PATH + "/-/then", show, guests=True)


def _read(text: str) -> float:
    """A time as browsers send it, by universal time where it names no other zone; in seconds since the epoch."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise Refusal(Code.QUERY_INVALID, "write the time as 2026-11-20T10:00") from None
