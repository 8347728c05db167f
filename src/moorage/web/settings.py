"""/projects/{project}/-/settings: what a project is called, who sees it, how much it keeps, and its end."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import HOME_PROJECT, RepositoryName
from moorage.rules import markdown, names, quota
from moorage.rules.quota import Quota
from moorage.rules.roles import Action
from moorage.service.manage_projects import ManageProjects
from moorage.service.manage_quotas import ManageQuotas
from moorage.service.manage_redirects import ManageRedirects
from moorage.service.manage_repositories import ManageRepositories
from moorage.service.sign_in import SignIn
from moorage.web.fields import needed, number
from moorage.web.lists import ROWS
from moorage.web.rendering import answer
from moorage.web.said import after
from moorage.web.screen import Fields, confirmed, screen
from moorage.web.visitor import Visitor, go
from moorage.web.within import Typed, Within, asked_everywhere, inner, numbered, project_of

_BELOW = "/-/settings"
_DAY = 86_400
_WHOLE = 100


def routes(
    sign_in: SignIn,
    within: Within,
    projects: ManageProjects,
    repositories: ManageRepositories,
    redirects: ManageRedirects,
    quotas: ManageQuotas,
) -> list[Route]:
    """Everybody who may see redirects sees the page; each form only those who may send it."""
    forms = _Forms(projects, repositories, redirects, quotas)

    async def show(seen: Visitor, refusal: Refusal | None, preview: str | None = None) -> Response:
        project = project_of(seen)
        values = await within.shown(seen, _BELOW, refusal)
        values |= {
            "redirects": await redirects.page(seen.who, project, after=numbered(seen), size=ROWS),
            "redirect_days": round(projects.redirect_seconds / _DAY),
            "quota": await quotas.find(seen.who, project),
            "as_size": quota.as_size,
            "zone": projects.zone,
            "preview": None if preview is None else markdown.to_html(preview),
            "is_home": project == HOME_PROJECT,
            "inner": inner,
        }
        if preview is not None:
            values["typed"] = Typed("", await seen.form())
        return answer("settings.html", refusal, **values)

    async def describe(seen: Visitor, fields: Fields) -> Response:
        """Show how it would look, or save it."""
        if fields.get("show"):
            names.require_description(fields.get("description", "").replace("\r\n", "\n"))
            return await show(seen, None, fields.get("description", ""))
        return await forms.describe(seen, fields)

    acts = {
        "": (Action.UPDATE_PROJECT, describe),
        "/redirect/end": (Action.REMOVE_REDIRECTS, forms.end_redirect),
        "/move": (Action.MOVE_REPOSITORY, forms.move),
        "/delete": (Action.DELETE_PROJECT, forms.delete),
    }
    return screen(
        sign_in,
        f"/projects/{{project}}{_BELOW}",
        show,
        {
            **{below: within.asked(*asked) for below, asked in acts.items()},
            "/rename": asked_everywhere(Action.CREATE_PROJECT, forms.rename),
            "/quota": asked_everywhere(Action.MANAGE_INSTANCE, forms.limit),
        },
    )


class _Forms:
    """What the forms do."""

    def __init__(
        self,
        projects: ManageProjects,
        repositories: ManageRepositories,
        redirects: ManageRedirects,
        quotas: ManageQuotas,
    ) -> None:
        self._projects, self._repositories, self._redirects = projects, repositories, redirects
        self._quotas = quotas

    async def describe(self, seen: Visitor, fields: Fields) -> Response:
        """Description, visibility, time zone."""
        visible = needed(fields, "visible", "say who sees the project: its members, or everybody")
        changed: dict[str, Any] = {
            "public": visible == "everybody",
            "description": fields.get("description", "").replace("\r\n", "\n").strip(),
            "time_zone": fields.get("time_zone", "").strip(),
        }
        await self._projects.update(seen.who, project_of(seen), **changed)
        return go(after(_home(project_of(seen)), "saved"))

    async def rename(self, seen: Visitor, fields: Fields) -> Response:
        """Another name for the project."""
        name = needed(fields, "name", "give the project its new name")
        renamed = await self._projects.update(seen.who, project_of(seen), name=name)
        return go(after(_home(renamed.name), "saved"))

    async def end_redirect(self, seen: Visitor, fields: Fields) -> Response:
        """An old name leads nowhere."""
        await self._redirects.remove(
            seen.who, project_of(seen), number(fields, "number", "say which old name shall end")
        )
        return go(after(_home(project_of(seen)), "deleted"))

    async def move(self, seen: Visitor, fields: Fields) -> Response:
        """A repository goes to another project."""
        name = needed(fields, "repository", "name the repository that shall go to another project")
        target = needed(fields, "project", "name the project that the repository shall go to")
        moved = await self._repositories.update(
            seen.who, RepositoryName.within(project_of(seen), name), {"project": target}
        )
        there = RepositoryName.parse(moved.name)
        return go(after(f"/projects/{there.project}/{there.inner}", "saved"))

    async def limit(self, seen: Visitor, fields: Fields) -> Response:
        """How much the project may keep."""
        project, kind = project_of(seen), fields.get("kind", "")
        if kind == "usual":
            await self._quotas.remove(seen.who, project)
        else:
            await self._quotas.set(seen.who, project, _quota(kind, fields))
        return go(after(_home(project), "saved"))

    async def delete(self, seen: Visitor, fields: Fields) -> Response:
        """The project, if it is empty."""
        confirmed(fields, project_of(seen))
        await self._projects.delete(seen.who, project_of(seen))
        return go(after("/projects", "deleted"))


def _quota(kind: str, fields: Fields) -> Quota:
    warn_at = (
        number(fields, "warn_at", "say at how many percent to warn") if fields.get("warn_at", "").strip() else None
    )
    if warn_at is not None and not 1 <= warn_at <= _WHOLE:
        raise Refusal(Code.QUERY_INVALID, "percent are a number from 1 to 100")
    if kind == "none":
        return Quota(None, warn_at)
    return Quota(quota.parse_size(fields.get("bytes", "")), warn_at)


def _home(project: str) -> str:
    return f"/projects/{project}{_BELOW}"
