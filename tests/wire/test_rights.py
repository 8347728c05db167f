"""People, roles, robots and personal tokens, as clients of the registry and of the API meet them."""

import itertools
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from moorage.oci import media_type as types
from tests.support import content
from tests.support.raw import Connection, request
from tests.support.server import PASSWORD, Server
from tests.support.wire import Wire, refusal

API = "/api/v1"
_numbers = itertools.count(1)
SECONDS = 8
"""Longer than an account is trusted to be as it was."""


def made(answer: Any) -> Any:  # noqa: ANN401 - whatever JSON it is
    """What was made or found, as JSON."""
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def until(status: int, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - an answer
    """Ask until this is the status; within seconds it has to be."""
    deadline = time.monotonic() + SECONDS
    while (answer := ask()).status_code != status:
        assert time.monotonic() < deadline, f"{answer.status_code} {answer.text}"
        time.sleep(0.1)
    return answer


class Team:
    """A private project of its own with an image, and what tests need to people it."""

    def __init__(self, admin: Wire) -> None:
        self.admin = admin
        self.name = f"rights-{next(_numbers)}"
        self.app = f"{self.name}/app"
        made(admin.ask("POST", f"{API}/projects", json={"name": self.name}))
        admin.push_image(self.app, "latest", "1.0")

    def person(self, role: str | None = None, **fields: Any) -> Wire:  # noqa: ANN401 - of the API
        """A new user with this role in the project."""
        name = f"{self.name}-{next(_numbers)}"
        made(self.admin.ask("POST", f"{API}/users", json={"name": name, "password": PASSWORD, **fields}))
        who = Wire.basic(self.admin.client, name, PASSWORD)
        who.name = name
        if role is not None:
            self.give(name, {"role": role})
        return who

    def give(self, name: str, body: dict[str, Any]) -> None:
        """Let these be somebody's roles."""
        made(self.admin.ask("PUT", f"{API}/projects/{self.name}/members/{name}", json=body))

    def robot(self, by: Wire | None = None, **fields: Any) -> tuple[Wire, dict[str, Any]]:  # noqa: ANN401 - of the API
        """A robot of the project, and what was shown of it."""
        body = {"name": f"r{next(_numbers)}", **fields}
        shown = made((by or self.admin).ask("POST", f"{API}/projects/{self.name}/robots", json=body))
        return Wire.basic(self.admin.client, shown["name"], shown["secret"]), shown

    def pull(self, who: Wire, repository: str = "app") -> int:
        """The status of a pull."""
        return who.get(f"/v2/{self.name}/{repository}/manifests/latest").status_code

    def push(self, who: Wire, tag: str, repository: str = "app") -> int:
        """The status of a push of an image that is there already under this tag."""
        name = f"{self.name}/{repository}"
        digest = content.digest_of(content.CONFIG)
        answer = who.ask("POST", f"/v2/{name}/blobs/uploads/", params={"digest": digest}, content=content.CONFIG)
        if not answer.is_success:
            return answer.status_code
        return who.push(name, tag, content.image()).status_code


@pytest.fixture
def team(admin: Wire) -> Team:
    """A team of its own."""
    return Team(admin)


def test_roles(team: Team) -> None:
    """A reader pulls, a writer pushes but does not delete, a maintainer deletes; a stranger sees nothing."""
    stranger, reader, writer, maintainer = (team.person(role) for role in (None, "reader", "writer", "maintainer"))
    assert [team.pull(who) for who in (stranger, reader, writer, maintainer)] == [403, 200, 200, 200]
    assert [team.push(who, "2.0") for who in (stranger, reader, writer, maintainer)] == [403, 403, 201, 201]
    path = f"/v2/{team.app}/manifests/2.0"
    error = refusal(writer.ask("DELETE", path), 403, "DENIED")
    assert f"{writer.name} may not" in error["message"]
    assert "delete" in error["message"]
    assert maintainer.ask("DELETE", path).status_code == 202


def test_a_writer_makes_repositories_but_no_projects(team: Team) -> None:
    """A push makes a repository in one's project; a project is made by administrators."""
    writer = team.person("writer")
    assert team.push(writer, "1", repository="new/deep") == 201
    other = writer.ask("POST", f"/v2/{team.name}-other/app/blobs/uploads/")
    refusal(other, 403, "DENIED")


def test_patterns_of_repositories_and_tags(team: Team) -> None:
    """A role with patterns holds there only: other repositories are hidden, other tags cannot be moved or deleted."""
    team.admin.push_image(f"{team.name}/db", "latest")
    dev = team.person()
    team.give(dev.name, {"roles": [{"role": "maintainer", "repositories": "app", "tags": "dev-*"}]})
    assert (team.pull(dev), team.pull(dev, "db")) == (200, 403)
    assert (team.push(dev, "dev-1"), team.push(dev, "1.0")) == (201, 403)
    error = refusal(dev.push(team.app, "1.0", content.image()), 403, "DENIED")
    assert "may not move the tag 1.0" in error["message"]
    for who in (dev, dev.narrowed(f"repository:{team.app}:pull,push,delete")):
        digest = content.digest_of(content.image())
        both = who.ask("PUT", f"/v2/{team.app}/manifests/{digest}?tag=dev-2&tag=2.0", content=content.image(),
                       headers={"Content-Type": "application/vnd.oci.image.manifest.v1+json"})  # fmt: skip
        assert both.status_code == 403
        assert who.ask("DELETE", f"/v2/{team.app}/manifests/1.0").status_code == 403
        assert who.ask("DELETE", f"/v2/{team.app}/manifests/{digest}").status_code == 403
    assert dev.ask("DELETE", f"/v2/{team.app}/manifests/dev-1").status_code == 202
    listed = made(dev.get(f"{API}/projects/{team.name}/repositories"))
    assert [entry["name"] for entry in listed] == [team.app]
    assert f"{team.name}/db" not in made(dev.get("/v2/_catalog"))["repositories"]
    assert dev.get(f"{API}/projects/{team.name}/repositories/db").status_code == 404


def test_a_role_bites_at_once(team: Team) -> None:
    """Roles given, changed and taken away hold from the next request on, also for tokens that were made before."""
    person = team.person()
    token = person.narrowed(f"repository:{team.app}:pull,push")
    assert team.pull(token) in {401, 403}
    team.give(person.name, {"role": "writer"})
    token = person.narrowed(f"repository:{team.app}:pull,push")
    assert (team.pull(person), team.pull(token), team.push(token, "a")) == (200, 200, 201)
    team.give(person.name, {"role": "reader"})
    assert (team.pull(token), team.push(token, "b")) == (200, 403)
    made(team.admin.ask("DELETE", f"{API}/projects/{team.name}/members/{person.name}"))
    assert (team.pull(person), team.pull(token)) == (403, 403)


def test_groups(team: Team) -> None:
    """Who joins a group holds its roles, and who leaves it loses them, at once."""
    group, person = f"{team.name}-crew", team.person()
    made(team.admin.ask("POST", f"{API}/groups", json={"name": group}))
    made(team.admin.ask("PUT", f"{API}/projects/{team.name}/groups/{group}", json={"role": "reader"}))
    assert team.pull(person) == 403
    made(team.admin.ask("PUT", f"{API}/groups/{group}/members/{person.name}"))
    token = person.narrowed(f"repository:{team.app}:pull")
    assert (team.pull(person), team.pull(token)) == (200, 200)
    why = made(person.get(f"{API}/projects/{team.name}/explain?subject={person.name}&action=pull&repository=app"))
    assert why == {"allowed": True, "why": [f"{person.name} is reader in project {team.name} through group {group}"]}
    made(team.admin.ask("DELETE", f"{API}/groups/{group}/members/{person.name}"))
    assert (team.pull(person), team.pull(token)) == (403, 403)


def test_roles_of_ones_own(team: Team) -> None:
    """A role made of chosen actions gives these; it cannot be deleted while somebody holds it."""
    role, person = f"{team.name}-pusher", team.person()
    made(team.admin.ask("PUT", f"{API}/roles/{role}", json={"actions": ["push", "pull"]}))
    team.give(person.name, {"role": role})
    assert (team.pull(person), team.push(person, "x")) == (200, 201)
    refusal(team.admin.ask("DELETE", f"{API}/roles/{role}"), 409, "CONFLICT")
    made(team.admin.ask("PUT", f"{API}/roles/{role}", json={"actions": ["pull"]}))
    assert (team.pull(person), team.push(person, "x")) == (200, 403)
    for bad in ([], ["fly"], ["instance:manage"], ["people:manage"]):
        refusal(team.admin.ask("PUT", f"{API}/roles/{role}-bad", json={"actions": bad}), 400, "QUERY_INVALID")
    refusal(team.admin.ask("PUT", f"{API}/roles/owner", json={"actions": ["pull"]}), 409, "CONFLICT")


def test_owners_run_their_project_and_no_other(team: Team, admin: Wire) -> None:
    """An owner manages members, robots and visibility of their project; another project is not even there."""
    owner, person = team.person("owner"), team.person()
    path = f"{API}/projects/{team.name}"
    made(owner.ask("PUT", f"{path}/members/{person.name}", json={"role": "writer"}))
    assert team.push(person, "x") == 201
    made(owner.ask("PATCH", path, json={"public": True, "description": "*ours*"}))
    assert made(owner.get(path))["description"] == "*ours*"
    made(owner.ask("DELETE", f"{path}/members/{person.name}"))
    other = Team(admin)
    for method, tail in (("GET", ""), ("PATCH", ""), ("GET", "/members"), ("POST", "/robots"), ("GET", "/audit")):
        body: dict[str, Any] = {"json": {"name": "x"} if method == "POST" else {}} if method != "GET" else {}
        refusal(owner.ask(method, f"{API}/projects/{other.name}{tail}", **body), 404, "NAME_UNKNOWN")


def test_nobody_gives_more_than_they_hold(team: Team) -> None:
    """A role that may manage members cannot make owners unless it may all that owners may."""
    role, person, friend = f"{team.name}-lead", team.person(), team.person()
    actions = ["pull", "project:read", "member:read", "member:manage"]
    made(team.admin.ask("PUT", f"{API}/roles/{role}", json={"actions": actions}))
    team.give(person.name, {"role": role})
    path = f"{API}/projects/{team.name}/members"
    made(person.ask("PUT", f"{path}/{friend.name}", json={"role": role}))
    for higher in ("owner", "maintainer", "writer"):
        refusal(person.ask("PUT", f"{path}/{friend.name}", json={"role": higher}), 403, "DENIED")


def test_no_owner_locks_themselves_out(team: Team) -> None:
    """An owner cannot take their own ownership away by mistake; an administrator can."""
    owner = team.person("owner")
    path = f"{API}/projects/{team.name}/members/{owner.name}"
    mistakes: list[dict[str, Any]] = [{"role": "reader"}, {"roles": [{"role": "owner", "repositories": "a*"}]}]
    for answer in (owner.ask("DELETE", path), *(owner.ask("PUT", path, json=mistake) for mistake in mistakes)):
        assert "is you" in refusal(answer, 409, "CONFLICT")["message"]
    assert made(owner.get(path))["role"] == "owner"
    made(team.admin.ask("DELETE", path))


@pytest.mark.parametrize(
    "body",
    [{}, {"role": "king"}, {"role": "reader", "roles": []}, {"roles": []}, {"role": 5}, {"role": "reader", "x": 1},
     {"roles": [{"role": "reader", "repositories": "[a"}]}, {"roles": [{"role": "reader", "tags": ""}]},
     {"roles": [{"role": "reader"}] * 51}],
)  # fmt: skip
def test_roles_that_cannot_be_given(team: Team, body: dict[str, Any]) -> None:
    """Unknown roles, patterns that are none, and fields that do not fit are refused whole."""
    person = team.person()
    path = f"{API}/projects/{team.name}/members/{person.name}"
    refusal(team.admin.ask("PUT", path, json=body), 400, "QUERY_INVALID")
    refusal(team.admin.get(path), 404, "NAME_UNKNOWN")


def test_robots(team: Team) -> None:
    """A robot pulls and pushes where it was made to, by Basic and by token; the secret is shown once."""
    robot, shown = team.robot(actions=["pull", "push"], repositories=["app", "web-*"])
    assert shown["name"].startswith(f"robot${team.name}+")
    assert shown["expires_at"] == pytest.approx(time.time() + 30 * 86_400, abs=120)
    for who in (robot, robot.narrowed(f"repository:{team.app}:pull,push")):
        assert (team.pull(who), team.push(who, "ci")) == (200, 201)
    assert team.push(robot, "1", "web-shop") == 201
    assert team.push(robot, "1", "db") == 403
    assert robot.ask("DELETE", f"/v2/{team.app}/manifests/ci").status_code == 403
    path = f"{API}/projects/{team.name}/robots/{shown['short_name']}"
    assert "secret" not in made(team.admin.get(path))
    refusal(robot.get(f"{API}/projects"), 403, "DENIED")
    refusal(robot.ask("POST", f"{API}/me/tokens", json={"name": "x", "scopes": ["pull"]}), 403, "DENIED")
    used = until(200, lambda: team.admin.get(path))
    deadline = time.monotonic() + SECONDS
    while (used := made(team.admin.get(path)))["last_used_at"] is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert used["last_used_from"].startswith("127.")


def test_a_robot_of_its_name_in_another_project(team: Team, admin: Wire) -> None:
    """A robot reaches its own project only, whatever it is called."""
    other = Team(admin)
    robot, _ = other.robot(actions=["pull", "push", "delete"])
    assert (other.pull(robot), team.pull(robot)) == (200, 403)


def test_no_robot_holds_more_than_its_maker(team: Team) -> None:
    """Who may make robots but not delete makes no robot that deletes."""
    role, person = f"{team.name}-robots", team.person()
    made(team.admin.ask("PUT", f"{API}/roles/{role}", json={"actions": ["pull", "project:read", "robot:manage"]}))
    team.give(person.name, {"role": role})
    team.robot(person, actions=["pull"])
    for actions in (["push"], ["pull", "delete"]):
        answer = person.ask("POST", f"{API}/projects/{team.name}/robots", json={"name": "more", "actions": actions})
        refusal(answer, 403, "DENIED")


def test_a_changed_robot(team: Team) -> None:
    """What it may is changed under its secret, and its older tokens end; nobody gives too much."""
    robot, shown = team.robot(actions=["pull"])
    path = f"{API}/projects/{team.name}/robots/{shown['short_name']}"
    assert (team.pull(robot), team.push(robot, "ci")) == (200, 403)
    before = made(team.admin.get(path))
    changed = made(team.admin.ask("PATCH", path, json={"actions": ["push", "pull"], "expires_in_days": 5}))
    assert (changed["actions"], changed["repositories"]) == (["pull", "push"], before["repositories"])
    assert changed["expires_at"] == pytest.approx(time.time() + 5 * 86_400, abs=120)
    begin = f"/v2/{team.app}/blobs/uploads/"
    until(202, lambda: robot.ask("POST", begin))
    token = robot.narrowed(f"repository:{team.app}:pull,push")
    assert team.push(token, "ci") == 201
    assert made(team.admin.ask("PATCH", path, json={"expires_in_days": None}))["expires_at"] is None
    made(team.admin.ask("PATCH", path, json={"repositories": ["web-*"]}))
    until(403, lambda: robot.ask("POST", begin))
    until(401, lambda: token.ask("POST", begin))
    bad: list[dict[str, Any]] = [{"actions": []}, {"repositories": []}, {"actions": ["member:manage"]}, {"name": "x"}]
    for body in [*bad, {"repositories": ["[a"]}, {"actions": ["fly"]}, {"expires_in_days": 0}]:
        refusal(team.admin.ask("PATCH", path, json=body), 400, "QUERY_INVALID")
    role, person = f"{team.name}-changers", team.person()
    made(team.admin.ask("PUT", f"{API}/roles/{role}", json={"actions": ["pull", "project:read", "robot:manage"]}))
    team.give(person.name, {"role": role})
    refusal(person.ask("PATCH", path, json={"actions": ["pull"]}), 403, "DENIED")
    _, less = team.robot(actions=["pull"])
    other = f"{API}/projects/{team.name}/robots/{less['short_name']}"
    refusal(person.ask("PATCH", other, json={"actions": ["pull", "delete"]}), 403, "DENIED")
    made(person.ask("PATCH", other, json={"description": "still theirs"}))
    (event, *_) = made(team.admin.get(f"{API}/audit?kind=robot.updated&object={shown['name'].replace('+', '%2B')}"))
    assert (event["before"]["repositories"], event["after"]["repositories"]) == (before["repositories"], ["web-*"])


def test_rotation(team: Team) -> None:
    """After a rotation both secrets open for the overlap, the new one alone without one."""
    robot, shown = team.robot(actions=["pull"])
    path = f"{API}/projects/{team.name}/robots/{shown['short_name']}/rotation"
    first = made(team.admin.ask("POST", path, json={"overlap_seconds": 3600}))
    newer = Wire.basic(team.admin.client, shown["name"], first["secret"])
    assert (team.pull(robot), team.pull(newer)) == (200, 200)
    second = made(team.admin.ask("POST", path, json={"overlap_seconds": 0}))
    newest = Wire.basic(team.admin.client, shown["name"], second["secret"])
    assert team.pull(newest) == 200
    for old in (robot, newer):
        until(401, partial(old.get, f"/v2/{team.app}/manifests/latest"))


def test_a_disabled_robot(team: Team) -> None:
    """A disabled, then a deleted robot opens nothing within seconds, nor do its tokens."""
    robot, shown = team.robot(actions=["pull"])
    token = robot.narrowed(f"repository:{team.app}:pull")
    assert (team.pull(robot), team.pull(token)) == (200, 200)
    path = f"{API}/projects/{team.name}/robots/{shown['short_name']}"
    made(team.admin.ask("PATCH", path, json={"disabled": True}))
    for who in (robot, token):
        until(401, partial(who.get, f"/v2/{team.app}/manifests/latest"))
    made(team.admin.ask("PATCH", path, json={"disabled": False}))
    until(200, lambda: robot.get(f"/v2/{team.app}/manifests/latest"))
    made(team.admin.ask("DELETE", path))
    until(401, lambda: robot.get(f"/v2/{team.app}/manifests/latest"))


def test_personal_tokens(team: Team) -> None:
    """A personal token is a password for docker within its scopes, or a bearer of the API with the scope admin."""
    owner = team.person("owner")

    def token(**fields: Any) -> tuple[Wire, Wire, dict[str, Any]]:  # noqa: ANN401 - of the API
        shown = made(owner.ask("POST", f"{API}/me/tokens", json={"name": f"t{next(_numbers)}", **fields}))
        client = team.admin.client
        return Wire.basic(client, owner.name, shown["secret"]), Wire(client, f"Bearer {shown['secret']}"), shown

    pulls, as_bearer, shown = token(scopes=["pull"], repositories=[f"{team.name}/a*"])
    assert (team.pull(pulls), team.pull(as_bearer), team.push(pulls, "x")) == (200, 200, 403)
    narrowed = pulls.narrowed(f"repository:{team.app}:pull,push")
    assert (team.pull(narrowed), team.push(narrowed, "x")) == (200, 403)
    refusal(as_bearer.get(f"{API}/projects"), 403, "DENIED")
    _, admins, _ = token(scopes=["admin"])
    assert made(admins.get(f"{API}/me"))["name"] == owner.name
    stranger = team.person()
    wrong = Wire.basic(team.admin.client, stranger.name, shown["secret"])
    assert team.pull(wrong) == 401
    refusal(stranger.ask("DELETE", f"{API}/me/tokens/{shown['id']}"), 404, "NAME_UNKNOWN")
    assert "secret" not in made(owner.get(f"{API}/me/tokens"))[0]
    made(owner.ask("DELETE", f"{API}/me/tokens/{shown['id']}"))
    for who in (pulls, as_bearer, narrowed):
        until(401, partial(who.get, f"/v2/{team.app}/manifests/latest"))


@pytest.mark.parametrize(
    "body",
    [{"scopes": []}, {"scopes": ["fly"]}, {"scopes": ["admin"], "repositories": ["a*"]}, {"scopes": "pull"},
     {"scopes": ["pull"], "expires_in_days": 0}, {"scopes": ["pull"], "repositories": ["[x]"]},
     {"scopes": ["pull"], "account_id": 1}],
)  # fmt: skip
def test_tokens_that_cannot_be(team: Team, body: dict[str, Any]) -> None:
    """Scopes that are none, lives of no day and fields that are ours to set are refused."""
    person = team.person()
    refusal(person.ask("POST", f"{API}/me/tokens", json={"name": "t", **body}), 400, "QUERY_INVALID")
    assert made(person.get(f"{API}/me/tokens")) == []


def test_a_leaver(team: Team) -> None:
    """Who is disabled can do nothing within seconds: password, registry token, saved login, personal token."""
    leaver = team.person("owner")
    secret = made(leaver.ask("POST", f"{API}/me/tokens", json={"name": "t", "scopes": ["admin"]}))["secret"]
    token, personal = leaver.narrowed(f"repository:{team.app}:pull"), Wire(team.admin.client, f"Bearer {secret}")
    saved = made(leaver.get("/v2/token?offline_token=true&client_id=docker"))["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": saved, "service": "x"}
    anonymous = Wire.anonymous(team.admin.client)
    assert anonymous.ask("POST", "/v2/token", data=form).status_code == 200
    assert [team.pull(who) for who in (leaver, token, personal)] == [200, 200, 200]
    made(team.admin.ask("PATCH", f"{API}/users/{leaver.name}", json={"disabled": True}))
    for who in (leaver, token, personal):
        until(401, partial(who.get, f"/v2/{team.app}/manifests/latest"))
    assert anonymous.ask("POST", "/v2/token", data=form).status_code == 401


def test_one_administrator_stays(team: Team) -> None:
    """The last administrator cannot be demoted, disabled or deleted, by nobody; a second one makes room."""
    others = [user["name"] for user in made(team.admin.get(f"{API}/users?per_page=1000")) if user["administrator"]]
    second = team.person()
    made(team.admin.ask("PATCH", f"{API}/users/{second.name}", json={"administrator": True}))
    refusal(second.ask("DELETE", f"{API}/users/{second.name}"), 409, "CONFLICT")
    made(team.admin.ask("PATCH", f"{API}/users/{second.name}", json={"administrator": False}))
    if others == ["admin"]:
        for change in ({"administrator": False}, {"disabled": True}):
            error = refusal(team.admin.ask("PATCH", f"{API}/users/admin", json=change), 409, "CONFLICT")
            assert "make somebody else an administrator first" in error["message"]
    assert made(team.admin.get(f"{API}/me"))["administrator"] is True


def test_passwords(team: Team) -> None:
    """A password that an administrator set opens nothing until it is changed; the change asks for the old one."""
    person = team.person("owner", must_change=True)
    for path in (f"/v2/{team.app}/manifests/latest", f"{API}/projects"):
        answer = person.get(path)
        assert answer.status_code == 403
        assert "change it first" in answer.text
    refusal(person.ask("PUT", f"{API}/me/password", json={"old": "wrong", "new": "a new password"}), 403, "DENIED")
    for weak in ("short", PASSWORD, "x" * 1025):
        refusal(person.ask("PUT", f"{API}/me/password", json={"old": PASSWORD, "new": weak}), 400, "QUERY_INVALID")
    made(person.ask("PUT", f"{API}/me/password", json={"old": PASSWORD, "new": "a new password"}))
    renewed = Wire.basic(team.admin.client, person.name, "a new password")
    assert team.pull(renewed) == 200
    until(401, lambda: person.get(f"{API}/projects"))
    made(team.admin.ask("PUT", f"{API}/users/{person.name}/password", json={"password": "set by admin"}))
    reset = Wire.basic(team.admin.client, person.name, "set by admin")
    refusal(reset.get(f"{API}/projects"), 403, "DENIED")


def test_an_auditor_reads_everything_and_changes_nothing(team: Team) -> None:
    """An auditor pulls from and looks into every project, and reads the whole audit; every change is denied."""
    auditor = team.person()
    made(team.admin.ask("PATCH", f"{API}/users/{auditor.name}", json={"auditor": True}))
    assert team.pull(auditor) == 200
    for path in ("/audit", "/users", "/robots", f"/projects/{team.name}/members", f"/projects/{team.name}/audit"):
        made(auditor.get(f"{API}{path}"))
    assert team.push(auditor, "x") == 403
    for method, path in (
        ("DELETE", f"/projects/{team.name}"),
        ("POST", "/projects"),
        ("DELETE", f"/users/{auditor.name}"),
    ):
        refusal(auditor.ask(method, f"{API}{path}", json={"name": "x"}), 403, "DENIED")


def test_a_repository_of_its_own_visibility(team: Team, anonymous: Wire) -> None:
    """A repository may be public in a private project, and private in a public one."""
    path = f"{API}/projects/{team.name}/repositories/app"
    assert team.pull(anonymous) == 401
    assert made(team.admin.ask("PATCH", path, json={"public": True}))["public"] is True
    assert team.pull(anonymous) == 200
    made(team.admin.ask("PATCH", f"{API}/projects/{team.name}", json={"public": True}))
    made(team.admin.ask("PATCH", path, json={"public": False}))
    assert team.pull(anonymous) == 401
    made(team.admin.ask("PATCH", path, json={"public": None, "description": "open again"}))
    assert team.pull(anonymous) == 200
    assert made(team.admin.get(path))["description"] == "open again"


def test_remade(team: Team, admin: Wire) -> None:
    """Nothing of a deleted project, user or robot opens what is made again under its name."""
    writer = team.person("writer")
    robot, shown = team.robot(actions=["pull"])
    tokens = [who.narrowed(f"repository:{team.app}:pull,push") for who in (writer, robot)]
    made(admin.ask("DELETE", f"{API}/projects/{team.name}/repositories/app"))
    for deleted in made(admin.get(f"{API}/projects/{team.name}/trash")):
        made(admin.ask("DELETE", f"{API}/projects/{team.name}/trash/{deleted['id']}"))
    made(admin.ask("DELETE", f"{API}/projects/{team.name}"))
    made(admin.ask("POST", f"{API}/projects", json={"name": team.name}))
    admin.push_image(team.app, "latest")
    for who in (writer, *tokens):
        until(403 if who is not tokens[1] else 401, partial(who.get, f"/v2/{team.app}/manifests/latest"))
    until(401, lambda: robot.get(f"/v2/{team.app}/manifests/latest"))
    team.robot(actions=["pull"], name=shown["short_name"])
    assert team.pull(robot) == 401


def test_children_of_another_project(team: Team, admin: Wire) -> None:
    """A member or robot of one project is not reached through another."""
    other = Team(admin)
    member = other.person("reader")
    _, shown = other.robot(actions=["pull"])
    for method, tail in (
        ("GET", f"members/{member.name}"),
        ("DELETE", f"members/{member.name}"),
        ("GET", f"robots/{shown['short_name']}"),
        ("PATCH", f"robots/{shown['short_name']}"),
        ("DELETE", f"robots/{shown['short_name']}"),
        ("POST", f"robots/{shown['short_name']}/rotation"),
    ):
        body: dict[str, Any] = {"json": {}} if method in {"PATCH", "POST"} else {}
        refusal(admin.ask(method, f"{API}/projects/{team.name}/{tail}", **body), 404, "NAME_UNKNOWN")
    assert made(admin.get(f"{API}/projects/{other.name}/members/{member.name}"))["role"] == "reader"


def events(who: Wire, query: str) -> list[dict[str, Any]]:
    """What the audit says."""
    found: list[dict[str, Any]] = made(who.get(f"{API}{query}"))
    return found


def test_audit_of_changes(team: Team) -> None:
    """A change tells who, what, from where, by which request, and how it was before and is after; no secret."""
    owner = team.person("owner")
    answer = owner.ask("PATCH", f"{API}/projects/{team.name}", json={"public": True}, headers={"User-Agent": "test/1"})
    (event,) = events(team.admin, f"/audit?request_id={answer.headers['x-request-id']}")
    assert {key: event[key] for key in ("kind", "actor", "repository", "agent", "outcome")} == {
        "kind": "project.updated",
        "actor": owner.name,
        "repository": team.name,
        "agent": "test/1",
        "outcome": "done",
    }
    assert event["address"].startswith("127.")
    assert event["before"] == {"public": False, "description": ""}
    assert event["after"] == {"public": True, "description": ""}
    _, shown = team.robot(owner, actions=["pull"])
    (made_robot,) = events(owner, f"/projects/{team.name}/audit?kind=robot.created")
    assert (made_robot["object"], made_robot["actor"]) == (shown["name"], owner.name)
    everything = team.admin.get(f"{API}/audit?per_page=1000").text
    for secret in (shown["secret"], PASSWORD):
        assert secret not in everything


def test_audit_of_pulls_logins_and_refusals(team: Team) -> None:
    """Pulls are counted, logins and failed ones told, and what was denied as well, within seconds."""
    reader = team.person("reader")
    for _ in range(3):
        assert team.pull(reader) == 200
    assert team.push(reader, "x") == 403
    made(reader.get("/v2/token"))
    assert Wire.basic(team.admin.client, reader.name, "wrong").get("/v2/").status_code == 401
    wanted = {"manifest.pulled": "done", "access.refused": "refused", "login": "done", "login.failed": "refused"}
    deadline = time.monotonic() + SECONDS
    while True:
        found = {event["kind"]: event for event in events(team.admin, f"/audit?actor={reader.name}")}
        if found.keys() >= wanted.keys():
            break
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    assert {kind: found[kind]["outcome"] for kind in wanted} == wanted
    pulls = events(team.admin, f"/audit?actor={reader.name}&kind=manifest.pulled")
    assert sum((event["after"] or {"times": 1}).get("times", 1) for event in pulls) == 3
    assert {(event["repository"], event["tag"]) for event in pulls} == {(team.app, "latest")}
    assert "may not push to" in found["access.refused"]["after"]["reason"]
    kinds = {event["kind"] for event in events(team.admin, f"/projects/{team.name}/audit?actor={reader.name}")}
    assert kinds == {"manifest.pulled", "access.refused"}


def test_pages_of_the_audit(team: Team) -> None:
    """The newest come first, and pages follow one another by number without a gap."""
    for number in range(5):
        made(team.admin.ask("PATCH", f"{API}/projects/{team.name}", json={"description": str(number)}))
    path = f"/projects/{team.name}/audit?kind=project.updated"
    everything = [event["id"] for event in events(team.admin, path)]
    assert len(everything) == 5
    assert everything == sorted(everything, reverse=True)
    gathered: list[int] = []
    answer = team.admin.get(f"{API}{path}&per_page=2")
    while True:
        gathered += [event["id"] for event in made(answer)]
        if "next" not in answer.links:
            break
        answer = team.admin.get(answer.links["next"]["url"])
    assert gathered == everything
    for senseless in ("x", "-1", "9" * 30):
        refusal(team.admin.get(f"{API}/audit?after={senseless}"), 400, "QUERY_INVALID")


def test_explain(team: Team) -> None:
    """May somebody do something, and why, says what decides; of others only those may ask who see members."""
    reader, stranger = team.person("reader"), team.person()
    robot, shown = team.robot(actions=["pull"], repositories=["app"])

    def ask(who: Wire, subject: str, action: str, more: str = "&repository=app") -> Any:  # noqa: ANN401 - an answer
        return who.ask("GET", f"{API}/projects/{team.name}/explain",
                       params=f"subject={subject.replace('+', '%2B')}&action={action}{more}")  # fmt: skip

    assert made(ask(team.admin, reader.name, "pull"))["allowed"] is True
    denied = made(ask(team.admin, reader.name, "push"))
    assert denied == {"allowed": False, "why": [f"{reader.name} holds only reader on **, tags **"]}
    assert made(ask(team.admin, stranger.name, "pull"))["why"] == [
        f"{stranger.name} has no role in project {team.name}"
    ]
    assert made(ask(team.admin, "anonymous", "pull"))["allowed"] is False
    assert made(ask(team.admin, shown["name"], "pull"))["allowed"] is True
    assert made(ask(team.admin, shown["name"], "pull", "&repository=db"))["allowed"] is False
    assert made(ask(team.admin, "admin", "member:manage", ""))["allowed"] is True
    assert made(ask(reader, reader.name, "delete"))["allowed"] is False
    refusal(ask(reader, "admin", "pull"), 403, "DENIED")
    refusal(ask(stranger, "admin", "pull"), 404, "NAME_UNKNOWN")
    refusal(ask(team.admin, "nobody-at-all", "pull"), 404, "NAME_UNKNOWN")
    refusal(ask(team.admin, reader.name, "fly"), 400, "QUERY_INVALID")
    assert robot.header


def test_a_slow_request_does_not_outlive_its_login(team: Team, server: Server) -> None:
    """Who is deleted while their request comes in slowly changes nothing with the rest of it."""
    admin = team.admin
    leaver = team.person()
    made(admin.ask("PATCH", f"{API}/users/{leaver.name}", json={"administrator": True}))
    victim = team.person()
    manifest = content.image()
    admin.push_blob(team.app, content.CONFIG)
    slow = [
        ("PUT", f"/v2/{team.app}/manifests/late", "application/vnd.oci.image.manifest.v1+json", manifest),
        ("PATCH", f"{API}/users/{victim.name}", "application/json", b'{"administrator": true}'),
        ("POST", f"/v2/{team.app}/blobs/uploads/?digest={content.digest_of(b'late blob')}", "x/y", b"late blob"),
    ]
    assert leaver.header is not None
    connections = []
    for method, path, kind, body in slow:
        head = (("Authorization", leaver.header), ("Content-Type", kind), ("Content-Length", str(len(body))))
        connection = Connection(server.port)
        sent = request(method.encode(), path.encode(), [(name.encode(), value.encode()) for name, value in head])
        connection.send(sent + body[:5])
        connections.append((connection, body))
    time.sleep(0.5)
    made(admin.ask("DELETE", f"{API}/users/{leaver.name}"))
    until(401, partial(leaver.get, f"{API}/me"))
    for connection, body in connections:
        connection.send(body[5:])
        answer = connection.answer()
        assert answer is not None
        assert answer.status == 401
        connection.hang_up()
    assert made(admin.get(f"{API}/users/{victim.name}"))["administrator"] is False
    refusal(admin.get(f"/v2/{team.app}/manifests/late"), 404)
    refusal(admin.get(f"/v2/{team.app}/blobs/{content.digest_of(b'late blob')}"), 404)


def test_a_personal_token_makes_nothing_that_outlives_it(team: Team) -> None:
    """A token with the scope admin makes no token and changes no password of its owner."""
    owner = team.person()
    made(team.admin.ask("PATCH", f"{API}/users/{owner.name}", json={"administrator": True}))
    secret = made(owner.ask("POST", f"{API}/me/tokens", json={"name": "t", "scopes": ["admin"]}))["secret"]
    token = Wire(team.admin.client, f"Bearer {secret}")
    assert made(token.get(f"{API}/me"))["name"] == owner.name
    refusal(token.ask("POST", f"{API}/me/tokens", json={"name": "u", "scopes": ["admin"]}), 403, "DENIED")
    change = {"old": PASSWORD, "new": "another password"}
    refusal(token.ask("PUT", f"{API}/me/password", json=change), 403, "DENIED")
    own = {"password": "another password"}
    refusal(token.ask("PUT", f"{API}/users/{owner.name}/password", json=own), 409, "CONFLICT")
    made(team.admin.ask("PUT", f"{API}/users/{owner.name}/password", json=own))
    until(401, partial(token.get, f"{API}/me"))


def test_limited_roles_give_no_wider_ones(team: Team) -> None:
    """Who manages members gives on only what they hold on everything, and does not touch who holds more."""
    role, ann, owner = f"{team.name}-manager", team.person(), team.person("owner")
    actions = ["project:read", "member:read", "member:manage"]
    made(team.admin.ask("PUT", f"{API}/roles/{role}", json={"actions": actions}))
    team.give(ann.name, {"roles": [{"role": role}, {"role": "writer", "tags": "dev-*"}]})
    path = f"{API}/projects/{team.name}/members"
    wider = {"roles": [{"role": role}, {"role": "writer"}]}
    refusal(ann.ask("PUT", f"{path}/{ann.name}", json=wider), 403, "DENIED")
    refusal(ann.ask("DELETE", f"{path}/{owner.name}"), 403, "DENIED")
    refusal(ann.ask("PUT", f"{path}/{owner.name}", json={"role": role}), 403, "DENIED")
    assert team.push(ann, "release") == 403


def test_saved_logins_end(team: Team) -> None:
    """A robot gets no login to save, and a saved login buys no other, which would live longer."""
    robot, _ = team.robot(actions=["pull"])
    assert "refresh_token" not in made(robot.get("/v2/token?offline_token=true"))
    person = team.person()
    saved = made(person.get("/v2/token?offline_token=true"))["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": saved, "access_type": "offline"}
    assert made(Wire.anonymous(team.admin.client).ask("POST", "/v2/token", data=form))["refresh_token"] == saved


def test_explain_tells_strangers_nothing(team: Team, anonymous: Wire) -> None:
    """Whether a user, a robot or a project exists is not learned by asking for explanations."""
    stranger = team.person()
    _, shown = team.robot(actions=["pull"])
    for who in (anonymous, stranger):
        told = set()
        for subject in ("admin", "nobody-at-all", shown["name"], "robot$none"):
            for project in (team.name, f"{team.name}-none"):
                params = {"subject": subject, "action": "pull"}
                answer = who.ask("GET", f"{API}/projects/{project}/explain", params=params)
                told.add((answer.status_code, answer.json()["detail"].replace(f"'{project}'", "P")))
        assert len(told) == 1
    hidden = [
        stranger.ask("GET", f"{API}/projects/{project}/explain", params={"subject": stranger.name, "action": "pull"})
        for project in (team.name, f"{team.name}-none")
    ]
    assert [answer.status_code for answer in hidden] == [404, 404]


def test_a_repository_that_is_made_again(team: Team) -> None:
    """A token for a public repository does not open a private one that is made under its name."""
    path = f"{API}/projects/{team.name}/repositories/app"
    made(team.admin.ask("PATCH", path, json={"public": True}))
    token = team.person().narrowed(f"repository:{team.app}:pull")
    assert team.pull(token) == 200
    made(team.admin.ask("DELETE", path))
    team.admin.push_image(team.app, "latest")
    assert team.pull(token) == 403


def test_the_type_of_a_tagged_manifest(team: Team) -> None:
    """Who may not move a tag does not change as what its manifest is served either; who may is told of."""
    limited, writer = team.person(), team.person("writer")
    team.give(limited.name, {"roles": [{"role": "writer", "tags": "dev-*"}]})
    bare = content.image(mediaType=None)
    team.admin.push_blob(team.app, content.CONFIG)
    oci, docker = types.OCI_MANIFEST, types.DOCKER_MANIFEST
    assert team.admin.push(team.app, "release", bare, oci).status_code == 201
    digest = content.digest_of(bare)
    refusal(limited.push(team.app, digest, bare, docker), 403, "DENIED")
    assert team.admin.get(f"/v2/{team.app}/manifests/release").headers["content-type"] == oci
    assert writer.push(team.app, digest, bare, docker).status_code == 201
    assert team.admin.get(f"/v2/{team.app}/manifests/release").headers["content-type"] == docker
    assert events(team.admin, f"/audit?actor={writer.name}&kind=manifest.pushed")[0]["digest"] == digest


def test_robots_make_no_projects(team: Team, admin: Wire) -> None:
    """A robot of the instance pushes into projects that are there, and one of a project is not reached as its own."""
    name = f"everywhere-{next(_numbers)}"
    shown = made(admin.ask("POST", f"{API}/robots", json={"name": name, "actions": ["pull", "push"]}))
    robot = Wire.basic(admin.client, shown["name"], shown["secret"])
    assert team.push(robot, "x") == 201
    refusal(robot.ask("POST", f"/v2/{team.name}-none/app/blobs/uploads/"), 403, "DENIED")
    _, inner = team.robot(actions=["pull"])
    refusal(admin.get(f"{API}/robots/{team.name}+{inner['short_name']}"), 404, "NAME_UNKNOWN")
    made(admin.ask("DELETE", f"{API}/robots/{name}"))
