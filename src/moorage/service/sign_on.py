"""People who come by single sign-on: they are sent to the provider, and whoever comes back to the same browser is in.

What has to be known when they come back travels with the browser, sealed: strangers who begin and never come back
leave nothing behind.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple, Protocol

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.federation import NotProven
from moorage.ports.identity import Secrets
from moorage.ports.sealing import Sealing
from moorage.ports.sign_on import Asked, Provider
from moorage.ports.trail import Trail
from moorage.rules import identities
from moorage.rules.access import Identity, Via
from moorage.rules.facts import Account
from moorage.rules.sign_on import Admission, Vouched

PATIENCE = 600
"""Seconds that somebody has for the provider's own pages."""
_PURPOSE = "single sign-on"
_LONGEST_CODE = 4096
_AGAIN = "this sign-in took too long, or was begun in another browser or tab: begin again"
_FAILED = "single sign-on did not work; an administrator finds the reason in the audit"


class Receive(Protocol):
    """Gives an account to whom somebody vouches for: `service.receive_person`."""

    async def __call__(self, vouched: Vouched, admission: Admission, via: Via) -> Account:
        """It. Raises DENIED, CONFLICT, NAME_INVALID."""


class Begun(NamedTuple):
    """Where to send the browser, and what it shall bring back, in a cookie for `PATIENCE` seconds."""

    address: str
    sealed: str


class Ended(NamedTuple):
    """Who came back, and where they wanted to go."""

    who: Identity
    wanted: str


@dataclass(frozen=True, slots=True)
class SignOn:
    """`back` is always the address of ours to which the provider sends people."""

    provider: Provider
    receive: Receive
    secrets: Secrets
    sealing: Sealing
    trail: Trail
    clock: Clock
    admission: Admission

    async def begin(self, wanted: str, back: str, via: Via) -> Begun:
        """Raises UNAVAILABLE if the provider cannot be asked."""
        state, nonce, verifier = (self.secrets.random(32).hex() for _ in range(3))
        asked = Asked(state, nonce, verifier, back)
        until = self.clock() + PATIENCE
        told = json.dumps({**asdict(asked), "wanted": wanted, "until": until})
        try:
            address = await self.provider.address(asked)
        except NotProven as fault:
            self.trail.failed("", via, reason=str(fault))
            raise Refusal(Code.UNAVAILABLE, "the single sign-on cannot be reached: try again in a moment") from fault
        return Begun(address, self.sealing.seal(told.encode(), _PURPOSE))

    async def end(self, sealed: str, answer: Mapping[str, str], back: str, via: Via) -> Ended:
        """Raises UNAUTHORIZED for whatever is not the answer to what this browser asked, and as `Receive`."""
        asked, wanted = self._opened(sealed)
        if asked.back != back or not hmac.compare_digest(asked.state.encode(), answer.get("state", "").encode()):
            raise Refusal(Code.UNAUTHORIZED, _AGAIN)
        try:
            vouched = await self.provider.redeem(self._code(answer), asked)
        except NotProven as fault:
            self.trail.failed("", via, reason=str(fault))
            raise Refusal(Code.UNAUTHORIZED, _FAILED) from fault
        try:
            account = await self.receive(vouched, self.admission, via)
        except Refusal as refusal:
            self.trail.failed(vouched.name, via, reason=refusal.sentence)
            raise
        return Ended(replace(identities.of_account(account), via=via), wanted)

    def _opened(self, sealed: str) -> tuple[Asked, str]:
        try:
            told = json.loads(self.sealing.open(sealed, _PURPOSE))
        except Refusal:
            raise Refusal(Code.UNAUTHORIZED, _AGAIN) from None
        if self.clock() >= told["until"]:
            raise Refusal(Code.UNAUTHORIZED, _AGAIN)
        return Asked(told["state"], told["nonce"], told["verifier"], told["back"]), told["wanted"]

    def _code(self, answer: Mapping[str, str]) -> str:
        if not self.provider.is_from(answer.get("iss")):
            raise NotProven("the answer is of another provider: iss is not oidc.issuer")
        if error := answer.get("error"):
            raise NotProven(f"the provider refused: {error[:100]}: {answer.get('error_description', '')[:200]}")
        code = answer.get("code", "")
        if not 0 < len(code) <= _LONGEST_CODE:
            raise NotProven("the provider's answer holds no code")
        return code
