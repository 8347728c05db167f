"""Many tokens at once, odd keys, odd numbers: what an issuer or a stranger may send and no test of one token shows."""

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from moorage.adapters.assertions import AGAIN, JwtAssertions
from moorage.ports.egress import Answer, EgressRefused
from moorage.ports.federation import NotProven
from moorage.rules.federation import ALGORITHMS, Issuer, fault_of

URL = "https://idp.example.com"
NOW = 1_000_000.0
AUDIENCE = "registry"


@dataclass
class Slow:
    """A way out that answers when it is let go: the issuer's two documents, or a fault."""

    keys: list[dict[str, Any]]
    fault: str = ""
    go: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)

    async def fetch(
        self, url: str, *, limit: int, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> bytes:
        """See `ports.egress.Egress`."""
        del limit, method, headers, body
        self.asked.append(url)
        await self.go.wait()
        if self.fault:
            raise EgressRefused(self.fault)
        if url.endswith("/keys"):
            return json.dumps({"keys": self.keys}).encode()
        return json.dumps({"issuer": URL, "jwks_uri": f"{URL}/keys"}).encode()

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes, limit: int) -> Answer:
        """Nobody posts to an issuer of keys."""
        raise NotImplementedError


@dataclass
class Clock:
    """A clock that is set by hand."""

    now: float = NOW

    def __call__(self) -> float:
        """The time on it."""
        return self.now


KEY = RSAKey.generate_key(2048, {"kid": "first"})


def known(*, keys: list[dict[str, Any]] | None = None, algorithms: tuple[str, ...] = ALGORITHMS) -> Issuer:
    """How the registry knows it."""
    given = None if keys is None else json.dumps({"keys": keys})
    return Issuer(1, "idp", URL, AUDIENCE, algorithms, given, "admin", 0.0)


def signed(key: Any = KEY, algorithm: str = "RS256", **header: object) -> str:  # noqa: ANN401 - a key
    """A token of this issuer's."""
    said = {"iss": URL, "aud": AUDIENCE, "sub": "job", "exp": int(NOW) + 300}
    return jwt.encode({"alg": algorithm, **header}, said, key, algorithms=list(ALGORITHMS))


async def test_all_who_come_first_wait_for_the_keys() -> None:
    """Jobs that come while the keys are fetched for the first time are let in with the first of them."""
    way = Slow([KEY.as_dict(private=False)])
    assertions = JwtAssertions(way, Clock())
    jobs = [asyncio.create_task(assertions.read(signed(kid="first"), known())) for _ in range(5)]
    await asyncio.sleep(0.01)
    way.go.set()
    told = await asyncio.gather(*jobs, return_exceptions=True)
    assert [fault for fault in told if isinstance(fault, BaseException)] == []
    assert len(way.asked) == 2


async def test_a_new_key_is_waited_for_by_all() -> None:
    """The same when a key is new: those who come during the look are not told that there is no such key."""
    way = Slow([KEY.as_dict(private=False)])
    clock = Clock()
    assertions = JwtAssertions(way, clock)
    way.go.set()
    await assertions.read(signed(kid="first"), known())
    new = ECKey.generate_key("P-256", {"kid": "second"})
    way.keys.append(new.as_dict(private=False))
    way.go.clear()
    clock.now += AGAIN
    jobs = [asyncio.create_task(assertions.read(signed(new, "ES256", kid="second"), known())) for _ in range(5)]
    await asyncio.sleep(0.01)
    way.go.set()
    told = await asyncio.gather(*jobs, return_exceptions=True)
    assert [fault for fault in told if isinstance(fault, BaseException)] == []


async def test_known_keys_do_not_wait() -> None:
    """While a stranger's key is looked for, whoever has a known one is let in at once."""
    way = Slow([KEY.as_dict(private=False)])
    clock = Clock()
    assertions = JwtAssertions(way, clock)
    way.go.set()
    await assertions.read(signed(kid="first"), known())
    way.go.clear()
    clock.now += AGAIN
    stranger = asyncio.create_task(assertions.read(signed(kid="none"), known()))
    await asyncio.sleep(0.01)
    await asyncio.wait_for(assertions.read(signed(kid="first"), known()), 1)
    way.go.set()
    with pytest.raises(NotProven):
        await stranger


async def test_why_there_are_no_keys_is_told_again() -> None:
    """Between two looks the reason is still that the issuer cannot be asked, not that the signature is wrong."""
    way = Slow([], fault="idp.example.com: answered with status 503")
    assertions = JwtAssertions(way, Clock())
    way.go.set()
    for _ in range(3):
        with pytest.raises(NotProven, match="status 503"):
            await assertions.read(signed(kid="first"), known())
    assert len(way.asked) == 1


