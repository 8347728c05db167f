"""Old names that still lead to where something is now: seen, and ended before their time."""

from dataclasses import dataclass, replace

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import Identity, Place
from moorage.rules.facts import Redirect
from moorage.rules.listing import Listed, page_of
from moorage.rules.roles import Action
from moorage.rules.telling import told


@dataclass(frozen=True, slots=True)
class ManageRedirects:
    """A project's redirects are those that lead to it or into it, and those whose old name was in it."""

    records: Records
    clock: Clock

    async def page(self, who: Identity, project: str, *, after: int, size: int) -> Listed[Redirect]:
        """The oldest first. What one of them leads to is left empty for those who may not see that."""

        def story(ledger: Ledger) -> Listed[Redirect]:
            place = ledger.projects.place(project, who)
            project_id = access.require_project(who, Action.READ_REDIRECTS, place)
            found = ledger.redirects.of_project(project_id, project, after=after, limit=size + 1)
            return page_of(
                [_as_seen(ledger, who, redirect) for redirect in found],
                size,
                lambda redirect: str(redirect.id),
                lambda most: ledger.redirects.count(project_id, project, most=most),
                is_first=not after,
            )

        return await self.records.read(story)

    async def remove(self, who: Identity, project: str, redirect_id: int) -> None:
        """From then on the old name leads nowhere, and may be taken. Raises NAME_UNKNOWN."""

        def story(ledger: Ledger) -> None:
            place = ledger.projects.place(project, who)
            project_id = access.require_project(who, Action.REMOVE_REDIRECTS, place)
            redirect = ledger.redirects.get(redirect_id)
            if redirect is None or not _is_of(redirect, project_id, project):
                raise Refusal(Code.NAME_UNKNOWN, f"project {project} has no redirect {redirect_id}")
            ledger.redirects.remove(redirect_id)
            before: dict[str, object] = {"ends_at": redirect.ends_at}
            if redirect.project_id == project_id:  # of what is elsewhere the project's own audit tells nothing
                before["leads_to"] = redirect.leads_to
            ledger.events.record(
                told("redirect.removed", who, self.clock(), place=place, about=_called(redirect), before=before)
            )

        await self.records.write(story, by=who)


def _is_of(redirect: Redirect, project_id: int, project: str) -> bool:
    if redirect.project_id == project_id:
        return True
    return not redirect.is_project and RepositoryName(redirect.name).project == project


def _as_seen(ledger: Ledger, who: Identity, redirect: Redirect) -> Redirect:
    if access.sees(who, _target(ledger, who, redirect)):
        return redirect
    return replace(redirect, leads_to="")


def _target(ledger: Ledger, who: Identity, redirect: Redirect) -> Place:
    if redirect.is_project:
        return ledger.projects.place(redirect.leads_to, who)
    return ledger.repositories.place(RepositoryName(redirect.leads_to), who)


def _called(redirect: Redirect) -> str:
    return f"{'project' if redirect.is_project else 'repository'}:{redirect.name}"
