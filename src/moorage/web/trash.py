"""/projects/{project}/-/trash: what was deleted there, until when it can be restored, and its end."""

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName
from moorage.rules.roles import Action
from moorage.service.manage_trash import ManageTrash
from moorage.service.sign_in import SignIn
from moorage.web.fields import needed, number
from moorage.web.lists import ROWS
from moorage.web.rendering import answer
from moorage.web.said import after
from moorage.web.screen import Fields, confirmed, screen, short
from moorage.web.visitor import Visitor, go
from moorage.web.within import Within, inner, numbered, project_of

_BELOW = "/-/trash"
_DAY = 86_400
_LONGEST = 255


def routes(sign_in: SignIn, within: Within, trash: ManageTrash) -> list[Route]:
    """Deleted repositories, and by `?repository=` the deleted images of one that is there.

    `?end=` asks for the form that ends one of them for good: a number of a repository, a digest of an image.
    """
    forms = _Forms(trash)

    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        project = project_of(seen)
        await within.rights.require(seen.who, project, Action.READ_TRASH)
        values = await within.shown(seen, _BELOW, refusal)
        asked, typed = seen.request.query_params, values["typed"]
        chosen = typed.fields.get("repository", asked.get("repository", "")).strip()
        values |= {
            "chosen": chosen,
            "ending": typed.fields.get("number") or typed.fields.get("digest") or asked.get("end", ""),
            "ends": trash.window.ends,
            "keeps": trash.window.keeps,
            "keeps_days": round(trash.window.seconds / _DAY),
            "inner": inner,
            "short": short,
        }
        if chosen:
            name = RepositoryName.within(project, chosen)
            values["images"] = await trash.images(seen.who, name, after=numbered(seen), size=ROWS)
            return answer("trash_images.html", refusal, **values)
        more = asked.get("images", "")[:_LONGEST]
        held, follows = await trash.repositories_with_images(
            seen.who, project, after=RepositoryName.within(project, more).text if more else "", size=ROWS
        )
        values |= {
            "found": await trash.repositories(seen.who, project, after=numbered(seen), size=ROWS),
            "held": held,
            "following": inner(held[-1].name) if follows else None,
        }
        return answer("trash.html", refusal, **values)

    acts = {
        "/restore": forms.restore,
        "/end": forms.end,
        "/images/restore": forms.restore_image,
        "/images/end": forms.end_image,
    }
    return screen(
        sign_in,
        f"/projects/{{project}}{_BELOW}",
        show,
        {below: within.asked(Action.MANAGE_TRASH, act) for below, act in acts.items()},
    )


class _Forms:
    """What the forms do."""

    def __init__(self, trash: ManageTrash) -> None:
        self._trash = trash

    async def restore(self, seen: Visitor, fields: Fields) -> Response:
        """A repository, under its name or another."""
        which = number(fields, "number", "say which repository shall be restored")
        record = await self._trash.restore_repository(
            seen.who, project_of(seen), which, fields.get("name", "").strip() or None
        )
        return go(after(f"/projects/{project_of(seen)}/{inner(record.name)}", "restored"))

    async def end(self, seen: Visitor, fields: Fields) -> Response:
        """A repository, for good."""
        which = number(fields, "number", "say which repository shall end")
        confirmed(fields, fields.get("name", ""))
        await self._trash.erase_repository(seen.who, project_of(seen), which)
        return go(after(f"/projects/{project_of(seen)}{_BELOW}", "deleted"))

    async def restore_image(self, seen: Visitor, fields: Fields) -> Response:
        """An image with its tags; by `only_allowed` without those that something is against.

        Tags that name something else by now stay as they are.
        """
        name, digest = _image(seen, fields)
        only_allowed = fields.get("only_allowed") == "yes"
        await self._trash.restore_image(seen.who, name, digest, only_allowed=only_allowed)
        return go(after(f"/projects/{name.project}/{name.inner}", "restored"))

    async def end_image(self, seen: Visitor, fields: Fields) -> Response:
        """An image, for good."""
        name, digest = _image(seen, fields)
        confirmed(fields, short(digest))
        await self._trash.erase_image(seen.who, name, digest)
        return go(after(f"/projects/{project_of(seen)}{_BELOW}?repository={name.inner}", "deleted"))


def _image(seen: Visitor, fields: Fields) -> tuple[RepositoryName, Digest]:
    name = needed(fields, "repository", "say which repository the image was in")
    text = needed(fields, "digest", "say which image is meant")
    try:
        return RepositoryName.within(project_of(seen), name), Digest.parse(text)
    except Refusal as refusal:
        raise Refusal(Code.QUERY_INVALID, "this names no image: choose one from the list") from refusal