def by_hand(header: dict[str, Any]) -> str:
    """A token whose signature is right whatever its header says: libraries refuse to make some."""
    said = {"iss": URL, "aud": AUDIENCE, "sub": "job", "exp": int(NOW) + 300}
    parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, said)]
    private = KEY.private_key
    assert private is not None
    signature = private.sign(b".".join(parts), padding.PKCS1v15(), hashes.SHA256())
    return b".".join([*parts, urlsafe_b64encode(signature).rstrip(b"=")]).decode()


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"crit": ["exp"], "exp": 1}, "crit"),
        ({"crit": []}, "crit"),
        ({"b64": True}, "crit"),
        ({"alg": "none"}, "alg"),
        ({"alg": "HS256"}, "alg"),
        ({"alg": "rs256"}, "alg"),
    ],
)
async def test_headers_that_are_signed_and_refused(header: dict[str, Any], why: str) -> None:
    """A right signature is no excuse: extensions and other algorithms are refused before it is looked at."""
    issuer = known(keys=[KEY.as_dict(private=False)])
    assertions = JwtAssertions(Slow([]), Clock())
    assert (await assertions.read(by_hand({"alg": "RS256"}), issuer))["sub"] == "job"
    with pytest.raises(NotProven, match=why):
        await assertions.read(by_hand({"alg": "RS256", **header}), issuer)


KINDS: dict[str, Any] = {
    "RS256": KEY,
    "RS384": KEY,
    "RS512": KEY,
    "PS256": KEY,
    "PS384": KEY,
    "PS512": KEY,
    "ES256": ECKey.generate_key("P-256", {"kid": "p256"}),
    "ES384": ECKey.generate_key("P-384", {"kid": "p384"}),
    "ES512": ECKey.generate_key("P-521", {"kid": "p521"}),
    "Ed25519": OKPKey.generate_key("Ed25519", {"kid": "ed"}),
}
KINDS["EdDSA"] = KINDS["Ed25519"]


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_every_algorithm_that_can_be_chosen(algorithm: str) -> None:
    """Each signature that an issuer may be trusted for is read."""
    key = KINDS[algorithm]
    issuer = known(keys=[key.as_dict(private=False)], algorithms=(algorithm,))
    said = await JwtAssertions(Slow([]), Clock()).read(signed(key, algorithm), issuer)
    assert said["sub"] == "job"


ODD_KEYS: dict[str, Any] = {
    "a curve for agreement": OKPKey.generate_key("X25519").as_dict(private=False),
    "another curve": ECKey.generate_key("P-384").as_dict(private=False),
    "one for blockchains": ECKey.generate_key("secp256k1").as_dict(private=False),
    "a point off its curve": {"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"},
    "an unknown curve": {"kty": "EC", "crv": "P-1", "x": "AQ", "y": "AQ"},
    "no text": {"kty": "RSA", "n": 1, "e": [2]},
    "null": {"kty": "RSA", "n": None, "e": None},
    "exponent one": {**KEY.as_dict(private=False), "e": "AQ"},
    "meant for other things": {**KEY.as_dict(private=False), "key_ops": ["encrypt"]},
    "operations no list": {**KEY.as_dict(private=False), "key_ops": 7},
    "of another algorithm": {**KEY.as_dict(private=False), "alg": "RSA-OAEP"},
    "a name that is no text": {**KEY.as_dict(private=False), "kid": {"a": 1}, "e": "Aw"},
}


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("kind", sorted(ODD_KEYS))
@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_odd_keys(kind: str, algorithm: str) -> None:
    """Beside a key that cannot check this signature no token is read, and nothing breaks."""
    issuer = known(keys=[ODD_KEYS[kind]])
    token = signed(KINDS[algorithm], algorithm)
    with pytest.raises(NotProven):
        await JwtAssertions(Slow([]), Clock()).read(token, issuer)


@pytest.mark.parametrize(
    "hidden",
    [
        {"kty": "oct", "k": "c2VjcmV0"},
        {**KEY.as_dict(private=True), "use": "enc"},
        {"kty": "other", "d": "c2VjcmV0"},
        {**KEY.as_dict(private=False), "p": "AQ"},
    ],
)
def test_no_secret_is_kept_beside_public_keys(hidden: dict[str, Any]) -> None:
    """A given set is shown in the audit: a secret in it is refused wherever it stands."""
    keys: list[Any] = [KEY.as_dict(private=False), hidden]
    with pytest.raises(NotProven, match=r"private|secret"):
        JwtAssertions(Slow([]), Clock()).require_keys(json.dumps({"keys": keys}))


NAN, INFINITY, HUGE = float("nan"), float("inf"), 10**400


@pytest.mark.parametrize(
    "more",
    [
        {"exp": NAN},
        {"exp": HUGE},
        {"exp": INFINITY},
        {"iat": NAN},
        {"iat": HUGE},
        {"iat": -HUGE},
        {"nbf": NAN},
        {"nbf": "later"},
        {"iat": "earlier"},
        {"iat": True},
        {"iat": NAN, "exp": NOW + 10**9},
        {"iat": "0", "exp": NOW + 80_000},
    ],
)
def test_times_that_are_no_times(more: dict[str, Any]) -> None:
    """What stands for a time and is none is a fault: no limit is passed by it."""
    said = {"iss": URL, "aud": AUDIENCE, "sub": "job", "iat": NOW, "exp": NOW + 300, **more}
    assert fault_of(said, known(), NOW)
