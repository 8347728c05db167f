"""People make projects, describe them, open or close them to the public, and give them other names."""

from dataclasses import dataclass, replace

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import HOME_PROJECT
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access, names, schedules
from moorage.rules.access import ANONYMOUS, Identity, Place
from moorage.rules.condition import Condition, always
from moorage.rules.facts import Project
from moorage.rules.listing import Listed, Listing, cut
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.rules.trash import Window
from moorage.service import finding


@dataclass(frozen=True, slots=True)
class ManageProjects:
    """Each verb asks first whether they may; what changes is told with how it was before and is after.

    `redirect_seconds` is for how long a name that was given up leads to where the project is; 0: not at all. `window`
    is for how long what was deleted can be restored, `zone` the time zone of projects that name none.
    """

    records: Records
    clock: Clock
    redirect_seconds: float
    window: Window
    zone: str = "UTC"

    async def create(
        self, who: Identity, name: str, *, public: bool, description: str = "", time_zone: str = ""
    ) -> Project:
        """Raises NAME_INVALID, and CONFLICT if there is one of this name, or was one that it still leads to."""
        access.require_instance(who, Action.CREATE_PROJECT)
        names.require_project(name)
        names.require_description(description)
        if time_zone:
            finding.require_zone(time_zone)

        def story(ledger: Ledger) -> Project:
            now = self.clock()
            _require_free(ledger, name)
            project = ledger.projects.create(name, public=public, now=now, description=description)
            if project is None:
                raise Refusal(Code.CONFLICT, f"there is a project {name} already")
            if time_zone:
                ledger.projects.update(project.id, public=public, description=description, time_zone=time_zone)
                project = _there(ledger, name)
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

    async def page(self, who: Identity, listing: Listing) -> Listed[Project]:
        """Projects that they may see; whoever has not logged in sees those that are public."""
        if who != ANONYMOUS:
            access.require_api(who)
        visible_to = None if access.sees_all(who) else who

        def story(ledger: Ledger) -> Listed[Project]:
            found = ledger.projects.page(listing, visible_to=visible_to)
            return cut(listing, found, lambda most: ledger.projects.count(listing, visible_to=visible_to, most=most))

        return await self.records.read(story)

    async def update(
        self,
        who: Identity,
        project: str,
        *,
        public: bool | None = None,
        description: str | None = None,
        name: str | None = None,
        time_zone: str | None = None,
        still: Condition[Project] = always,
    ) -> Project:
        """Change what is given. Closing a project ends what everybody could pull; opening it lets everybody pull.

        Under another name it keeps its id, members and robots, and its repositories begin with that name. Raises
        NAME_INVALID, and CONFLICT where the name is taken, or is that of the home project. An empty `time_zone` is that
        of the instance; QUERY_INVALID for one that is not known.
        """
        if time_zone:
            finding.require_zone(time_zone)
        if description is not None:
            names.require_description(description)
        if name is not None:
            names.require_project(name)

        def story(ledger: Ledger) -> Project:
            place = ledger.projects.place(project, who)
            renames = name is not None and name != project
            access.require_project(who, Action.UPDATE_PROJECT, place)
            if renames:  # a project's name is one of the whole registry's
                access.require_instance(who, Action.CREATE_PROJECT)
            was = _there(ledger, project)
            still(was)
            ledger.projects.update(
                was.id,
                public=was.public if public is None else public,
                description=was.description if description is None else description,
                time_zone=was.time_zone if time_zone is None else time_zone or None,
            )
            now = _there(ledger, project)
            if now.time_zone != was.time_zone:
                self._reckon_anew(ledger, now)
            if _shown(was) != _shown(now):
                ledger.events.record(
                    told("project.updated", who, self.clock(), place=place, before=_shown(was), after=_shown(now))
                )
            return self._rename(ledger, who, place, now, name) if name is not None and renames else now

        return await self.records.write(story, by=who)

    def _reckon_anew(self, ledger: Ledger, project: Project) -> None:
        """What is due at times of a clock is due at those of another one."""
        for schedule in ledger.schedules.page(project.id):
            zone = finding.zone(schedule.zone or project.time_zone or self.zone)
            following = schedules.following(schedule.cron, zone, self.clock())
            ledger.schedules.put(replace(schedule, next_at=following))

    def _rename(self, ledger: Ledger, who: Identity, place: Place, project: Project, name: str) -> Project:
        if HOME_PROJECT in {project.name, name}:
            raise Refusal(
                Code.CONFLICT, f"{HOME_PROJECT} is where names without a slash belong: no project gives or takes it"
            )
        if ledger.projects.find(name) is not None:
            raise Refusal(Code.CONFLICT, f"there is a project {name} already")
        _require_free(ledger, name, project)
        if (hidden := ledger.projects.hidden_by(project.id, name)) is not None:
            raise Refusal(Code.CONFLICT, f"{hidden} still leads to another repository: remove that redirect first")
        ledger.projects.rename(project.id, name)
        now = self.clock()
        if self.redirect_seconds:
            ledger.redirects.keep(
                project.name, by=who.name, now=now, until=now + self.redirect_seconds, project_id=project.id
            )
        renamed = place._replace(name=name, project=name)
        before, after = {"name": project.name}, {"name": name}
        ledger.events.record(told("project.renamed", who, now, place=renamed, before=before, after=after))
        return _there(ledger, name)

    async def delete(self, who: Identity, name: str, still: Condition[Project] = always) -> None:
        """Forget an empty project; CONFLICT while it has repositories, or deleted ones that can still be restored."""

        def story(ledger: Ledger) -> None:
            place = ledger.projects.place(name, who)
            project_id = access.require_project(who, Action.DELETE_PROJECT, place)
            was = _there(ledger, name)
            still(was)
            since = self.window.since(self.clock())
            if kept := ledger.trash.repositories(project_id, since=since, after=0, limit=1):
                raise Refusal(
                    Code.CONFLICT,
                    f"repositories of {name} that were deleted, as {kept[0].name}, can still be restored: "
                    "restore them, or empty the trash first",
                )
            ledger.trash.forget_project(project_id)  # what is past its time, and no round has forgotten yet
            if not ledger.projects.delete(project_id):
                raise Refusal(Code.CONFLICT, f"project {name} still has repositories: delete them first")
            ledger.events.record(told("project.deleted", who, self.clock(), place=place, before=_shown(was)))

        await self.records.write(story, by=who)


def _require_free(ledger: Ledger, name: str, project: Project | None = None) -> None:
    """A name that leads elsewhere is not taken silently; one that leads to this very project is its own again."""
    redirect = ledger.redirects.find(name, is_project=True)
    if redirect is None:
        return
    if project is None or redirect.project_id != project.id:
        raise Refusal(
            Code.CONFLICT,
            f"{name} still leads to project {redirect.leads_to}: remove that redirect, or choose another name",
        )
    ledger.redirects.remove(redirect.id)


def _there(ledger: Ledger, name: str) -> Project:
    project = ledger.projects.find(name)
    if project is None:
        raise Refusal(Code.NAME_UNKNOWN, f"there is no project {name[:80]!r}")
    return project


def _shown(project: Project) -> dict[str, object]:
    zone = {"time_zone": project.time_zone} if project.time_zone is not None else {}
    return {"public": project.public, "description": project.description, **zone}
