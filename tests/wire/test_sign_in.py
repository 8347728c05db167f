"""People in a browser: signing in with one factor and with two, sessions, passwords and tokens of one's own."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.server import PASSWORD, Server
from tests.support.visiting import Phone, Visitor, enrol, fault, offer
from tests.support.waiting import until
from tests.support.wire import Wire, fresh, refusal

NEW = "another password"
Person = Callable[[], tuple[str, Visitor]]


@pytest.fixture
def name(admin: Wire) -> str:
    """Somebody whom no other test knows."""
    made = fresh("person").replace("/", "-")
    assert admin.ask("POST", "/api/v1/users", json={"name": made, "password": PASSWORD}).status_code == 201
    return made


def _status(client: httpx.Client, name: str, password: str) -> int:
    return Wire.basic(client, name, password).get("/api/v1/me").status_code


def test_a_stranger_is_sent_to_the_login_and_back(visitor: Visitor, name: str) -> None:
    """What they wanted to see is what they see; what is elsewhere is not."""
    answer = visitor.get("/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/account")
    there = visitor.sign_in(name, next="/")
    assert (there.status_code, there.url.path) == (200, "/")
    assert name in there.text
    with Visitor(visitor.url) as other:
        other.get("/login")
        went = other.post("/login", {"name": name, "password": PASSWORD, "next": "https://evil.example"})
        assert went.headers["location"] == "/"


def test_a_wrong_password(visitor: Visitor, name: str) -> None:
    """The same sentence whoever it is; the name stays in the form, the password does not."""
    wrong = visitor.sign_in(name, "wrong password 1")
    unknown = visitor.sign_in("nobody-of-this-name", "wrong password 1")
    assert (wrong.status_code, unknown.status_code) == (403, 403)
    assert fault(wrong) == fault(unknown) == "The user name or password is wrong."
    assert f'value="{name}"' in wrong.text
    assert "wrong password 1" not in wrong.text
    assert visitor.cookie is None


@pytest.mark.parametrize("what", ["a robot", "a personal token"])
def test_only_people_sign_in(visitor: Visitor, admin: Wire, name: str, what: str) -> None:
    """Robots and tokens are for programs: what is narrowed there would be whole here."""
    if what == "a robot":
        made = admin.ask("POST", "/api/v1/robots", json={"name": name[:60], "actions": ["pull"]}).json()
        answer = visitor.sign_in(made["name"], made["secret"])
    else:
        own = Wire.basic(admin.client, name, PASSWORD)
        token = own.ask("POST", "/api/v1/me/tokens", json={"name": "t", "scopes": ["admin"]}).json()["secret"]
        answer = visitor.sign_in(name, token)
    assert answer.status_code == 403
    assert "own name and password" in fault(answer)


def test_sessions_are_seen_and_ended(server: Server, name: str) -> None:
    """By whoever has them; one that was ended is out at once, the others stay."""
    with Visitor(server.url) as one, Visitor(server.url) as two, Visitor(server.url) as three:
        for browser, agent in ((one, "browser one"), (two, "browser two"), (three, "browser three")):
            browser.client.headers["User-Agent"] = agent
            browser.sign_in(name)
        page = one.get("/account").text
        assert [page.count(f"browser {number}") for number in ("one", "two", "three")] == [1, 1, 1]
        row = page[page.index("browser two") :]
        ended = re.search(r'action="(/account/sessions/\d+/end)"', row)
        assert ended is not None
        assert one.send(ended[1]).status_code == 200
        assert [browser.get("/account").status_code for browser in (one, two, three)] == [200, 303, 200]
        one.send("/account/sessions/end")
        assert [browser.get("/account").status_code for browser in (one, two, three)] == [200, 303, 303]
        two.sign_in(name)
        assert two.send(ended[1]).status_code == 404


def test_nobody_ends_another_persons_session(server: Server, name: str, person: Wire) -> None:
    """An id of somebody else's session is no session of theirs."""
    enrolled = person.header  # only so that there is a second person
    assert enrolled
    with Visitor(server.url) as mine, Visitor(server.url) as theirs:
        mine.sign_in(name)
        theirs.sign_in("person")
        first = mine.get("/account").text
        number = Wire.basic(mine.client, name, PASSWORD).get("/api/v1/me/sessions").json()[0]["id"]
        assert name in first
        assert theirs.send(f"/account/sessions/{number}/end").status_code == 404
        assert mine.get("/account").status_code == 200


