"""/projects/{project}/repositories, and the names that they had before: /projects/{project}/redirects."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Path

from moorage.api.rest.asking import LARGEST_ID, InProject, InRepository, Who, as_html, number_after, own_router
from moorage.api.rest.models.repositories import (
    RedirectShown,
    RepositoryChange,
    RepositoryDetail,
    RepositoryShown,
)
from moorage.api.rest.paging import Page, RepositoryPage
from moorage.api.rest.state import Matching
from moorage.oci.reference import RepositoryName
from moorage.rules.facts import Redirect, RepositoryRecord
from moorage.service.delete_content import DeleteContent
from moorage.service.manage_redirects import ManageRedirects
from moorage.service.manage_repositories import ManageRepositories

OfRedirect: TypeAlias = Annotated[int, Path(ge=1, le=LARGEST_ID, description="the redirect's id")]


def routes(manage: ManageRepositories, delete: DeleteContent, redirects: ManageRedirects) -> APIRouter:
    """Repositories, their tags, and redirects."""
    router = own_router(["repositories"])
    _redirects(router, redirects)

    @router.get("/projects/{project}/repositories")
    async def list_repositories(who: Who, project: InProject, page: RepositoryPage) -> list[RepositoryShown]:
        """The project's repositories that you may pull from; `prefix` is relative to the project."""
        return page.show(await manage.page(who, project, page.listing), repository_shown)

    @router.get("/projects/{project}/repositories/{name:path}")
    async def getrepository_shown(who: Who, project: InProject, name: InRepository) -> RepositoryDetail:
        """One repository."""
        found = await manage.find(who, RepositoryName.within(project, name))
        return RepositoryDetail(
            **repository_shown(found).model_dump(), description_html=await as_html(found.description)
        )

    @router.patch("/projects/{project}/repositories/{name:path}")
    async def changerepository_shown(
        who: Who, project: InProject, name: InRepository, change: RepositoryChange, match: Matching
    ) -> RepositoryShown:
        """Describe it anew, let it be public or private whatever the project is, rename it, or move it."""
        return repository_shown(
            await manage.update(
                who,
                RepositoryName.within(project, name),
                change.stated(),
                match.on(repository_shown),
            )
        )

    @router.delete("/projects/{project}/repositories/{name:path}", status_code=204)
    async def deleterepository_shown(who: Who, project: InProject, name: InRepository, match: Matching) -> None:
        """Delete it with all its tags. For some days it can be restored from the project's trash."""
        await delete.repository(who, RepositoryName.within(project, name), match.on(repository_shown))

    return router


def _redirects(router: APIRouter, manage: ManageRedirects) -> None:
    @router.get("/projects/{project}/redirects")
    async def list_redirects(who: Who, project: InProject, page: Page) -> list[RedirectShown]:
        """The old names that lead to the project or into it, and those that were in it; the oldest first."""
        after = number_after(page.listing.after)
        return page.show(await manage.page(who, project, after=after, size=page.listing.size), _redirect)

    @router.delete("/projects/{project}/redirects/{number}", status_code=204)
    async def remove_redirect(who: Who, project: InProject, number: OfRedirect) -> None:
        """Let an old name lead nowhere, so that it may be taken."""
        await manage.remove(who, project, number)


def repository_shown(record: RepositoryRecord) -> RepositoryShown:
    """A repository."""
    return RepositoryShown(
        id=record.id,
        name=record.name,
        tags=record.tags,
        public=record.public,
        description=record.description,
        labels=dict(record.labels),
        created_at=record.created_at,
        pushed_at=record.pushed_at or None,
    )


def _redirect(redirect: Redirect) -> RedirectShown:
    return RedirectShown(
        id=redirect.id,
        name=redirect.name,
        kind="project" if redirect.is_project else "repository",
        leads_to=redirect.leads_to or None,
        created_by=redirect.made_by,
        created_at=redirect.made_at,
        ends_at=redirect.ends_at,
    )
