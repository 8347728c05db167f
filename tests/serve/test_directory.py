"""People of a real LDAP directory at a running registry: who comes in, as what, and who is out again."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.certificate import make_certificate
from tests.support.command import Outcome, moorage
from tests.support.directory import PASSWORD, SEARCHER, SEARCHER_PASSWORD, Directory, needed, person
from tests.support.people import enrol
from tests.support.server import PASSWORD as ADMIN_PASSWORD
from tests.support.server import Server, free_port
from tests.support.visiting import Visitor
from tests.support.waiting import until
from tests.support.wire import ADMIN, Wire, client_of, refusal

pytestmark = needed
GUIDE = (Path(__file__).parents[2] / "docs" / "directory.md").read_text()
OWN = "a password of our own"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    """A few people; ada administers."""
    folder = tmp_path_factory.mktemp("slapd")
    with Directory(folder / "slapd", make_certificate(folder)) as directory:
        for name in ("ada", "bob", "carl", "dora", "erin", "fay", "gus"):
            directory.hire(name)
        directory.hire("admin")
        directory.hire("local")
        directory.group("people", "ada", "bob", "carl", "dora", "erin", "gus", "admin", "local")
        directory.group("Platform", "ada")
        directory.group("crew", "bob")
        yield directory


@pytest.fixture(scope="module")
def settings(directory: Directory) -> dict[str, str]:
    """Asked anew every two seconds, so that tests need not wait for an hour."""
    return {
        **directory.settings(
            allowed_groups="people", admin_group="platform", check_minutes=str(2 / 60), fresh_days="1"
        ),
        "MOORAGE_TRUSTED_PROXIES": "127.0.0.1",
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Iterator[Server]:
    """A registry that asks it, with one person of its own whom the directory has as well."""
    with Server(tmp_path_factory.mktemp("registry") / "data", settings=settings, quick=True) as server:
        enrol(server.data, "local", OWN, administrator=False)
        yield server


@pytest.fixture(scope="module")
def admin(client: httpx.Client) -> Wire:
    """Our own administrator."""
    admin = Wire.basic(client, ADMIN, ADMIN_PASSWORD)
    assert admin.ask("POST", "/api/v1/groups", json={"name": "crew"}).status_code == 201
    return admin


def enter(client: httpx.Client, name: str, password: str = PASSWORD, address: str = "192.0.2.1") -> httpx.Response:
    """What docker asks to log in."""
    who = Wire.basic(client, name, password)
    return who.ask("GET", "/v2/token", params={"service": "x"}, headers={"X-Forwarded-For": address})


def account(admin: Wire, name: str) -> dict[str, Any]:
    """Their account, as the administrator sees it."""
    found: dict[str, Any] = admin.get(f"/api/v1/users/{name}").json()
    return found


def told(admin: Wire, kind: str, **query: str) -> list[dict[str, Any]]:
    """The audit, the newest first."""
    found: list[dict[str, Any]] = admin.ask("GET", "/api/v1/audit", params={"kind": kind, **query}).json()
    return found


def crew(admin: Wire) -> list[str]:
    """Who is in the group here."""
    return [person["name"] for person in admin.get("/api/v1/groups/crew/members").json()]


def test_who_comes_in(client: httpx.Client, admin: Wire) -> None:
    """By the password of the directory; the first time makes an account, and the audit tells so, and no password."""
    assert enter(client, "ada").status_code == 200
    assert account(admin, "ada")["administrator"] is True
    made = told(admin, "user.created", object="user:ada")
    assert [event["after"]["source"] for event in made] == ["ldap"]
    assert PASSWORD not in json.dumps(admin.get("/api/v1/audit").json())
    assert Wire.basic(client, "ada", PASSWORD).get("/api/v1/users").status_code == 200


@pytest.mark.parametrize(
    ("name", "password"),
    [("ada", "wrong"), ("ada", ""), ("nobody", PASSWORD), ("nobody", ""), ("*", PASSWORD), ("*)(uid=*", PASSWORD)],
)
def test_who_does_not(client: httpx.Client, name: str, password: str) -> None:
    """Wrong, empty, or a filter in place of a name: all are told the same."""
    error = refusal(enter(client, name, password, "192.0.2.2"), 401, "UNAUTHORIZED")
    assert "the user name or password is wrong" in error["message"]


def test_guessing_is_slowed(client: httpx.Client) -> None:
    """As it is for our own people, and for one address alone."""
    statuses = [enter(client, "bob", f"wrong {number}", "192.0.2.3").status_code for number in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    assert enter(client, "bob").status_code == 200


def test_a_name_is_no_proof(client: httpx.Client, admin: Wire) -> None:
    """Our own people log in by our own passwords; nobody of the directory comes in by their names, however written."""
    assert enter(client, "admin").status_code == 401
    assert enter(client, "local").status_code == 401
    assert enter(client, "local", OWN).status_code == 200
    for name in ("ADMIN", "Local"):
        error = refusal(enter(client, name), 403, "DENIED")
        assert "a name is no proof" in error["message"]
    assert told(admin, "user.created", object="user:local") == []
    reasons = until(lambda: told(admin, "login.failed", actor="Local"), "the audit tells of it")
    assert "a name is no proof" in reasons[0]["after"]["reason"]


def test_a_new_person_of_an_old_name(client: httpx.Client, directory: Directory) -> None:
    """Gets nothing of who had it before."""
    assert enter(client, "gus").status_code == 200
    directory.fire("gus")
    directory.hire("gus", "another gus")
    directory.group("people", "ada", "bob", "carl", "dora", "erin", "gus", "admin", "local")
    error = refusal(enter(client, "gus", "another gus"), 403)
    assert "a name is no proof" in error["message"]


def test_groups_are_followed(client: httpx.Client, admin: Wire, directory: Directory) -> None:
    """Those that there are here; also when nobody logs in, and then as told by the registry itself."""
    assert enter(client, "bob").status_code == 200
    assert "bob" in crew(admin)
    directory.group("crew")
    until(lambda: "bob" not in crew(admin), "bob leaves the crew")
    assert told(admin, "group.left")[0]["actor_kind"] == "machine"


def test_who_administers(client: httpx.Client, admin: Wire, directory: Directory) -> None:
    """The group decides, both ways."""
    assert enter(client, "carl").status_code == 200
    assert account(admin, "carl")["administrator"] is False
    directory.group("Platform", "ada", "carl")
    until(lambda: account(admin, "carl")["administrator"], "carl administers")
    directory.group("Platform", "ada")
    until(lambda: not account(admin, "carl")["administrator"], "carl does no more")
    assert Wire.basic(client, "carl", PASSWORD).get("/api/v1/users").status_code == 403


def test_who_is_not_let_in(client: httpx.Client, admin: Wire) -> None:
    """Nobody of other groups; they are told, since their password was right, and leave no account behind."""
    error = refusal(enter(client, "fay"), 403, "DENIED")
    assert "none of your groups" in error["message"]
    assert admin.get("/api/v1/users/fay").status_code == 404
    assert enter(client, "fay", "wrong").status_code == 401


@pytest.mark.parametrize("way", ["out of the groups", "gone"])
def test_who_leaves_is_out(client: httpx.Client, admin: Wire, directory: Directory, way: str) -> None:
    """With logins, sessions and personal tokens, though nobody did anything here."""
    name = {"out of the groups": "dora", "gone": "erin"}[way]
    who = Wire.basic(client, name, PASSWORD)
    made = who.ask("POST", "/api/v1/me/tokens", json={"name": "laptop", "scopes": ["admin"]})
    assert made.status_code == 201, made.text
    own, saved = who.bearing(made.json()["secret"]), who.bearing(who.token("registry:catalog:*"))
    looks: list[Callable[[], int]] = [
        lambda: own.get("/api/v1/me").status_code,
        lambda: saved.get("/v2/").status_code,
        lambda: who.get("/v2/").status_code,
    ]
    assert [look() for look in looks] == [200, 200, 200]
    if way == "gone":
        directory.fire(name)
    else:
        directory.group("people", "ada", "bob", "carl", "erin", "admin", "local")
    until(lambda: [look() for look in looks] in ([401, 401, 401], [401, 401, 403]), f"{name} is out")
    assert told(admin, "user.shut_out", object=f"user:{name}")[0]["actor_kind"] == "machine"


def test_who_is_disabled_here(client: httpx.Client, admin: Wire) -> None:
    """Stays out, whatever the directory says, also after it was asked again."""
    assert enter(client, "carl").status_code == 200
    assert admin.ask("PATCH", "/api/v1/users/carl", json={"disabled": True}).status_code == 200
    error = until(lambda: (a := enter(client, "carl")).status_code == 403 and refusal(a, 403), "carl is out", 10)
    assert error
    assert "disabled" in error["message"]
    admin.ask("PATCH", "/api/v1/users/carl", json={"disabled": False})
    assert enter(client, "carl").status_code == 200


def test_in_a_browser(server: Server, client: httpx.Client, admin: Wire) -> None:
    """The same name and password sign in; the password is not changed here."""
    del admin
    with Visitor(server.url) as visitor:
        visitor.get("/login")
        page = visitor.send("/login", {"name": "bob", "password": "wrong"})
        assert (page.status_code, "is wrong" in page.text) == (403, True)
        page = visitor.send("/login", {"name": "bob", "password": PASSWORD})
        assert page.status_code == 200
        assert "bob" in page.text
    changed = {"old": PASSWORD, "new": "another password of bob"}
    error = refusal(Wire.basic(client, "bob", PASSWORD).ask("PUT", "/api/v1/me/password", json=changed), 409)
    assert "the directory" in error["message"]


def test_a_second_factor_is_asked_for(directory: Directory, settings: dict[str, str], server: Server) -> None:
    """Where everybody needs one, the password of the directory alone opens nothing."""
    strict = {**settings, "MOORAGE_SIGN_IN_SECOND_FACTOR": "all"}
    del directory
    with Server(server.data.parent / "strict", settings=strict) as other, client_of(other.url) as client:
        error = refusal(enter(client, "ada"), 401)
        assert "second factor" in error["message"]


@pytest.mark.parametrize("way", ["plain", "tls"])
def test_an_untrusted_certificate(directory: Directory, server: Server, way: str) -> None:
    """Fails closed: nobody of the directory comes in, our own people do."""
    (server.data.parent / way).mkdir()
    other, _ = make_certificate(server.data.parent / way)
    torn = directory.settings(url=getattr(directory, way), ca_file=str(other))
    with Server(server.data.parent / f"torn-{way}", settings=torn) as registry, client_of(registry.url) as client:
        error = refusal(enter(client, "ada"), 503, "UNAVAILABLE")
        assert "cannot be asked" in error["message"]
        assert enter(client, ADMIN, ADMIN_PASSWORD).status_code == 200


def test_a_directory_that_is_down(directory: Directory, settings: dict[str, str], server: Server) -> None:
    """Says nothing about anybody: who is logged in stays so, our own people come in, others are told to wait."""
    with Server(server.data.parent / "down", settings=settings) as registry, client_of(registry.url) as client:
        admin = Wire.basic(client, ADMIN, ADMIN_PASSWORD)
        who = Wire.basic(client, "ada", PASSWORD)
        token = who.ask("POST", "/api/v1/me/tokens", json={"name": "laptop", "scopes": ["admin"]}).json()["secret"]
        directory.stop()
        try:
            for name, password in (("ada", "another"), ("bob", PASSWORD), ("nobody", PASSWORD)):
                answer = enter(client, name, password)
                error = refusal(answer, 503, "UNAVAILABLE")
                assert "the directory cannot be asked at the moment" in error["message"]
                assert answer.headers["retry-after"] == "5"
                assert directory.plain not in answer.text
            assert enter(client, ADMIN, ADMIN_PASSWORD).status_code == 200
            until(lambda: "did not tell of everybody" in registry.output(), "a round finds nobody to ask")
            assert who.get("/v2/").status_code == 200
            assert who.bearing(token).get("/api/v1/me").status_code == 200
            assert told(admin, "user.shut_out") == []
            failed = until(lambda: told(admin, "login.failed", actor="bob"), "the audit tells of it")
            assert "did not answer" in failed[0]["after"]["reason"]
        finally:
            directory.start()
        assert until(lambda: enter(client, "bob").status_code == 200, "it is asked again", 10)


def check(server: Server, settings: dict[str, str], *words: str, given: str | None = None) -> Outcome:
    """`moorage admin check-directory` beside the server."""
    return moorage("admin", "check-directory", *words, "--data", server.data, settings=settings, given=given)


def test_looked_at_from_the_machine(server: Server, directory: Directory, settings: dict[str, str]) -> None:
    """Step by step, what it finds and what somebody would be; never a password."""
    outcome = check(server, settings, "ada")
    assert outcome.status == 0, outcome.out + outcome.err
    for part in (
        directory.plain,
        "TLSv1.3, and the certificate is that of 127.0.0.1",
        f"bound as {SEARCHER}",
        f"found {person('ada')}",
        "in the groups: people, platform",
        "would come in as ada, administrator",
    ):
        assert part in outcome.out
    tried = check(server, settings, "ada", "--password-stdin", given=PASSWORD)
    assert (tried.status, "the password is right" in tried.out) == (0, True)
    wrong = check(server, settings, "ada", "--password-stdin", given="wrong one")
    assert (wrong.status, "the password is wrong" in wrong.out) == (1, True)
    for done in (outcome, tried, wrong):
        assert not any(secret in done.out + done.err for secret in (PASSWORD, SEARCHER_PASSWORD, "wrong one"))


def test_what_the_machine_finds_wrong(server: Server, directory: Directory, settings: dict[str, str]) -> None:
    """Status 1, and the step that failed."""
    del directory
    down = f"ldap://127.0.0.1:{free_port()}"
    for words, changed, part in (
        (["nobody"], {}, "finds nobody below ou=people"),
        (["fay"], {}, "would not come in: none of your groups"),
        (["LOCAL"], {}, "would not come in: there is a user local here already"),
        (["ada"], {"MOORAGE_LDAP_URL": down}, "that failed:"),
        (["ada"], {"MOORAGE_LDAP_BIND_PASSWORD": "not it"}, "see ldap.bind_dn"),
        (["ada"], {"MOORAGE_LDAP_SUBJECT_ATTRIBUTE": "employeeNumber"}, "see ldap.subject_attribute"),
        (["ada"], {"MOORAGE_LDAP_URL": ""}, "no directory is set"),
    ):
        outcome = check(server, {**settings, **changed}, *words)
        assert (outcome.status, part in outcome.out) == (1, True), outcome.out + outcome.err


def test_the_guide(tmp_path: Path, directory: Directory) -> None:
    """Its settings let people in as it says, and its command finds them; only the address of the server is another."""
    (text,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    (command,) = [line for line in GUIDE.splitlines() if line.startswith("moorage ")]
    (tmp_path / "moorage.toml").write_text(text)
    directory.group("staff", "ada")
    settings = {
        "MOORAGE_CONFIG": str(tmp_path / "moorage.toml"),
        "MOORAGE_LDAP_URL": directory.tls,
        "MOORAGE_LDAP_CA_FILE": str(directory.certificate),
        "MOORAGE_LDAP_BIND_PASSWORD": SEARCHER_PASSWORD,
    }
    with Server(tmp_path / "data", settings=settings) as server, client_of(server.url) as client:
        assert enter(client, "ada").status_code == 200
        assert enter(client, "bob").status_code == 403
        outcome = check(server, settings, *command.split()[3:])
        assert (outcome.status, "would come in as ada" in outcome.out) == (0, True)
        directory.change(person("ada"), employeeType="former")
        try:
            outcome = check(server, settings, *command.split()[3:])
            assert (outcome.status, "finds nobody" in outcome.out) == (1, True)
        finally:
            directory.change(person("ada"), employeeType="present")
