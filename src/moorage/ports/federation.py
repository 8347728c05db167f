"""Identity tokens of others: read only when their signature is right."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from moorage.rules.access import Identity
from moorage.rules.federation import LONGEST_TOKEN, Issuer


class NotProven(Exception):  # noqa: N818 - names what was found
    """An identity token proves nothing; the text says why, for the audit."""


class Proof(NamedTuple):
    """Whom an identity token proves a job to be, by which trust, and until when, in seconds since the epoch."""

    identity: Identity
    trust_id: int
    until: float


class Assertions(Protocol):
    """Checks signatures by the keys of whoever is said to have issued a token."""

    def issuer_of(self, token: str) -> str:
        """The url of the issuer that a token names: not to be believed yet. Raises NotProven."""

    async def read(self, token: str, issuer: Issuer, *, longest: int = LONGEST_TOKEN) -> Mapping[str, object]:
        """Its claims, signed by one of the issuer's keys. Nothing else of them was checked. Raises NotProven.

        `longest` is in characters: what comes in a header is shorter than what comes in a body.
        """

    def require_keys(self, text: str) -> None:
        """Raise NotProven unless this is a JWK set with public keys that can check signatures, and no secret."""
