"""/projects/{project}/{repository}/-/tags/{tag}: what a tag names, and all that it ever named."""

from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName, Tag
from moorage.rules.facts import TagRecord
from moorage.rules.images import ImageSight
from moorage.rules.roles import Action
from moorage.service.delete_content import DeleteContent
from moorage.service.move_tag import MoveTag
from moorage.service.read_history import ReadHistory
from moorage.service.read_images import ReadImages
from moorage.service.sign_in import SignIn
from moorage.web.lists import ROWS
from moorage.web.rendering import answer
from moorage.web.repositories import PATH, Frame, path_of
from moorage.web.said import after
from moorage.web.screen import Fields, confirmed, screen
from moorage.web.visitor import Visitor, go


def routes(
    sign_in: SignIn, frame: Frame, images: ReadImages, history: ReadHistory, delete: DeleteContent, move: MoveTag
) -> list[Route]:
    """A tag that is deleted has its page still."""

    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        name, tag = seen.repository(), _tag(seen)
        moves = await history.moves(seen.who, name, tag, before=_before(seen), size=ROWS)
        record, sight = await _now(seen, name, tag)
        values = {**await frame.around(seen), "tag": tag.text, "moves": moves, "record": record, "sight": sight}
        return answer("tag.html", refusal, **values)

    async def _now(seen: Visitor, name: RepositoryName, tag: Tag) -> tuple[TagRecord | None, ImageSight | None]:
        try:
            record = await history.tag(seen.who, name, tag, None)
            return record, await images.image(seen.who, name, Digest.parse(record.digest))
        except Refusal as refusal:
            if refusal.code is not Code.MANIFEST_UNKNOWN:
                raise
            return None, None

    async def restore(seen: Visitor, fields: Fields) -> Response:
        name, tag = await frame.require(seen, Action.PUSH), _tag(seen)
        digest = fields.get("digest", "")
        await move.restore(seen.who, name, tag, Digest.parse(digest) if digest else None)
        return go(after(f"{path_of(name)}/-/tags/{tag}", "moved"))

    async def remove(seen: Visitor, fields: Fields) -> Response:
        name, tag = await frame.require(seen, Action.DELETE), _tag(seen)
        confirmed(fields, tag.text)
        await delete.manifest(seen.who, name, tag)
        return go(f"{path_of(name)}?{urlencode({'deleted': tag.text})}")

    return screen(sign_in, PATH + "/-/tags/{tag}", show, {"/restore": restore, "/delete": remove}, guests=True)


def _tag(seen: Visitor) -> Tag:
    return Tag.parse(seen.request.path_params["tag"])


def _before(seen: Visitor) -> int | None:
    text = seen.request.query_params.get("after", "")
    return int(text) if text.isdecimal() and len(text) < ROWS // 3 else None
