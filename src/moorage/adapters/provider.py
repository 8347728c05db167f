"""An OpenID provider: authorization code flow with PKCE; the identity token is checked as those of jobs are.

Sources: OpenID Connect Core 1.0, section 3.1; OpenID Connect Discovery 1.0; RFC 7636 (PKCE); RFC 9700 (practices).
"""

import asyncio
import hashlib
import hmac
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from moorage.adapters.json_object import object_of
from moorage.ports.clock import Clock
from moorage.ports.egress import Egress, EgressRefused
from moorage.ports.examining import Tell
from moorage.ports.federation import Assertions, NotProven
from moorage.ports.sign_on import Asked
from moorage.rules import federation
from moorage.rules.facts import Source
from moorage.rules.federation import Issuer
from moorage.rules.sign_on import Vouched

_FRESH = 600.0
"""Seconds after which the provider's own description is read again."""
_STALE = 86_400.0
"""Seconds for which it is believed when the provider cannot be asked."""
_AGAIN = 10.0
"""Seconds between two looks at a provider that does not answer: strangers can ask for it."""
_LARGEST = 256 * 1024
_MOST_GROUPS = 2000
_FEW = 10
_DISCOVERY = "/.well-known/openid-configuration"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Client:
    """What the registry is to the provider, and which claims tell names and groups. No secret: a public client."""

    issuer: Issuer
    client_id: str
    secret: str | None
    scopes: tuple[str, ...]
    name_claim: str
    groups_claim: str
    needs_groups: bool


