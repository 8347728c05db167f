"""Identity tokens as signed JWT, checked by keys that were given or that the issuer publishes (OpenID discovery)."""

import asyncio
import warnings
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from moorage.adapters.json_object import object_of
from moorage.ports.clock import Clock
from moorage.ports.egress import Egress, EgressRefused
from moorage.ports.federation import NotProven
from moorage.rules.federation import LONGEST_TOKEN, Issuer

Key: TypeAlias = RSAKey | ECKey | OKPKey
FRESH = 600.0
"""Seconds after which published keys are looked at again."""
STALE = 86_400.0
"""Seconds for which keys are believed when their issuer cannot be asked."""
AGAIN = 30.0
"""Seconds between two looks for a key that was not there: strangers can name any."""
_LARGEST = 256 * 1024
_MOST_KEYS = 50
_SMALLEST_RSA = 2048
_SECRET = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members of a JWK that only its owner may know (RFC 7518, section 6; RFC 8037)."""
_FAULTS = (JoseError, ValueError, TypeError, KeyError, AttributeError)
"""What the library raises for keys and tokens that are not as they should be."""
_TYPES: dict[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_FITTING = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_DISCOVERY = "/.well-known/openid-configuration"
# Issuers still write this name, which RFC 9864 replaces; an operator who chose it need not be told at each start.
warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)


@dataclass(slots=True)
class _Published:
    """What an issuer published, when that was, when it was last asked, and why nothing came if nothing did."""

    keys: list[Key] = field(default_factory=list)
    at: float = float("-inf")
    tried_at: float = float("-inf")
    fault: str = ""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class JwtAssertions:
    """See `ports.federation.Assertions`."""

    def __init__(self, egress: Egress, clock: Clock) -> None:
        self._egress = egress
        self._clock = clock
        self._published: dict[str, _Published] = {}

    def issuer_of(self, token: str) -> str:
        """From the payload, as it stands."""
        _, payload = _opened(token)
        issuer = payload.get("iss")
        if not isinstance(issuer, str) or not issuer.isascii():
            raise NotProven("iss is missing, or no url")
        return issuer

    async def read(self, token: str, issuer: Issuer, *, longest: int = LONGEST_TOKEN) -> Mapping[str, object]:
        """By the key that the header names, of those that fit the algorithm; what else it says is not listened to."""
        header, _ = _opened(token, longest)
        algorithm = header.get("alg")
        if algorithm not in issuer.algorithms:
            raise NotProven(f"alg is none of {', '.join(issuer.algorithms)}")
        if "crit" in header or "b64" in header:
            raise NotProven("the header asks for extensions (crit)")
        kind = _FITTING[str(algorithm)[:2]]
        for key in await self._keys(issuer, header.get("kid"), kind):
            try:
                return jwt.decode(token, key, algorithms=[str(algorithm)]).claims
            except _FAULTS:
                continue
        raise NotProven("the signature is by none of the issuer's keys")

    def require_keys(self, text: str) -> None:
        """At least one key, and none that is secret."""
        if not _parsed(text):
            raise NotProven("there is no public RSA, EC or OKP key in this JWK set")

    async def _keys(self, issuer: Issuer, wanted: object, kind: str) -> list[Key]:
        if issuer.keys is not None:
            return _chosen(_parsed(issuer.keys), wanted, kind)
        published = self._published.setdefault(issuer.url, _Published())
        found = _chosen(published.keys, wanted, kind)
        age = self._clock() - published.at
        if found and (age < FRESH or (age < STALE and published.turn.locked())):
            return found
        async with published.turn:  # who comes meanwhile waits for the same answer
            if self._clock() - published.tried_at >= AGAIN:
                await self._look(issuer.url, published)
        if self._clock() - published.at >= STALE:
            raise NotProven(f"the issuer's keys cannot be had: {published.fault}")
        return _chosen(published.keys, wanted, kind)

    async def _look(self, url: str, published: _Published) -> None:
        """What is known stays if nothing comes; whoever hangs up before the answer leaves the look to the next."""
        try:
            published.keys, published.at = await self._ask(url), self._clock()
        except (EgressRefused, UnicodeDecodeError, NotProven) as fault:
            published.fault = str(fault)
        published.tried_at = self._clock()

    async def _ask(self, url: str) -> list[Key]:
        document = object_of(await self._egress.fetch(url.rstrip("/") + _DISCOVERY, limit=_LARGEST))
        where = document.get("jwks_uri")
        if document.get("issuer") != url or not isinstance(where, str):
            raise NotProven("the issuer's discovery document is of another issuer, or names no keys")
        return _parsed((await self._egress.fetch(where, limit=_LARGEST)).decode())


def _opened(token: str, longest: int = LONGEST_TOKEN) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload, unchecked."""
    parts = token.split(".")
    if len(token) > longest or len(parts) != 3:  # noqa: PLR2004 - header, payload, signature
        raise NotProven("this is no JWT of a bearable length")
    try:
        header, payload = (urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts[:2])
    except (Base64Error, ValueError) as fault:
        raise NotProven("this is no JWT") from fault
    return object_of(header), object_of(payload)


def _parsed(text: str) -> list[Key]:
    """The usable keys of a JWK set; a secret one is a mistake that must be told."""
    entries = object_of(text.encode()).get("keys")
    if not isinstance(entries, list) or len(entries) > _MOST_KEYS:
        raise NotProven(f"this is no JWK set of at most {_MOST_KEYS} keys")
    keys: list[Key] = []
    for entry in entries:
        kind = _TYPES.get(str(entry.get("kty"))) if isinstance(entry, dict) else None
        if isinstance(entry, dict) and not _SECRET.isdisjoint(entry):
            raise NotProven(
                "there is a private key or a secret in this JWK set: take it out, and think of it as known to others"
            )
        if kind is None or entry.get("use", "sig") != "sig":
            continue
        try:
            key: Key = kind.import_key(entry)
        except _FAULTS:
            continue
        if not isinstance(key, RSAKey) or key.public_key.key_size >= _SMALLEST_RSA:
            keys.append(key)
    return keys


def _chosen(keys: list[Key], wanted: object, kind: str) -> list[Key]:
    """Those of this kind that the header may mean; without a name any may be meant."""
    fitting = [key for key in keys if key.key_type == kind]
    return fitting if not isinstance(wanted, str) else [key for key in fitting if key.kid in {wanted, None}]
