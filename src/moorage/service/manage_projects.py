"""An administrator makes projects, opens or closes them to the public, and looks into them."""

import re
from dataclasses import dataclass

from moorage.oci.error import Code, Refusal
from moorage.oci.page import Page
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access, pagination
from moorage.rules.access import Identity
from moorage.rules.facts import Event, Project, RepositoryRecord

_NAME = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class ManageProjects:
    """Each verb asks for an administrator first."""

    records: Records
    clock: Clock

    async def create(self, who: Identity, name: str, *, public: bool) -> Project:
        """Raises NAME_INVALID, and CONFLICT if there is one of this name."""
        access.require_administrator(who)
        if len(name) > _LONGEST or not _NAME.fullmatch(name):
            raise Refusal(
                Code.NAME_INVALID,
                f"{name[:80]!r} is not a project name: use lower-case letters, digits and single . _ - between them",
            )

        def story(ledger: Ledger) -> Project:
            project = ledger.projects.create(name, public=public, now=self.clock())
            if project is None:
                raise Refusal(Code.CONFLICT, f"there is a project {name} already")
            ledger.events.record(Event("project.created", name, project.id, who.name, self.clock()))
            return project

        return await self.records.write(story)

    async def find(self, who: Identity, name: str) -> Project:
        """Raises NAME_UNKNOWN."""
        access.require_administrator(who)
        return await self.records.read(lambda ledger: _found(ledger, name))

    async def page(self, who: Identity, *, after: str, size: int) -> Page[Project]:
        """Projects in order of their names."""
        access.require_administrator(who)
        found = await self.records.read(lambda ledger: ledger.projects.page(after=after, limit=size + 1))
        return pagination.cut(found, size)

    async def publish(self, who: Identity, name: str, *, public: bool) -> Project:
        """Let everybody pull from its repositories, or only those who may."""
        access.require_administrator(who)

        def story(ledger: Ledger) -> Project:
            project = _found(ledger, name)
            ledger.projects.publish(project.id, public=public)
            kind = "project.published" if public else "project.closed"
            ledger.events.record(Event(kind, name, project.id, who.name, self.clock()))
            return _found(ledger, name)

        return await self.records.write(story)

    async def delete(self, who: Identity, name: str) -> None:
        """Forget an empty project; CONFLICT while it has repositories."""
        access.require_administrator(who)

        def story(ledger: Ledger) -> None:
            project = _found(ledger, name)
            if not ledger.projects.delete(project.id):
                raise Refusal(Code.CONFLICT, f"project {name} still has repositories: delete them first")
            ledger.events.record(Event("project.deleted", name, project.id, who.name, self.clock()))

        await self.records.write(story)

    async def repositories(self, who: Identity, name: str, *, after: str, size: int) -> Page[RepositoryRecord]:
        """The project's repositories in order of their names."""
        access.require_administrator(who)
        found = await self.records.read(
            lambda ledger: ledger.repositories.of_project(_found(ledger, name).id, after=after, limit=size + 1)
        )
        return pagination.cut(found, size)


def _found(ledger: Ledger, name: str) -> Project:
    project = ledger.projects.find(name)
    if project is None:
        raise Refusal(Code.NAME_UNKNOWN, f"there is no project {name[:80]!r}")
    return project
