"""Who else may vouch for a robot: issuers of identity tokens that we trust, and what their tokens must claim.

Sources: OpenID Connect Core 1.0, section 3.1.3.7 (checks of an ID token), RFC 7519 (JWT), RFC 8725 (JWT practices).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from moorage.oci.error import Code, Refusal
from moorage.rules.pattern import Pattern

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Signatures by key pairs alone: what checks one cannot make one."""
USUAL_ALGORITHMS = ("RS256", "ES256")
LEEWAY = 60
"""Seconds by which clocks may differ."""
LONGEST_LIFE = 86_400
"""Seconds for which an identity token may hold: what holds longer is a password."""
LONGEST_TOKEN = 11 * 1024
"""Characters: more does not fit into a header as Basic."""
_LONGEST_URL = 512
_LONGEST_VALUE = 512
_MOST_CLAIMS = 20
_NEVER = 2**53
"""No time is as late as this; what is no number is not less."""
_LONGEST_CLAIM = 128
_STANDARD = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti"})
"""Claims that are checked anyway and tell nothing of who it is."""
_WILD = frozenset("*?")


@dataclass(frozen=True, slots=True)
class Issuer:
    """Somebody whose identity tokens we believe. `keys` is a JWK set as JSON; None: as the issuer publishes them."""

    id: int
    name: str
    url: str
    audience: str
    algorithms: tuple[str, ...]
    keys: str | None
    created_by: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Trust:
    """Who shows a token of this issuer with all these claims may be this robot."""

    id: int
    robot_id: int
    issuer_id: int
    issuer: str
    claims: Mapping[str, Pattern]
    created_by: str
    created_at: float


def looks_like_token(text: str) -> bool:
    """Is this meant as an identity token? Our own secrets hold no dots."""
    return text.startswith("eyJ") and text.count(".") == 2  # noqa: PLR2004 - header, payload, signature


def require_issuer(url: str, audience: str, algorithms: Sequence[str]) -> None:
    """Refuse with QUERY_INVALID what cannot be an issuer, or would let tokens in that were meant for others."""
    parts = urlsplit(url)
    if (
        len(url) > _LONGEST_URL
        or not url.isascii()
        or not url.isprintable()
        or " " in url
        or parts.scheme not in {"https", "http"}
        or not parts.hostname
        or "@" in parts.netloc
        or parts.query
        or parts.fragment
    ):
        raise Refusal(
            Code.QUERY_INVALID, "an issuer's url is https://HOST with a path at the most, as its tokens say it"
        )
    if not audience or len(audience) > _LONGEST_URL or not audience.isprintable() or audience == url:
        raise Refusal(
            Code.QUERY_INVALID,
            "an audience is what this registry is called in the issuer's tokens, such as its own address; "
            "it is not the issuer's url: every token for anybody would be let in",
        )
    unknown = [name for name in algorithms if name not in ALGORITHMS]
    if unknown or not algorithms:
        raise Refusal(Code.QUERY_INVALID, f"algorithms are one or more of {', '.join(ALGORITHMS)}")


def parse_claims(given: Mapping[str, str]) -> Mapping[str, Pattern]:
    """The claims of a trust, or QUERY_INVALID: at least one of them tells exactly who it is."""
    if not 0 < len(given) <= _MOST_CLAIMS:
        raise Refusal(Code.QUERY_INVALID, f"give from 1 to {_MOST_CLAIMS} claims")
    for name, value in given.items():
        if not name or len(name) > _LONGEST_CLAIM or not name.isprintable() or name in _STANDARD:
            raise Refusal(
                Code.QUERY_INVALID,
                f"{name[:80]!r} is no claim to match: {', '.join(sorted(_STANDARD))} are checked anyway",
            )
        if not value or len(value) > _LONGEST_VALUE or not value.isprintable() or "***" in value:
            raise Refusal(Code.QUERY_INVALID, f"the claim {name!r} needs a value, in which * and ** may stand")
    if all(_WILD & set(value) for value in given.values()):
        raise Refusal(
            Code.QUERY_INVALID,
            "at least one claim must be exact, without * or ?, such as the repository or the subject: "
            "else anybody with a token of this issuer might fit",
        )
    return MappingProxyType({name: Pattern(value) for name, value in given.items()})


def fault_of(said: Mapping[str, object], issuer: Issuer, now: float) -> str | None:
    """What is wrong with claims whose signature is right; None if nothing is."""
    if said.get("iss") != issuer.url:
        return "iss is not the issuer's url, letter for letter"
    audiences = said.get("aud")
    if issuer.audience not in (audiences if isinstance(audiences, list) else [audiences]):
        return f"aud does not name {issuer.audience}"
    for name in ("exp", "nbf", "iat"):
        if not _is_time(said.get(name)):
            return f"{name} is no time"
    ends, begins, made = (_number(said.get(name)) for name in ("exp", "nbf", "iat"))
    if ends is None:
        return "exp is missing"
    if now >= ends + LEEWAY:
        return "exp is past"
    if (begins is not None and now < begins - LEEWAY) or (made is not None and now < made - LEEWAY):
        return "nbf or iat is still to come"
    since = made if made is not None else begins if begins is not None else now
    if ends - since > LONGEST_LIFE:
        return f"it holds for more than {LONGEST_LIFE // 3600} hours"
    if not isinstance(said.get("sub"), str):
        return "sub is missing"
    return None


def fits(trust: Trust, said: Mapping[str, object]) -> bool:
    """Does everything fit that the trust asks for?"""
    return all(any(pattern.matches(value) for value in _values(said, name)) for name, pattern in trust.claims.items())


def _values(said: Mapping[str, object], name: str) -> list[str]:
    """What a claim says, as texts; `a/b` is the claim b within the claim a, unless one is called `a/b`."""
    found: object = said.get(name)
    if found is None and "/" in name:
        found = said
        for part in name.split("/"):
            found = found.get(part) if isinstance(found, Mapping) else None
    values = found if isinstance(found, list) else [found]
    return [_text(value) for value in values if isinstance(value, str | int | float)]


def _text(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _is_time(value: object) -> bool:
    """Is it absent, or a time to reckon with? NaN, for one, is neither before nor after anything."""
    if value is None:
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _NEVER


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
