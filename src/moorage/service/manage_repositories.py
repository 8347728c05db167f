"""People look into repositories, describe them, open or close them, rename them, and move them to other projects."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import HOME_PROJECT, RepositoryName
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access, labels, names
from moorage.rules.access import Identity, Place
from moorage.rules.condition import Condition, always
from moorage.rules.facts import RepositoryRecord, TagRecord
from moorage.rules.listing import Listed, Listing, cut
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.service import judging
from moorage.service.room import Room

_STEP = 1000
"""Rows looked at together where not all of them may be seen."""
_MOST_JUDGED = 1000
"""Repositories that are counted where each has to be judged."""
_PLACED = frozenset({"name", "project"})


@dataclass(frozen=True, slots=True)
class ManageRepositories:
    """`redirect_seconds` is for how long a name that was given up leads to where the repository is; 0: not at all."""

    records: Records
    clock: Clock
    redirect_seconds: float
    room: Room

    async def page(self, who: Identity, project: str, listing: Listing) -> Listed[RepositoryRecord]:
        """Those repositories of the project that they may pull from. `listing.prefix` is relative to the project."""
        named = replace(listing, prefix=_full(project, listing.prefix)) if listing.prefix else listing  # else all of it

        def story(ledger: Ledger) -> Listed[RepositoryRecord]:
            place = ledger.projects.place(project, who)
            project_id = access.require_project(who, Action.READ_PROJECT, place)
            if access.holds_throughout(who, place, [Action.PULL]):
                found = ledger.repositories.of_project(project_id, named)
                return cut(named, found, lambda most: ledger.repositories.count(project_id, named, most=most))
            found = _seen(ledger, who, place, named, named.size + 1)
            first = replace(named, after="")
            return cut(named, found, lambda most: len(_seen(ledger, who, place, first, most)), _MOST_JUDGED)

        return await self.records.read(story)

    async def find(self, who: Identity, name: RepositoryName) -> RepositoryRecord:
        """One of them. Raises NAME_UNKNOWN."""

        def story(ledger: Ledger) -> RepositoryRecord:
            return _record(ledger, access.require_repository(who, Action.PULL, ledger.repositories.place(name, who)))

        return await self.records.read(story)

    async def tags(self, who: Identity, name: RepositoryName, listing: Listing) -> Listed[TagRecord]:
        """The repository's tags, with what the project's rules say of each."""

        def story(ledger: Ledger) -> Listed[TagRecord]:
            place = ledger.repositories.place(name, who)
            repository_id = access.require_repository(who, Action.PULL, place)
            found = judging.all_as_ruled(ledger, place, ledger.tags.listed(repository_id, listing))
            return cut(listing, found, lambda most: ledger.tags.count(repository_id, listing, most=most))

        return await self.records.read(story)

    async def update(
        self,
        who: Identity,
        name: RepositoryName,
        change: Mapping[str, Any],
        still: Condition[RepositoryRecord] = always,
    ) -> RepositoryRecord:
        """Change what is given: `public` (None: as the project is), `description`, `labels`, `name` and `project`.

        Labels are all that it has from then on; the name is the one within the project. Under another name, or in
        another project, it keeps its id and all that is in it. Raises DENIED, and CONFLICT where the name is taken.
        """
        names.require_description(change.get("description", ""))
        labels.require_labels(change.get("labels", {}))
        target = RepositoryName.within(change.get("project", name.project), change.get("name", name.inner))

        def story(ledger: Ledger) -> RepositoryRecord:
            place = ledger.repositories.place(name, who)
            described = {field: value for field, value in change.items() if field not in _PLACED}
            if described or target == name:
                access.require_repository(who, Action.UPDATE_REPOSITORY, place)
            action = Action.RENAME_REPOSITORY if target.project == name.project else Action.MOVE_REPOSITORY
            repository_id = access.require_repository(who, Action.PULL if target == name else action, place)
            was = _record(ledger, repository_id)
            still(was)
            self._describe(ledger, who, place, was, described)
            if target != name:
                self._place(ledger, who, action, place, target)
            return _record(ledger, repository_id)

        return await self.records.write(story, by=who)

    def _describe(
        self, ledger: Ledger, who: Identity, place: Place, was: RepositoryRecord, change: Mapping[str, Any]
    ) -> None:
        before = {"public": was.public, "description": was.description, "labels": dict(was.labels)}
        after = {**before, **change}
        if before != after:
            ledger.repositories.update(was.id, public=after["public"], description=after["description"])
            ledger.repositories.label(was.id, after["labels"])
            ledger.events.record(told("repository.updated", who, self.clock(), place=place, before=before, after=after))

    def _place(self, ledger: Ledger, who: Identity, action: Action, place: Place, target: RepositoryName) -> None:
        """Let it have another name; they need the right there as they need it here, and that to make a repository."""
        there = ledger.repositories.place(target, who)
        assert place.repository_id is not None  # noqa: S101 - it was found
        project_id = access.require_project(who, Action.READ_PROJECT, ledger.projects.place(target.project, who))
        for needed in (action, Action.PUSH):
            access.require_place(who, needed, there)
        if there.exists:
            raise Refusal(Code.CONFLICT, f"there is a repository {target} already")
        judging.require_rename(ledger, who, place, there)
        _take_name(ledger, target, place.repository_id)
        if action is Action.MOVE_REPOSITORY:
            more = ledger.quotas.moving(place.repository_id, project_id)
            self.room.require(ledger, who, there, more=more, new=0)
        ledger.repositories.rename(place.repository_id, target, project_id=project_id)
        now = self.clock()
        if self.redirect_seconds:
            ledger.redirects.keep(
                place.name, by=who.name, now=now, until=now + self.redirect_seconds, repository_id=place.repository_id
            )
        before, after = {"name": place.name}, {"name": target.text}
        if action is Action.RENAME_REPOSITORY:
            ledger.events.record(told("repository.renamed", who, now, place=there, before=before, after=after))
            return
        ledger.events.record(told("repository.moved_out", who, now, place=place, before=before))
        ledger.events.record(told("repository.moved_in", who, now, place=there, before=before, after=after))


def _take_name(ledger: Ledger, name: RepositoryName, repository_id: int) -> None:
    """A name that leads elsewhere is not taken silently; one that leads to this very repository is its own again."""
    redirect = ledger.redirects.find(name.text, is_project=False)
    if redirect is None:
        return
    target = ledger.repositories.find(repository_id)
    if target is None or redirect.leads_to != target.name:
        raise Refusal(
            Code.CONFLICT,
            f"{name} still leads to what had this name before: remove that redirect, or choose another name",
        )
    ledger.redirects.remove(redirect.id)


def _full(project: str, prefix: str) -> str:
    """In the home project names stand as they are."""
    return prefix if project == HOME_PROJECT else f"{project}/{prefix}"


def _seen(ledger: Ledger, who: Identity, place: Place, listing: Listing, most: int) -> list[RepositoryRecord]:
    """Up to `most` of those that they may see, where that has to be asked of each."""
    assert place.project_id is not None  # noqa: S101 - it was found
    seen: list[RepositoryRecord] = []
    step = replace(listing, size=_STEP)
    while len(seen) < most:
        records = ledger.repositories.of_project(place.project_id, step)
        seen += [record for record in records if access.reasons(who, Action.PULL, _of(place, record))]
        if len(records) <= step.size:
            break
        seen = [record for record in seen if record is not records[-1]]  # it comes again
        step = replace(step, after=step.cursor(records[step.size - 1]))
    return seen[:most]


def _of(project: Place, record: RepositoryRecord) -> Place:
    public = project.public if record.public is None else record.public
    return project._replace(name=record.name, public=public, repository_id=record.id)


def _record(ledger: Ledger, repository_id: int) -> RepositoryRecord:
    record = ledger.repositories.find(repository_id)
    if record is None:
        raise Refusal(Code.NAME_UNKNOWN)
    return record