def test_signing_out(visitor: Visitor, name: str) -> None:
    """Ends the session itself, not only the cookie."""
    visitor.sign_in(name)
    cookie = visitor.cookie
    assert cookie is not None
    assert visitor.send("/logout").status_code == 200
    assert visitor.cookie is None
    visitor.client.cookies.set("moorage", cookie)
    assert visitor.get("/account").status_code == 303


def test_changing_the_password(server: Server, name: str) -> None:
    """All other sessions and logins end; this one goes on."""
    with Visitor(server.url) as one, Visitor(server.url) as two:
        one.sign_in(name)
        two.sign_in(name)
        one.get("/account")
        wrong = one.send("/account/password", {"old": "not this one", "new": NEW})
        assert (wrong.status_code, fault(wrong)) == (403, "The old password is not right.")
        short = one.send("/account/password", {"old": PASSWORD, "new": "short"})
        assert short.status_code == 400
        assert one.send("/account/password", {"old": PASSWORD, "new": NEW}).status_code == 200
        assert two.get("/account").status_code == 303
        assert two.sign_in(name).status_code == 403
        assert two.sign_in(name, NEW).status_code == 200


def test_a_password_that_must_be_changed(admin: Wire, visitor: Visitor, name: str) -> None:
    """Nothing else is open until it is."""
    admin.ask("PUT", f"/api/v1/users/{name}/password", json={"password": "set by another"})
    landed = visitor.sign_in(name, "set by another")
    assert landed.url.path == "/login/password"
    assert visitor.get("/account").headers["location"] == "/login/password"
    assert visitor.get("/account/second-factor").headers["location"] == "/login/password"
    done = visitor.send("/login/password", {"old": "set by another", "new": NEW})
    assert (done.status_code, done.url.path) == (200, "/")


def test_a_second_factor(server: Server, client: httpx.Client, admin: Wire, name: str) -> None:
    """From setting it up to turning it off: the password alone opens nothing in between, each code counts once."""
    with Visitor(server.url) as one, Visitor(server.url) as two:
        one.sign_in(name)
        two.sign_in(name)
        assert _status(client, name, PASSWORD) == 200
        page = one.get("/account/second-factor").text
        wrong = one.send("/account/second-factor", {"code": "000000", "offer": offer(page)})
        assert wrong.status_code == 403
        assert Phone(wrong.text).secret == Phone(page).secret
        phone, codes = enrol(one)
        assert one.get("/account").status_code == 200
        assert two.get("/account").status_code == 303

        until(lambda: _status(client, name, PASSWORD) == 401, "the password alone opens nothing", 10)
        told = refusal(Wire.basic(client, name, PASSWORD).get("/v2/token"), 401)
        assert "personal token" in told["message"]
        path = f"/api/v1/audit?kind=login.failed&actor={name}"
        until(lambda: "alone it is not enough" in admin.get(path).text, "its owner can see that it is known", 10)

        assert two.sign_in(name).url.path == "/login/code"
        assert two.get("/account").headers["location"] == "/login/code"
        used = phone.code()
        before = two.cookie
        assert two.send("/login/code", {"code": used}).url.path == "/"
        assert two.cookie != before
        with Visitor(server.url) as three:
            three.sign_in(name)
            assert three.send("/login/code", {"code": used}).status_code == 403
            assert three.send("/login/code", {"code": codes[0].upper().replace("-", " ")}).url.path == "/"
            assert "9 recovery codes" in three.get("/account").text
            three.send("/logout")
            three.sign_in(name)
            assert three.send("/login/code", {"code": codes[0]}).status_code == 403

        assert one.send("/account/second-factor/remove", {"code": "123456"}).status_code == 403
        gone = one.send("/account/second-factor/remove", {"code": phone.code()})
        assert gone.status_code == 200
        assert two.get("/account").status_code == 303
        assert _status(client, name, PASSWORD) == 200


def test_wrong_codes_are_slowed(visitor: Visitor, name: str) -> None:
    """After some the next is not looked at, in whatever session; a right one would not be either."""
    visitor.sign_in(name)
    phone, codes = enrol(visitor)
    visitor.send("/logout")
    visitor.sign_in(name)
    for _ in range(5):
        assert visitor.send("/login/code", {"code": "000000"}).status_code == 403
    slowed = visitor.send("/login/code", {"code": phone.code()})
    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) > 0
    with Visitor(visitor.url) as another:
        another.sign_in(name)
        assert another.send("/login/code", {"code": phone.code()}).status_code == 429
        assert another.send("/login/code", {"code": codes[3]}).url.path == "/"


