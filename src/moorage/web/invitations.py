"""/administration/invitations: links by which people join the registry."""

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Refusal
from moorage.rules.invitations import DAYS, MOST_DAYS
from moorage.rules.roles import Action
from moorage.service.manage_invitations import ManageInvitations, Wanted
from moorage.service.sign_in import SignIn
from moorage.web.administering import HOME, page, require
from moorage.web.fields import number
from moorage.web.lists import ROWS
from moorage.web.said import after
from moorage.web.screen import Fields, screen
from moorage.web.visitor import Visitor, go

INVITATIONS = f"{HOME}/invitations"


def routes(sign_in: SignIn, manage: ManageInvitations) -> list[Route]:
    """The link is shown once, by the answer to the form."""

    async def shown(seen: Visitor, refusal: Refusal | None, link: str) -> Response:
        begins = seen.request.query_params.get("after", "")
        first = int(begins) if begins.isascii() and begins.isdigit() and len(begins) < ROWS else 0
        found = await manage.page(seen.who, None, after=min(first, 2**62), size=ROWS)
        return await page(seen, "invitations.html", refusal, found=found, link=link, usual=DAYS, most=MOST_DAYS)

    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        return await shown(seen, refusal, "")

    async def create(seen: Visitor, fields: Fields) -> Response:
        require(seen, Action.MANAGE_PEOPLE)
        days = number(fields, "days", f"give for how many days it counts, up to {MOST_DAYS}")
        _, secret = await manage.create(seen.who, None, Wanted(None, fields.get("note", "").strip(), days))
        return await shown(seen, None, f"{seen.base}/invite/{secret}")

    async def revoke(seen: Visitor, fields: Fields) -> Response:
        require(seen, Action.MANAGE_PEOPLE)
        await manage.revoke(seen.who, None, number(fields, "number", "give the number of an invitation"))
        return go(after(INVITATIONS, "ended"))

    return screen(sign_in, INVITATIONS, show, {"": create, "/end": revoke})
