"""A job is a robot by the identity token of whoever runs it: what lets it in, what does not, and what ends it."""

import json
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from tests.support.issuer import AUDIENCE, Issuer
from tests.support.server import PASSWORD, Server
from tests.support.waiting import until
from tests.support.wire import ADMIN, Wire, basic, refusal

SETTINGS = {"MOORAGE_EGRESS_ALLOW": "127.0.0.1", "MOORAGE_TRUSTED_PROXIES": "127.0.0.1"}
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"
NOT_PROVEN = "does not prove that this job is this robot"
_numbers = count(1)
Robot = Callable[..., str]


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """An issuer, called `ci` at the registry."""
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A registry that may ask the issuer."""
    with Server(tmp_path_factory.mktemp("workload") / "data", settings=SETTINGS, quick=True) as server:
        yield server


@pytest.fixture(scope="module")
def admin(client: httpx.Client, issuer: Issuer) -> Wire:
    """The administrator, who trusts the issuer and has pushed an image."""
    admin = Wire.basic(client, ADMIN, PASSWORD)
    made(admin, "/projects", {"name": "acme"})
    made(admin, "/issuers", {"name": "ci", "url": issuer.url, "audience": AUDIENCE})
    admin.push_image("acme/app", "1.0")
    return admin


@pytest.fixture
def robot(admin: Wire) -> Robot:
    """Makes a robot that these claims may be; its name on the wire."""

    def make(**claims: str) -> str:
        name = f"job-{next(_numbers)}"
        robot = made(admin, "/projects/acme/robots", {"name": name, "actions": ["pull", "push"]})
        made(
            admin,
            f"/projects/acme/robots/{name}/trusts",
            {"issuer": "ci", "claims": claims or {"repository": "acme/app"}},
        )
        return str(robot["name"])

    return make


def made(who: Wire, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What was made."""
    answer = who.ask("POST", f"/api/v1{path}", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def short(robot: str) -> str:
    """What a robot is called within its project."""
    return robot.rpartition("+")[2]


def pulls(who: Wire) -> int:
    """The status of a pull."""
    return who.get("/v2/acme/app/manifests/1.0").status_code


def from_elsewhere(client: httpx.Client, robot: str, token: str, address: str) -> int:
    """The status of a pull by Basic from this address."""
    headers = {"Authorization": basic(robot, token), "X-Forwarded-For": address}
    return client.get("/v2/acme/app/manifests/1.0", headers=headers).status_code


def exchange(client: httpx.Client, robot: str, token: str, **more: str) -> httpx.Response:
    """RFC 8693."""
    form = {
        "grant_type": EXCHANGE,
        "subject_token": token,
        "subject_token_type": JWT,
        "username": robot,
        "scope": "repository:acme/app:pull",
        **more,
    }
    return client.post("/v2/token", data=form)


def told(admin: Wire, robot: str) -> list[str]:
    """Why it was not let in, as the audit tells, the newest first."""
    answer = admin.ask("GET", "/api/v1/audit", params={"kind": "login.failed", "actor": robot})
    return [event["after"]["reason"] for event in answer.json() if event["after"]]


def test_a_job_is_its_robot(client: httpx.Client, admin: Wire, issuer: Issuer, robot: Robot) -> None:
    """With its identity token as password it gets tokens, pulls and pushes, as often as docker asks, and no refresh."""
    name = robot(repository="acme/app", ref="refs/heads/*")
    job = Wire.basic(client, name, issuer.token())
    assert pulls(job) == 200
    for _ in range(3):
        token = job.bearing(job.token("repository:acme/app:pull,push"))
        assert pulls(token) == 200
        token.push_image("acme/app", "2.0")
    asked = job.ask("GET", "/v2/token", params={"scope": "repository:acme/app:pull", "offline_token": "true"})
    assert "refresh_token" not in asked.json()
    form = {"grant_type": "password", "username": name, "password": issuer.token(), "scope": "repository:acme/app:pull"}
    assert pulls(job.bearing(client.post("/v2/token", data=form).json()["access_token"])) == 200
    assert told(admin, name) == []


def another_of_the_same_name() -> RSAKey:
    """A key that only calls itself the issuer's."""
    return RSAKey.generate_key(2048, {"kid": "first"})


WRONG: dict[str, tuple[Callable[[Issuer], str], str]] = {
    "another audience": (lambda it: it.token(aud="https://other.example.com"), "aud"),
    "no audience": (lambda it: it.token(aud=None), "aud"),
    "several audiences": (lambda it: it.token(aud=["a", "b"]), "aud"),
    "audience with a slash": (lambda it: it.token(aud=f"{AUDIENCE}/"), "aud"),
    "issuer with a slash": (lambda it: it.token(iss=f"{it.url}/"), "is not trusted"),
    "issuer in capitals": (lambda it: it.token(iss=it.url.upper()), "is not trusted"),
    "another issuer": (lambda it: it.token(iss="https://token.example.com"), "is not trusted"),
    "issuer no text": (lambda it: it.token(iss=[it.url]), "iss"),
    "past": (lambda it: it.token(exp=int(time.time()) - 61), "exp is past"),
    "no end": (lambda it: it.token(exp=None), "exp is missing"),
    "end no number": (lambda it: it.token(exp="never"), "exp is no time"),
    "end endless": (lambda it: it.token(exp=float("inf")), "exp is no time"),
    "end not a number": (lambda it: it.token(exp=float("nan")), "exp is no time"),
    "end huge": (lambda it: it.token(exp=10**400), "exp is no time"),
    "too long": (lambda it: it.token(exp=int(time.time()) + 90_000), "holds for more"),
    "to come": (lambda it: it.token(nbf=int(time.time()) + 300), "still to come"),
    "made later": (lambda it: it.token(iat=int(time.time()) + 300), "still to come"),
    "no subject": (lambda it: it.token(sub=None), "sub"),
    "another repository": (lambda it: it.token(repository="acme/other"), "no trust"),
    "repository longer": (lambda it: it.token(repository="acme/app2"), "no trust"),
    "repository in capitals": (lambda it: it.token(repository="ACME/app"), "no trust"),
    "repository missing": (lambda it: it.token(repository=None), "no trust"),
    "repository an object": (lambda it: it.token(repository={"acme/app": "acme/app"}), "no trust"),
    "another ref": (lambda it: it.token(ref="refs/tags/main"), "no trust"),
    "a deeper ref": (lambda it: it.token(ref="refs/heads/a/b"), "no trust"),
    "another key": (lambda it: it.token(key=another_of_the_same_name()), "signature"),
    "a secret key": (lambda it: it.token(key=OctKey.import_key(b"k" * 32), header={"alg": "HS256"}), "alg"),
    "not signed": (lambda it: f"{it.token().rpartition('.')[0]}.", "signature"),
    "alg none": (lambda it: f"eyJhbGciOiJub25lIn0.{it.token().split('.')[1]}.", "alg"),
    "garbage": (lambda _: "eyJ.eyJ.eyJ", "JSON"),
}


@pytest.mark.parametrize("kind", sorted(WRONG))
def test_not_let_in(client: httpx.Client, admin: Wire, issuer: Issuer, robot: Robot, kind: str) -> None:
    """Whatever is wrong, the answer is the same; the audit tells what it was, and never the token."""
    make, why = WRONG[kind]
    name = robot(repository="acme/app", ref="refs/heads/*")
    token = make(issuer)
    error = refusal(client.get("/v2/", headers={"Authorization": basic(name, token)}), 401, "UNAUTHORIZED")
    assert NOT_PROVEN in error["message"]
    reasons = until(lambda: told(admin, name), "the audit tells of it")
    assert why in reasons[0]
    assert token not in json.dumps(admin.ask("GET", "/api/v1/audit").json())


def test_nothing_is_told_of_robots(client: httpx.Client, issuer: Issuer, robot: Robot) -> None:
    """A robot that is not there, one without a trust and one that is disabled answer alike."""
    robot()
    answers = set()
    for name in ("robot$acme+nobody", "robot$nowhere+job", "robot$nobody"):
        error = refusal(client.get("/v2/", headers={"Authorization": basic(name, issuer.token())}), 401)
        answers.add(error["message"])
    assert len(answers) == 1
    assert NOT_PROVEN in answers.pop()


def test_a_person_has_no_identity_token(client: httpx.Client, issuer: Issuer, admin: Wire) -> None:
    """The token of a job opens no person's account: for people it is a wrong password."""
    del admin
    error = refusal(client.get("/v2/", headers={"Authorization": basic(ADMIN, issuer.token())}), 401)
    assert "password is wrong" in error["message"]


def test_stolen(client: httpx.Client, admin: Wire, issuer: Issuer, robot: Robot) -> None:
    """Once shown, a token is good for that robot from that address alone, also while it is remembered."""
    name, other = robot(), robot()
    token = issuer.token()
    assert from_elsewhere(client, name, token, "192.0.2.1") == 200
    assert from_elsewhere(client, name, token, "192.0.2.2") == 401
    assert from_elsewhere(client, other, token, "192.0.2.1") == 401
    assert from_elsewhere(client, name, token, "192.0.2.1") == 200
    assert "shown before" in until(lambda: told(admin, other), "the audit tells of it")[0]
    again = issuer.token(jti=json.loads(_payload(token))["jti"], run_id="2")
    assert from_elsewhere(client, other, again, "192.0.2.1") == 401


def _payload(token: str) -> bytes:
    import base64

    part = token.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_exchange(client: httpx.Client, admin: Wire, issuer: Issuer, robot: Robot) -> None:
    """Exchanged outright, an identity token is good for once, and not as a password either."""
    name, token = robot(), issuer.token()
    said = exchange(client, name, token).json()
    assert (said["token_type"], said["issued_token_type"]) == (
        "Bearer",
        "urn:ietf:params:oauth:token-type:access_token",
    )
    assert "refresh_token" not in said
    assert pulls(admin.bearing(said["access_token"])) == 200
    assert exchange(client, name, token).status_code == 401
    assert pulls(Wire.basic(client, name, token)) == 401
    shown = issuer.token()
    assert pulls(Wire.basic(client, name, shown)) == 200
    assert exchange(client, name, shown).status_code == 401


@pytest.mark.parametrize(
    "more",
    [
        {"subject_token": "secret"},
        {"subject_token": ""},
        {"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"},
        {"username": "admin"},
        {"username": ""},
    ],
)
def test_what_cannot_be_exchanged(client: httpx.Client, issuer: Issuer, robot: Robot, more: dict[str, str]) -> None:
    """A sentence says what the fields are."""
    error = refusal(exchange(client, robot(), issuer.token(), **more), 400)
    assert "subject_token" in error["message"] or "username" in error["message"]


def refused_soon(who: Wire) -> None:
    """Within seconds it opens nothing."""
    until(lambda: pulls(who) == 401, "it is refused", 10)


@pytest.mark.parametrize("end", ["trust", "issuer's audience", "disabled", "robot"])
def test_what_ends_it(client: httpx.Client, admin: Wire, issuer: Issuer, robot: Robot, end: str) -> None:
    """Without the trust, under a changed issuer, or disabled: password and token alike end within seconds."""
    name = robot()
    job = Wire.basic(client, name, issuer.token())
    token = job.bearing(job.token("repository:acme/app:pull"))
    assert (pulls(job), pulls(token)) == (200, 200)
    path = f"/api/v1/projects/acme/robots/{short(name)}"
    if end == "trust":
        number = admin.ask("GET", f"{path}/trusts").json()[0]["id"]
        assert admin.ask("DELETE", f"{path}/trusts/{number}").status_code == 204
    elif end == "issuer's audience":
        assert admin.ask("PATCH", "/api/v1/issuers/ci", json={"audience": AUDIENCE}).status_code == 200
        refused_soon(token)  # what was given before is asked for again; the job's own token still fits
        assert pulls(job) == 200
        return
    elif end == "disabled":
        assert admin.ask("PATCH", path, json={"disabled": True}).status_code == 200
    else:
        assert admin.ask("DELETE", path).status_code == 204
    refused_soon(job)
    refused_soon(token)


def test_an_issuer_that_is_no_longer_trusted(client: httpx.Client, admin: Wire, robot: Robot) -> None:
    """Its trusts go with it, and what was logged in by them ends."""
    with Issuer() as other:
        made(admin, "/issuers", {"name": "other", "url": other.url, "audience": AUDIENCE})
        name = robot()
        made(admin, f"/projects/acme/robots/{short(name)}/trusts", {"issuer": "other", "claims": {"ref": "x"}})
        job = Wire.basic(client, name, other.token(ref="x"))
        token = job.bearing(job.token("repository:acme/app:pull"))
        assert pulls(token) == 200
        assert admin.ask("DELETE", "/api/v1/issuers/other").status_code == 204
        refused_soon(token)
        refused_soon(job)


def test_given_keys(client: httpx.Client, admin: Wire, robot: Robot) -> None:
    """With keys that were given, an issuer that nobody can reach is believed as well."""
    with Issuer() as hidden:
        keys = hidden.published()
        hidden.url = "https://kubernetes.default.svc"
        made(admin, "/issuers", {"name": "cluster", "url": hidden.url, "audience": AUDIENCE, "keys": keys})
        name = robot()
        claims = {"sub": "system:serviceaccount:prod:*", "kubernetes.io/namespace": "prod"}
        made(admin, f"/projects/acme/robots/{short(name)}/trusts", {"issuer": "cluster", "claims": claims})
        pod = {"namespace": "prod", "serviceaccount": {"name": "web"}}
        token = hidden.token(sub="system:serviceaccount:prod:web", **{"kubernetes.io": pod})
        assert pulls(Wire.basic(client, name, token)) == 200
        elsewhere = {**pod, "namespace": "test"}
        token = hidden.token(sub="system:serviceaccount:prod:web", **{"kubernetes.io": elsewhere})
        assert pulls(Wire.basic(client, name, token)) == 401
        assert hidden.asked == []


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"audience": ""}, "audience"),
        ({"audience": "https://idp.example.com"}, "audience"),
        ({"url": "idp.example.com"}, "url"),
        ({"url": "https://user@idp.example.com"}, "url"),
        ({"url": "https://idp.example.com/?a=b"}, "url"),
        ({"url": "https://idp example.com"}, "url"),
        ({"algorithms": []}, "algorithms"),
        ({"algorithms": ["HS256"]}, "algorithms"),
        ({"algorithms": ["none"]}, "algorithms"),
        ({"keys": {}}, "keys"),
        ({"keys": {"keys": []}}, "public"),
        ({"name": "Ci"}, "name"),
        ({"name": "ci"}, "already"),
    ],
)
def test_wrong_issuers(admin: Wire, more: dict[str, Any], why: str) -> None:
    """What cannot be trusted is refused with a sentence."""
    body = {"name": "idp", "url": "https://idp.example.com", "audience": AUDIENCE, **more}
    answer = admin.ask("POST", "/api/v1/issuers", json=body)
    assert answer.status_code in {400, 409}, answer.text
    assert why in answer.json()["detail"]


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({}, "claims"),
        ({"repository": "**"}, "exact"),
        ({"repository": "acme/*", "ref": "*"}, "exact"),
        ({"aud": "x"}, "checked anyway"),
        ({"iss": "x"}, "checked anyway"),
        ({"": "x"}, "no claim"),
        ({"repository": ""}, "value"),
        ({"repository": "a***"}, "value"),
        ({f"c{number}": "x" for number in range(21)}, "claims"),
    ],
)
def test_wrong_trusts(admin: Wire, robot: Robot, claims: dict[str, str], why: str) -> None:
    """A trust that anybody might fit is none."""
    path = f"/api/v1/projects/acme/robots/{short(robot())}/trusts"
    answer = admin.ask("POST", path, json={"issuer": "ci", "claims": claims})
    assert answer.status_code == 400, answer.text
    assert why in answer.json()["detail"]


def test_an_owner_gives_no_more_than_they_hold(client: httpx.Client, admin: Wire, robot: Robot) -> None:
    """Whoever may manage robots but not push lets nobody be a robot that pushes."""
    admin.ask("PUT", "/api/v1/roles/keeper", json={"actions": ["pull", "project:read", "robot:read", "robot:manage"]})
    made(admin, "/users", {"name": "keeper", "password": PASSWORD})
    admin.ask("PUT", "/api/v1/projects/acme/members/keeper", json={"role": "keeper"})
    keeper = Wire.basic(client, "keeper", PASSWORD)
    path = f"/api/v1/projects/acme/robots/{short(robot())}/trusts"
    answer = keeper.ask("POST", path, json={"issuer": "ci", "claims": {"ref": "x"}})
    assert answer.status_code == 403, answer.text
    assert "they let nobody" in answer.json()["detail"]
