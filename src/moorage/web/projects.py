"""/projects: those that somebody may see, and a new one."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Refusal
from moorage.service.manage_projects import ManageProjects
from moorage.service.sign_in import SignIn
from moorage.web.lists import listing
from moorage.web.rendering import answer
from moorage.web.said import after
from moorage.web.screen import Fields, screen
from moorage.web.visitor import Visitor, go


def routes(sign_in: SignIn, manage: ManageProjects) -> list[Route]:
    """The list and the form."""

    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        found = await manage.page(seen.who, listing(seen, ("name", "-created_at")))
        values: dict[str, Any] = {**seen.shown, "found": found}
        return answer("projects.html", refusal, **values)

    async def create(seen: Visitor, fields: Fields) -> Response:
        made = await manage.create(seen.who, fields.get("name", "").strip(), public=fields.get("public") == "yes")
        return go(after(f"/projects/{made.name}", "saved"))

    return screen(sign_in, "/projects", show, {"": create}, guests=True)
