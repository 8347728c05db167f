"""Owners say what their project asks of its tags; whoever pushes there may read it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName, Tag
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import Identity
from moorage.rules.condition import Condition, always
from moorage.rules.names import ROBOT, robot_title
from moorage.rules.roles import Action
from moorage.rules.tag_rule import Holders, Named, RuleKind, TagRule, shown
from moorage.rules.tag_rules import Found
from moorage.rules.tag_rules_check import require_rules
from moorage.rules.telling import told
from moorage.service import finding
from moorage.service.judging import Judged, foretell


class Tried(NamedTuple):
    """What the rules say of a tag: of each kind the one that counts, and what would become of each change."""

    found: tuple[Found, ...]
    judged: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class ManageTagRules:
    """All rules of a project are one list: who changes one gives the whole list anew."""

    records: Records
    clock: Clock

    async def find(self, who: Identity, project: str) -> Sequence[TagRule]:
        """The rules in their order. Raises UNAVAILABLE where they cannot be read."""

        def story(ledger: Ledger) -> Sequence[TagRule]:
            place = ledger.projects.place(project, who)
            book = ledger.tag_rules.of_project(access.require_project(who, Action.READ_TAG_RULES, place))
            if not book.readable:
                raise Refusal(
                    Code.UNAVAILABLE, f"the tag rules of project {project} cannot be read: an owner has to set them"
                )
            return book.rules

        return await self.records.read(story)

    async def attempt(self, who: Identity, repository: RepositoryName, tag: str) -> Tried:
        """What `who` would be told of a tag of this name there; neither it nor the repository need be there."""
        wanted = Tag.parse(tag).text

        def story(ledger: Ledger) -> Tried:
            access.require_project(who, Action.READ_TAG_RULES, ledger.projects.place(repository.project, who))
            place = ledger.repositories.place(repository, who)
            book = ledger.tag_rules.of_project(place.project_id)
            found = (book.first(kind, place.within, wanted) for kind in RuleKind)
            return Tried(
                tuple(sorted((rule for rule in found if rule is not None), key=lambda rule: rule.number)),
                foretell(ledger, who, place, wanted),
            )

        return await self.records.read(story)

    async def put(
        self, who: Identity, project: str, wanted: Sequence[TagRule], still: Condition[Sequence[TagRule]] = always
    ) -> Sequence[TagRule]:
        """Let these be all rules; one that was there already keeps who set it. Holders are given by name, with id 0."""
        require_rules(wanted)

        def story(ledger: Ledger) -> Sequence[TagRule]:
            place = ledger.projects.place(project, who)
            project_id = access.require_project(who, Action.MANAGE_TAG_RULES, place)
            before = ledger.tag_rules.of_project(project_id)
            still(before.rules)
            now = self.clock()
            known = {_bare(rule): rule for rule in before.rules}
            rules = []
            for rule in wanted:
                found = replace(rule, only=_holders(ledger, project, project_id, rule.only))
                if rule.kind is RuleKind.EXPIRES and found not in known:
                    access.require_delete_throughout(who, place, "a rule of tags that expire")
                rules.append(known.get(found) or replace(found, set_by=who.name, set_at=now))
            if tuple(rules) != before.rules or not before.readable:
                ledger.tag_rules.put(project_id, rules)
                was = {"rules": shown(before.rules, project)} if before.readable else {"unreadable": True}
                after = {"rules": shown(rules, project)}
                ledger.events.record(told("tag-rules.set", who, now, place=place, before=was, after=after))
            return rules

        return await self.records.write(story, by=who)


def _bare(rule: TagRule) -> TagRule:
    """What it says, whoever set it."""
    return replace(rule, set_by="", set_at=0.0)


def _holders(ledger: Ledger, project: str, project_id: int, only: Holders) -> Holders:
    """Whom these names mean today; from then on their ids count."""
    for role in only.roles:
        if finding.actions_of_role(ledger, role) is None:
            raise Refusal(Code.QUERY_INVALID, f"there is no role {role[:80]!r}")
    return Holders(
        tuple(dict.fromkeys(only.roles)),
        tuple(dict.fromkeys(_user(ledger, user.name) for user in only.users)),
        tuple(dict.fromkeys(_robot(ledger, project, project_id, robot.name) for robot in only.robots)),
    )


def _user(ledger: Ledger, name: str) -> Named:
    found = ledger.accounts.find(name)
    if found is None:
        raise Refusal(Code.QUERY_INVALID, f"there is no user {name[:128]!r}")
    return Named(found.id, found.name)


def _robot(ledger: Ledger, project: str, project_id: int, name: str) -> Named:
    """By its name on the wire, or by that within the project."""
    found = ledger.robots.find(name if name.startswith(ROBOT) else robot_title(project, name))
    if found is None or found.project_id not in {None, project_id}:
        raise Refusal(Code.QUERY_INVALID, f"there is no robot {name[:128]!r} of project {project} or of the instance")
    return Named(found.id, found.name, is_of_instance=found.project_id is None)