class OidcProvider:
    """See `ports.sign_on.Provider`."""

    def __init__(self, client: Client, egress: Egress, assertions: Assertions, clock: Clock) -> None:
        self._client = client
        self._egress = egress
        self._assertions = assertions
        self._clock = clock
        self._described: Mapping[str, Any] = {}
        self._described_at = float("-inf")
        self._tried_at = float("-inf")
        self._fault = ""
        self._turn = asyncio.Lock()

    async def address(self, asked: Asked) -> str:
        """By the code flow, with everything that binds the answer to this browser."""
        where = self._endpoint(await self._description(), "authorization_endpoint")
        challenge = urlsafe_b64encode(hashlib.sha256(asked.verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": asked.back,
            "scope": " ".join(self._client.scopes),
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{where}{'&' if '?' in where else '?'}{urlencode(query)}"

    async def redeem(self, code: str, asked: Asked) -> Vouched:
        """One request for the tokens; another one for the groups, if the identity token does not tell them."""
        description = await self._description()
        tokens = await self._tokens(description, code, asked)
        said = await self._checked(tokens.get("id_token"), asked)
        if self._client.name_claim not in said or self._client.groups_claim not in said:
            said = {**await self._told(description, tokens.get("access_token"), said["sub"]), **said}
        if self._client.needs_groups and self._client.groups_claim not in said:
            raise NotProven(f"the provider tells no {self._client.groups_claim!r}, and groups decide here who comes in")
        name = said.get(self._client.name_claim)
        if not isinstance(name, str) or not name:
            raise NotProven(f"the provider tells no {self._client.name_claim!r}: oidc.name_claim names another claim")
        return Vouched(
            Source.OIDC,
            f"{self._client.issuer.url} {said['sub']}",
            name,
            _groups(said.get(self._client.groups_claim)),
        )

    def is_from(self, issuer: str | None) -> bool:
        """Letter for letter."""
        return issuer in {None, self._client.issuer.url}

    async def examine(self, back: str, tell: Tell) -> bool:
        """See `ports.examining`: everything anew, as nobody is signed in by it."""
        try:
            described = await self._described_anew(tell)
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                tell(f"its {name} is {self._endpoint(described, name)}")
            keys = await self._raw(self._endpoint(described, "jwks_uri"))
            self._assertions.require_keys(keys.decode(errors="replace"))
        except NotProven as fault:
            tell(str(fault))
            return False
        tell("it publishes keys that can check signatures")
        doubts = self._doubts(described)
        for doubt in doubts:
            tell(doubt)
        tell(f"people come back to {back}: this very address has to be allowed there for {self._client.client_id}")
        kind = "with a secret" if self._client.secret is not None else "as a public client, without a secret"
        tell(f"the registry is known there as {self._client.client_id}, {kind}; that shows when somebody signs in")
        return not doubts

    async def _described_anew(self, tell: Tell) -> Mapping[str, Any]:
        url = self._client.issuer.url
        where = f"{url.rstrip('/')}{_DISCOVERY}"
        tell(f"asking {where}")
        found = await self._ask(where)
        if found.get("issuer") != url:
            raise NotProven(f"what is described there calls itself {found.get('issuer')!r}, not {url!r}")
        tell(f"it calls itself {url}, as it is set here")
        return found

    def _doubts(self, described: Mapping[str, Any]) -> list[str]:
        """What it says that it cannot do; what it does not speak of may be."""
        asked = {
            "response_types_supported": ("code",),
            "code_challenge_methods_supported": ("S256",),
            "scopes_supported": self._client.scopes,
        }
        doubts = []
        for name, needed in asked.items():
            offered = _texts(described.get(name))
            lacking = [word for word in needed if word not in offered]
            if offered and lacking:
                doubts.append(f"{name} lacks {', '.join(lacking)}")
        signed = _texts(described.get("id_token_signing_alg_values_supported"))
        if signed and not set(signed) & set(self._client.issuer.algorithms):
            doubts.append(
                f"it signs by {', '.join(signed[:_FEW])}, and oidc.algorithms has none of them: "
                f"{', '.join(self._client.issuer.algorithms)}"
            )
        return doubts

    async def _description(self) -> Mapping[str, Any]:
        async with self._turn:  # who comes meanwhile waits for the same answer
            now = self._clock()
            if now - self._described_at >= _FRESH and now - self._tried_at >= _AGAIN:
                await self._look()
            if self._clock() - self._described_at >= _STALE:
                raise NotProven(self._fault)
            return self._described

    async def _look(self) -> None:
        """What is known stays if nothing comes."""
        url = self._client.issuer.url
        try:
            found = await self._ask(f"{url.rstrip('/')}{_DISCOVERY}")
        except NotProven as fault:
            self._fault = str(fault)
        else:
            if found.get("issuer") == url:
                self._described, self._described_at = found, self._clock()
            self._fault = f"what is described there calls itself {found.get('issuer')!r}, not {url!r}"
        self._tried_at = self._clock()

    def _endpoint(self, description: Mapping[str, Any], name: str) -> str:
        """One of the provider's addresses: as secure as the provider itself."""
        where = description.get(name)
        schemes = {"https", urlsplit(self._client.issuer.url).scheme}
        try:
            if isinstance(where, str) and where.isprintable() and urlsplit(where).scheme in schemes:
                return where
        except ValueError:
            pass
        raise NotProven(f"the provider names no {name}, or one without https")

    async def _tokens(self, description: Mapping[str, Any], code: str, asked: Asked) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": asked.back,
            "code_verifier": asked.verifier,
        }
        headers = {"Content-Type": _FORM, "Accept": "application/json"}
        secret = self._client.secret
        methods = _texts(description.get("token_endpoint_auth_methods_supported")) or ["client_secret_basic"]
        if secret is not None and "client_secret_basic" in methods:
            pair = f"{quote(self._client.client_id, safe='')}:{quote(secret, safe='')}"  # RFC 6749, section 2.3.1
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form["client_id"] = self._client.client_id
            if secret is not None:
                form["client_secret"] = secret
        where = self._endpoint(description, "token_endpoint")
        return await self._ask(where, method="POST", headers=headers, body=urlencode(form).encode())

    async def _checked(self, token: object, asked: Asked) -> Mapping[str, Any]:
        """Section 3.1.3.7."""
        if not isinstance(token, str):
            raise NotProven("the provider gave no identity token")
        issuer = self._client.issuer
        said = await self._assertions.read(token, issuer, longest=_LARGEST)
        if fault := federation.fault_of(said, issuer, self._clock()):
            raise NotProven(fault)
        audiences = said.get("aud")
        if isinstance(audiences, list) and len(audiences) > 1 and said.get("azp") != self._client.client_id:
            raise NotProven("the identity token is for several, and azp is not this registry")
        if not hmac.compare_digest(str(said.get("nonce")).encode(), asked.nonce.encode()):
            raise NotProven("the identity token was not made for this login: nonce is another")
        return said

    async def _told(self, description: Mapping[str, Any], token: object, subject: object) -> Mapping[str, Any]:
        """What the provider tells of them beside the identity token, if it tells anything (section 5.3)."""
        if "userinfo_endpoint" not in description or not isinstance(token, str) or not token.isprintable():
            return {}
        where = self._endpoint(description, "userinfo_endpoint")
        told = await self._ask(where, headers={"Authorization": f"Bearer {token}"})
        if told.get("sub") != subject:
            raise NotProven("what the provider tells of them is of somebody else: sub is another")
        return told

    async def _ask(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Mapping[str, Any]:
        return object_of(await self._raw(url, method=method, headers=headers, body=body), "the provider's answer")

    async def _raw(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> bytes:
        try:
            return await self._egress.fetch(url, limit=_LARGEST, method=method, headers=headers, body=body)
        except EgressRefused as fault:
            raise NotProven(f"the provider cannot be asked: {fault}") from fault


def _groups(claim: object) -> frozenset[str]:
    found = _texts(claim)
    if len(found) > _MOST_GROUPS:
        raise NotProven(f"they are in more than {_MOST_GROUPS} groups: let the provider tell fewer")
    return frozenset(found)


def _texts(claim: object) -> list[str]:
    """A list of texts, or one."""
    values = claim if isinstance(claim, list) else [claim]
    return [value for value in values if isinstance(value, str)]
