"""Signatures of identity tokens, by keys that a real issuer publishes and changes, or that were given."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from moorage.adapters.assertions import AGAIN, FRESH, STALE, JwtAssertions
from moorage.adapters.egress import GuardedEgress
from moorage.ports.federation import NotProven
from moorage.rules.federation import USUAL_ALGORITHMS, Issuer
from tests.support.issuer import AUDIENCE, DISCOVERY
from tests.support.issuer import Issuer as RealIssuer


@dataclass
class Clock:
    """A clock that is set by hand."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        """The time on it."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


@pytest.fixture
def real() -> Iterator[RealIssuer]:
    """An issuer that answers."""
    with RealIssuer() as issuer:
        yield issuer


@pytest.fixture
def assertions(clock: Clock) -> JwtAssertions:
    """They may ask the loopback address."""
    return JwtAssertions(GuardedEgress(["127.0.0.1"]), clock)


def known(real: RealIssuer, *, keys: str | None = None, algorithms: tuple[str, ...] = USUAL_ALGORITHMS) -> Issuer:
    """How the registry knows it."""
    return Issuer(1, "real", real.url, AUDIENCE, algorithms, keys, "admin", 0.0)


async def refused(assertions: JwtAssertions, token: str, issuer: Issuer) -> str:
    """Why it proves nothing."""
    with pytest.raises(NotProven) as fault:
        await assertions.read(token, issuer)
    return str(fault.value)


async def test_published_keys(assertions: JwtAssertions, real: RealIssuer, clock: Clock) -> None:
    """A token is read by the published keys, which are asked for once in a while and not for each token."""
    for _ in range(3):
        said = await assertions.read(real.token(ref="refs/heads/x"), known(real))
        assert said["ref"] == "refs/heads/x"
    assert real.asked == [DISCOVERY, "/keys"]
    clock.now += FRESH
    await assertions.read(real.token(), known(real))
    assert len(real.asked) == 4


async def test_a_path(assertions: JwtAssertions) -> None:
    """An issuer with a path is discovered below it, as with a slash at its end."""
    for path in ("/realms/ci", "/realms/ci/"):
        with RealIssuer(path) as real:
            real.answers["/realms/ci" + DISCOVERY] = lambda real=real: (  # type: ignore[misc]
                200,
                {},
                json.dumps({"issuer": real.url, "jwks_uri": f"{real.base}/keys"}).encode(),
            )
            assert (await assertions.read(real.token(), known(real)))["iss"] == real.url


async def test_rotation(assertions: JwtAssertions, real: RealIssuer, clock: Clock) -> None:
    """A key that is new is looked for, and an old one that was withdrawn proves nothing after a while."""
    old = real.token()
    await assertions.read(old, known(real))
    real.keys.append(ECKey.generate_key("P-256", {"kid": "second"}))
    clock.now += AGAIN
    await assertions.read(real.token(), known(real))
    await assertions.read(old, known(real))
    del real.keys[0]
    clock.now += FRESH
    assert "none of the issuer's keys" in await refused(assertions, old, known(real))


async def test_a_flood_of_unknown_keys(assertions: JwtAssertions, real: RealIssuer, clock: Clock) -> None:
    """Strangers who name keys that there are not make us ask no more than every half minute."""
    await assertions.read(real.token(), known(real))
    for number in range(50):
        clock.now += 1
        await refused(assertions, real.token(header={"kid": f"k{number}"}), known(real))
    assert len(real.asked) <= 2 + 2 * 2


async def test_an_issuer_that_is_down(assertions: JwtAssertions, real: RealIssuer, clock: Clock) -> None:
    """Its keys are believed for a day, and no longer; where there never were any the fault is told."""
    await assertions.read(real.token(), known(real))
    real.answers["/keys"] = lambda: (503, {}, b"")
    clock.now += STALE - 1
    await assertions.read(real.token(), known(real))
    clock.now += AGAIN
    assert "cannot be had" in await refused(assertions, real.token(), known(real))
    fresh = JwtAssertions(GuardedEgress(["127.0.0.1"]), clock)
    assert "answered with status 503" in await refused(fresh, real.token(), known(real))


