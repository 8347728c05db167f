"""What the records know of people, and how they come in. See `ports.records`."""

from collections.abc import Collection, Sequence
from typing import Protocol

from moorage.rules.access import Identity
from moorage.rules.facts import Account, Group, GroupPerson, Invitation, KeptFactor, Source
from moorage.rules.listing import Listing
from moorage.rules.sessions import Session


class Accounts(Protocol):
    """People who can log in."""

    def find(self, name: str) -> Account | None:
        """The account of this name."""

    def get(self, account_id: int) -> Account | None:
        """The account with this id."""

    def resembles(self, name: str) -> bool:
        """Is there one of this name, in upper-case or lower-case letters?"""

    def create(
        self, name: str, password_hash: str, *, administrator: bool, now: float, must_change: bool = False
    ) -> Account | None:
        """Make it; None if there is one already."""

    def create_vouched(self, name: str, source: Source, subject: str, *, now: float) -> Account | None:
        """Make one that a source vouches for, without a password; None if the name is taken, in capitals or not."""

    def vouched(self, source: Source, subject: str) -> Account | None:
        """The account of whom a source calls this."""

    def vouched_by(self, source: Source, *, after: str, limit: int) -> Sequence[tuple[str, Account]]:
        """Whom a source vouches for, or did, with what it calls them, in that order and from after that."""

    def vouch(self, account_id: int, *, until: float) -> None:
        """Its source vouches for it until then. What was issued before stays."""

    def renew_password(self, account_id: int, password_hash: str, *, must_change: bool = False) -> None:
        """Set another password and end everything issued before."""

    def update(self, account_id: int, *, administrator: bool, auditor: bool, disabled: bool) -> None:
        """Change what they are to the instance, and end everything issued before."""

    def begin_epoch(self, account_id: int) -> None:
        """End everything issued before, but personal tokens."""

    def delete(self, account_id: int) -> None:
        """Forget them, with roles, memberships and personal tokens."""

    def page(self, listing: Listing) -> Sequence[Account]:
        """Accounts."""

    def count(self, listing: Listing, *, most: int) -> int:
        """How many there are, up to `most`."""

    def seen(self, account_id: int, *, at: float) -> None:
        """Note when they last logged in."""

    def holds(self, who: Identity) -> bool:
        """Is this person still there, enabled, of the same epoch, and their personal token? Or the robot, enabled?"""

    def administrators(self, now: float) -> int:
        """How many administrators there are who can log in."""

    def any(self) -> bool:
        """Is there any account?"""


class Groups(Protocol):
    """Groups of people. Every change of who is in one begins a new epoch of the projects that know the group."""

    def find(self, name: str) -> Group | None:
        """The group of this name."""

    def create(self, name: str, *, now: float) -> Group | None:
        """Make it; None if there is one already."""

    def delete(self, group_id: int) -> None:
        """Forget it, with the roles it gave."""

    def page(self, listing: Listing) -> Sequence[Group]:
        """Groups, by name."""

    def count(self, listing: Listing, *, most: int) -> int:
        """How many there are, up to `most`."""

    def people(self, group_id: int, listing: Listing) -> Sequence[GroupPerson]:
        """Those who are in it, by name."""

    def count_people(self, group_id: int, listing: Listing, *, most: int) -> int:
        """How many they are, up to `most`."""

    def of(self, account_id: int, *, limit: int) -> Sequence[str]:
        """Names of up to `limit` groups that somebody is in."""

    def join(self, group_id: int, account_id: int) -> bool:
        """Let somebody in; False if they were."""

    def leave(self, group_id: int, account_id: int) -> bool:
        """Let somebody go; False if they were not in it."""

    def follow(self, account_id: int, names: Collection[str]) -> tuple[Sequence[str], Sequence[str]]:
        """Let somebody be in those of these groups that there are; which they came into, and which they went out of.

        They go out of no group that a person let them into.
        """


class Sessions(Protocol):
    """People in browsers, by the hash of their cookie."""

    def start(self, session: Session, hashed: str) -> Session:
        """Keep it, whatever id it had."""

    def find(self, hashed: str) -> Session | None:
        """The session of this cookie."""

    def touch(self, session: Session) -> None:
        """Note when and from where it was used last."""

    def end(self, session_id: int, account_id: int) -> bool:
        """Forget it, if it is this person's; whether it was there."""

    def end_all(self, account_id: int, *, but: int | None = None) -> int:
        """Forget all of somebody's but this one; how many went."""

    def keep_newest(self, account_id: int, most: int) -> None:
        """Forget all of somebody's but so many; those that the account's epoch has ended too."""

    def half(self, *, started_before: float, limit: int) -> Sequence[tuple[Session, str]]:
        """Up to `limit` that began before then and still wait for a second factor, with whose they are."""

    def of(self, account_id: int) -> Sequence[Session]:
        """Somebody's that are of the account's epoch and wait for nothing, the newest first."""

    def forget(self, *, unused_since: float, started_before: float) -> int:
        """Forget those that nobody used since then, or that are as old as that; how many went."""


class SecondFactors(Protocol):
    """Second factors of people, and the codes for when one is lost."""

    def find(self, account_id: int) -> KeptFactor | None:
        """Somebody's."""

    def put(self, account_id: int, kept: KeptFactor) -> None:
        """Let this be somebody's."""

    def remove(self, account_id: int) -> bool:
        """Forget it with its codes; whether there was one."""

    def put_codes(self, account_id: int, hashes: Sequence[str]) -> None:
        """Let these be all codes for when it is lost."""

    def spend_code(self, account_id: int, hashed: str) -> bool:
        """Use one up; whether it was there."""

    def codes(self, account_id: int) -> int:
        """How many are left."""


class Invitations(Protocol):
    """Invitations by link, by the hash of their secret."""

    def create(self, invitation: Invitation, hashed: str) -> Invitation:
        """Make it, whatever id it had."""

    def find(self, hashed: str) -> Invitation | None:
        """The invitation of this secret."""

    def get(self, invitation_id: int) -> Invitation | None:
        """The invitation with this id."""

    def remove(self, invitation_id: int) -> bool:
        """Use it up, or take it back; whether it was there."""

    def page(self, project_id: int | None, *, after: int, limit: int) -> Sequence[Invitation]:
        """Up to `limit` after this id: the project's, or those to the registry alone."""

    def count(self, project_id: int | None, *, most: int) -> int:
        """How many these are, up to `most`."""

    def forget(self, *, ended_before: float) -> int:
        """Forget those that ended before then; how many went."""
