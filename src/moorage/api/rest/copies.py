"""/projects/{project}/repositories/{name}/copies: images of other repositories."""

from fastapi import APIRouter

from moorage.api.rest.asking import InProject, InRepository, Who, own_router
from moorage.api.rest.models.history import Copying, CopyShown
from moorage.oci.reference import RepositoryName, Tag, parse_reference
from moorage.service.copy_image import CopyImage, Source


def routes(copy: CopyImage) -> APIRouter:
    """Copies without a pull and a push."""
    router = own_router(["tags"])

    @router.post("/projects/{project}/repositories/{name:path}/copies", status_code=201)
    async def copy_image(who: Who, project: InProject, name: InRepository, wanted: Copying) -> CopyShown:
        """Copy an image, or an index with its images, into this repository, new or not; no bytes move."""
        source = Source(RepositoryName.parse(wanted.source), parse_reference(wanted.reference), wanted.referrers)
        tags = tuple(dict.fromkeys(Tag.parse(tag) for tag in wanted.tags))
        copied = await copy(who, RepositoryName.within(project, name), source, tags)
        return CopyShown(
            digest=str(copied.digest),
            tags=[tag.text for tag in copied.tags],
            manifests=copied.manifests,
            new=copied.new,
        )

    return router
