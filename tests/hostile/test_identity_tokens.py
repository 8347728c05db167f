"""Identity tokens, issuers and trusts made by somebody who wishes us ill: nothing answers 5xx, nothing is let in."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.issuer import AUDIENCE, Issuer
from tests.support.server import PASSWORD, Server
from tests.support.waiting import until
from tests.support.wire import ADMIN, Wire, basic

SETTINGS = {"MOORAGE_EGRESS_ALLOW": "127.0.0.1"}
_REFUSED = 400
_BROKEN = 500


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """An issuer, called `ci` at the registry."""
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A registry that may ask the issuer."""
    with Server(tmp_path_factory.mktemp("identity") / "data", settings=SETTINGS, quick=True) as server:
        yield server


@pytest.fixture(scope="module")
def admin(client: httpx.Client, issuer: Issuer) -> Wire:
    """The administrator, with a project, a robot and a trust."""
    admin = Wire.basic(client, ADMIN, PASSWORD)
    for path, body in (
        ("/projects", {"name": "acme"}),
        ("/projects/acme/robots", {"name": "job", "actions": ["pull"]}),
        ("/issuers", {"name": "ci", "url": issuer.url, "audience": AUDIENCE}),
        ("/projects/acme/robots/job/trusts", {"issuer": "ci", "claims": {"repository": "acme/app"}}),
    ):
        answer = admin.ask("POST", f"/api/v1{path}", json=body)
        assert answer.status_code == 201, answer.text
    return admin


