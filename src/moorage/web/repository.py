"""/projects/{project}/{repository}: its tags, and what is done with them."""

from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.reference import Tag, parse_reference
from moorage.rules import markdown
from moorage.rules.listing import NAME, Listing
from moorage.rules.roles import Action
from moorage.service.delete_content import DeleteContent
from moorage.service.move_tag import MoveTag
from moorage.service.read_images import TEXT, VERSION, ReadImages
from moorage.service.sign_in import SignIn
from moorage.web.lists import ROWS, listing
from moorage.web.rendering import answer
from moorage.web.repositories import PATH, Frame, path_of
from moorage.web.said import after
from moorage.web.screen import Fields, screen
from moorage.web.visitor import Visitor, go

_ANYWHERE = "*"
"""Before what tags shall hold anywhere."""


def routes(sign_in: SignIn, frame: Frame, images: ReadImages, delete: DeleteContent, move: MoveTag) -> list[Route]:
    """What was deleted can be had back by one button: the address says what it was."""

    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        name = seen.repository()
        values = {
            **await frame.around(seen),
            "found": await images.tags(seen.who, name, _listing(seen)),
            "typed": await seen.form() if refusal is not None else {},
            "gone": await images.deleted_by(seen.who, name, _tags(seen.request.query_params.get("deleted", ""))),
            "gone_image": await _gone_image(seen, images),
            "to_html": markdown.to_html,
        }
        return answer("repository.html", refusal, **values)

    async def delete_tags(seen: Visitor, fields: Fields) -> Response:
        name = await frame.require(seen, Action.DELETE)
        gone = list[str]()
        chosen = _tags(fields["chosen"])
        if not chosen:
            raise Refusal(Code.QUERY_INVALID, "choose the tags that shall go")
        for tag in chosen:
            try:
                await delete.manifest(seen.who, name, tag)
            except Refusal as refusal:
                if not gone:
                    raise
                told = f"{refusal.sentence}; deleted before that: {', '.join(gone)}"
                raise Refusal(refusal.code, told) from None
            gone.append(tag.text)
        return go(f"{path_of(name)}?{urlencode({'deleted': ','.join(gone)})}")

    async def undo(seen: Visitor, fields: Fields) -> Response:
        name = await frame.require(seen, Action.PUSH)
        for tag in _tags(fields.get("tags", "")):
            await move.restore(seen.who, name, tag, None)
        return go(after(path_of(name), "restored"))

    async def promote(seen: Visitor, fields: Fields) -> Response:
        name = await frame.require(seen, Action.PUSH)
        source = parse_reference(fields.get("source", "").strip())
        tag = Tag.parse(fields.get("tag", "").strip())
        await move.promote(seen.who, name, tag, source)
        return go(after(f"{path_of(name)}/-/tags/{tag}", "moved"))

    acts = {"/-/delete-tags": delete_tags, "/-/undo": undo, "/-/promote": promote}
    return screen(sign_in, PATH, show, acts, guests=True)


def _listing(seen: Visitor) -> Listing:
    """The newest first, or by name where they are narrowed; a * before the text looks for it anywhere."""
    asked = seen.request.query_params
    prefix = asked.get("prefix", "").strip()
    if prefix.startswith(_ANYWHERE) and len(prefix) <= ROWS:
        return Listing(
            ROWS,
            asked.get("after", "")[:256],
            descending=asked.get("sort", "").startswith("-"),
            where={TEXT: prefix.removeprefix(_ANYWHERE).lower()},
        )
    first = NAME if prefix else "-pushed_at"
    return listing(seen, (first, NAME, "pushed_at", VERSION))


def _tags(text: str) -> list[Tag]:
    """Names with commas between, each once, and no more than stand on a page."""
    return [Tag.parse(word) for word in dict.fromkeys(text.split(",")) if word][:ROWS]


async def _gone_image(seen: Visitor, images: ReadImages) -> str:
    text = seen.request.query_params.get("deleted_image", "")
    if not text:
        return ""
    digest = Digest.parse(text)
    return digest.text if await images.in_trash(seen.who, seen.repository(), digest) else ""
