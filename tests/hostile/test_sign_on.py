"""A provider of single sign-on that answers wrongly, and browsers that come back with what was not asked for."""

import hashlib
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.issuer import DISCOVERY, Answer, Issuer
from tests.support.server import PASSWORD, Server
from tests.support.visiting import Visitor, fault
from tests.support.waiting import until
from tests.support.wire import ADMIN, Wire

CLIENT = "the-registry"
SECRET = "a secret: with signs"
Claims = dict[str, Any]


class Provider(Issuer):
    """Vouches for whom it is told to; `more` goes into the identity token, `told` is what it tells beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.more: Claims = {}
        self.told: Claims = {}
        self.described: dict[str, Any] = {}
        self.answers = {DISCOVERY: self._description, "/token": self._token, "/userinfo": self._userinfo}
        self.nonce = ""

    def _description(self) -> Answer:
        return _json({
            "issuer": self.url,
            "jwks_uri": f"{self.base}/keys",
            "authorization_endpoint": f"{self.base}/authorize",
            "token_endpoint": f"{self.base}/token",
            "userinfo_endpoint": f"{self.base}/userinfo",
            **self.described,
        })  # fmt: skip

    def _token(self) -> Answer:
        claims: Claims = {
            "aud": CLIENT,
            "sub": "ada-1",
            "preferred_username": "ada",
            "groups": ["crew"],
            "nonce": self.nonce,
        }
        return _json({"access_token": "access", "token_type": "Bearer", "id_token": self.token(**claims | self.more)})

    def _userinfo(self) -> Answer:
        return _json(self.told)


def _json(value: object) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


@pytest.fixture(scope="module")
def shared() -> Iterator[Provider]:
    """One for all tests."""
    with Provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, shared: Provider) -> Iterator[Server]:
    """A registry with this single sign-on, for whoever is of the crew."""
    settings = {
        "MOORAGE_EGRESS_ALLOW": "127.0.0.1",
        "MOORAGE_OIDC_ISSUER": shared.url,
        "MOORAGE_OIDC_CLIENT_ID": CLIENT,
        "MOORAGE_OIDC_CLIENT_SECRET": SECRET,
        "MOORAGE_OIDC_TITLE": "Harbour <ID>",
        "MOORAGE_OIDC_ALLOWED_GROUPS": "crew,officers",
        "MOORAGE_OIDC_ADMIN_GROUP": "officers",
    }
    with Server(tmp_path_factory.mktemp("single") / "data", settings=settings, quick=True) as server:
        yield server


@pytest.fixture
def provider(shared: Provider) -> Iterator[Provider]:
    """The provider, which answers rightly again after each test."""
    yield shared
    shared.more, shared.told = {}, {}
    shared.keys = shared.keys[:1]
    shared.answers.pop("/keys", None)


@pytest.fixture
def visitor(server: Server) -> Iterator[Visitor]:
    """A browser in which nobody has signed in."""
    with Visitor(server.url) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def admin(client: httpx.Client) -> Wire:
    """The administrator."""
    return Wire.basic(client, ADMIN, PASSWORD)


def leave(visitor: Visitor, provider: Provider, wanted: str = "") -> dict[str, str]:
    """Off to the provider; what it is asked."""
    sent = visitor.client.get("/sign-on", params={"next": wanted} if wanted else {})
    assert sent.status_code == 303, sent.text
    where = urlsplit(sent.headers["location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == f"{provider.base}/authorize"
    asked = {name: values[0] for name, values in parse_qs(where.query).items()}
    provider.nonce = asked["nonce"]
    return asked


def come_back(visitor: Visitor, state: str, **answer: str) -> httpx.Response:
    """With a code, unless told otherwise."""
    return visitor.client.get("/sign-on/back", params={"code": "a code", "state": state, **answer})


def reasons(admin: Wire) -> list[str]:
    """What the audit tells of logins that failed, the newest first."""
    events = admin.get("/api/v1/audit?kind=login.failed").json()
    return [event["after"]["reason"] for event in events if event["after"] and "reason" in event["after"]]


def test_all_is_well(visitor: Visitor, provider: Provider, admin: Wire) -> None:
    """What is asked and what is sent is as the standards say; who comes back is in, with the groups that there are."""
    admin.ask("POST", "/api/v1/groups", json={"name": "crew"})
    assert "Sign in with Harbour &lt;ID&gt;" in visitor.get("/login").text
    asked = leave(visitor, provider, "/account/second-factor")
    assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
    assert asked["redirect_uri"] == f"{visitor.url}/sign-on/back"
    assert asked["code_challenge_method"] == "S256"
    came = come_back(visitor, asked["state"], iss=provider.url)
    assert (came.status_code, came.headers["location"]) == (303, "/account/second-factor")
    page = visitor.get("/account").text
    assert "ada" in page
    assert "Signed in by single sign-on" in page

    [path] = [path for path in provider.asked if path == "/token"]
    assert path
    user = admin.get("/api/v1/users/ada").json()
    assert (user["source"], user["administrator"]) == ("oidc", False)
    assert [person["name"] for person in admin.get("/api/v1/groups/crew/members").json()] == ["ada"]
    assert visitor.client.cookies.get("moorage-sign-on") is None


def test_the_code_is_redeemed_as_it_should(visitor: Visitor, provider: Provider) -> None:
    """With the client's secret, and with the verifier whose hash was shown before (RFC 7636)."""
    seen: list[tuple[bytes, dict[str, str]]] = []
    redeem = provider.answers["/token"]

    def note() -> Answer:
        seen.append(provider.sent)
        return redeem()

    provider.answers["/token"] = note
    asked = leave(visitor, provider)
    assert come_back(visitor, asked["state"]).status_code == 303
    provider.answers["/token"] = redeem
    [(body, headers)] = seen
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    challenge = urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
    assert challenge == asked["code_challenge"]
    assert (form["grant_type"], form["code"], form["redirect_uri"]) == (
        "authorization_code",
        "a code",
        asked["redirect_uri"],
    )
    pair = b64encode(f"{CLIENT}:a%20secret%3A%20with%20signs".encode()).decode()
    assert headers["Authorization"] == f"Basic {pair}"


