"""What others may try with our pages: forms from elsewhere, planted cookies, framing, names that are markup."""

import httpx
import pytest

from tests.support import routes
from tests.support.page_rights import PLACES, STREAMS
from tests.support.server import PASSWORD, Server
from tests.support.visiting import Visitor, enrol, fault
from tests.support.wire import TRUSTING_NOBODY, Wire, fresh

FORMS = [
    "/logout",
    "/account/password",
    "/account/sessions/end",
    "/account/sessions/1/end",
    "/account/second-factor",
    "/account/second-factor/remove",
    "/account/second-factor/codes",
    "/account/tokens",
    "/account/tokens/1/delete",
    "/invite/moi_nothing",
]


WAITS = "/login/code"
SINGLE = {("/sign-on", "GET"), ("/sign-on/back", "GET")}
"""There only with a provider: see `tests/hostile/test_sign_on.py`."""
PAGES: dict[tuple[str, str], tuple[int | str, int | str]] = {
    ("/", "GET"): (200, 200),
    ("/static/{name}", "GET"): (404, 404),
    ("/login", "GET"): (200, 200),
    ("/login", "POST"): (403, 403),
    ("/login/code", "GET"): ("/login?next=/login/code", 200),
    ("/login/code", "POST"): ("/login", 403),
    ("/login/password", "GET"): ("/login?next=/login/password", WAITS),
    ("/login/password", "POST"): ("/login", WAITS),
    ("/logout", "POST"): ("/", "/"),
    ("/account", "GET"): ("/login?next=/account", WAITS),
    ("/explain", "GET"): ("/login?next=/explain", WAITS),
    ("/account/second-factor", "GET"): ("/login?next=/account/second-factor", WAITS),
    ("/invite/{secret}", "GET"): (404, 404),
    ("/invite/{secret}", "POST"): (404, 404),
    ("/preferences", "POST"): ("/", "/"),
    **{(path.replace("1", "{number}"), "POST"): ("/login", WAITS) for path in FORMS if path.startswith("/account")},
}
"""Every page, and what a stranger gets there and who has shown a password only: a status, or where they are sent."""


@pytest.fixture
def name(admin: Wire) -> str:
    """Somebody whom no other test knows."""
    made = fresh("person").replace("/", "-")
    assert admin.ask("POST", "/api/v1/users", json={"name": made, "password": PASSWORD}).status_code == 201
    return made


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
def test_forms_of_others(visitor: Visitor, name: str, path: str, origin: str | None) -> None:
    """Whatever they hold: the browser says where they come from, and one that says nothing is not believed."""
    visitor.sign_in(name)
    visitor.get("/account")
    visitor.origin = origin
    answer = visitor.post(path, {"old": PASSWORD, "new": "a stolen password", "name": "t", "scopes": ["admin"]})
    assert answer.status_code == 403
    assert "not sent by a page of http" in fault(answer)
    visitor.origin = visitor.url
    assert visitor.get("/account").status_code == 200


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("token", ["", "0" * 64, "wrong"])
def test_forms_without_the_sessions_token(visitor: Visitor, name: str, path: str, token: str) -> None:
    """The right origin alone does not do either."""
    visitor.sign_in(name)
    visitor.get("/account")
    answer = visitor.post(path, {"token": token, "old": PASSWORD, "new": "a stolen password"})
    assert answer.status_code == 403
    assert "older than your session" in fault(answer)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_what_the_browser_says_of_the_site(visitor: Visitor, name: str, site: str) -> None:
    """It counts even if the origin is ours."""
    answer = visitor.post("/login", {"name": name, "password": PASSWORD}, **{"Sec-Fetch-Site": site})
    assert answer.status_code == 403
    assert visitor.cookie is None


def test_a_login_from_elsewhere(visitor: Visitor, name: str) -> None:
    """Nobody is signed in as somebody else by another's page."""
    visitor.origin = "https://evil.example"
    assert visitor.post("/login", {"name": name, "password": PASSWORD}).status_code == 403
    assert visitor.cookie is None


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
def test_an_invitation_followed_from_elsewhere(visitor: Visitor, admin: Wire, origin: str | None) -> None:
    """Nobody is signed in, and no invitation spent, by another's page."""
    url = admin.ask("POST", "/api/v1/invitations", json={}).json()["url"]
    path = url.removeprefix(visitor.url)
    visitor.origin = origin
    stranger = fresh("lured").replace("/", "-")
    assert visitor.post(path, {"name": stranger, "password": PASSWORD}).status_code == 403
    assert visitor.cookie is None
    visitor.origin = visitor.url
    assert visitor.get(path).status_code == 200
    assert admin.get(f"/api/v1/users/{stranger}").status_code == 404


def test_a_cookie_planted_before_an_invitation(visitor: Visitor, admin: Wire) -> None:
    """The session that a new account begins with is another one, and its cookie as guarded as that of a login."""
    path = admin.ask("POST", "/api/v1/invitations", json={}).json()["url"].removeprefix(visitor.url)
    visitor.client.cookies.set("moorage", "planted", domain="127.0.0.1", path="/")
    visitor.get(path)
    answer = visitor.post(path, {"name": fresh("new").replace("/", "-"), "password": PASSWORD})
    told = answer.headers["set-cookie"].lower()
    assert all(part in told for part in ("httponly", "samesite=lax", "path=/"))
    assert "planted" not in {cookie.value for cookie in visitor.client.cookies.jar}
    assert visitor.get("/account").status_code == 200


