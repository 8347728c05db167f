"""Invitations by link: made, listed, taken back, and followed once, with an account or without."""

import re
from collections.abc import Callable
from html import unescape

import pytest

from tests.support.server import PASSWORD
from tests.support.visiting import Visitor, enrol, fault
from tests.support.wire import Wire, fresh, refusal

GONE = "this invitation is not good any more"


def unused(what: str = "invited") -> str:
    """A name that no other test uses."""
    return fresh(what).replace("/", "-")


@pytest.fixture
def project(admin: Wire) -> str:
    """A project that no other test uses."""
    name = unused("into")
    assert admin.ask("POST", "/api/v1/projects", json={"name": name}).status_code == 201
    return name


def person(admin: Wire, project: str | None = None, role: str = "owner", **more: bool) -> Wire:
    """Somebody, with this role in the project."""
    name = unused("person")
    assert admin.ask("POST", "/api/v1/users", json={"name": name, "password": PASSWORD}).status_code == 201
    if project is not None:
        set_role(admin, project, name, role)
    if more:
        assert admin.ask("PATCH", f"/api/v1/users/{name}", json=more).status_code == 200
    somebody = Wire.basic(admin.client, name, PASSWORD)
    somebody.name = name
    return somebody


def set_role(admin: Wire, project: str, name: str, role: str) -> None:
    """Let them be this there, and nothing else."""
    answer = admin.ask("PUT", f"/api/v1/projects/{project}/members/{name}", json={"role": role})
    assert answer.status_code in {200, 201}, answer.text


def invite(maker: Wire, project: str | None = None, role: str = "writer", **more: object) -> str:
    """The path of a new invitation's link."""
    place = "" if project is None else f"/projects/{project}"
    body = {**({} if project is None else {"role": role}), **more}
    answer = maker.ask("POST", f"/api/v1{place}/invitations", json=body)
    assert answer.status_code == 201, answer.text
    url: str = answer.json()["url"]
    assert url.startswith(maker.address("/invite/moi_"))
    return url.removeprefix(maker.address(""))


def join(visitor: Visitor, path: str, name: str, password: str = PASSWORD) -> int:
    """Follow it with a new account; the status."""
    visitor.get(path)
    return visitor.post(path, {"name": name, "password": password}).status_code


def roles(admin: Wire, project: str, name: str) -> list[str]:
    """What somebody is in a project."""
    answer = admin.get(f"/api/v1/projects/{project}/members/{name}")
    return [role["role"] for role in answer.json()["roles"]] if answer.status_code == 200 else []


def test_into_the_registry(admin: Wire, visitor: Visitor) -> None:
    """A link makes an account, once, and signs it in; whoever comes second finds what a wrong link finds."""
    path, name = invite(admin), unused()
    page = visitor.get(path)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "<strong>admin</strong> invites you" in page.text
    joined = visitor.post(path, {"name": name, "password": PASSWORD})
    assert (joined.status_code, f"Welcome, {name}" in joined.text) == (200, True)
    assert visitor.get("/account").status_code == 200
    own = Wire.basic(admin.client, name, PASSWORD).get("/api/v1/me").json()
    assert (own["administrator"], own["auditor"], own["must_change"]) == (False, False, False)
    with Visitor(visitor.url) as second:
        used, wrong = second.get(path), second.get("/invite/moi_nothing")
        assert (used.status_code, wrong.status_code) == (404, 404)
        assert fault(used) == fault(wrong)
        assert GONE in fault(used).lower()
        assert join(second, path, unused()) == 404


def test_into_a_project(admin: Wire, visitor: Visitor, project: str) -> None:
    """An owner's link makes an account with that role, and nothing more."""
    owner = person(admin, project)
    path, name = invite(owner, project), unused()
    page = unescape(visitor.get(path).text)
    assert f"<strong>{project}</strong> as <strong>writer</strong>" in page
    assert "push images" in page
    assert join(visitor, path, name) == 200
    assert roles(admin, project, name) == ["writer"]
    newcomer = Wire.basic(admin.client, name, PASSWORD)
    assert newcomer.ask("POST", f"/v2/{project}/app/blobs/uploads/").status_code == 202
    refusal(newcomer.ask("POST", f"/api/v1/projects/{project}/invitations", json={"role": "reader"}), 403)