def test_an_administrator_resets_it(admin: Wire, visitor: Visitor, name: str) -> None:
    """For whoever lost phone and codes; their sessions end."""
    visitor.sign_in(name)
    enrol(visitor)
    address = f"/api/v1/users/{name}/second-factor"
    assert admin.ask("DELETE", address).status_code == 204
    refusal(admin.ask("DELETE", address), 404)
    assert visitor.get("/account").status_code == 303
    assert visitor.sign_in(name).url.path == "/"
    events = admin.get(f"/api/v1/audit?object=user:{name}").json()
    assert {"factor.enabled", "factor.reset"} <= {event["kind"] for event in events}


def test_a_token_of_ones_own(visitor: Visitor, client: httpx.Client, name: str) -> None:
    """Made by the form, shown once, and it works as long as it is there."""
    visitor.sign_in(name)
    visitor.get("/account")
    made = visitor.send(
        "/account/tokens", {"name": "laptop", "scopes": ["pull", "admin"], "days": "30", "repositories": ""}
    )
    secret = re.search(r"mop_[A-Za-z0-9_-]+", made.text)
    assert secret is not None
    bearer = Wire(client, f"Bearer {secret[0]}")
    [token] = bearer.get("/api/v1/me/tokens").json()
    assert (token["name"], token["scopes"]) == ("laptop", ["admin", "pull"])
    page = visitor.get("/account").text
    assert "laptop" in page
    assert secret[0] not in page
    again = visitor.send("/account/tokens", {"name": "laptop", "scopes": ["pull"], "days": "30"})
    assert (again.status_code, "already" in fault(again)) == (409, True)
    nothing = visitor.send("/account/tokens", {"name": "other", "days": "30"})
    assert nothing.status_code == 400
    assert visitor.send(f"/account/tokens/{token['id']}/delete").status_code == 200
    until(lambda: bearer.get("/api/v1/me").status_code == 401, "it opens nothing", 10)


def test_the_api_knows_sessions(admin: Wire, client: httpx.Client, visitor: Visitor, name: str) -> None:
    """One's own, and administrators everybody's; it takes no cookie."""
    visitor.sign_in(name)
    own = Wire.basic(client, name, PASSWORD)
    [session] = own.get("/api/v1/me/sessions").json()
    assert session["address"] == "127.0.0.1"
    assert admin.get(f"/api/v1/users/{name}/sessions").json() == [session]
    assert visitor.client.get("/api/v1/me").status_code == 401
    assert own.ask("DELETE", f"/api/v1/me/sessions/{session['id']}").status_code == 204
    assert visitor.get("/account").status_code == 303
    refusal(own.ask("DELETE", f"/api/v1/me/sessions/{session['id']}"), 404)
    visitor.sign_in(name)
    assert admin.ask("DELETE", f"/api/v1/users/{name}/sessions").status_code == 204
    assert visitor.get("/account").status_code == 303


def test_a_disabled_person_is_out_at_once(admin: Wire, visitor: Visitor, name: str) -> None:
    """Every session of theirs."""
    visitor.sign_in(name)
    admin.ask("PATCH", f"/api/v1/users/{name}", json={"disabled": True})
    assert visitor.get("/account").status_code == 303
    assert visitor.sign_in(name).status_code == 403


def test_what_was_seen_before_is_not_what_is_set_up(visitor: Visitor, name: str) -> None:
    """Each page offers a second factor of its own, for this login alone: whoever looked on before knows nothing."""
    visitor.sign_in(name)
    first, second = (visitor.get("/account/second-factor").text for _ in range(2))
    seen = Phone(first)
    assert seen.secret != Phone(second).secret
    with Visitor(visitor.url) as owner:
        owner.sign_in(name)
        owner.get("/account")
        owner.send("/account/password", {"old": PASSWORD, "new": NEW})
        owner.get("/account/second-factor")
        stale = owner.send("/account/second-factor", {"code": seen.code(), "offer": offer(first)})
        assert (stale.status_code, "offered to another login" in fault(stale)) == (409, True)
        for odd in ("", "1:", "1:AAAA", "x" * 3000):
            assert owner.send("/account/second-factor", {"code": "1", "offer": odd}).status_code == 409


