"""What an invitation is still good for."""

from dataclasses import replace

import pytest

from moorage.oci.error import Code
from moorage.rules import roles
from moorage.rules.access import HeldRole, Place
from moorage.rules.facts import Account, Invitation, Source
from moorage.rules.invitations import Newcomers, offer, require_on
from moorage.rules.pattern import EVERYTHING, Pattern
from moorage.rules.roles import Action
from tests.support.refused import refused

NOW = 1000.0
ANN = Account(7, "ann", "", administrator=False, disabled=False, epoch=3)
ROOT = replace(ANN, administrator=True)
WIDE = Invitation(1, None, None, None, "", 7, "ann", 0.0, NOW + 1)
OWN = replace(WIDE, project_id=3, project="team", role="writer")
WRITER = roles.ROLES["writer"]


def _place(role: str = "owner", repositories: str = EVERYTHING) -> Place:
    held = HeldRole(role, roles.ROLES[role], Pattern(repositories), Pattern(EVERYTHING))
    return Place("team", "team", 3, roles=(held,))


@pytest.mark.parametrize(
    ("maker", "place", "actions", "good"),
    [
        (ANN, _place(), WRITER, True),
        (ANN, _place(), roles.ROLES["owner"], True),
        (ROOT, Place("team", "team", 3), roles.ROLES["owner"], True),
        (ANN, _place(), None, False),
        (ANN, _place("maintainer"), WRITER, False),
        (ANN, _place("owner", "web-*"), WRITER, False),
        (ANN, Place("team", "team", 3), WRITER, False),
        (replace(ANN, auditor=True), Place("team", "team", 3), WRITER, False),
        (replace(ANN, disabled=True), _place(), WRITER, False),
        (replace(ROOT, must_change=True), _place(), WRITER, False),
        (replace(ANN, source=Source.OIDC, vouched_until=NOW), _place(), WRITER, False),
        (replace(ANN, source=Source.OIDC, vouched_until=NOW + 1), _place(), WRITER, True),
        (None, _place(), WRITER, False),
    ],
)
def test_it_is_worth_what_its_maker_may(
    maker: Account | None, place: Place, actions: frozenset[Action] | None, *, good: bool
) -> None:
    """Now, in the whole project, and never what they could when they made it."""
    found = offer(OWN, maker, place, actions, Newcomers.ALL, NOW)
    assert (found is not None) is good


@pytest.mark.parametrize(
    ("maker", "good"),
    [
        (ROOT, True),
        (ANN, False),
        (replace(ANN, auditor=True), False),
        (replace(ROOT, disabled=True), False),
        (replace(ROOT, must_change=True), False),
        (None, False),
    ],
)
def test_into_the_registry_administrators_invite(maker: Account | None, *, good: bool) -> None:
    """Who are it still, and nobody else."""
    assert (offer(WIDE, maker, None, None, Newcomers.ALL, NOW) is not None) is good


@pytest.mark.parametrize(
    ("newcomers", "by_owner", "by_administrator"),
    [(Newcomers.ALL, True, True), (Newcomers.ADMINS, False, True), (Newcomers.OFF, None, None)],
)
def test_who_lets_newcomers_in(newcomers: Newcomers, *, by_owner: bool | None, by_administrator: bool | None) -> None:
    """As the operator says; where invitations are off nothing is good, not even what was made before."""
    told = [offer(OWN, maker, _place(), WRITER, newcomers, NOW) for maker in (ANN, ROOT)]
    assert [None if found is None else found.newcomers for found in told] == [by_owner, by_administrator]
    if newcomers is Newcomers.OFF:
        with refused(Code.DENIED, "turned off"):
            require_on(newcomers)


def test_its_end() -> None:
    """It is good until that moment, not in it."""
    assert offer(WIDE, ROOT, None, None, Newcomers.ALL, WIDE.expires_at - 0.001) is not None
    assert offer(WIDE, ROOT, None, None, Newcomers.ALL, WIDE.expires_at) is None
