"""A look at the provider of the single sign-on: every step, and the fault where there is one."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from moorage.adapters.assertions import JwtAssertions
from moorage.adapters.egress import GuardedEgress
from moorage.adapters.provider import Client, OidcProvider
from moorage.oci.error import Code, Refusal
from moorage.rules.access import ANONYMOUS
from moorage.rules.federation import USUAL_ALGORITHMS, Issuer
from moorage.service.examine_sign_on import ExamineSignOn
from tests.support.issuer import DISCOVERY, Answer
from tests.support.issuer import Issuer as RealIssuer

BACK = "https://registry.example.com/sign-on/back"


@pytest.fixture
def real() -> Iterator[RealIssuer]:
    """A provider that answers."""
    with RealIssuer() as issuer:
        yield issuer


def described(real: RealIssuer, **more: Any) -> None:  # noqa: ANN401 - JSON
    """Let it describe itself so."""
    usual = {
        "issuer": real.url,
        "jwks_uri": f"{real.base}/keys",
        "authorization_endpoint": f"{real.base}/authorize",
        "token_endpoint": f"{real.base}/token",
        **more,
    }
    told = {name: value for name, value in usual.items() if value is not None}
    real.answers[DISCOVERY] = lambda: _json(told)


def _json(value: object) -> Answer:
    return 200, {}, json.dumps(value).encode()


async def examine(real: RealIssuer) -> tuple[bool, str]:
    """Whether it works, and what was told."""
    egress, steps = GuardedEgress(["127.0.0.1"]), list[str]()
    issuer = Issuer(0, "oidc", real.url, "moorage", USUAL_ALGORITHMS, None, "", 0.0)
    client = Client(issuer, "moorage", "hush", ("openid", "groups"), "preferred_username", "groups", needs_groups=False)
    provider = OidcProvider(client, egress, JwtAssertions(egress, lambda: 0.0), lambda: 0.0)
    good = await provider.examine(BACK, steps.append)
    assert "hush" not in " ".join(steps)
    return good, "\n".join(steps)


async def test_one_that_works(real: RealIssuer) -> None:
    """Everything is told that has to be set there, and the secret is not."""
    described(real, scopes_supported=["openid", "groups"], code_challenge_methods_supported=["S256"])
    good, told = await examine(real)
    assert good
    for part in (f"asking {real.url}", "its token_endpoint is", "keys that can check", BACK, "with a secret"):
        assert part in told


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"issuer": "https://other.example.com"}, "calls itself 'https://other.example.com'"),
        ({"token_endpoint": None}, "names no token_endpoint"),
        ({"jwks_uri": "javascript:alert(1)"}, "names no jwks_uri"),
        ({"scopes_supported": ["openid"]}, "scopes_supported lacks groups"),
        ({"code_challenge_methods_supported": ["plain"]}, "lacks S256"),
        ({"id_token_signing_alg_values_supported": ["HS256"]}, "signs by HS256"),
        ({"scopes_supported": {"odd": [1]}, "issuer": 5}, "calls itself 5"),
    ],
)
async def test_one_that_does_not(real: RealIssuer, more: dict[str, Any], fault: str) -> None:
    """The fault is told in a sentence."""
    described(real, **more)
    good, told = await examine(real)
    assert not good
    assert fault in told


@pytest.mark.parametrize("keys", [b"no JSON", b'{"keys": []}', b"\xff"])
async def test_no_keys(real: RealIssuer, keys: bytes) -> None:
    """Nobody could be believed."""
    described(real)
    real.answers["/keys"] = lambda: (200, {}, keys)
    assert not (await examine(real))[0]


async def test_nobody_answers() -> None:
    """It ends with why."""
    with RealIssuer() as gone:
        pass
    good, told = await examine(gone)
    assert not good
    assert "cannot be asked" in told


async def test_who_may_look() -> None:
    """Administrators alone; without a provider they are told where to set one."""
    with pytest.raises(Refusal) as refused:
        await ExamineSignOn(None, None).provider(ANONYMOUS, BACK)
    assert refused.value.code in {Code.DENIED, Code.UNAUTHORIZED}
