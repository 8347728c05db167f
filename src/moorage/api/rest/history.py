"""/projects/{project}/repositories/{name}/tags: what they name and named, and how they are moved without a push."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Path, Query

from moorage.api.rest.asking import InProject, InRepository, Who, number_after, own_router
from moorage.api.rest.models.history import TagMoveShown, TagMoving, TagRestoring
from moorage.api.rest.models.repositories import TagShown
from moorage.api.rest.paging import Page, TagPage
from moorage.api.rest.state import Matching
from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.reference import Reference, RepositoryName, Tag
from moorage.rules.facts import TagMove, TagRecord
from moorage.service.manage_repositories import ManageRepositories
from moorage.service.move_tag import MoveTag
from moorage.service.read_history import ReadHistory

_LATEST = 1e12
OfTag: TypeAlias = Annotated[str, Path(max_length=128, description="the tag")]
AsOf: TypeAlias = Annotated[
    float | None, Query(ge=0, le=_LATEST, description="as it was then, in seconds since the epoch")
]
"""At which time something is looked at; absent: now."""


def routes(manage: ManageRepositories, read: ReadHistory, move: MoveTag) -> APIRouter:
    """Tags, their history, and the way back."""
    router = own_router(["tags"])

    # before the list: a tag may be called `tags`
    @router.get("/projects/{project}/repositories/{name:path}/tags/{tag}")
    async def get_tag(who: Who, project: InProject, name: InRepository, tag: OfTag, as_of: AsOf = None) -> TagShown:
        """One tag, as it is or as it was."""
        return shown(await read.tag(who, RepositoryName.within(project, name), Tag.parse(tag), as_of))

    @router.get("/projects/{project}/repositories/{name:path}/tags")
    async def list_tags(
        who: Who, project: InProject, name: InRepository, page: TagPage, as_of: AsOf = None
    ) -> list[TagShown]:
        """The repository's tags, as they are or, by name, as they were."""
        here = RepositoryName.within(project, name)
        if as_of is None:
            return page.show(await manage.tags(who, here, page.listing), shown)
        return page.show(await read.tags(who, here, as_of, page.listing), shown)

    @router.get("/projects/{project}/repositories/{name:path}/tags/{tag}/history")
    async def list_tag_moves(
        who: Who, project: InProject, name: InRepository, tag: OfTag, page: Page
    ) -> list[TagMoveShown]:
        """Every move of the tag, the newest first; also of one that is deleted."""
        found = await read.moves(
            who,
            RepositoryName.within(project, name),
            Tag.parse(tag),
            before=number_after(page.listing.after) or None,
            size=page.listing.size,
        )
        return page.show(found, _move)

    @router.post("/projects/{project}/repositories/{name:path}/tags/{tag}/restore")
    async def restore_tag(
        who: Who, project: InProject, name: InRepository, tag: OfTag, wanted: TagRestoring
    ) -> TagShown:
        """Let the tag, deleted or not, name what it named before its last move, or a digest that it named once."""
        digest = None if wanted.digest is None else Digest.parse(wanted.digest)
        return shown(await move.restore(who, RepositoryName.within(project, name), Tag.parse(tag), digest))

    @router.put("/projects/{project}/repositories/{name:path}/tags/{tag}")
    async def promote(
        who: Who, project: InProject, name: InRepository, tag: OfTag, wanted: TagMoving, match: Matching
    ) -> TagShown:
        """Let the tag name what another tag names, or a manifest by its digest, without a push."""
        source = _source(wanted)
        here = RepositoryName.within(project, name)
        return shown(await move.promote(who, here, Tag.parse(tag), source, match.on(shown)))

    return router


def shown(tag: TagRecord) -> TagShown:
    """A tag."""
    return TagShown(**tag._asdict())


def _source(wanted: TagMoving) -> Reference:
    if bool(wanted.from_tag) == bool(wanted.digest):
        raise Refusal(Code.QUERY_INVALID, "say what the tag shall name: give either from_tag or digest")
    return Tag.parse(wanted.from_tag) if wanted.from_tag else Digest.parse(wanted.digest)


def _move(move: TagMove) -> TagMoveShown:
    return TagMoveShown(
        id=move.id,
        before=move.before,
        after=move.after,
        at=move.at,
        by=move.by,
        image=None if move.image is None else move.image.value,
    )
