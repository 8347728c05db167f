"""/projects/{project}/{repository}/-/settings: how it is described, who sees it, its name, its end."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName
from moorage.rules.labels import Label
from moorage.rules.roles import Action
from moorage.rules.trash import Window
from moorage.service.delete_content import DeleteContent
from moorage.service.sign_in import SignIn
from moorage.web.rendering import answer
from moorage.web.repositories import PATH, Frame, path_of
from moorage.web.said import after
from moorage.web.screen import Fields, confirmed, screen
from moorage.web.visitor import Visitor, go

_CHANGING = (
    Action.UPDATE_REPOSITORY,
    Action.RENAME_REPOSITORY,
    Action.MOVE_REPOSITORY,
    Action.DELETE_REPOSITORY,
)
_VISIBLE: dict[str, bool | None] = {"project": None, "public": True, "private": False}


def routes(sign_in: SignIn, frame: Frame, delete: DeleteContent, window: Window) -> list[Route]:
    """For whoever may do at least one of these."""
    change = frame.repositories.update

    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        await frame.require(seen, *_CHANGING)
        values = {
            **await frame.around(seen),
            "keeps": window.keeps,
            "redirects": frame.repositories.redirect_seconds > 0,
            "typed": await seen.form() if refusal is not None else {},
        }
        return answer("repository_settings.html", refusal, **values)

    async def describe(seen: Visitor, fields: Fields) -> Response:
        name = await frame.require(seen, Action.UPDATE_REPOSITORY)
        public = fields.get("public", "project")
        if public not in _VISIBLE:
            raise Refusal(Code.QUERY_INVALID, "choose who may see it")
        wanted: dict[str, Any] = {
            "description": fields.get("description", "").replace("\r\n", "\n"),
            "labels": _labels(fields.get("labels", "")),
            "public": _VISIBLE[public],
        }
        await change(seen.who, name, wanted)
        return go(after(f"{path_of(name)}/-/settings", "saved"))

    async def rename(seen: Visitor, fields: Fields) -> Response:
        name = await frame.require(seen, Action.RENAME_REPOSITORY)
        wanted = fields.get("name", "").strip()
        await change(seen.who, name, {"name": wanted})
        return go(after(f"{path_of(RepositoryName.within(name.project, wanted))}/-/settings", "saved"))

    async def move(seen: Visitor, fields: Fields) -> Response:
        name = await frame.require(seen, Action.MOVE_REPOSITORY)
        project = fields.get("project", "").strip()
        await change(seen.who, name, {"project": project})
        return go(after(path_of(RepositoryName.within(project, name.inner)), "saved"))

    async def remove(seen: Visitor, fields: Fields) -> Response:
        name = await frame.require(seen, Action.DELETE_REPOSITORY)
        confirmed(fields, name.inner)
        await delete.repository(seen.who, name)
        return go(after(f"/projects/{name.project}", "deleted"))

    return screen(
        sign_in,
        PATH + "/-/settings",
        show,
        {"": describe, "/rename": rename, "/move": move, "/delete": remove},
    )


def _labels(text: str) -> dict[str, str]:
    """One in each line. Raises QUERY_INVALID."""
    lines = (line.strip() for line in text.splitlines())
    return dict(Label.parse(line) for line in lines if line)
