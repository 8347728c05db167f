"""People make projects, describe them, open or close them to the public, and look into them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moorage.oci.error import Code, Refusal
from moorage.oci.page import Page, PageRequest
from moorage.oci.reference import RepositoryName
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access, names, pagination
from moorage.rules.access import Identity
from moorage.rules.condition import Condition, always
from moorage.rules.facts import Project, RepositoryRecord
from moorage.rules.roles import Action
from moorage.rules.telling import told

_STEP = 1000
"""Rows looked at together where not all of them may be seen."""


@dataclass(frozen=True, slots=True)
class ManageProjects:
    """Each verb asks first whether they may; what changes is told with how it was before and is after."""

    records: Records
    clock: Clock

    async def create(self, who: Identity, name: str, *, public: bool, description: str = "") -> Project:
        """Raises NAME_INVALID, and CONFLICT if there is one of this name."""
        access.require_instance(who, Action.CREATE_PROJECT)
        names.require_project(name)
        names.require_description(description)

        def story(ledger: Ledger) -> Project:
            now = self.clock()
            project = ledger.projects.create(name, public=public, now=now, description=description)
            if project is None:
                raise Refusal(Code.CONFLICT, f"there is a project {name} already")
            ledger.events.record(
                told("project.created", who, now, place=ledger.projects.place(name), after=_shown(project))
            )
            return project

        return await self.records.write(story, by=who)

    async def find(self, who: Identity, name: str) -> Project:
        """Raises NAME_UNKNOWN."""

        def story(ledger: Ledger) -> Project:
            access.require_project(who, Action.READ_PROJECT, ledger.projects.place(name, who))
            return _there(ledger, name)

        return await self.records.read(story)

    async def page(self, who: Identity, *, after: str, size: int) -> Page[Project]:
        """Projects that they may see, in order of their names."""
        access.require_api(who)
        visible_to = None if access.sees_all(who) else who
        found = await self.records.read(
            lambda ledger: ledger.projects.page(visible_to=visible_to, after=after, limit=size + 1)
        )
        return pagination.cut(found, size)

    async def update(
        self,
        who: Identity,
        name: str,
        *,
        public: bool | None = None,
        description: str | None = None,
        still: Condition[Project] = always,
    ) -> Project:
        """Change what is given. Closing a project ends what everybody could pull; opening it lets everybody pull."""
        if description is not None:
            names.require_description(description)

        def story(ledger: Ledger) -> Project:
            place = ledger.projects.place(name, who)
            project_id = access.require_project(who, Action.UPDATE_PROJECT, place)
            was = _there(ledger, name)
            still(was)
            ledger.projects.update(
                project_id,
                public=was.public if public is None else public,
                description=was.description if description is None else description,
            )
            now = _there(ledger, name)
            if _shown(was) != _shown(now):
                ledger.events.record(
                    told("project.updated", who, self.clock(), place=place, before=_shown(was), after=_shown(now))
                )
            return now

        return await self.records.write(story, by=who)

    async def delete(self, who: Identity, name: str, still: Condition[Project] = always) -> None:
        """Forget an empty project; CONFLICT while it has repositories."""

        def story(ledger: Ledger) -> None:
            place = ledger.projects.place(name, who)
            project_id = access.require_project(who, Action.DELETE_PROJECT, place)
            was = _there(ledger, name)
            still(was)
            if not ledger.projects.delete(project_id):
                raise Refusal(Code.CONFLICT, f"project {name} still has repositories: delete them first")
            ledger.events.record(told("project.deleted", who, self.clock(), place=place, before=_shown(was)))

        await self.records.write(story, by=who)

    async def repositories(self, who: Identity, name: str, *, after: str, size: int) -> Page[RepositoryRecord]:
        """Those repositories of the project that they may pull from, in order of their names."""

        def story(ledger: Ledger) -> Page[RepositoryRecord]:
            place = ledger.projects.place(name, who)
            project_id = access.require_project(who, Action.READ_PROJECT, place)
            found: list[RepositoryRecord] = []
            last, room = after, size + 1
            step = room if access.holds_throughout(who, place, [Action.PULL]) else max(room, _STEP)
            while len(found) < room:
                records = ledger.repositories.of_project(project_id, after=last, limit=step)
                found += [record for record in records if access.reasons(who, Action.PULL, _of(place, record))]
                if len(records) < step:
                    break
                last = records[-1].name
            return pagination.cut(found, size)

        return await self.records.read(story)

    async def repository(self, who: Identity, name: RepositoryName) -> RepositoryRecord:
        """One of them. Raises NAME_UNKNOWN."""

        def story(ledger: Ledger) -> RepositoryRecord:
            return _record(ledger, access.require_repository(who, Action.PULL, ledger.repositories.place(name, who)))

        return await self.records.read(story)

    async def tags(self, who: Identity, name: RepositoryName, asked: PageRequest) -> Page[str]:
        """The repository's tags."""

        def story(ledger: Ledger) -> Page[str]:
            place = ledger.repositories.place(name, who)
            repository_id = access.require_repository(who, Action.PULL, place)
            found = ledger.tags.page(repository_id, after=asked.after, limit=asked.size + 1)
            return pagination.cut(found, asked.size)

        return await self.records.read(story)

    async def update_repository(
        self,
        who: Identity,
        name: RepositoryName,
        change: Mapping[str, Any],
        still: Condition[RepositoryRecord] = always,
    ) -> RepositoryRecord:
        """Change `public` (None: as the project is) and `description`, those that are given."""
        names.require_description(change.get("description", ""))

        def story(ledger: Ledger) -> RepositoryRecord:
            place = ledger.repositories.place(name, who)
            repository_id = access.require_repository(who, Action.UPDATE_REPOSITORY, place)
            was = _record(ledger, repository_id)
            still(was)
            before = {"public": was.public, "description": was.description}
            after = {**before, **change}
            if before != after:
                ledger.repositories.update(repository_id, public=after["public"], description=after["description"])
                ledger.events.record(
                    told("repository.updated", who, self.clock(), place=place, before=before, after=after)
                )
            return _record(ledger, repository_id)

        return await self.records.write(story, by=who)


def _of(project: access.Place, record: RepositoryRecord) -> access.Place:
    public = project.public if record.public is None else record.public
    return project._replace(name=record.name, public=public, repository_id=record.id)


def _there(ledger: Ledger, name: str) -> Project:
    project = ledger.projects.find(name)
    if project is None:
        raise Refusal(Code.NAME_UNKNOWN, f"there is no project {name[:80]!r}")
    return project


def _record(ledger: Ledger, repository_id: int) -> RepositoryRecord:
    record = ledger.repositories.find(repository_id)
    if record is None:
        raise Refusal(Code.NAME_UNKNOWN)
    return record


def _shown(project: Project) -> dict[str, object]:
    return {"public": project.public, "description": project.description}
