"""Administrators invite into the registry, owners into their project: by a link that counts once, for some days."""

from dataclasses import dataclass
from typing import NamedTuple

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.identity import Secrets
from moorage.ports.records import Ledger, Records
from moorage.rules import giving, invitations, names
from moorage.rules.access import Identity, Place
from moorage.rules.condition import Condition, always
from moorage.rules.facts import Invitation
from moorage.rules.identities import INVITATION_PREFIX
from moorage.rules.invitations import DAYS, MOST_DAYS, MOST_OPEN, Newcomers
from moorage.rules.listing import Listed, page_of
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.service import finding

_DAY = 86_400


class Wanted(NamedTuple):
    """What an invitation shall be: `role` in the project, None for one to the registry; `note` is its maker's own."""

    role: str | None = None
    note: str = ""
    days: int = DAYS


@dataclass(frozen=True, slots=True)
class ManageInvitations:
    """`project` None is the registry itself. The secret is shown once; whoever has it may accept."""

    records: Records
    secrets: Secrets
    clock: Clock
    newcomers: Newcomers

    async def page(self, who: Identity, project: str | None, *, after: int, size: int) -> Listed[Invitation]:
        """Those that wait for somebody, the oldest first."""

        def story(ledger: Ledger) -> Listed[Invitation]:
            project_id = _open(ledger, who, project, changes=False).project_id
            return page_of(
                ledger.invitations.page(project_id, after=after, limit=size + 1),
                size,
                lambda invitation: str(invitation.id),
                lambda most: ledger.invitations.count(project_id, most=most),
                is_first=not after,
            )

        return await self.records.read(story)

    async def find(self, who: Identity, project: str | None, number: int) -> Invitation:
        """One of them. Raises NAME_UNKNOWN."""
        return await self.records.read(
            lambda ledger: _there(ledger, _open(ledger, who, project, changes=False), number)
        )

    async def create(self, who: Identity, project: str | None, wanted: Wanted) -> tuple[Invitation, str]:
        """The invitation and its secret. Nobody invites to more than they hold themselves."""
        names.require_note(wanted.note)
        if not 1 <= wanted.days <= MOST_DAYS:
            raise Refusal(Code.QUERY_INVALID, f"an invitation lasts from 1 to {MOST_DAYS} days")
        secret, hashed = self.secrets.draw(INVITATION_PREFIX)

        def story(ledger: Ledger) -> Invitation:
            place = _open(ledger, who, project, changes=True)
            invitations.require_on(self.newcomers)
            if wanted.role is not None:
                giving.require_held(who, place, wanted.role, finding.actions_of_role(ledger, wanted.role))
            if ledger.invitations.count(place.project_id, most=MOST_OPEN) >= MOST_OPEN:
                raise Refusal(Code.CONFLICT, f"{MOST_OPEN} invitations wait here already: take some back first")
            now = self.clock()
            assert who.user_id is not None  # noqa: S101 - only people come so far
            invitation = ledger.invitations.create(
                Invitation(
                    id=0,
                    project_id=place.project_id,
                    project=project,
                    role=wanted.role,
                    note=wanted.note,
                    maker_id=who.user_id,
                    made_by=who.name,
                    made_at=now,
                    expires_at=now + wanted.days * _DAY,
                ),
                hashed,
            )
            self._tell(ledger, "invitation.created", who, place, invitation, is_new=True)
            return invitation

        return await self.records.write(story, by=who), secret

    async def revoke(
        self, who: Identity, project: str | None, number: int, still: Condition[Invitation] = always
    ) -> None:
        """Take it back: its link leads nowhere from then on. Raises NAME_UNKNOWN."""

        def story(ledger: Ledger) -> None:
            place = _open(ledger, who, project, changes=True)
            was = _there(ledger, place, number)
            still(was)
            ledger.invitations.remove(was.id)
            self._tell(ledger, "invitation.revoked", who, place, was, is_new=False)

        await self.records.write(story, by=who)

    def _tell(
        self, ledger: Ledger, kind: str, who: Identity, place: Place, invitation: Invitation, *, is_new: bool
    ) -> None:
        shown = invitations.told(invitation)
        ledger.events.record(
            told(
                kind,
                who,
                self.clock(),
                place=place,
                about=invitations.called(invitation),
                before=None if is_new else shown,
                after=shown if is_new else None,
            )
        )


def _open(ledger: Ledger, who: Identity, project: str | None, *, changes: bool) -> Place:
    """Where they are, once it is clear that they may."""
    if changes:
        there, everywhere = Action.MANAGE_MEMBERS, Action.MANAGE_PEOPLE
    else:
        there, everywhere = Action.READ_MEMBERS, Action.READ_PEOPLE
    return finding.opened(ledger, who, project, there=there, everywhere=everywhere)


def _there(ledger: Ledger, place: Place, number: int) -> Invitation:
    found = ledger.invitations.get(number)
    if found is None or found.project_id != place.project_id:
        raise Refusal(Code.NAME_UNKNOWN, f"there is no invitation {number} here; it may be used, or over")
    return found
