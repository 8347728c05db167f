"""An OpenID provider to which people are sent, and who come back vouched for. Source: OpenID Connect Core 1.0."""

from dataclasses import dataclass, field
from typing import Protocol

from moorage.rules.sign_on import Vouched


@dataclass(frozen=True, slots=True)
class Asked:
    """What is new each time somebody is sent there: `back` is the address to which they shall return.

    `verifier` is the secret of RFC 7636 (PKCE): whoever intercepts the code cannot redeem it.
    """

    state: str
    nonce: str
    verifier: str = field(repr=False)
    back: str


class Provider(Protocol):
    """One provider, whom the operator chose."""

    async def address(self, asked: Asked) -> str:
        """Where to send the browser. Raises NotProven if the provider cannot be asked."""

    async def redeem(self, code: str, asked: Asked) -> Vouched:
        """Whom the code that came back stands for. Raises NotProven."""

    def is_from(self, issuer: str | None) -> bool:
        """May an answer be this provider's that names this issuer, or none? Source: RFC 9207, section 2.4."""
