"""/projects."""

from fastapi import APIRouter, Request, Response

from moorage.api.rest.asking import InProject, Who, as_html, locate, own_router
from moorage.api.rest.models.projects import NewProject, ProjectChange, ProjectDetail, ProjectShown
from moorage.api.rest.paging import ProjectPage
from moorage.api.rest.state import Matching
from moorage.rules.facts import Project
from moorage.service.manage_projects import ManageProjects


def routes(manage: ManageProjects) -> APIRouter:
    """Projects."""
    router = own_router(["projects"])

    @router.get("/projects")
    async def list_projects(who: Who, page: ProjectPage) -> list[ProjectShown]:
        """The projects that you may see."""
        return page.show(await manage.page(who, page.listing), _project)

    @router.post("/projects", status_code=201)
    async def create_project(who: Who, new: NewProject, request: Request, response: Response) -> ProjectShown:
        """Make a project."""
        made = await manage.create(
            who, new.name, public=new.public, description=new.description, time_zone=new.time_zone
        )
        locate(request, response, f"projects/{made.name}")
        return _project(made)

    @router.get("/projects/{project}")
    async def get_project(who: Who, project: InProject) -> ProjectDetail:
        """One project."""
        found = await manage.find(who, project)
        return ProjectDetail(**_project(found).model_dump(), description_html=await as_html(found.description))

    @router.patch("/projects/{project}")
    async def change_project(who: Who, project: InProject, change: ProjectChange, match: Matching) -> ProjectShown:
        """Describe it anew, open it to the public, close it, or give it another name."""
        return _project(await manage.update(who, project, **change.stated(), still=match.on(_project)))

    @router.delete("/projects/{project}", status_code=204)
    async def delete_project(who: Who, project: InProject, match: Matching) -> None:
        """Delete an empty project, with its members and robots."""
        await manage.delete(who, project, match.on(_project))

    return router


def _project(project: Project) -> ProjectShown:
    return ProjectShown(
        id=project.id,
        name=project.name,
        public=project.public,
        description=project.description,
        time_zone=project.time_zone or "",
        created_at=project.created_at,
    )