EXTENDED = b'{"alg": "RS256", "kid": "first", "crit": ["exp"], "exp": 1}'
WRONG_ANSWERS: dict[str, tuple[str, Any]] = {
    "another issuer": (DISCOVERY, lambda _: (200, {}, json.dumps({"issuer": "x", "jwks_uri": "y"}).encode())),
    "a slash": (
        DISCOVERY,
        lambda real: (200, {}, json.dumps({"issuer": f"{real.url}/", "jwks_uri": f"{real.url}/keys"}).encode()),
    ),
    "no json": (DISCOVERY, lambda _: (200, {}, b"<html>")),
    "deep json": ("/keys", lambda _: (200, {}, b"[" * 100_000)),
    "a list": (DISCOVERY, lambda _: (200, {}, b"[]")),
    "a redirect": (DISCOVERY, lambda real: (302, {"Location": f"{real.url}/elsewhere"}, b"")),
    "too large": ("/keys", lambda _: (200, {}, b" " * 300_000)),
    "many keys": ("/keys", lambda _: (200, {}, json.dumps({"keys": [{}] * 51}).encode())),
    "keys elsewhere": (
        DISCOVERY,
        lambda real: (200, {}, json.dumps({"issuer": real.url, "jwks_uri": "http://127.0.0.2:1/keys"}).encode()),
    ),
    "a file": (
        DISCOVERY,
        lambda real: (200, {}, json.dumps({"issuer": real.url, "jwks_uri": "file:///etc/passwd"}).encode()),
    ),
}


@pytest.mark.parametrize("kind", sorted(WRONG_ANSWERS))
async def test_wrong_answers(assertions: JwtAssertions, real: RealIssuer, kind: str) -> None:
    """Whatever an issuer answers wrongly, its tokens prove nothing."""
    path, answer = WRONG_ANSWERS[kind]
    real.answers[path] = lambda: answer(real)
    assert "keys cannot be had" in await refused(assertions, real.token(), known(real))
    assert "/elsewhere" not in real.asked


@pytest.mark.filterwarnings("ignore:Key size")
async def test_wrong_tokens(assertions: JwtAssertions, real: RealIssuer) -> None:
    """Keys and algorithms that were not meant for this are of no use, whatever the header says."""
    own = RSAKey.generate_key(2048, {"kid": "first"})
    known_to_all = json.dumps(real.published()["keys"][0]).encode()
    small = RSAKey.generate_key(1024, {"kid": "small"})
    good = real.token()
    header, payload, signature = good.split(".")
    wrong = {
        "a key of one's own": real.token(key=own),
        "in the header": real.token(key=own, header={"jwk": own.as_dict(private=False)}),
        "by an address": real.token(key=own, header={"jku": f"{real.url}/mine"}),
        "the public key as a secret": real.token(key=OctKey.import_key(known_to_all), header={"alg": "HS256"}),
        "another algorithm": real.token(header={"alg": "RS512"}),
        "extensions": f"{urlsafe_b64encode(EXTENDED).decode().rstrip('=')}.{payload}.{signature}",
        "nothing signed": f"{header}.{payload}.",
        "the rest of another": f"{header}.{real.token(ref='x').split('.')[1]}.{signature}",
        "no object": f"W10.{payload}.{signature}",
        "no base64": f"!!.{payload}.{signature}",
        "four parts": f"{good}.x",
        "too long": real.token(more="x" * 12_000),
    }
    for kind, token in wrong.items():
        assert await refused(assertions, token, known(real)), kind
    assert "/mine" not in real.asked
    real.keys.append(small)
    given = known(real, keys=json.dumps(real.published()))
    assert "none of the issuer's keys" in await refused(assertions, real.token(), given)


async def test_given_keys(assertions: JwtAssertions, real: RealIssuer) -> None:
    """With keys that were given nobody is asked."""
    assert (await assertions.read(real.token(), known(real, keys=json.dumps(real.published()))))["sub"]
    assert real.asked == []


def test_keys_that_can_be_given(assertions: JwtAssertions, real: RealIssuer) -> None:
    """A set without a usable key, or with a secret one, is refused with a sentence."""
    assertions.require_keys(json.dumps(real.published()))
    secret = json.dumps({"keys": [real.keys[0].as_dict(private=True)]})
    for text, why in (
        ("{}", "no JWK set"),
        ("no json", "no JSON"),
        ('{"keys": []}', "no public"),
        ('{"keys": [{"kty": "oct"}, {"kty": "RSA"}, 7]}', "no public"),
        (secret, "private key"),
    ):
        with pytest.raises(NotProven, match=why):
            assertions.require_keys(text)