def part(raw: bytes) -> str:
    """A part of a JWT."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


HEADER = b'{"alg":"RS256","kid":"first"}'
UNSIGNED: dict[str, tuple[bytes, bytes]] = {
    "an issuer that is half a letter": (HEADER, rb'{"iss":"\ud800"}'),
    "an issuer with a null byte": (HEADER, rb'{"iss":"\u0000"}'),
    "a long issuer": (HEADER, b'{"iss":"' + b"x" * 6000 + b'"}'),
    "deep": (HEADER, b'{"iss":' + b"[" * 4000 + b"]" * 4000 + b"}"),
    "a large number": (HEADER, b'{"iss":' + b"9" * 5000 + b"}"),
    "utf-16": (HEADER, '{"iss":"x"}'.encode("utf-16")),
    "no text": (HEADER, b'{"iss":"\xff"}'),
    "twice": (HEADER, b'{"iss":"a","iss":"b"}'),
    "alg a list": (b'{"alg":["RS256"]}', b'{"iss":"ISSUER"}'),
    "alg an object": (b'{"alg":{}}', b'{"iss":"ISSUER"}'),
    "alg missing": (b'{"typ":1}', b'{"iss":"ISSUER"}'),
    "kid a list": (b'{"alg":"RS256","kid":[]}', b'{"iss":"ISSUER"}'),
    "kid half a letter": (rb'{"alg":"RS256","kid":"\ud800"}', b'{"iss":"ISSUER"}'),
    "zipped": (b'{"alg":"RS256","zip":"DEF"}', b'{"iss":"ISSUER"}'),
    "unencoded": (b'{"alg":"RS256","b64":false,"crit":["b64"]}', b'{"iss":"ISSUER"}'),
}


@pytest.mark.parametrize("kind", sorted(UNSIGNED))
@pytest.mark.usefixtures("admin")
def test_unsigned(client: httpx.Client, issuer: Issuer, kind: str) -> None:
    """Nobody needs a key to send these: each is refused like any wrong password, on every way in."""
    header, payload = UNSIGNED[kind]
    token = f"{part(header)}.{part(payload.replace(b'ISSUER', issuer.url.encode()))}.{part(b'x' * 256)}"
    robot = f"robot$acme+odd-{sorted(UNSIGNED).index(kind)}"  # its own, so that nobody has to wait
    answers = [
        client.get("/v2/", headers={"Authorization": basic(robot, token)}),
        client.get("/v2/token", headers={"Authorization": basic(robot, token)}),
        client.post("/v2/token", data={"grant_type": "password", "username": robot, "password": token}),
    ]
    assert {answer.status_code for answer in answers} == {401}, [answer.text for answer in answers]


SIGNED: dict[str, dict[str, Any]] = {
    "an end that is no number": {"exp": float("nan")},
    "a beginning that is no number": {"iat": float("nan"), "exp": 10**12},
    "an end beyond all numbers": {"exp": 10**400},
    "a deep claim": {"repository": [[[["acme/app"]]]]},
    "many values": {"repository": ["x"] * 2000},
    "a name in parts": {"repository": None, "a/b/c": {"d": 1}},
}


@pytest.mark.parametrize("kind", sorted(SIGNED))
@pytest.mark.usefixtures("admin")
def test_signed(client: httpx.Client, issuer: Issuer, kind: str) -> None:
    """What a trusted issuer signs may still be nonsense: it is refused, and breaks nothing."""
    token = issuer.token(**SIGNED[kind])
    answer = client.get("/v2/", headers={"Authorization": basic("robot$acme+job", token)})
    assert answer.status_code == 401, answer.text


@pytest.mark.parametrize(
    "more",
    [b'"x": NaN', b'"x": "\\ud800"', b'"x": 1e999', b'"\\ud800": 1', b'"x": ' + b"[" * 800 + b"]" * 800],
    ids=["nan", "half a letter", "infinite", "half a name", "deep"],
)
def test_odd_keys(admin: Wire, issuer: Issuer, more: bytes) -> None:
    """A key with odd things in it is taken or refused, and can be read again if it is taken."""
    keys = json.dumps(issuer.published()).encode()[:-3] + b", " + more + b"}]}"
    name = f"odd-{len(more)}-{more[5:6].hex()}"
    body = (
        b'{"name": "' + name.encode() + b'", "url": "https://' + name.encode() + b'.example.com", "audience": "me",'
        b' "keys": ' + keys + b"}"
    )
    answer = admin.ask("POST", "/api/v1/issuers", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {201, 400}, answer.text
    listed = admin.ask("GET", "/api/v1/issuers", params={"per_page": 100})
    assert listed.status_code == 200, listed.text
    assert admin.ask("GET", "/api/v1/audit", params={"kind": "issuer.created"}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b'{"issuer": "\\ud800", "claims": {"a": "b"}}',
        b'{"issuer": "ci", "claims": {"\\ud800": "b"}}',
        b'{"issuer": "ci", "claims": {"a": "\\ud800"}}',
        b'{"issuer": "ci", "claims": {"a": 1}}',
        b'{"issuer": "ci", "claims": []}',
    ],
)
def test_odd_trusts(admin: Wire, body: bytes) -> None:
    """Half letters and other kinds of values are refused with a sentence."""
    answer = admin.ask(
        "POST",
        "/api/v1/projects/acme/robots/job/trusts",
        content=body,
        headers={"Content-Type": "application/json"},
    )
    assert _REFUSED <= answer.status_code < _BROKEN, answer.text


def test_a_changed_issuer_ends_remembered_logins(client: httpx.Client, admin: Wire) -> None:
    """A job that was let in for the old audience is not let in again, also while its password is remembered."""
    admin.ask("POST", "/api/v1/projects/acme/robots", json={"name": "kept", "actions": ["pull"]})
    with Issuer() as moved:
        admin.ask("POST", "/api/v1/issuers", json={"name": "moved", "url": moved.url, "audience": AUDIENCE})
        trust = {"issuer": "moved", "claims": {"repository": "acme/app"}}
        admin.ask("POST", "/api/v1/projects/acme/robots/kept/trusts", json=trust)
        job = Wire.basic(client, "robot$acme+kept", moved.token())
        assert job.get("/v2/").status_code == 200
        assert admin.ask("PATCH", "/api/v1/issuers/moved", json={"audience": "another"}).status_code == 200
        until(lambda: job.get("/v2/").status_code == 401, "it is refused", 10)
