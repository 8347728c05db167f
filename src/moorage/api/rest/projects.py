"""/projects, and the repositories in them."""

from fastapi import APIRouter, Request, Response

from moorage.api.rest.asking import InProject, InRepository, Page, Who, locate, own_router
from moorage.api.rest.models.projects import NewProject, ProjectChange, ProjectShown
from moorage.api.rest.models.repositories import RepositoryChange, RepositoryShown, TagShown
from moorage.api.rest.state import Matching
from moorage.oci.page import PageRequest
from moorage.oci.reference import RepositoryName
from moorage.rules.facts import Project, RepositoryRecord
from moorage.service.delete_content import DeleteContent
from moorage.service.manage_projects import ManageProjects


def routes(manage: ManageProjects, delete: DeleteContent) -> APIRouter:  # noqa: C901 - a route is a function
    """Projects and repositories."""
    router = own_router(["projects"])

    @router.get("/projects")
    async def list_projects(who: Who, page: Page) -> list[ProjectShown]:
        """The projects that you may see, in order of their names."""
        found = await manage.page(who, after=page.after, size=page.size)
        page.link(found.items[-1].name if found.more else None)
        return [_project(project) for project in found.items]

    @router.post("/projects", status_code=201)
    async def create_project(who: Who, new: NewProject, request: Request, response: Response) -> ProjectShown:
        """Make a project."""
        made = await manage.create(who, new.name, public=new.public, description=new.description)
        locate(request, response, f"projects/{made.name}")
        return _project(made)

    @router.get("/projects/{project}")
    async def get_project(who: Who, project: InProject) -> ProjectShown:
        """One project."""
        return _project(await manage.find(who, project))

    @router.patch("/projects/{project}")
    async def change_project(who: Who, project: InProject, change: ProjectChange, match: Matching) -> ProjectShown:
        """Describe it anew, open it to the public, or close it."""
        return _project(await manage.update(who, project, **change.stated(), still=match.on(_project)))

    @router.delete("/projects/{project}", status_code=204)
    async def delete_project(who: Who, project: InProject, match: Matching) -> None:
        """Delete an empty project, with its members and robots."""
        await manage.delete(who, project, match.on(_project))

    @router.get("/projects/{project}/repositories")
    async def list_repositories(who: Who, project: InProject, page: Page) -> list[RepositoryShown]:
        """The project's repositories that you may pull from."""
        found = await manage.repositories(who, project, after=page.after, size=page.size)
        page.link(found.items[-1].name if found.more else None)
        return [_repository(record) for record in found.items]

    @router.get("/projects/{project}/repositories/{name:path}/tags", tags=["repositories"])
    async def list_tags(who: Who, project: InProject, name: InRepository, page: Page) -> list[TagShown]:
        """The repository's tags, in order of their names."""
        asked = PageRequest(page.size, page.after)
        found = await manage.tags(who, RepositoryName.within(project, name), asked)
        page.link(found.items[-1] if found.more else None)
        return [TagShown(name=tag) for tag in found.items]

    @router.get("/projects/{project}/repositories/{name:path}", tags=["repositories"])
    async def get_repository(who: Who, project: InProject, name: InRepository) -> RepositoryShown:
        """One repository."""
        return _repository(await manage.repository(who, RepositoryName.within(project, name)))

    @router.patch("/projects/{project}/repositories/{name:path}", tags=["repositories"])
    async def change_repository(
        who: Who, project: InProject, name: InRepository, change: RepositoryChange, match: Matching
    ) -> RepositoryShown:
        """Describe it anew, or let it be public or private whatever the project is."""
        return _repository(
            await manage.update_repository(
                who,
                RepositoryName.within(project, name),
                change.stated(),
                match.on(_repository),
            )
        )

    @router.delete("/projects/{project}/repositories/{name:path}", status_code=204, tags=["repositories"])
    async def delete_repository(who: Who, project: InProject, name: InRepository, match: Matching) -> None:
        """Delete it with all its tags. There is no way back."""
        await delete.repository(who, RepositoryName.within(project, name), match.on(_repository))

    return router


def _project(project: Project) -> ProjectShown:
    return ProjectShown(
        id=project.id,
        name=project.name,
        public=project.public,
        description=project.description,
        created_at=project.created_at,
    )


def _repository(record: RepositoryRecord) -> RepositoryShown:
    return RepositoryShown(
        id=record.id,
        name=record.name,
        tags=record.tags,
        public=record.public,
        description=record.description,
        created_at=record.created_at,
    )
