"""What pages of a project have in common: what they are told of it, and what their forms ask before they are read."""

from dataclasses import dataclass
from typing import Any

from moorage.oci.error import Code, Refusal
from moorage.rules.roles import MEANING, Action
from moorage.service.manage_projects import ManageProjects
from moorage.service.read_rights import ReadRights
from moorage.service.sign_in import SignIn
from moorage.web.visitor import Visitor
from moorage.web.within import project_of


@dataclass(frozen=True, slots=True)
class InProject:
    """The project in the address, for whoever looks at its page."""

    sign_in: SignIn
    rights: ReadRights
    projects: ManageProjects

    async def told(self, seen: Visitor, word: str) -> dict[str, Any]:
        """What the page is told, once it is clear that they may do this there. Raises NAME_UNKNOWN, DENIED."""
        rights = await self.rights.in_project(seen.who, project_of(seen))
        if not rights.may(word):
            raise _denied(seen, word)
        return {**seen.shown, "rights": rights, "project": await self.projects.find(seen.who, project_of(seen))}

    async def require(self, seen: Visitor, word: str) -> None:
        """Before a form is read: may they do this? Raises NAME_UNKNOWN, DENIED."""
        if not (await self.rights.in_project(seen.who, project_of(seen))).may(word):
            raise _denied(seen, word)


def _denied(seen: Visitor, word: str) -> Refusal:
    return Refusal(
        Code.DENIED,
        f"{seen.who.title} may not {MEANING[Action(word)]}: "
        f"ask an owner of project {project_of(seen)} for a role that may",
    )
