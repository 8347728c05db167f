"""/projects/{project}: its repositories."""

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Refusal
from moorage.oci.reference import RepositoryName
from moorage.service.manage_projects import ManageProjects
from moorage.service.manage_repositories import ManageRepositories
from moorage.service.read_rights import ReadRights
from moorage.service.sign_in import SignIn
from moorage.web.lists import listing
from moorage.web.rendering import render, render_refused
from moorage.web.screen import screen
from moorage.web.visitor import Visitor


def routes(
    sign_in: SignIn, rights: ReadRights, projects: ManageProjects, repositories: ManageRepositories
) -> list[Route]:
    """The page that everybody sees who sees the project."""

    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        name = seen.request.path_params["project"]
        values = {
            **seen.shown,
            "rights": await rights.in_project(seen.who, name),
            "project": await projects.find(seen.who, name),
            "found": await repositories.page(seen.who, name, listing(seen, ("name", "pushed_at", "created_at"))),
            "inner": _inner,
        }
        if refusal is None:
            return render("project.html", fault="", **values)
        return render_refused("project.html", refusal, **values)

    return screen(sign_in, "/projects/{project}", show, guests=True)


def _inner(name: str) -> str:
    return RepositoryName.parse(name).inner
