"""/activity: what happened, as far as the reader may hear of it."""

import re
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.service.read_news import Page, ReadNews
from moorage.service.sign_in import SignIn
from moorage.web.happened import GROUPS, SENTENCES
from moorage.web.lists import ROWS
from moorage.web.rendering import render, render_refused
from moorage.web.screen import screen
from moorage.web.visitor import Visitor

_NUMBER = re.compile(r"[0-9]{0,18}")


def routes(sign_in: SignIn, read: ReadNews) -> list[Route]:
    """It only reads."""

    async def show(seen: Visitor, _: Refusal | None) -> Response:
        asked = seen.request.query_params
        values: dict[str, Any] = {
            **seen.shown,
            "groups": GROUPS,
            "sentences": SENTENCES,
            "newest": await read.newest(),
            "found": Page((), None),
        }
        try:
            values["found"] = await read.page(
                seen.who,
                group=asked.get("about", ""),
                project=asked.get("project", "").strip(),
                before=_before(asked.get("after", "")),
                size=ROWS,
            )
        except Refusal as refusal:
            return render_refused("activity.html", refusal, **values)
        return render("activity.html", fault="", **values)

    return screen(sign_in, "/activity", show)


def _before(text: str) -> int | None:
    if not _NUMBER.fullmatch(text):
        raise Refusal(Code.QUERY_INVALID, "this list has no such part: go back to its beginning")
    return int(text) if text else None