def test_a_planted_cookie(visitor: Visitor, name: str) -> None:
    """Is worth nothing after the login: what was there before is not what opens, nor lives on."""
    with Visitor(visitor.url) as thief:
        thief.sign_in(name)
        planted = thief.cookie
        assert planted is not None
        visitor.client.cookies.set("moorage", planted, domain="127.0.0.1", path="/")
        visitor.send("/login", {"name": name, "password": PASSWORD})
        assert planted not in {cookie.value for cookie in visitor.client.cookies.jar}
        assert thief.get("/account").status_code == 303


def test_the_cookie_of_half_a_login(visitor: Visitor, name: str) -> None:
    """Whoever had it before the second factor has nothing after it."""
    visitor.sign_in(name)
    phone, _ = enrol(visitor)
    visitor.send("/logout")
    visitor.sign_in(name)
    half = visitor.cookie
    assert visitor.send("/login/code", {"code": phone.code()}).url.path == "/"
    half_known = {"moorage": half or ""}
    with httpx.Client(base_url=visitor.url, trust_env=False, cookies=half_known, verify=TRUSTING_NOBODY) as thief:
        assert thief.get("/account").headers["location"].startswith("/login?")
        assert thief.get("/login/code").headers["location"].startswith("/login")


def test_cookies_over_http(visitor: Visitor, name: str) -> None:
    """No script reads it, no other site's form sends it, and it ends with the browser."""
    answer = visitor.post("/login", {"name": name, "password": PASSWORD})
    told = answer.headers["set-cookie"].lower()
    assert told.startswith("moorage=")
    assert "httponly" in told
    assert "samesite=lax" in told
    assert "path=/" in told
    assert "max-age" not in told
    assert "expires" not in told
    assert len(visitor.cookie or "") >= 43


@pytest.mark.parametrize("path", ["/", "/login", "/account", "/nothing-here/..", "/login/what", "/static/style.css"])
def test_headers(visitor: Visitor, path: str) -> None:
    """Every page may do little: no scripts, no frames, nothing from elsewhere, nothing kept by others."""
    answer = visitor.get(path)
    policy = answer.headers.get("content-security-policy", "")
    if answer.headers.get("content-type", "").startswith("application/json"):
        return
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    if path != "/static/style.css":
        assert answer.headers["cache-control"] == "no-store"


def test_every_page_stands_in_the_table() -> None:
    """What the program shows and what the table tells are the same pages."""
    assert {*PAGES, *SINGLE, *PLACES, *STREAMS} == routes.of_pages()


@pytest.mark.parametrize("who", [0, 1], ids=["a stranger", "half signed in"])
def test_pages_by_who_asks(visitor: Visitor, name: str, who: int) -> None:
    """Nothing of anybody's account is shown or changed before all is shown that is asked for."""
    if who:
        visitor.sign_in(name)
        enrol(visitor)
        visitor.send("/logout")
    expected, got = {}, {}
    for (path, method), told in PAGES.items():
        if who:
            visitor.sign_in(name)
        address = path.replace("{number}", "1").replace("{name}", "nothing").replace("{secret}", "moi_nothing")
        answer = visitor.get(address) if method == "GET" else visitor.post(address, {"name": "x", "code": "0"})
        expected[method, path] = told[who]
        got[method, path] = answer.headers.get("location", answer.status_code)
    assert got == expected


def test_markup_stands_as_text(server: Server, name: str) -> None:
    """In what a browser calls itself, in names that are typed, and in where to go next."""
    with Visitor(server.url) as visitor:
        visitor.client.headers["User-Agent"] = '<script>alert("agent")</script>'
        visitor.sign_in(name)
        page = visitor.get("/account").text
        assert "<script>" not in page
        assert "&lt;script&gt;" in page
        visitor.send("/logout")
        wrong = visitor.send("/login", {"name": '"><img src=x>', "password": "x", "next": '"><script>'})
        assert "<img" not in wrong.text
        assert "<script>" not in wrong.text
        assert "<script>" not in visitor.get('/login?next="><script>').text


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"a" * 70_000, b"&".join(b"a=%d" % number for number in range(500)), b"%ff=%fe&\x00="]
)
def test_odd_bodies(visitor: Visitor, body: bytes) -> None:
    """Are refused with a page, or taken as wrong fields."""
    answer = visitor.client.post(
        "/login",
        content=body,
        headers={"Origin": visitor.url, "Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code in {400, 403, 413}


def test_methods_and_addresses(visitor: Visitor) -> None:
    """What is not there is told as a page; HEAD answers as GET does, without a body."""
    assert visitor.client.put("/login").status_code == 405
    assert visitor.client.get("/logout").status_code == 405
    assert visitor.client.get("/static/../../pages.py").status_code == 404
    assert visitor.client.get("/static/pages.py").status_code == 404
    assert visitor.client.get("/account/nothing").status_code == 404
    for path in ("/login/", "/account/", "/login%2f", "/static/style.css/"):
        assert visitor.client.get(path).status_code == 404
    assert visitor.client.get("/login/", headers={"Host": "evil.example"}).status_code == 404
    head = visitor.client.head("/login")
    assert (head.status_code, head.content) == (200, b"")
