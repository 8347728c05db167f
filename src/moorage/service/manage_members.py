"""Owners give people and groups roles in their project, and take them away."""

from collections.abc import Sequence
from dataclasses import dataclass

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access, giving, roles
from moorage.rules.access import Identity
from moorage.rules.condition import Condition, always
from moorage.rules.facts import CustomRole, Member, RoleSpec, Subject
from moorage.rules.giving import MOST_ROLES
from moorage.rules.names import require_short
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.service import finding


@dataclass(frozen=True, slots=True)
class ManageMembers:
    """A change bites at once: tokens that were made before it are looked at again."""

    records: Records
    clock: Clock

    async def page(self, who: Identity, project: str) -> Sequence[Member]:
        """All members."""

        def story(ledger: Ledger) -> Sequence[Member]:
            place = ledger.projects.place(project, who)
            return ledger.members.page(access.require_project(who, Action.READ_MEMBERS, place))

        return await self.records.read(story)

    async def find(self, who: Identity, project: str, name: str, *, is_group: bool) -> Member:
        """One of them. Raises NAME_UNKNOWN."""

        def story(ledger: Ledger) -> Member:
            place = ledger.projects.place(project, who)
            project_id = access.require_project(who, Action.READ_MEMBERS, place)
            member = ledger.members.find(project_id, _subject(ledger, name, is_group=is_group))
            if member is None:
                raise Refusal(Code.NAME_UNKNOWN, f"{name} has no role in project {project}")
            return member

        return await self.records.read(story)

    async def put(
        self,
        who: Identity,
        project: str,
        name: str,
        wanted: Sequence[RoleSpec],
        *,
        is_group: bool,
        still: Condition[Member | None] = always,
    ) -> tuple[Member, bool]:
        """Let these be all of somebody's roles; and whether they are new there.

        Nobody gives what they do not hold themselves; the last owner cannot make themselves less.
        """
        if not wanted or len(wanted) > MOST_ROLES:
            raise Refusal(Code.QUERY_INVALID, f"give from 1 to {MOST_ROLES} roles; to take all away, DELETE the member")

        def story(ledger: Ledger) -> tuple[Member, bool]:
            place = ledger.projects.place(project, who)
            project_id = access.require_project(who, Action.MANAGE_MEMBERS, place)
            for spec in wanted:
                giving.require_held(who, place, spec.role, finding.actions_of_role(ledger, spec.role))
            subject = _subject(ledger, name, is_group=is_group)
            was = ledger.members.find(project_id, subject)
            still(was)
            _require_no_more(ledger, who, place, was)
            ledger.members.put(project_id, subject, wanted, now=self.clock())
            _require_a_way_back(ledger, who, project, subject)
            member = Member(subject, tuple(wanted))
            ledger.events.record(
                told(
                    "member.set",
                    who,
                    self.clock(),
                    place=place,
                    about=giving.called(subject),
                    before=giving.told(was),
                    after=giving.told(member),
                )
            )
            return member, was is None

        return await self.records.write(story, by=who)

    async def remove(
        self, who: Identity, project: str, name: str, *, is_group: bool, still: Condition[Member] = always
    ) -> None:
        """Take all their roles away. Raises NAME_UNKNOWN if they had none."""

        def story(ledger: Ledger) -> None:
            place = ledger.projects.place(project, who)
            project_id = access.require_project(who, Action.MANAGE_MEMBERS, place)
            subject = _subject(ledger, name, is_group=is_group)
            was = ledger.members.find(project_id, subject)
            if was is None:
                raise Refusal(Code.NAME_UNKNOWN, f"{name} has no role in project {project}")
            still(was)
            _require_no_more(ledger, who, place, was)
            ledger.members.remove(project_id, subject)
            _require_a_way_back(ledger, who, project, subject)
            ledger.events.record(
                told(
                    "member.removed",
                    who,
                    self.clock(),
                    place=place,
                    about=giving.called(subject),
                    before=giving.told(was),
                )
            )

        await self.records.write(story, by=who)

    async def roles(self, who: Identity) -> Sequence[CustomRole]:
        """The built-in roles, then those of one's own."""
        access.require_api(who)
        built_in = [CustomRole(role, roles.ROLES[role]) for role in roles.BUILT_IN]
        return [*built_in, *await self.records.read(lambda ledger: ledger.roles.page())]

    async def put_role(self, who: Identity, name: str, actions: frozenset[Action]) -> CustomRole:
        """Make or change a role of one's own; whoever holds it may that from now on."""
        access.require_instance(who, Action.MANAGE_INSTANCE)
        require_short(name, "role")
        if name in roles.BUILT_IN:
            raise Refusal(Code.CONFLICT, f"{name} is a built-in role, which cannot be changed: choose another name")
        if not actions or not actions <= roles.GIVEN:
            raise Refusal(Code.QUERY_INVALID, "a role is made of one or more actions of projects and repositories")

        def story(ledger: Ledger) -> CustomRole:
            was = ledger.roles.find(name)
            role = CustomRole(name, actions)
            ledger.roles.put(role, now=self.clock())
            before = None if was is None else {"actions": _values(was.actions)}
            ledger.events.record(
                told(
                    "role.set",
                    who,
                    self.clock(),
                    about=f"role:{name}",
                    before=before,
                    after={"actions": _values(actions)},
                )
            )
            return role

        return await self.records.write(story, by=who)

    async def delete_role(self, who: Identity, name: str) -> None:
        """Forget a role of one's own that nobody holds."""
        access.require_instance(who, Action.MANAGE_INSTANCE)

        def story(ledger: Ledger) -> None:
            was = ledger.roles.find(name)
            if was is None:
                raise Refusal(Code.NAME_UNKNOWN, f"there is no role {name[:80]!r} of your own")
            if not ledger.roles.delete(name):
                raise Refusal(Code.CONFLICT, f"somebody still holds the role {name}: give them another first")
            ledger.events.record(
                told("role.deleted", who, self.clock(), about=f"role:{name}", before={"actions": _values(was.actions)})
            )

        await self.records.write(story, by=who)


def _require_no_more(ledger: Ledger, who: Identity, place: access.Place, member: Member | None) -> None:
    """Whoever holds more than they do is not theirs to change."""
    for spec in member.roles if member is not None else ():
        if not access.holds_throughout(who, place, finding.actions_of_role(ledger, spec.role) or frozenset()):
            raise Refusal(Code.DENIED, f"{who.title} cannot change a member with the role {spec.role}: it may more")


def _require_a_way_back(ledger: Ledger, who: Identity, project: str, subject: Subject) -> None:
    """Nobody locks themselves out: a project keeps an owner, unless an administrator says otherwise."""
    place = ledger.projects.place(project, who)
    if who.administrator or access.reasons(who, Action.MANAGE_MEMBERS, place):
        return
    raise Refusal(
        Code.CONFLICT,
        f"then {who.title} could no longer manage project {project}, and {subject.name} is you: "
        "ask another owner or an administrator to do it",
    )


def _subject(ledger: Ledger, name: str, *, is_group: bool) -> Subject:
    found = finding.group(ledger, name) if is_group else finding.account(ledger, name)
    return Subject(found.id, found.name, is_group)


def _values(actions: frozenset[Action]) -> list[str]:
    return sorted(action.value for action in actions)