def test_with_an_account(admin: Wire, visitor: Visitor, project: str) -> None:
    """Whoever has one signs in first and comes back; the role is added to those that they hold."""
    member = person(admin, project, "reader")
    path = invite(admin, project)
    there = visitor.get(path)
    link = re.search(r'href="(/login\?next=[^"]+)"', there.text)
    assert link is not None
    visitor.get(link[1])
    back = visitor.send("/login", {"name": member.name, "password": PASSWORD, "next": path})
    assert (back.status_code, back.url.path) == (200, path)
    assert f"Join as {member.name}" in back.text
    assert "Choose a password" not in back.text
    joined = visitor.post(path)
    assert (joined.status_code, "<strong>writer</strong>" in joined.text) == (200, True)
    assert sorted(roles(admin, project, member.name)) == ["reader", "writer"]
    assert visitor.post(path).status_code == 404


def test_back_through_the_second_factor(admin: Wire, visitor: Visitor, project: str) -> None:
    """Where to go next survives the code and a password that must be changed; half a login joins nothing."""
    member, path = person(admin), invite(admin, project)
    visitor.sign_in(member.name)
    phone, _ = enrol(visitor)
    admin.ask("PUT", f"/api/v1/users/{member.name}/password", json={"password": "set by another"})
    asked = visitor.sign_in(member.name, "set by another", next=path)
    assert asked.url.path == "/login/code"
    assert f'name="next" value="{path}"' in asked.text
    assert visitor.get(path).headers["location"] == f"/login/code?next={path}"
    assert visitor.post(path).headers["location"] == f"/login/code?next={path}"
    asked = visitor.send("/login/code", {"code": phone.code(), "next": path})
    assert (asked.url.path, f'name="next" value="{path}"' in asked.text) == ("/login/password", True)
    assert roles(admin, project, member.name) == []
    fields = {"old": "set by another", "new": "of their own", "next": path}
    assert visitor.send("/login/password", fields).url.path == path
    assert visitor.post(path).status_code == 200
    assert roles(admin, project, member.name) == ["writer"]


def test_looking_spends_nothing(admin: Wire, visitor: Visitor) -> None:
    """A chat that previews links, or a reload, uses no invitation up."""
    path = invite(admin)
    for _ in range(3):
        assert visitor.get(path).status_code == 200
        head = visitor.client.head(path)
        assert (head.status_code, head.content) == (200, b"")
    assert join(visitor, path, unused()) == 200


def test_what_is_typed_wrong_spends_nothing(admin: Wire, visitor: Visitor) -> None:
    """The form comes again with the sentence and the name, never the password."""
    taken, path = person(admin).name, invite(admin)
    for name, password, status, sentence in (
        (taken, PASSWORD, 409, "already"),
        (taken.upper(), PASSWORD, 409, "already"),
        ("ADMIN", PASSWORD, 409, "already"),
        ('"><img src=x>', PASSWORD, 400, "letters and digits"),
        ("\u212aate", PASSWORD, 400, "letters and digits"),
        ("", PASSWORD, 400, "letters and digits"),
        (unused(), "short", 400, "8 to 1024"),
        (unused(), "", 400, "8 to 1024"),
    ):
        visitor.get(path)
        answer = visitor.post(path, {"name": name, "password": password})
        assert (answer.status_code, sentence in fault(answer)) == (status, True), answer.text
        assert PASSWORD not in answer.text
        assert "<img" not in answer.text
        assert visitor.cookie is None
    assert join(visitor, path, unused()) == 200


def test_a_holder_of_a_link_does_not_try_out_names(admin: Wire, visitor: Visitor) -> None:
    """After ten that are taken the next one waits, whether it is taken or free; the link stays good."""
    path = invite(admin)
    names = [person(admin).name for _ in range(11)]
    visitor.get(path)
    told = [visitor.post(path, {"name": name, "password": PASSWORD}).status_code for name in names]
    assert told == [409] * 10 + [429]
    slowed = visitor.post(path, {"name": unused(), "password": PASSWORD})
    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) > 0
    assert visitor.get(path).status_code == 200


def test_who_has_all_of_it_already(admin: Wire, visitor: Visitor, project: str) -> None:
    """Spends nothing: neither somebody with an account, nor a member with that very role."""
    member = person(admin, project, "writer")
    wide, own = invite(admin), invite(admin, project)
    visitor.sign_in(member.name)
    assert "makes an account" in visitor.get(wide).text
    visitor.get("/account")
    assert visitor.post(wide).status_code == 409
    assert visitor.post(own).status_code == 409
    assert roles(admin, project, member.name) == ["writer"]
    with Visitor(visitor.url) as other:
        assert join(other, wide, unused()) == 200
    with Visitor(visitor.url) as other:
        assert join(other, own, unused()) == 200


