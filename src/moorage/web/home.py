"""/: what somebody finds when they come in."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from moorage.rules.roles import Action
from moorage.service.read_home import ReadHome
from moorage.service.read_news import ReadNews
from moorage.service.read_rights import everywhere
from moorage.web.happened import SENTENCES
from moorage.web.rendering import render
from moorage.web.visitor import Visitor

_NEWS = 10


def page(read: ReadNews, home: ReadHome) -> Callable[[Visitor], Awaitable[Response]]:
    """For who is signed in."""

    async def show(seen: Visitor) -> Response:
        newest = await read.newest()
        pushes = await read.page(seen.who, group="pushes", size=_NEWS)
        found = await home(seen.who)
        may_make = Action.CREATE_PROJECT in everywhere(seen.who)
        return render(
            "home.html",
            **seen.shown,
            newest=newest,
            pushes=pushes.items,
            home=found,
            first=found.can_push or ("demo" if may_make else ""),
            sentences=SENTENCES,
        )

    return show
