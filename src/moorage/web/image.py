"""/projects/{project}/{repository}/-/images/{digest}: an index, an image, or whatever else was pushed."""

from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci import kind, loose
from moorage.oci.digest import Digest
from moorage.oci.error import Refusal
from moorage.oci.kind import Kind
from moorage.oci.reference import RepositoryName, Tag
from moorage.rules.images import ImageSight
from moorage.rules.layering import beside
from moorage.rules.roles import Action
from moorage.rules.trash import Window
from moorage.service.copy_image import CopyImage, Source
from moorage.service.delete_content import DeleteContent
from moorage.service.manage_trash import ManageTrash
from moorage.service.read_images import ReadImages
from moorage.service.sign_in import SignIn
from moorage.web.rendering import answer
from moorage.web.repositories import PATH, Frame, path_of
from moorage.web.said import after
from moorage.web.screen import Fields, confirmed, screen, short
from moorage.web.strips import strip
from moorage.web.visitor import Visitor, go

_MOST_RAW = 64 * 1024
"""Characters of a manifest or configuration that a page holds."""
_MOST_FIELDS = 50


def routes(
    sign_in: SignIn,
    frame: Frame,
    images: ReadImages,
    delete: DeleteContent,
    trash: ManageTrash,
    copy: CopyImage,
    window: Window,
) -> list[Route]:
    """What is deleted can be restored for as long as `window` says."""

    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        name, digest = seen.repository(), _digest(seen)
        sight = await images.image(seen.who, name, digest)
        values = {
            **await frame.around(seen),
            **told(sight),
            "keeps": window.keeps,
            "short": short(digest),
            "typed": await seen.form() if refusal is not None else {},
        }
        return answer("image.html", refusal, **values)

    async def remove(seen: Visitor, fields: Fields) -> Response:
        name, digest = await frame.require(seen, Action.DELETE), _digest(seen)
        confirmed(fields, short(digest))
        await delete.manifest(seen.who, name, digest)
        return go(f"{path_of(name)}?{urlencode({'deleted_image': digest.text})}")

    async def restore(seen: Visitor, fields: Fields) -> Response:
        name, digest = await frame.require(seen, Action.MANAGE_TRASH), _digest(seen)
        confirmed(fields, short(digest))
        await trash.restore_image(seen.who, name, digest)
        return go(after(f"{path_of(name)}/-/images/{digest}", "restored"))

    async def copy_to(seen: Visitor, fields: Fields) -> Response:
        name, digest = await frame.require(seen, Action.PULL), _digest(seen)
        target = RepositoryName.parse(fields.get("target", "").strip())
        tag = Tag.parse(fields.get("tag", "").strip())
        await copy(seen.who, target, Source(name, digest, fields.get("referrers") == "yes"), (tag,))
        return go(after(f"{path_of(target)}/-/tags/{tag}", "copied"))

    acts = {"/delete": remove, "/restore": restore, "/copy": copy_to}
    return screen(sign_in, PATH + "/-/images/{digest}", show, acts, guests=True)


def told(sight: ImageSight) -> dict[str, Any]:
    """What the template needs of it."""
    rows = beside(sight.layers, sight.config.history if sight.config is not None else ())
    config = sight.config_content
    return {
        "sight": sight,
        "is_image": sight.kind is Kind.IMAGE,
        "is_index": sight.kind is Kind.INDEX,
        "rows": rows,
        "strip": strip([layer.size for layer in sight.layers]),
        "largest": max((layer.size for layer in sight.layers), default=0),
        "referrers": [(kind.of(one.media_type, one.artifact_type), one) for one in sight.referrers],
        "manifest": loose.pretty(sight.content, _MOST_RAW),
        "config": None if config is None else loose.pretty(config, _MOST_RAW),
        "plain_fields": _plain(config) if sight.config is None and config is not None else {},
    }


def _plain(content: bytes) -> dict[str, str]:
    """What a configuration of some other sort says of itself in one line each: a chart's name and version, say."""
    fields = loose.read(content)
    if not isinstance(fields, dict):
        return {}
    found = [(loose.text(name), value) for name, value in list(fields.items())[:_MOST_FIELDS]]
    return {
        name: loose.text(value) if isinstance(value, str) else str(value).lower()
        for name, value in found
        if isinstance(value, str | bool) or (isinstance(value, int | float) and abs(value) < 1e18)  # noqa: PLR2004
    }


def _digest(seen: Visitor) -> Digest:
    return Digest.parse(seen.request.path_params["digest"])
