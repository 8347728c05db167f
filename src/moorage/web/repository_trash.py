"""/projects/{project}/{repository}/-/deleted: its images that can still be restored."""

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.digest import Digest
from moorage.oci.error import Refusal
from moorage.rules.roles import Action
from moorage.rules.trash import Window
from moorage.service.manage_trash import ManageTrash
from moorage.service.sign_in import SignIn
from moorage.web.lists import ROWS
from moorage.web.rendering import answer
from moorage.web.repositories import PATH, Frame, path_of
from moorage.web.said import after
from moorage.web.screen import Fields, confirmed, screen, short
from moorage.web.visitor import Visitor, go

_MOST_DIGITS = 18


def routes(sign_in: SignIn, frame: Frame, trash: ManageTrash, window: Window) -> list[Route]:
    """The list, and for each the way back and the end."""

    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        found = await trash.images(seen.who, seen.repository(), after=_after(seen), size=ROWS)
        values = {**await frame.around(seen), "found": found, "window": window}
        return answer("repository_trash.html", refusal, **values)

    async def restore(seen: Visitor, fields: Fields) -> Response:
        name = await frame.require(seen, Action.MANAGE_TRASH)
        digest = Digest.parse(fields.get("digest", ""))
        await trash.restore_image(seen.who, name, digest)
        return go(after(f"{path_of(name)}/-/images/{digest}", "restored"))

    async def erase(seen: Visitor, fields: Fields) -> Response:
        name = await frame.require(seen, Action.MANAGE_TRASH)
        digest = Digest.parse(fields.get("digest", ""))
        confirmed(fields, short(digest))
        await trash.erase_image(seen.who, name, digest)
        return go(after(f"{path_of(name)}/-/deleted", "deleted"))

    return screen(sign_in, PATH + "/-/deleted", show, {"/restore": restore, "/erase": erase})


def _after(seen: Visitor) -> int:
    text = seen.request.query_params.get("after", "")
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else 0
