"""Promises about secrets: passwords are hashed slowly, tokens are signed, and neither is ever kept in the clear."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from moorage.rules.access import Grant
from moorage.rules.facts import Account


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. Times are seconds since the epoch; `refresh` tokens only buy access tokens."""

    subject: str
    account_id: int | None
    epoch: int
    issued_at: int
    expires_at: int
    refresh: bool
    grants: Mapping[str, Grant]


def holds(claims: Claims, account: Account) -> bool:
    """Is this still the account that the token was issued to, and nothing has ended since?"""
    return not account.disabled and (claims.account_id, claims.epoch) == (account.id, account.epoch)


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
