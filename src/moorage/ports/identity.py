"""Promises about secrets: passwords are hashed slowly, tokens are signed, and neither is ever kept in the clear."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from moorage.rules.access import Grant


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. Times are seconds since the epoch; `refresh` tokens only buy access tokens."""

    subject: str
    epoch: int
    issued_at: int
    expires_at: int
    refresh: bool
    grants: Mapping[str, Grant]


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
