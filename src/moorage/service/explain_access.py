"""May X do Y to Z, and why? For those who give rights, and for whoever wonders about their own."""

from dataclasses import dataclass

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access, identities, names, roles
from moorage.rules.access import ANONYMOUS, Identity, Kind, Place
from moorage.rules.roles import Action
from moorage.rules.tag_rules import Change
from moorage.service import finding, judging

_CHANGES = {Action.PUSH: Change.MOVE, Action.DELETE: Change.DELETE}


@dataclass(frozen=True, slots=True)
class Explained:
    """The answer, and in words why: what gives the right, or what is lacking."""

    allowed: bool
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExplainAccess:
    """It asks the very rules that decide."""

    records: Records
    clock: Clock

    async def __call__(
        self, who: Identity, subject: str, action: Action, *, project: str, repository: str | None, tag: str | None
    ) -> Explained:
        """About a user, a robot or `anonymous`; of others only those may ask who may see the project's members."""
        if action not in roles.GIVEN:
            raise Refusal(Code.QUERY_INVALID, f"{action.value} is no action of a project or a repository")

        def story(ledger: Ledger) -> Explained:
            here = ledger.projects.place(project, who)
            own = subject == who.name and who.kind is not Kind.ANONYMOUS
            access.require_project(who, Action.READ_PROJECT if own else Action.READ_MEMBERS, here)
            about = self._identity(ledger, subject, here)
            place = _place(ledger, who, project, repository, about)
            found = access.reasons(about, action, access.answering(action, place), tag)
            if not found:
                return Explained(False, _lacking(about, place))
            against = judging.objection(ledger, about, place, _CHANGES.get(action), tag)
            return Explained(True, found) if against is None else Explained(False, (against,))

        return await self.records.read(story)

    def _identity(self, ledger: Ledger, subject: str, here: Place) -> Identity:
        if subject == ANONYMOUS.title:
            return ANONYMOUS
        if subject.startswith(names.ROBOT):
            robot = ledger.robots.find(subject)
            if (
                robot is not None
                and robot.project_id in {None, here.project_id}
                and identities.is_alive(robot, self.clock())
            ):
                return identities.of_robot(robot)
            raise Refusal(Code.NAME_UNKNOWN, f"there is no robot {subject[:128]!r} that can log in")
        account = finding.account(ledger, subject)
        if not identities.is_open(account, self.clock()):
            raise Refusal(
                Code.CONFLICT,
                f"{subject} is disabled, or nobody vouches for them any more: they cannot log in, so may nothing",
            )
        return identities.of_account(account)


def _place(ledger: Ledger, who: Identity, project: str, repository: str | None, about: Identity) -> Place:
    """By an old name, what is where that leads, if those who ask may see that as well."""
    if repository is None:
        return ledger.projects.place(project, about)
    name = RepositoryName.within(project, repository)
    place = ledger.repositories.place(name, about)
    return place if ledger.repositories.place(name, who).moved_to is not None else place._replace(moved_to=None)


def _lacking(about: Identity, place: Place) -> tuple[str, ...]:
    if place.project_id is None:
        return (f"there is no project {place.project}",)
    if about.must_change:
        return (f"{about.title} has to change the password first",)
    if about.limits is not None:
        return ("none of the robot's patterns and actions covers it",)
    if not place.roles:
        return (f"{about.title} has no role in project {place.project}",)
    held = ", ".join(f"{role.role} on {role.repositories}, tags {role.tags}" for role in place.roles)
    return (f"{about.title} holds only {held}",)
