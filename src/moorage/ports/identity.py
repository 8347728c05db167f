"""Promises about secrets: passwords are hashed slowly, tokens are signed, and neither is ever kept in the clear."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from moorage.rules.access import Grant, Kind


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. Times are seconds since the epoch; `refresh` tokens only buy access tokens.

    `personal` is the id of the personal token that it was bought with; `key` names the key that signed it.
    """

    kind: Kind
    subject: str
    account_id: int | None
    epoch: int
    issued_at: int
    expires_at: int
    refresh: bool
    grants: Mapping[str, Grant]
    personal: int | None = None
    key: str = ""


class Passwords(Protocol):
    """Slow hashes of passwords."""

    async def hash(self, password: str) -> str:
        """A salted hash that can be stored."""

    async def verify(self, stored: str | None, password: str) -> bool:
        """Is it the password of this hash? Takes as long where there is none to compare with."""


class Tokens(Protocol):
    """Signed statements that expire."""

    def sign(self, claims: Claims) -> str:
        """The token that says this."""

    def verify(self, token: str, now: float) -> Claims | None:
        """What a token says, if we signed it and it has not expired."""

    def holds(self, claims: Claims) -> bool:
        """Is the key that signed this still believed?"""


class Secrets(Protocol):
    """Secrets that we draw ourselves: long enough that a plain hash of them tells nothing."""

    def draw(self, prefix: str) -> tuple[str, str]:
        """A new secret that begins with `prefix`, and the hash of it to be stored."""

    def random(self, length: int) -> bytes:
        """So many random bytes."""

    def hash(self, secret: str) -> str:
        """The hash to look it up by, or to compare with."""

    def match(self, stored: str | None, secret: str) -> bool:
        """Is it the secret of this hash? In constant time."""
