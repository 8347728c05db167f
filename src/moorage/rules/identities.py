"""What a person, a robot or a personal token is as an identity."""

from dataclasses import replace

from moorage.rules.access import Identity, Kind, Limit
from moorage.rules.facts import Account, PersonalToken, Robot
from moorage.rules.pattern import EVERYTHING, Pattern
from moorage.rules.roles import Action

PERSONAL_PREFIX = "mop_"
ROBOT_PREFIX = "mor_"
INVITATION_PREFIX = "moi_"
MOST_DAYS = 3650
"""Days that a robot or a personal token may be made for, unless it is for ever."""
ADMIN_SCOPE = "admin"
SCOPES: dict[str, frozenset[Action]] = {
    "pull": frozenset({Action.PULL}),
    "push": frozenset({Action.PULL, Action.PUSH}),
    "delete": frozenset({Action.DELETE}),
    ADMIN_SCOPE: frozenset(Action),
}
"""What a personal token may be made for; `admin` is all that its owner may, our own API included."""


def of_account(account: Account) -> Identity:
    """A person who showed their own password."""
    return Identity(
        Kind.USER,
        account.name,
        account.id,
        administrator=account.administrator,
        epoch=account.epoch,
        auditor=account.auditor,
        must_change=account.must_change,
    )


def of_personal(account: Account, token: PersonalToken) -> Identity:
    """A person within the limits of a token of theirs."""
    is_admin = ADMIN_SCOPE in token.scopes
    actions = frozenset[Action]().union(*(SCOPES[scope] for scope in token.scopes if scope in SCOPES))
    patterns = token.repositories or (Pattern(EVERYTHING),)
    return replace(
        of_account(account),
        limits=None if is_admin else tuple(Limit(None, pattern, actions) for pattern in patterns),
        personal=token.id,
        admin_scope=is_admin,
    )


def of_robot(robot: Robot) -> Identity:
    """A robot: its limits are all that it holds."""
    return Identity(
        Kind.ROBOT,
        robot.title,
        robot.id,
        epoch=robot.epoch,
        limits=tuple(Limit(robot.project_id, pattern, robot.actions) for pattern in robot.repositories),
        admin_scope=False,
    )


def is_open(account: Account, now: float) -> bool:
    """May they log in at all: are they not disabled, and is the word of whoever vouches for them still good?"""
    return not account.disabled and not has_expired(account.vouched_until, now)


def has_expired(expires_at: float | None, now: float) -> bool:
    """Is it over?"""
    return expires_at is not None and now >= expires_at


def is_alive(robot: Robot, now: float) -> bool:
    """May it log in at all?"""
    return not robot.disabled and not has_expired(robot.expires_at, now)


def previous_hash(robot: Robot | None, now: float) -> str | None:
    """The hash of the secret before the last rotation, while the overlap lasts."""
    if robot is None or robot.previous_until is None or now >= robot.previous_until:
        return None
    return robot.previous_hash
