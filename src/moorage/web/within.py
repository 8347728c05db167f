"""What all pages of a project share: its frame, what was typed, and who may send which form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from moorage.oci.error import Refusal
from moorage.oci.reference import RepositoryName
from moorage.rules import access
from moorage.rules.roles import Action
from moorage.service.manage_projects import ManageProjects
from moorage.service.read_rights import ReadRights
from moorage.web.screen import Act, Fields
from moorage.web.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed into the form that was refused, so that they need not type it again."""

    form: str | None
    fields: Mapping[str, str]

    def __call__(self, form: str, name: str, otherwise: str = "") -> str:
        """What a field of this form held; `otherwise` where another form was sent, or none."""
        return self.fields.get(name, "") if form == self.form else otherwise

    def into(self, form: str) -> bool:
        """Was it this form?"""
        return form == self.form


@dataclass(frozen=True, slots=True)
class Within:
    """A project as pages show it."""

    rights: ReadRights
    projects: ManageProjects

    async def shown(self, seen: Visitor, below: str, refusal: Refusal | None) -> dict[str, Any]:
        """What the templates below `in_project.html` need; `below` is the page's address below the project's.

        Raises NAME_UNKNOWN where they may not see the project.
        """
        name = project_of(seen)
        here = f"/projects/{name}{below}"
        form = seen.request.url.path.removeprefix(here) if refusal is not None else None
        return {
            **seen.shown,
            "here": here,
            "rights": await self.rights.in_project(seen.who, name),
            "project": await self.projects.find(seen.who, name),
            "typed": Typed(form, await seen.form() if refusal is not None else {}),
        }

    def asked(self, action: Action, act: Act) -> Act:
        """The act, once it is clear that they may do this in the project: before what they typed is looked at."""

        async def allowed(seen: Visitor, fields: Fields) -> Response:
            await self.rights.require(seen.who, project_of(seen), action)
            return await act(seen, fields)

        return allowed


def asked_everywhere(action: Action, act: Act) -> Act:
    """The act, once it is clear that they may do this to the whole registry."""

    async def allowed(seen: Visitor, fields: Fields) -> Response:
        access.require_instance(seen.who, action)
        return await act(seen, fields)

    return allowed


def project_of(seen: Visitor) -> str:
    """The project in the address."""
    return str(seen.request.path_params["project"])


def inner(name: str) -> str:
    """A repository's name within its project."""
    return RepositoryName.parse(name).inner


def numbered(seen: Visitor) -> int:
    """Where a list that counts by numbers goes on: `?after=`; 0 for its beginning, and for what is no number."""
    text = seen.request.query_params.get("after", "")
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0
