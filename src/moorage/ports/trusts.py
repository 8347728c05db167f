"""Whose identity tokens are trusted, and for what. See `ports.records`."""

from collections.abc import Sequence
from typing import Protocol

from moorage.rules.federation import Issuer, Trust
from moorage.rules.listing import Listing


class Issuers(Protocol):
    """Whose identity tokens are trusted, by name."""

    def find(self, name: str) -> Issuer | None:
        """The issuer of this name."""

    def by_url(self, url: str) -> Issuer | None:
        """The issuer with this very url."""

    def create(self, issuer: Issuer) -> Issuer | None:
        """Keep it, whatever id it had; None if there is one of its name or its url."""

    def update(self, issuer: Issuer) -> None:
        """Change all but name and url, and begin new epochs of the robots that it vouches for."""

    def delete(self, issuer_id: int) -> None:
        """Forget it with its trusts, and begin new epochs of the robots that it vouched for."""

    def page(self, listing: Listing) -> Sequence[Issuer]:
        """Issuers, by name."""

    def count(self, listing: Listing, *, most: int) -> int:
        """How many there are, up to `most`."""


class Trusts(Protocol):
    """What identity tokens must claim to be a robot, and which were shown."""

    def of_robot(self, robot_id: int) -> Sequence[Trust]:
        """All of a robot's, the oldest first."""

    def get(self, trust_id: int) -> Trust | None:
        """The trust with this id."""

    def create(self, trust: Trust) -> Trust:
        """Keep it, whatever id it had."""

    def delete(self, trust_id: int) -> None:
        """Forget it, and begin a new epoch of its robot."""

    def show(self, fingerprint: str, robot_id: int, address: str, *, spend: bool, until: float) -> bool:
        """Note that an identity token was shown, until it ends; may it be?

        It is bound to the robot and the address that showed it first. Who spends it must be the first, and is the last.
        """

    def forget_shown(self, *, before: float, limit: int) -> int:
        """Forget up to `limit` shown tokens that ended before this time; how many went."""
