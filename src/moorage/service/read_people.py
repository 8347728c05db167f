"""Somebody, or a group, at one look: where they belong, what they may where, and what lets them in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import Identity
from moorage.rules.facts import Account, Group, Holding, PersonalToken, Subject
from moorage.rules.roles import Action
from moorage.rules.sessions import Session
from moorage.service import finding

MOST = 200
"""Groups and roles that are told; whoever has more of them sees the first."""


class Portrait(NamedTuple):
    """A person: their groups, roles by project, personal tokens, and the browsers in which they are signed in."""

    account: Account
    groups: Sequence[str]
    holdings: Sequence[Holding]
    tokens: Sequence[PersonalToken]
    sessions: Sequence[Session]


class GroupPortrait(NamedTuple):
    """A group, and the roles that it gives."""

    group: Group
    holdings: Sequence[Holding]


@dataclass(frozen=True, slots=True)
class ReadPeople:
    """For those who see all people: whoever does sees the members of all projects too."""

    records: Records

    async def person(self, who: Identity, name: str) -> Portrait:
        """Raises NAME_UNKNOWN."""
        access.require_instance(who, Action.READ_PEOPLE)

        def story(ledger: Ledger) -> Portrait:
            account = finding.account(ledger, name)
            return Portrait(
                account,
                ledger.groups.of(account.id, limit=MOST),
                ledger.members.held(Subject(account.id, account.name), limit=MOST),
                ledger.personal_tokens.of_account(account.id),
                ledger.sessions.of(account.id),
            )

        return await self.records.read(story)

    async def group(self, who: Identity, name: str) -> GroupPortrait:
        """Raises NAME_UNKNOWN."""
        access.require_instance(who, Action.READ_PEOPLE)

        def story(ledger: Ledger) -> GroupPortrait:
            group = finding.group(ledger, name)
            return GroupPortrait(group, ledger.members.held(Subject(group.id, group.name, is_group=True), limit=MOST))

        return await self.records.read(story)