WRONG: dict[str, tuple[Claims, str]] = {
    "another audience": ({"aud": "another"}, "aud does not name"),
    "several audiences": ({"aud": [CLIENT, "another"]}, "azp"),
    "another issuer": ({"iss": "https://evil.example"}, "iss is not"),
    "another login": ({"nonce": "of another login"}, "nonce"),
    "no nonce": ({"nonce": None}, "nonce"),
    "over": ({"exp": 1, "iat": 0, "nbf": None}, "exp is past"),
    "nobody": ({"sub": None}, "sub is missing"),
    "no name": ({"preferred_username": None}, "oidc.name_claim"),
    "a name that is no text": ({"preferred_username": ["ada"]}, "oidc.name_claim"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_identity_tokens(visitor: Visitor, provider: Provider, admin: Wire, case: str) -> None:
    """Nobody is let in, the person hears no reason, and the audit tells it."""
    provider.more, reason = WRONG[case]
    provider.told = {"sub": "ada-1"}
    asked = leave(visitor, provider)
    came = come_back(visitor, asked["state"])
    assert came.status_code == 403
    assert "an administrator finds the reason in the audit" in fault(came)
    assert visitor.get("/account").status_code == 303
    until(lambda: any(reason in told for told in reasons(admin)), "the audit tells it", 10)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/token", (400, {}, b'{"error": "invalid_grant"}')),
        ("/token", (200, {}, b"no json")),
        ("/token", (200, {}, b"[]")),
        ("/token", (200, {}, b"{}")),
        ("/token", (200, {}, b'{"id_token": 7}')),
        ("/token", (200, {}, b'{"id_token": "a.b.c"}')),
        ("/token", (302, {"Location": "http://127.0.0.1:1/"}, b"")),
        ("/token", (200, {}, b"x" * 300_000)),
    ],
)
def test_wrong_answers(visitor: Visitor, provider: Provider, path: str, answer: Answer) -> None:
    """Whatever a provider answers, it is no fault of ours and lets nobody in."""
    redeem = provider.answers[path]
    provider.answers[path] = lambda: answer
    asked = leave(visitor, provider)
    came = come_back(visitor, asked["state"])
    provider.answers[path] = redeem
    assert came.status_code == 403
    assert visitor.get("/account").status_code == 303


def test_a_token_by_another_key(visitor: Visitor, provider: Provider) -> None:
    """The signature is looked at."""
    from joserfc.jwk import RSAKey

    provider.keys.append(RSAKey.generate_key(2048, {"kid": "first"}))
    published = {"keys": [provider.published()["keys"][0]]}
    provider.answers["/keys"] = lambda: _json(published)
    asked = leave(visitor, provider)
    came = come_back(visitor, asked["state"])
    del provider.answers["/keys"]
    assert came.status_code == 403


