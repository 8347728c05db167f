"""Invitations by link: who may make them, and what one is still good for when somebody comes with it.

Pure. An invitation is its maker's word, so it is worth what its maker may at that moment, and never what they could.
"""

from dataclasses import dataclass
from enum import Enum

from moorage.oci.error import Code, Refusal
from moorage.rules import access, identities, roles
from moorage.rules.access import Identity, Place
from moorage.rules.facts import Account, Invitation
from moorage.rules.roles import Action

DAYS, MOST_DAYS = 7, 30
"""Days that an invitation lasts unless said otherwise, and at the most."""
MOST_OPEN = 1000
"""Invitations to one project, or to the registry alone, that wait for somebody."""


class Newcomers(Enum):
    """Whose invitations let in people who have no account yet."""

    ALL = "all"
    ADMINS = "admins"
    OFF = "off"

    def follow(self, maker: Account) -> bool:
        """May somebody without an account follow an invitation of this person?"""
        return self is Newcomers.ALL or (self is Newcomers.ADMINS and maker.administrator)


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation opens now. `meanings` says what the role may; `newcomers` whether it makes an account too."""

    invitation: Invitation
    meanings: tuple[str, ...]
    newcomers: bool


def require_on(newcomers: Newcomers) -> None:
    """Refuse to make one where there are none."""
    if newcomers is Newcomers.OFF:
        raise Refusal(Code.DENIED, "invitations are turned off here (sign_in.invitations): ask an administrator")


def offer(
    invitation: Invitation,
    maker: Account | None,
    place: Place | None,
    actions: frozenset[Action] | None,
    newcomers: Newcomers,
    now: float,
) -> Offer | None:
    """What it opens; None if nothing any more.

    `place` is the project as its maker sees it, None for an invitation to the registry alone; `actions` are what the
    role gives now, None if it is gone.
    """
    if newcomers is Newcomers.OFF or identities.has_expired(invitation.expires_at, now):
        return None
    if maker is None or maker.must_change or not identities.is_open(maker, now):
        return None
    if place is None:
        return Offer(invitation, (), newcomers=True) if maker.administrator else None
    if actions is None or not _gives(identities.of_account(maker), place, actions):
        return None
    return Offer(invitation, _meanings(actions), newcomers.follow(maker))


def spent() -> Refusal:
    """The one answer for all that are not good, whatever the reason."""
    return Refusal(
        Code.NAME_UNKNOWN,
        "this invitation is not good any more: it was used, taken back, or its time is over. "
        "Ask whoever sent it for another",
    )


def called(invitation: Invitation) -> str:
    """How an event names it."""
    return f"invitation:{invitation.id}"


def told(invitation: Invitation) -> dict[str, object]:
    """How an event shows it."""
    return {
        "made_by": invitation.made_by,
        "role": invitation.role,
        "note": invitation.note,
        "expires_at": invitation.expires_at,
    }


def _gives(maker: Identity, place: Place, actions: frozenset[Action]) -> bool:
    return bool(access.reasons(maker, Action.MANAGE_MEMBERS, place)) and access.holds_throughout(maker, place, actions)


def _meanings(actions: frozenset[Action]) -> tuple[str, ...]:
    return tuple(row.meaning for row in roles.MATRIX if row.action in actions)
