"""/projects/{project}/{repository}/-/compare: how two images differ, by tags or digests of the repository."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.kind import Kind
from moorage.oci.reference import RepositoryName, parse_reference
from moorage.rules.images import Fate, ImageSight, Pair, difference, pairs
from moorage.service.read_images import ReadImages
from moorage.service.sign_in import SignIn
from moorage.web.rendering import render, render_refused
from moorage.web.repositories import PATH, Frame
from moorage.web.screen import screen
from moorage.web.strips import strip
from moorage.web.visitor import Visitor

_LONGEST = 256


def routes(sign_in: SignIn, frame: Frame, images: ReadImages) -> list[Route]:
    """It only reads: what was found has an address that can be sent around."""

    async def show(seen: Visitor, _: Refusal | None) -> Response:
        asked = {name: seen.request.query_params.get(name, "").strip()[:_LONGEST] for name in ("from", "to")}
        values = {**await frame.around(seen), "asked": asked, "found": None, "pairs": (), "pair": None, "Fate": Fate}
        if not all(asked.values()):
            return render("compare.html", fault="", **values)
        try:
            values |= await _found(seen, asked)
        except Refusal as refusal:
            return render_refused("compare.html", refusal, **values)
        return render("compare.html", fault="", **values)

    async def _found(seen: Visitor, asked: dict[str, str]) -> dict[str, Any]:
        name = seen.repository()
        before = await images.image(seen.who, name, parse_reference(asked["from"]))
        after = await images.image(seen.who, name, parse_reference(asked["to"]))
        told: dict[str, Any] = {"before": before, "after": after}
        if Kind.INDEX in {before.kind, after.kind}:
            platforms = pairs(before, after)
            pair = _chosen(platforms, seen.request.query_params.get("platform", ""))
            told |= {"pairs": platforms, "pair": pair}
            if pair is None or pair.before is None or pair.after is None:
                return told
            before, after = await _one(seen, name, before, pair.before), await _one(seen, name, after, pair.after)
        found = difference(before, after)
        return {
            **told,
            "found": found,
            "strips": [strip([layer.size for layer in sight.layers]) for sight in (before, after)],
            "sums": [sum(layer.size for layer in sight.layers) for sight in (before, after)],
            "largest": max((change.layer.size for change in found.layers), default=0),
            "images": (before, after),
        }

    async def _one(seen: Visitor, name: RepositoryName, sight: ImageSight, digest: str) -> ImageSight:
        """The image of a platform; an index may list what is not here."""
        return sight if sight.facts.digest == digest else await images.image(seen.who, name, Digest.parse(digest))

    return screen(sign_in, PATH + "/-/compare", show, guests=True)


def _chosen(platforms: tuple[Pair, ...], wanted: str) -> Pair | None:
    """The platform that was asked for, else the first that both have."""
    if wanted:
        found = next((pair for pair in platforms if pair.platform == wanted), None)
        if found is None:
            raise Refusal(Code.MANIFEST_UNKNOWN, f"neither of them has the platform {wanted[:64]}")
        return found
    return next((pair for pair in platforms if pair.before is not None and pair.after is not None), None)