def test_what_is_told_beside_the_token(visitor: Visitor, provider: Provider, admin: Wire) -> None:
    """Is asked for where the token tells no groups, and counts only if it is of the same person."""
    provider.more = {"groups": None, "sub": "grace-1", "preferred_username": "grace"}
    provider.told = {"sub": "ada-1", "groups": ["crew", "officers"]}
    asked = leave(visitor, provider)
    assert come_back(visitor, asked["state"]).status_code == 403
    provider.told = {"sub": "grace-1", "groups": ["crew", *(f"g{number}" for number in range(2000))]}
    asked = leave(visitor, provider)
    assert come_back(visitor, asked["state"]).status_code == 403
    provider.told = {"sub": "grace-1", "groups": ["officers"], "preferred_username": "somebody-else"}
    asked = leave(visitor, provider)
    assert come_back(visitor, asked["state"]).status_code == 303
    assert admin.get("/api/v1/users/grace").json()["administrator"] is True
    provider.told = {"sub": "grace-1", "groups": ["crew"]}
    asked = leave(visitor, provider)
    assert come_back(visitor, asked["state"]).status_code == 303
    assert admin.get("/api/v1/users/grace").json()["administrator"] is False


@pytest.mark.parametrize(
    "answer",
    [
        {"state": "another"},
        {"state": ""},
        {"iss": "https://evil.example"},
        {"error": "access_denied", "error_description": "<b>no</b>"},
        {"code": ""},
        {"code": "x" * 5000},
    ],
)
def test_wrong_ways_back(visitor: Visitor, provider: Provider, answer: dict[str, str]) -> None:
    """Not the state that was given, another provider's answer, a refusal, or no code: nobody is in."""
    asked = leave(visitor, provider)
    came = come_back(visitor, **{"state": asked["state"], **answer})
    assert came.status_code == 403
    assert "<b>" not in came.text
    assert visitor.get("/account").status_code == 303


def test_a_link_from_somebody_else(server: Server, provider: Provider) -> None:
    """Whoever begins here and sends the way back to another signs nobody in as themselves."""
    with Visitor(server.url) as thief, Visitor(server.url) as victim:
        asked = leave(thief, provider)
        came = come_back(victim, asked["state"])
        assert came.status_code == 403
        assert "begun in another browser" in fault(came)
        mine = leave(victim, provider)
        assert mine["state"] != asked["state"]
        assert come_back(victim, asked["state"]).status_code == 403


def test_a_cookie_that_was_changed(visitor: Visitor, provider: Provider) -> None:
    """It is sealed."""
    asked = leave(visitor, provider)
    [cookie] = [cookie for cookie in visitor.client.cookies.jar if cookie.name == "moorage-sign-on"]
    assert cookie.value is not None
    assert cookie.has_nonstandard_attr("HttpOnly")
    raw = cookie.value.strip('"')
    changed = raw[:-6] + ("A" if raw[-6] != "A" else "B") + raw[-5:]
    visitor.client.cookies.clear()
    visitor.client.cookies.set("moorage-sign-on", changed)
    assert come_back(visitor, asked["state"]).status_code == 403


def test_where_they_wanted_to_go(visitor: Visitor, provider: Provider) -> None:
    """Only to pages of ours."""
    for wanted in ("https://evil.example", "//evil.example", "/\\evil.example"):
        asked = leave(visitor, provider, wanted)
        assert come_back(visitor, asked["state"]).headers["location"] == "/"


def test_who_is_not_of_the_crew(visitor: Visitor, provider: Provider, admin: Wire) -> None:
    """Stays out; whoever was and is no longer is out with all tokens, at once."""
    provider.more = {"sub": "eve-1", "preferred_username": "eve", "groups": ["others"]}
    asked = leave(visitor, provider)
    came = come_back(visitor, asked["state"])
    assert (came.status_code, "one of your groups" in fault(came)) == (403, True)
    assert admin.get("/api/v1/users/eve").status_code == 404

    provider.more = {"sub": "leaver-1", "preferred_username": "leaver"}
    asked = leave(visitor, provider)
    come_back(visitor, asked["state"])
    visitor.get("/account")
    made = visitor.send("/account/tokens", {"name": "t", "scopes": ["admin"], "days": "30"})
    secret = re.search(r"mop_[A-Za-z0-9_-]+", made.text)
    assert secret is not None
    bearer = Wire(admin.client, f"Bearer {secret[0]}")
    assert bearer.get("/api/v1/me").status_code == 200
    with Visitor(visitor.url) as elsewhere:
        provider.more = {**provider.more, "groups": []}
        asked = leave(elsewhere, provider)
        assert come_back(elsewhere, asked["state"]).status_code == 403
    assert visitor.get("/account").status_code == 303
    until(lambda: bearer.get("/api/v1/me").status_code == 401, "the token opens nothing", 10)


