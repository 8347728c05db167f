"""Who holds which roles, and machines that hold some. See `ports.records`."""

from collections.abc import Sequence
from typing import Protocol

from moorage.rules.facts import CustomRole, Holding, Member, PersonalToken, Robot, RoleSpec, Subject
from moorage.rules.listing import Listing


class Members(Protocol):
    """Who holds which roles in projects. Every change begins a new epoch of the project."""

    def find(self, project_id: int, subject: Subject) -> Member | None:
        """Somebody's roles there; None if they have none."""

    def put(self, project_id: int, subject: Subject, roles: Sequence[RoleSpec], *, now: float) -> None:
        """Let these be all of somebody's roles there."""

    def remove(self, project_id: int, subject: Subject) -> bool:
        """Take all roles away; whether there were any."""

    def page(self, project_id: int) -> Sequence[Member]:
        """All members, people first, in order of their names."""

    def held(self, subject: Subject, *, limit: int) -> Sequence[Holding]:
        """Up to `limit` roles of somebody in any project, by project; of a person also those of their groups."""


class CustomRoles(Protocol):
    """Roles of one's own."""

    def find(self, name: str) -> CustomRole | None:
        """The role of this name."""

    def put(self, role: CustomRole, *, now: float) -> None:
        """Make or change it; the projects in which it is held begin a new epoch."""

    def delete(self, name: str) -> bool:
        """Forget it unless somebody holds it; whether it is gone."""

    def page(self) -> Sequence[CustomRole]:
        """All of them."""


class Robots(Protocol):
    """Machines' identities, by their title: their name on the wire."""

    def find(self, title: str) -> Robot | None:
        """The robot of this title; or the one that had it while its project had a name that still leads to it."""

    def create(self, robot: Robot) -> Robot | None:
        """Make it, whatever id it had; None if there is one of its title."""

    def update(self, robot: Robot) -> None:
        """Change all but its title, and begin a new epoch of it."""

    def delete(self, robot_id: int) -> None:
        """Forget it."""

    def page(self, project_id: int | None, listing: Listing) -> Sequence[Robot]:
        """The project's, or the instance's."""

    def count(self, project_id: int | None, listing: Listing, *, most: int) -> int:
        """How many there are, up to `most`."""

    def used(self, robot_id: int, *, at: float, address: str) -> None:
        """Note when and from where it was last used."""


class PersonalTokens(Protocol):
    """Tokens that people made for themselves; only a hash of each is kept."""

    def find(self, secret_hash: str) -> PersonalToken | None:
        """The token with this hash."""

    def get(self, token_id: int) -> PersonalToken | None:
        """The token with this id."""

    def create(self, token: PersonalToken, secret_hash: str) -> PersonalToken | None:
        """Keep it, whatever id it had; None if its owner has one of this name."""

    def delete(self, account_id: int, token_id: int) -> PersonalToken | None:
        """Forget a token of this account; what it was."""

    def revoke(self, account_id: int) -> None:
        """Forget all of somebody's."""

    def of_account(self, account_id: int) -> Sequence[PersonalToken]:
        """All of somebody's, the newest first."""

    def used(self, token_id: int, *, at: float, address: str) -> None:
        """Note when and from where it was last used."""
