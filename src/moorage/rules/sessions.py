"""Sessions of people in a browser: how long they last, whom they stand for, and what they open.

Pure: time is an argument. Who proved an identity, by password or elsewhere, is no matter here: `stage` is told what
was shown and says what is still missing.
"""

from dataclasses import dataclass, replace
from enum import Enum

from moorage.oci.error import Code, Refusal
from moorage.rules.facts import Account

LOGIN_SECONDS = 300.0
"""How long somebody who showed a password has for the second factor."""


class Requirement(Enum):
    """Of whom the operator demands a second factor."""

    OFF = "off"
    ADMINS = "admins"
    ALL = "all"

    def concerns(self, account: Account) -> bool:
        """Must they have one? Whoever sees everything of everybody counts as an administrator."""
        if self is Requirement.ADMINS:
            return account.administrator or account.auditor
        return self is Requirement.ALL


def is_enough_alone(account: Account, requirement: Requirement) -> bool:
    """Does the password alone open anything?"""
    return not account.has_factor and not requirement.concerns(account)


def require_no_more(account: Account, requirement: Requirement) -> None:
    """Refuse a password that came alone, where it is not enough; asked once it was right."""
    if account.has_factor:
        raise Refusal(
            Code.UNAUTHORIZED,
            f"{account.name} has a second factor, so the password alone opens nothing here: "
            "use a personal token, made on the page /account of this registry",
        )
    if requirement.concerns(account):
        raise Refusal(
            Code.UNAUTHORIZED,
            f"{account.name} needs a second factor here: sign in at the page /login of this registry to set it up, "
            "and use a personal token made there",
        )


class Stage(Enum):
    """What a session opens: one page until what is missing is done, then everything."""

    CODE = "code"
    PASSWORD = "password"  # noqa: S105 - the page on which it is changed
    ENROL = "enrol"
    OPEN = "open"


def stage(account: Account, *, has_factor: bool, shown: bool, requirement: Requirement) -> Stage:
    """What is missing, in the order in which it is asked for.

    `shown` is whether the second factor was shown in this login, here or where the identity was proven. It comes
    first: a stolen password alone neither changes the password nor sets up a factor.
    """
    if has_factor and not shown:
        return Stage.CODE
    if account.must_change:
        return Stage.PASSWORD
    if not has_factor and not shown and requirement.concerns(account):
        return Stage.ENROL
    return Stage.OPEN


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Seconds after which a session ends: unused, and in any case."""

    idle: float
    absolute: float


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which somebody logged in; `shown` is whether the second factor was.

    `epoch` is the account's when it began: a new password, disabling or another factor raises it and ends them all.
    """

    id: int
    account_id: int
    epoch: int
    shown: bool
    started_at: float
    seen_at: float
    address: str
    agent: str

    def ends_at(self, stage: Stage, lifetimes: Lifetimes) -> float:
        """When it is over if nobody uses it again. Waiting for a code is short, and using it makes it no longer."""
        if stage is Stage.CODE:
            return self.started_at + min(LOGIN_SECONDS, lifetimes.idle, lifetimes.absolute)
        return min(self.seen_at + lifetimes.idle, self.started_at + lifetimes.absolute)

    def stands_for(self, account: Account | None) -> bool:
        """Is it still this person's?"""
        return (
            account is not None
            and not account.disabled
            and (account.id, account.epoch) == (self.account_id, self.epoch)
        )

    def touch(self, now: float, address: str) -> "Session":
        """The session after it was used; a clock that was set back makes it no younger."""
        return replace(self, seen_at=max(self.seen_at, now), address=address)