def test_nobody_becomes_admin_by_a_name(visitor: Visitor, provider: Provider) -> None:
    """A local account of the name is nobody else's."""
    provider.more = {"sub": "evil-1", "preferred_username": "Admin"}
    asked = leave(visitor, provider)
    came = come_back(visitor, asked["state"])
    assert came.status_code == 409
    assert "a name is no proof" in fault(came)


@pytest.mark.parametrize("claim", ["preferred_username", "sub", "groups", "nonce"])
def test_halves_of_letters(visitor: Visitor, provider: Provider, admin: Wire, claim: str) -> None:
    """JSON can hold them, nothing else can: they are no fault, and what others did is told all the same."""
    half = "x\ud800y"
    provider.more = {"groups": ["others"], claim: [half, "others"] if claim == "groups" else half}
    asked = leave(visitor, provider)
    Wire.basic(admin.client, f"somebody-{claim}", "a wrong password").get("/api/v1/me")
    assert come_back(visitor, asked["state"]).status_code == 403
    path = f"/api/v1/audit?kind=login.failed&actor=somebody-{claim}"
    until(lambda: admin.get(path).json(), "what others did is told", 10)


def test_the_last_administrator_stays(visitor: Visitor, provider: Provider, admin: Wire) -> None:
    """Whatever the provider says: somebody has to be able to let people in."""
    provider.more = {"sub": "last-1", "preferred_username": "last", "groups": ["officers"]}
    asked = leave(visitor, provider)
    come_back(visitor, asked["state"])
    for user in admin.get("/api/v1/users?administrator=true").json():
        if user["name"] not in {"last", ADMIN}:
            admin.ask("PATCH", f"/api/v1/users/{user['name']}", json={"administrator": False})
    visitor.get("/account")
    made = visitor.send("/account/tokens", {"name": "t", "scopes": ["admin"], "days": "1"})
    secret = re.search(r"mop_[A-Za-z0-9_-]+", made.text)
    assert secret is not None
    last = Wire(admin.client, f"Bearer {secret[0]}")
    assert last.ask("PATCH", f"/api/v1/users/{ADMIN}", json={"administrator": False}).status_code == 200
    provider.more = {**provider.more, "groups": ["crew"]}
    asked = leave(visitor, provider)
    assert come_back(visitor, asked["state"]).status_code == 303
    assert last.get("/api/v1/users/last").json()["administrator"] is True
    assert last.ask("PATCH", f"/api/v1/users/{ADMIN}", json={"administrator": True}).status_code == 200


def test_a_provider_that_tells_no_groups(visitor: Visitor, provider: Provider, admin: Wire) -> None:
    """Lets nobody in where groups decide, and takes nothing from anybody."""
    provider.more, provider.told = {"groups": None}, {"sub": "ada-1"}
    asked = leave(visitor, provider)
    assert come_back(visitor, asked["state"]).status_code == 403
    until(lambda: any("tells no 'groups'" in told for told in reasons(admin)), "the audit tells it", 10)


def test_names_in_capitals(visitor: Visitor, provider: Provider, admin: Wire) -> None:
    """Two who differ in capitals alone would be taken for one."""
    carl = {"name": "Carl", "password": PASSWORD}
    until(lambda: admin.ask("POST", "/api/v1/users", json=carl).status_code == 201, "Carl is there", 10)
    provider.more = {"sub": "carl-1", "preferred_username": "Carl"}
    asked = leave(visitor, provider)
    assert come_back(visitor, asked["state"]).status_code == 409


def test_no_password_for_them(visitor: Visitor, provider: Provider, admin: Wire) -> None:
    """Neither by themselves nor by an administrator; none of any kind opens anything."""
    asked = leave(visitor, provider)
    come_back(visitor, asked["state"])
    answer = admin.ask("PUT", "/api/v1/users/ada/password", json={"password": "a password"})
    assert answer.status_code == 409
    for password in ("", "a password"):
        assert Wire.basic(admin.client, "ada", password).get("/api/v1/me").status_code == 401
    assert "Password" not in visitor.get("/account").text
    assert visitor.get("/account/second-factor").status_code == 409


def test_a_provider_that_is_away(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Passwords go on; whoever asks for the single sign-on hears that it cannot be reached."""
    settings = {"MOORAGE_EGRESS_ALLOW": "127.0.0.1", "MOORAGE_OIDC_ISSUER": "http://127.0.0.1:9"}
    with Server(tmp_path_factory.mktemp("away") / "data", settings=settings) as server, Visitor(server.url) as visitor:
        gone = visitor.get("/sign-on")
        assert (gone.status_code, "cannot be reached" in fault(gone)) == (503, True)
        assert visitor.sign_in(ADMIN).status_code == 200