def test_nobody_gives_more_than_they_hold(admin: Wire, project: str) -> None:
    """Whoever gives roles by a role of their own, which may less than an owner, invites no owner."""
    role = unused("keeper")
    admin.ask("PUT", f"/api/v1/roles/{role}", json={"actions": ["project:read", "member:read", "member:manage"]})
    keeper = person(admin, project, role)
    place = f"/api/v1/projects/{project}/invitations"
    refusal(keeper.ask("POST", place, json={"role": "owner"}), 403)
    refusal(keeper.ask("POST", place, json={"role": "reader"}), 403)
    assert keeper.ask("POST", place, json={"role": role}).status_code == 201
    refusal(admin.ask("POST", place, json={"role": "nobody-knows-it"}), 400)


Change = Callable[[Wire, Wire, str], object]
CHANGES: dict[str, tuple[Change, Change | None]] = {
    "disabled": (
        lambda admin, maker, _: admin.ask("PATCH", f"/api/v1/users/{maker.name}", json={"disabled": True}),
        lambda admin, maker, _: admin.ask("PATCH", f"/api/v1/users/{maker.name}", json={"disabled": False}),
    ),
    "demoted": (
        lambda admin, maker, project: set_role(admin, project, maker.name, "maintainer"),
        lambda admin, maker, project: set_role(admin, project, maker.name, "owner"),
    ),
    "removed": (
        lambda admin, maker, project: admin.ask("DELETE", f"/api/v1/projects/{project}/members/{maker.name}"),
        lambda admin, maker, project: set_role(admin, project, maker.name, "owner"),
    ),
    "to change a password": (
        lambda admin, maker, _: admin.ask(
            "PUT", f"/api/v1/users/{maker.name}/password", json={"password": "set by another"}
        ),
        None,
    ),
    "deleted": (lambda admin, maker, _: admin.ask("DELETE", f"/api/v1/users/{maker.name}"), None),
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("has_account", [False, True], ids=["a newcomer", "somebody known"])
def test_a_maker_who_may_no_longer(
    admin: Wire, visitor: Visitor, project: str, what: str, *, has_account: bool
) -> None:
    """Their invitation is worth what they may now, also between the page and the form."""
    maker, known = person(admin, project), person(admin)
    path, (change, undo) = invite(maker, project), CHANGES[what]
    if has_account:
        visitor.sign_in(known.name)
    assert visitor.get(path).status_code == 200
    change(admin, maker, project)
    name = known.name if has_account else unused()
    assert visitor.post(path, {"name": name, "password": PASSWORD}).status_code == 404
    assert visitor.get(path).status_code == 404
    assert roles(admin, project, name) == []
    assert has_account or admin.get(f"/api/v1/users/{name}").status_code == 404
    if undo is not None:
        undo(admin, maker, project)
        assert visitor.get(path).status_code == 200


def test_an_administrator_who_is_none_any_more(admin: Wire, visitor: Visitor, project: str) -> None:
    """Lets nobody in, neither into the registry nor into a project."""
    maker = person(admin, administrator=True)
    paths = invite(maker), invite(maker, project)
    admin.ask("PATCH", f"/api/v1/users/{maker.name}", json={"administrator": False})
    assert [visitor.get(path).status_code for path in paths] == [404, 404]
    assert [join(visitor, path, unused()) for path in paths] == [404, 404]


def test_a_role_that_grew_or_went(admin: Wire, visitor: Visitor, project: str) -> None:
    """What a role may is looked at when somebody comes: more than its maker may, or gone, opens nothing."""
    role, keeper_role = unused("role"), unused("keeper")
    address = f"/api/v1/roles/{role}"
    few = ["project:read", "member:read", "member:manage"]
    admin.ask("PUT", f"/api/v1/roles/{keeper_role}", json={"actions": [*few, "pull"]})
    admin.ask("PUT", address, json={"actions": ["pull"]})
    path = invite(person(admin, project, keeper_role), project, role)
    assert visitor.get(path).status_code == 200
    admin.ask("PUT", address, json={"actions": ["pull", "push"]})
    assert visitor.get(path).status_code == 404
    admin.ask("PUT", address, json={"actions": ["pull"]})
    assert visitor.get(path).status_code == 200
    assert admin.ask("DELETE", address).status_code == 204
    assert visitor.get(path).status_code == 404


def test_listed_and_taken_back(admin: Wire, visitor: Visitor, project: str) -> None:
    """A list shows who made what for how long, never the link; what was taken back leads nowhere."""
    owner, other = person(admin, project), unused("other")
    admin.ask("POST", "/api/v1/projects", json={"name": other})
    path = invite(owner, project, "reader", note="for the new one", expires_in_days=3)
    invite(owner, project)
    place = f"/api/v1/projects/{project}/invitations"
    answer = owner.get(f"{place}?per_page=1")
    assert answer.headers["x-total-count"] == "2"
    assert 'rel="next"' in answer.headers["link"]
    [first] = answer.json()
    assert (first["project"], first["role"], first["note"], first["created_by"]) == (
        project, "reader", "for the new one", owner.name
    )  # fmt: skip
    assert first["expires_at"] - first["created_at"] == 3 * 86_400
    assert path.rpartition("/")[2] not in answer.text
    assert owner.get(f"{place}/{first['id']}").json() == first
    number = first["id"]
    for wrong in (f"/api/v1/projects/{other}/invitations/{number}", f"/api/v1/invitations/{number}"):
        refusal(admin.get(wrong), 404)
        refusal(admin.ask("DELETE", wrong), 404)
    refusal(owner.ask("DELETE", f"{place}/{number}", headers={"If-Match": '"another"'}), 412)
    assert visitor.get(path).status_code == 200
    assert owner.ask("DELETE", f"{place}/{number}").status_code == 204
    refusal(owner.ask("DELETE", f"{place}/{number}"), 404)
    assert visitor.get(path).status_code == 404
    assert join(visitor, path, unused()) == 404


@pytest.mark.parametrize(
    "body",
    [
        {"role": "reader", "expires_in_days": 31},
        {"role": "reader", "expires_in_days": 0},
        {"role": "reader", "expires_in_days": "7"},
        {"role": "reader", "note": "two\nlines"},
        {"role": "reader", "note": "\u202eelbisivni"},
        {"role": "reader", "note": "x" * 201},
        {"role": "reader", "administrator": True},
        {"note": "no role"},
    ],
)
def test_what_cannot_be_made(admin: Wire, project: str, body: dict[str, object]) -> None:
    """Is refused with a sentence."""
    refusal(admin.ask("POST", f"/api/v1/projects/{project}/invitations", json=body), 400)


def test_one_into_the_registry_takes_no_role(admin: Wire) -> None:
    """Nobody becomes an administrator by a link."""
    for body in ({"role": "owner"}, {"administrator": True}):
        refusal(admin.ask("POST", "/api/v1/invitations", json=body), 400)


def test_the_audit(admin: Wire, visitor: Visitor, project: str) -> None:
    """Tells who invited whom to what and who came, and holds no secret."""
    owner, name = person(admin, project), unused()
    path, revoked = invite(owner, project, note="for the crew"), invite(owner, project)
    number = owner.get(f"/api/v1/projects/{project}/invitations").json()[1]["id"]
    owner.ask("DELETE", f"/api/v1/projects/{project}/invitations/{number}")
    join(visitor, path, name)
    text = admin.get(f"/api/v1/audit?repository={project}&per_page=100").text
    for secret in (path, revoked):
        assert secret.rpartition("/")[2] not in text
    events = admin.get(f"/api/v1/audit?repository={project}").json()
    told = {event["kind"]: event for event in events if event["kind"].startswith("invitation.")}
    assert told.keys() == {"invitation.created", "invitation.revoked", "invitation.accepted"}
    accepted = told["invitation.accepted"]
    assert (accepted["actor"], accepted["after"]) == (name, {"user": name})
    assert accepted["before"] | {"expires_at": 0} == {
        "made_by": owner.name, "role": "writer", "note": "for the crew", "expires_at": 0
    }  # fmt: skip
    assert told["invitation.created"]["actor"] == told["invitation.revoked"]["actor"] == owner.name
    assert {"member.set"} <= {event["kind"] for event in events}
    [made] = admin.get(f"/api/v1/audit?object=user:{name}&kind=user.created").json()
    assert made["address"] == "127.0.0.1"
