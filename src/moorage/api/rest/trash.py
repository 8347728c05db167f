"""/projects/{project}/trash and that of a repository: what was deleted and can still be restored."""

from typing import Annotated, Literal, TypeAlias

from fastapi import APIRouter, Path, Query

from moorage.api.rest.asking import LARGEST_ID, InProject, InRepository, Who, number_after, own_router
from moorage.api.rest.models.repositories import RepositoryShown
from moorage.api.rest.models.trash import (
    DeletedImage,
    DeletedRepository,
    ImageRestored,
    RepositoryRestoring,
    TagLeftOut,
)
from moorage.api.rest.paging import Page
from moorage.api.rest.repositories import repository_shown
from moorage.oci.digest import Digest
from moorage.oci.reference import HOME_PROJECT, RepositoryName
from moorage.rules.trash import BuriedManifest, BuriedRepository, Window
from moorage.service.manage_trash import ManageTrash

OfDeleted: TypeAlias = Annotated[int, Path(ge=1, le=LARGEST_ID, description="the deleted repository's id")]
OfDigest: TypeAlias = Annotated[str, Path(max_length=256, description="the deleted manifest's digest")]

WhichTags: TypeAlias = Annotated[
    Literal["all", "allowed"],
    Query(description="`all`: with all of its tags, or not at all; `allowed`: without those that you may not move"),
]


def routes(manage: ManageTrash, window: Window) -> APIRouter:
    """Deleted repositories in their project, deleted images in their repository."""
    router = own_router(["trash"])

    @router.get("/projects/{project}/trash")
    async def list_deleted_repositories(who: Who, project: InProject, page: Page) -> list[DeletedRepository]:
        """The project's deleted repositories that can still be restored, as far as you may see them."""
        after = number_after(page.listing.after)
        found = await manage.repositories(who, project, after=after, size=page.listing.size)
        return page.show(found, lambda buried: _repository(buried, project, window))

    @router.post("/projects/{project}/trash/{number}/restore")
    async def restore_repository(
        who: Who, project: InProject, number: OfDeleted, wanted: RepositoryRestoring
    ) -> RepositoryShown:
        """Let a deleted repository be there again, with its id, its tags and all that was in it."""
        return repository_shown(await manage.restore_repository(who, project, number, wanted.name))

    @router.delete("/projects/{project}/trash/{number}", status_code=204)
    async def erase_repository(who: Who, project: InProject, number: OfDeleted) -> None:
        """End a deleted repository for good, with all that was in it."""
        await manage.erase_repository(who, project, number)

    @router.get("/projects/{project}/repositories/{name:path}/trash")
    async def list_deleted_images(who: Who, project: InProject, name: InRepository, page: Page) -> list[DeletedImage]:
        """The images that were deleted from the repository and can still be restored."""
        after = number_after(page.listing.after)
        here = RepositoryName.within(project, name)
        found = await manage.images(who, here, after=after, size=page.listing.size)
        return page.show(found, lambda buried: _image(buried, window))

    @router.post("/projects/{project}/repositories/{name:path}/trash/{digest}/restore")
    async def restore_image(
        who: Who, project: InProject, name: InRepository, digest: OfDigest, tags: WhichTags = "all"
    ) -> ImageRestored:
        """Let a deleted image be there again, with those of its tags that name nothing else meanwhile."""
        here, only_allowed = RepositoryName.within(project, name), tags == "allowed"
        again = await manage.restore_image(who, here, Digest.parse(digest), only_allowed=only_allowed)
        left = [TagLeftOut(name=tag, reason=reason) for tag, reason in again.left_out]
        return ImageRestored(digest=digest, tags=list(again.named), left_out=left)

    @router.delete("/projects/{project}/repositories/{name:path}/trash/{digest}", status_code=204)
    async def erase_image(who: Who, project: InProject, name: InRepository, digest: OfDigest) -> None:
        """End a deleted image for good."""
        await manage.erase_image(who, RepositoryName.within(project, name), Digest.parse(digest))

    return router


def _repository(buried: BuriedRepository, project: str, window: Window) -> DeletedRepository:
    return DeletedRepository(
        id=buried.id,
        name=buried.name if project == HOME_PROJECT else f"{project}/{buried.name}",
        images=buried.images,
        deleted_at=buried.at,
        deleted_by=buried.by,
        ends_at=window.ends(buried.at),
    )


def _image(buried: BuriedManifest, window: Window) -> DeletedImage:
    return DeletedImage(
        digest=str(buried.digest),
        media_type=buried.media_type,
        size=buried.size,
        artifact_type=buried.artifact_type,
        tags=list(buried.tags),
        deleted_at=buried.at,
        deleted_by=buried.by,
        ends_at=window.ends(buried.at),
    )