def test_a_recovery_code_takes_the_second_factor_away(visitor: Visitor, name: str) -> None:
    """Whoever lost the app gets a new one with two of the codes, without an administrator."""
    visitor.sign_in(name)
    _, codes = enrol(visitor)
    visitor.send("/logout")
    visitor.sign_in(name)
    visitor.send("/login/code", {"code": codes[0]})
    visitor.get("/account")
    assert visitor.send("/account/second-factor/remove", {"code": codes[0]}).status_code == 403
    assert visitor.send("/account/second-factor/remove", {"code": codes[1]}).status_code == 200
    enrol(visitor)


def test_the_old_password_opens_no_session_late(server: Server, admin: Wire, name: str) -> None:
    """Whoever waits in line with it while it is changed is not let in by what was right before."""
    assert admin.header
    with ThreadPoolExecutor(24) as crowd, Visitor(server.url) as owner:
        owner.sign_in(name)
        owner.get("/account")

        def knock(_: int) -> bool:
            with Visitor(server.url) as thief:
                thief.post("/login", {"name": name, "password": PASSWORD})
                return thief.cookie is not None and thief.get("/account").status_code == 200

        waiting = [crowd.submit(knock, number) for number in range(24)]
        assert owner.send("/account/password", {"old": PASSWORD, "new": NEW}).status_code in {200, 429}
        [one.result() for one in waiting]
        own = Wire.basic(owner.client, name, NEW)
        for session in own.get("/api/v1/me/sessions").json():
            assert session["agent"].startswith("python-httpx")
        assert len(own.get("/api/v1/me/sessions").json()) == 1


def test_guessing_the_old_password_is_slowed(visitor: Visitor, admin: Wire, name: str) -> None:
    """Also for whoever has a session, and it is told."""
    visitor.sign_in(name)
    visitor.get("/account")
    statuses = [
        visitor.send("/account/password", {"old": f"guess number {number}", "new": NEW}).status_code
        for number in range(12)
    ]
    assert statuses[0] == 403
    assert statuses[-1] == 429
    until(lambda: admin.get(f"/api/v1/audit?kind=login.failed&actor={name}").json(), "it is told", 10)


def test_where_to_go_outlasts_the_second_factor(visitor: Visitor, name: str) -> None:
    """What they wanted to see before is what they see after."""
    visitor.sign_in(name)
    phone, _ = enrol(visitor)
    visitor.send("/logout")
    landed = visitor.sign_in(name, next="/explain")
    assert (landed.url.path, landed.url.query) == ("/login/code", b"next=/explain")
    assert visitor.send("/login/code", {"code": phone.code(), "next": "/explain"}).url.path == "/explain"


@pytest.mark.parametrize("patterns", ["***/x", "é/**", "a" * 2000, "<b>", " ".join(f"p{n}" for n in range(60))])
def test_odd_patterns_of_tokens(visitor: Visitor, name: str, patterns: str) -> None:
    """Are refused by the form as by the API."""
    visitor.sign_in(name)
    visitor.get("/account")
    answer = visitor.send("/account/tokens", {"name": "t", "scopes": ["pull"], "days": "9", "repositories": patterns})
    assert answer.status_code == 400


@pytest.mark.parametrize("days", ["0", "-1", "9" * 5000, "1e3", "٣", "10000"])
def test_odd_days_of_tokens(visitor: Visitor, name: str, days: str) -> None:
    """The same."""
    visitor.sign_in(name)
    visitor.get("/account")
    answer = visitor.send("/account/tokens", {"name": "t", "scopes": ["pull"], "days": days})
    assert answer.status_code == 400


@pytest.mark.parametrize("number", ["9" * 18, "9" * 30, "9" * 5000, "-1", "x", "%2e"])
def test_odd_numbers(visitor: Visitor, name: str, number: str) -> None:
    """There is nothing."""
    visitor.sign_in(name)
    visitor.get("/account")
    for path in (f"/account/sessions/{number}/end", f"/account/tokens/{number}/delete"):
        assert visitor.post(path).status_code == 404


def test_a_person_has_so_many_sessions(server: Server, name: str) -> None:
    """And no more: the oldest end."""
    with Visitor(server.url) as first:
        first.sign_in(name)
        for _ in range(100):
            with Visitor(server.url) as other:
                other.sign_in(name)
        assert first.get("/account").status_code == 303
        own = Wire.basic(first.client, name, PASSWORD)
        assert len(own.get("/api/v1/me/sessions?per_page=1000").json()) == 100
