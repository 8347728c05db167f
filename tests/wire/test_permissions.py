"""Who may do what, as the wire shows it: every operation by every identity, in a private and in a public project.

Each row of the table names the actions of the permission matrix (`moorage.rules.roles`) that the operation takes;
what each identity gets is worked out from that, by code that shares nothing with the program's own. A test below fails
if the program answers an operation that stands not here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import pytest

from moorage.oci import media_type as types
from moorage.rules.roles import BUILT_IN, MATRIX, Action, Scope
from tests.support import content, routes
from tests.support.content import digest_of
from tests.support.server import PASSWORD
from tests.support.waiting import until
from tests.support.wire import ADMIN, Wire, basic, fresh

LAYER = b"a layer"
NEW = b"a new layer"
MANIFEST = content.image(LAYER)

NOBODY = ("nobody", "nobody's token", "a wrong password")
PEOPLE = ("a stranger", *BUILT_IN, "an auditor", "admin")
NARROWED = ("a reader's token", "a writer's token", "admin's token to pull", "admin's token")
MACHINES = ("a robot that pulls", "a robot that does all", "a robot of another project", "admin's personal token")
IDENTITIES = (*NOBODY, *NARROWED, *MACHINES, *PEOPLE)
"""From less to more, administrators last: what the last may do shows that those before changed nothing.

Tokens are asked for with all rights on the repository and on the catalogue, but for the one to pull. The personal
token has the scopes pull and push.
"""

_CONTENT = {Action.PULL, Action.PUSH, Action.DELETE}
_ROWS = {row.action: row for row in MATRIX}
_OWN = {
    "a reader's token": ("reader", _CONTENT),
    "a writer's token": ("writer", _CONTENT),
    "admin's token to pull": ("admin", {Action.PULL}),
    "admin's token": ("admin", _CONTENT),
    "admin's personal token": ("admin", {Action.PULL, Action.PUSH}),
}
"""Whose credential is narrowed to which actions."""
_ROBOTS = {"a robot that pulls": {Action.PULL}, "a robot that does all": _CONTENT, "a robot of another project": set()}


def holds(identity: str, action: Action, *, public: bool) -> bool:
    """May this identity, by the matrix and the lists above?"""
    if (
        public
        and action in {Action.PULL, Action.READ_PROJECT}
        and not (action is Action.READ_PROJECT and identity not in PEOPLE)
    ):
        return True
    if identity in _ROBOTS:
        return action in _ROBOTS[identity]
    if identity in _OWN:
        owner, narrowed = _OWN[identity]
        return action in narrowed and holds(owner, action, public=False)
    if identity == "admin":
        return True
    if identity == "an auditor":
        return _ROWS[action].auditor
    return identity in BUILT_IN and identity in _ROWS[action].roles


_WORDS = {
    "{unborn}/copies": "{name:path}/copies",
    **dict.fromkeys(("tags/latest", "tags/new"), "tags/{tag}"),
    "{buried}": "{digest}",
    **dict.fromkeys(("{member}", "{robot}", "{person}", "{group}", "{role}"), "{name}"),
    "{short}": "{name:path}",
    **dict.fromkeys(
        (
            "{token}",
            "{trust}",
            "{wide_trust}",
            "{redirect}",
            "{invitation}",
            "{wide_invitation}",
            "{job}",
            "{wide_job}",
            "{deleted}",
            "{webhook}",
        ),
        "{number}",
    ),
}
"""Words of the table, as the program's own routes call them."""
Body = dict[str, Any]
Given = Body | list[Body] | None
PUSHED: Body = {"content": MANIFEST, "headers": {"Content-Type": types.OCI_MANIFEST}}
WHOLE = f"repository:{{name}}:{','.join(sorted(action.value for action in _CONTENT))}"


@dataclass(frozen=True)
class Row:
    """An operation, how to ask for it, what it takes, and the status for who may."""

    operation: str
    method: str
    path: str
    status: int
    takes: Action | str
    body: Body = field(default_factory=dict)
    otherwise: dict[str, int] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Might it change anything?"""
        return self.method not in {"GET", "HEAD"}

    def expected(self, identity: str, *, public: bool) -> int:
        """The status that this identity gets."""
        if identity in self.otherwise:
            return self.otherwise[identity]
        if self.takes == "nothing":
            return self.status
        if identity == "a wrong password":
            return 401
        if self.path.startswith("/api/"):
            return self._of_api(identity, public=public)
        return self._of_registry(identity, public=public)

    def _of_registry(self, identity: str, *, public: bool) -> int:
        if self.takes == "a login":
            return 401 if identity == "nobody" else self.status
        assert isinstance(self.takes, Action)
        if holds(identity, self.takes, public=public):
            return self.status
        owner, _ = _OWN.get(identity, (identity, None))
        can_get_more = identity not in {"admin's personal token", owner} and holds(owner, self.takes, public=public)
        return 401 if identity in NOBODY or can_get_more else 403

    def _of_api(self, identity: str, *, public: bool) -> int:
        if identity in NOBODY:
            return 401
        if identity not in PEOPLE:
            return 403
        if self.takes == "a login":
            return self.status
        assert isinstance(self.takes, Action)
        if holds(identity, self.takes, public=public):
            return self.status
        is_of_instance = _ROWS[self.takes].about is Scope.INSTANCE
        return 403 if is_of_instance or holds(identity, Action.READ_PROJECT, public=public) else 404


def reads(operation: str, path: str, takes: Action | str, **more: Any) -> list[Row]:  # noqa: ANN401
    """GET and HEAD."""
    return [Row(operation, method, path, 200, takes, **more) for method in ("GET", "HEAD")]


def api(path: str, method: str, status: int, takes: Action | str, body: Given = None, **more: Any) -> list[Row]:  # noqa: ANN401
    """An operation of our own API; its route is the address with its words."""
    route = f"/api/v1{path.partition('?')[0]}"
    for word, named in _WORDS.items():
        route = route.replace(word, named)
    given = {"json": body} if body is not None else {}
    if method == "GET":
        return reads(route, f"/api/v1{path}", takes, **more)
    return [Row(route, method, f"/api/v1{path}", status, takes, body=given, **more)]


NAMELESS = {"nobody's token": 401}
PULL, PUSH, DELETE = Action.PULL, Action.PUSH, Action.DELETE
MEMBERS, MEMBER = Action.READ_MEMBERS, Action.MANAGE_MEMBERS
ROBOTS, ROBOT = Action.READ_ROBOTS, Action.MANAGE_ROBOTS
PEOPLE_READ, PEOPLE_MANAGE = Action.READ_PEOPLE, Action.MANAGE_PEOPLE
ALL_READ, ALL_MANAGE = Action.READ_INSTANCE, Action.MANAGE_INSTANCE
_NO_CATALOGUE = {"admin's token to pull": 401}
_TOKENS = dict.fromkeys((*NARROWED, "nobody's token", "a wrong password"), 401)
_FORM = dict.fromkeys(IDENTITIES, 401)
_NOT_PEOPLE = dict.fromkeys((*NARROWED, *MACHINES), 403) | {"nobody": 401, "nobody's token": 401}

ISSUER = {"audience": "registry"}
CRON = {"cron": "30 3 * * 0"}
WEBHOOK = {"url": "https://127.0.0.1:1/hook", "events": ["*"]}
HOOKS, HOOK = Action.READ_WEBHOOKS, Action.MANAGE_WEBHOOKS
TRUST = {"issuer": "{issuer}", "claims": {"sub": "somebody"}}

TABLE: list[Row] = [
    *reads("base", "/v2/", "a login"),
    # tokens buy no tokens; by POST the form says who asks, whatever the header does
    Row("token", "GET", "/v2/token", 200, "nothing", otherwise=_TOKENS),
    Row("token", "POST", "/v2/token", 401, "nothing", body={"data": {"grant_type": "password"}}, otherwise=_FORM),
    *reads("extensions", "/v2/_oci/ext/discover", "nothing", otherwise={"a wrong password": 401}),
    *reads("catalogue", "/v2/_catalog", "a login", otherwise=_NO_CATALOGUE),
    *reads("manifest", "/v2/{name}/manifests/latest", PULL),
    *reads("manifest", "/v2/{name}/manifests/{manifest}", PULL),
    Row("manifest", "PUT", "/v2/{name}/manifests/new", 201, PUSH, PUSHED),
    Row("manifest", "PUT", "/v2/{name}/manifests/{manifest}?tag=new", 201, PUSH, PUSHED),
    Row("manifest", "DELETE", "/v2/{name}/manifests/latest", 202, DELETE),
    Row("manifest", "DELETE", "/v2/{name}/manifests/{manifest}", 202, DELETE),
    *reads("blob", "/v2/{name}/blobs/{layer}", PULL),
    Row("blob", "DELETE", "/v2/{name}/blobs/{layer}", 202, DELETE),
    Row("uploads", "POST", "/v2/{name}/blobs/uploads/", 202, PUSH),
    Row("uploads", "POST", "/v2/{name}/blobs/uploads/?digest={new}", 201, PUSH, {"content": NEW}),
    Row("uploads", "POST", "/v2/{name}/blobs/uploads/?mount={layer}&from={name}", 201, PUSH,
        otherwise={"admin's token": 201}),
    *reads("tags", "/v2/{name}/tags/list", PULL),
    *reads("referrers", "/v2/{name}/referrers/{manifest}", PULL),
    *api("/projects", "GET", 200, "a login"),
    *api("/projects", "POST", 201, Action.CREATE_PROJECT, {"name": "{unborn}"}),
    *api("/projects/{project}", "GET", 200, Action.READ_PROJECT),
    *api("/projects/{project}", "PATCH", 200, Action.UPDATE_PROJECT, {}),
    # a project's name is one of the whole registry's
    *api("/projects/{project}", "PATCH", 409, Action.UPDATE_PROJECT, {"name": "library"}, otherwise={"owner": 403}),
    *api("/projects/{project}", "DELETE", 409, Action.DELETE_PROJECT),
    *api("/projects/{project}/repositories", "GET", 200, Action.READ_PROJECT),
    *api("/projects/{project}/repositories/{short}", "GET", 200, PULL),
    *api("/projects/{project}/repositories/{short}/tags", "GET", 200, PULL),
    *api("/projects/{project}/repositories/{short}", "PATCH", 200, Action.UPDATE_REPOSITORY, {}),
    *api("/projects/{project}/repositories/{short}", "PATCH", 200, Action.RENAME_REPOSITORY, {"name": "{unborn}"}),
    *api("/projects/{project}/repositories/{short}", "PATCH", 200, Action.MOVE_REPOSITORY, {"project": "matrix-into"}),
    *api("/projects/{project}/repositories/{short}/tags/latest", "GET", 200, PULL),
    *api("/projects/{project}/repositories/{short}/tags?as_of=1", "GET", 200, PULL),
    *api("/projects/{project}/repositories/{short}/tags/latest/history", "GET", 200, PULL),
    *api("/projects/{project}/repositories/{short}/tags/new", "PUT", 200, PUSH, {"from_tag": "latest"}),
    # it named nothing before
    *api("/projects/{project}/repositories/{short}/tags/latest/restore", "POST", 409, PUSH, {}),
    *api("/projects/{project}/repositories/{short}/tags/latest/restore", "POST", 200, PUSH, {"digest": "{manifest}"}),
    *api("/projects/{project}/repositories/{unborn}/copies", "POST", 201, PUSH,
         {"from": "{name}", "reference": "latest", "tags": ["new"]}),
    *api("/projects/{project}/repositories/{short}/trash", "GET", 200, Action.READ_TRASH),
    *api("/projects/{project}/repositories/{short}/trash/{buried}/restore", "POST", 200, Action.MANAGE_TRASH),
    *api("/projects/{project}/repositories/{short}/trash/{buried}", "DELETE", 204, Action.MANAGE_TRASH),
    *api("/projects/{project}/trash", "GET", 200, Action.READ_PROJECT),
    *api("/projects/{project}/trash/{deleted}/restore", "POST", 200, Action.MANAGE_TRASH, {}),
    *api("/projects/{project}/trash/{deleted}", "DELETE", 204, Action.MANAGE_TRASH),
    *api("/projects/{project}/redirects", "GET", 200, Action.READ_REDIRECTS),
    *api("/projects/{project}/redirects/{redirect}", "DELETE", 204, Action.REMOVE_REDIRECTS),
    *api("/projects/{project}/repositories/{short}", "DELETE", 204, Action.DELETE_REPOSITORY),
    *api("/projects/{project}/tag-rules", "GET", 200, Action.READ_TAG_RULES),
    *api("/projects/{project}/tag-rules", "PUT", 200, Action.MANAGE_TAG_RULES, []),
    *api("/projects/{project}/members", "GET", 200, MEMBERS),
    *api("/projects/{project}/members/{member}", "GET", 200, MEMBERS),
    *api("/projects/{project}/members/{member}", "PUT", 200, MEMBER, {"role": "reader"}),
    *api("/projects/{project}/members/{member}", "DELETE", 204, MEMBER),
    *api("/projects/{project}/retention", "GET", 200, Action.READ_RETENTION),
    *api("/projects/{project}/retention", "PUT", 200, Action.MANAGE_RETENTION, {"rules": []}),
    *api("/projects/{project}/retention/preview", "POST", 200, Action.READ_RETENTION, {}),
    *api("/projects/{project}/invitations", "GET", 200, MEMBERS),
    *api("/projects/{project}/invitations", "POST", 201, MEMBER, {"role": "owner"}),
    *api("/projects/{project}/invitations/{invitation}", "GET", 200, MEMBERS),
    *api("/projects/{project}/invitations/{invitation}", "DELETE", 204, MEMBER),
    *api("/projects/{project}/groups/{group}", "GET", 200, MEMBERS),
    *api("/projects/{project}/groups/{group}", "PUT", 200, MEMBER, {"role": "reader"}),
    *api("/projects/{project}/groups/{group}", "DELETE", 204, MEMBER),
    *api("/projects/{project}/explain?subject=admin&action=pull", "GET", 200, MEMBERS),
    *api("/projects/{project}/robots", "GET", 200, ROBOTS),
    *api("/projects/{project}/robots", "POST", 201, ROBOT, {"name": "{unborn}"}),
    *api("/projects/{project}/robots/{robot}", "GET", 200, ROBOTS),
    *api("/projects/{project}/robots/{robot}", "PATCH", 200, ROBOT, {}),
    *api("/projects/{project}/robots/{robot}/rotation", "POST", 200, ROBOT, {}),
    *api("/projects/{project}/robots/{robot}", "DELETE", 204, ROBOT),
    *api("/projects/{project}/robots/{robot}/trusts", "GET", 200, ROBOTS),
    *api("/projects/{project}/robots/{robot}/trusts", "POST", 201, ROBOT, TRUST),
    *api("/projects/{project}/robots/{robot}/trusts/{trust}", "DELETE", 204, ROBOT),
    *api("/projects/{project}/webhooks", "GET", 200, HOOKS),
    *api("/projects/{project}/webhooks", "POST", 201, HOOK, WEBHOOK),
    *api("/projects/{project}/webhooks/{webhook}", "GET", 200, HOOKS),
    *api("/projects/{project}/webhooks/{webhook}", "PATCH", 200, HOOK, {}),
    *api("/projects/{project}/webhooks/{webhook}/rotation", "POST", 200, HOOK, {}),
    *api("/projects/{project}/webhooks/{webhook}/test", "POST", 201, HOOK),
    *api("/projects/{project}/webhooks/{webhook}/deliveries", "GET", 200, HOOKS),
    *api("/projects/{project}/webhooks/{webhook}/deliveries/{delivery}", "GET", 200, HOOKS),
    # it has not ended, so it is not sent again
    *api("/projects/{project}/webhooks/{webhook}/deliveries/{delivery}/redeliver", "POST", 409, HOOK),
    *api("/projects/{project}/webhooks/{webhook}", "DELETE", 204, HOOK),
    *api("/projects/{project}/audit", "GET", 200, Action.READ_AUDIT),
    # who may ask for a kind of job may cancel and retry those of this kind; these have been cancelled already
    *api("/projects/{project}/jobs", "GET", 200, Action.READ_JOBS),
    *api("/projects/{project}/jobs", "POST", 201, Action.UPDATE_PROJECT, {"kind": "verify"}),
    *api("/projects/{project}/jobs/{job}", "GET", 200, Action.READ_JOBS),
    *api("/projects/{project}/jobs/{job}/log", "GET", 200, Action.READ_JOBS),
    *api("/projects/{project}/jobs/{job}/cancel", "POST", 409, Action.UPDATE_PROJECT),
    *api("/projects/{project}/jobs/{job}/retry", "POST", 200, Action.UPDATE_PROJECT),
    *api("/projects/{project}/schedules", "GET", 200, Action.READ_JOBS),
    *api("/projects/{project}/schedules/{kind}", "GET", 200, Action.READ_JOBS),
    *api("/projects/{project}/schedules/{kind}", "PUT", 200, Action.UPDATE_PROJECT, CRON),
    *api("/projects/{project}/schedules/{kind}", "DELETE", 204, Action.UPDATE_PROJECT),
    *api("/schedules", "GET", 200, ALL_READ),
    *api("/schedules/{kind}", "GET", 200, ALL_READ),
    *api("/schedules/{kind}", "PUT", 200, ALL_MANAGE, CRON),
    *api("/schedules/{kind}", "DELETE", 204, ALL_MANAGE),
    *api("/jobs", "GET", 200, ALL_READ),
    *api("/jobs", "POST", 201, ALL_MANAGE, {"kind": "verify"}),
    *api("/jobs/{wide_job}", "GET", 200, ALL_READ),
    *api("/jobs/{job}/log", "GET", 200, ALL_READ),
    *api("/jobs/{wide_job}/cancel", "POST", 409, ALL_MANAGE),
    *api("/jobs/{wide_job}/retry", "POST", 200, ALL_MANAGE),
    *api("/jobs/{job}/retry", "POST", 200, ALL_MANAGE),
    *api("/projects/{project}/quota", "GET", 200, Action.READ_PROJECT),
    *api("/projects/{project}/quota", "PUT", 200, ALL_MANAGE, {"bytes": None}),
    *api("/projects/{project}/quota", "DELETE", 204, ALL_MANAGE),
    *api("/quota", "GET", 200, ALL_READ),
    *api("/quota/recount", "POST", 200, ALL_MANAGE),
    *api("/projects/{project}/statistics", "GET", 200, Action.READ_PROJECT),
    *api("/statistics", "GET", 200, ALL_READ),
    *api("/roles", "GET", 200, "a login"),
    *api("/roles/{role}", "PUT", 200, ALL_MANAGE, {"actions": ["pull"]}),
    *api("/roles/{role}", "DELETE", 204, ALL_MANAGE),
    *api("/robots", "GET", 200, ALL_READ),
    *api("/robots", "POST", 201, ALL_MANAGE, {"name": "{unborn}"}),
    *api("/robots/{robot}", "GET", 200, ALL_READ),
    *api("/robots/{robot}", "PATCH", 200, ALL_MANAGE, {}),
    *api("/robots/{robot}/rotation", "POST", 200, ALL_MANAGE, {}),
    *api("/robots/{robot}", "DELETE", 204, ALL_MANAGE),
    *api("/robots/{robot}/trusts", "GET", 200, ALL_READ),
    *api("/robots/{robot}/trusts", "POST", 201, ALL_MANAGE, TRUST),
    *api("/robots/{robot}/trusts/{wide_trust}", "DELETE", 204, ALL_MANAGE),
    *api("/issuers", "GET", 200, ALL_READ),
    *api("/issuers", "POST", 201, ALL_MANAGE, {**ISSUER, "name": "{unborn}", "url": "https://{unborn}.example.com"}),
    *api("/issuers/{issuer}", "GET", 200, ALL_READ),
    *api("/issuers/{issuer}", "PATCH", 200, ALL_MANAGE, {}),
    *api("/issuers/{issuer}", "DELETE", 204, ALL_MANAGE),
    *api("/users", "GET", 200, PEOPLE_READ),
    *api("/users", "POST", 201, PEOPLE_MANAGE, {"name": "{unborn}", "password": "a password"}),
    *api("/users/{person}", "GET", 200, PEOPLE_READ),
    *api("/users/{person}", "PATCH", 200, PEOPLE_MANAGE, {}),
    *api("/users/{person}/password", "PUT", 204, PEOPLE_MANAGE, {"password": "another password"}),
    *api("/users/{person}", "DELETE", 204, PEOPLE_MANAGE),
    *api("/invitations", "GET", 200, PEOPLE_READ),
    *api("/invitations", "POST", 201, PEOPLE_MANAGE, {}),
    *api("/invitations/{wide_invitation}", "GET", 200, PEOPLE_READ),
    *api("/invitations/{wide_invitation}", "DELETE", 204, PEOPLE_MANAGE),
    *api("/groups", "GET", 200, PEOPLE_READ),
    *api("/groups", "POST", 201, PEOPLE_MANAGE, {"name": "{unborn}"}),
    *api("/groups/{group}/members", "GET", 200, PEOPLE_READ),
    *api("/groups/{group}/members/{user}", "PUT", 204, PEOPLE_MANAGE),
    *api("/groups/{group}/members/{user}", "DELETE", 204, PEOPLE_MANAGE),
    *api("/groups/{group}", "DELETE", 204, PEOPLE_MANAGE),
    *api("/audit", "GET", 200, ALL_READ),
    *api("/gc", "GET", 200, ALL_READ),
    *api("/gc", "POST", 200, ALL_MANAGE, {"dry_run": True}),
    *api("/gc", "POST", 200, ALL_MANAGE, {}),
    *api("/me", "GET", 200, "a login", otherwise=_NOT_PEOPLE),
    # the old password is asked for: who does not know it is denied
    *api("/me/password", "PUT", 403, "a login", {"old": "not this one", "new": "another one"}, otherwise=_NOT_PEOPLE),
    *api("/me/sessions", "GET", 200, "a login", otherwise=_NOT_PEOPLE),
    *api("/me/sessions", "DELETE", 204, "a login", otherwise=_NOT_PEOPLE),
    *api("/me/sessions/{token}", "DELETE", 404, "a login", otherwise=_NOT_PEOPLE),
    *api("/users/{person}/sessions", "GET", 200, PEOPLE_READ),
    *api("/users/{person}/sessions", "DELETE", 204, PEOPLE_MANAGE),
    # they have none to take away
    *api("/users/{person}/second-factor", "DELETE", 404, PEOPLE_MANAGE),
    *api("/me/tokens", "GET", 200, "a login"),
    *api("/me/tokens", "POST", 201, "a login", {"name": "{unborn}", "scopes": ["pull"]}),
    *api("/me/tokens/{token}", "DELETE", 404, "a login"),
    *(row for path in ("/openapi.json", "/docs", "/docs.css") for row in api(path, "GET", 200, "nothing",
                                                                             otherwise={"a wrong password": 401})),
    *(row for path in ("/healthz", "/readyz", "/metrics") for row in reads(path, path, "nothing")),
    Row("upload", "GET", "{session}", 204, PUSH),
    Row("upload", "PATCH", "{session}", 202, PUSH, {"content": NEW}),
    Row("upload", "PUT", "{session}?digest={new}", 201, PUSH, {"content": NEW}),
    Row("upload", "DELETE", "{session}", 204, PUSH),
]  # fmt: skip


def test_every_operation_stands_in_the_table() -> None:
    """What the program answers and what the table tells are the same operations."""
    known = routes.of_distribution() | routes.of_rest() | routes.of_operations()
    assert {(row.operation, row.method) for row in TABLE} == known


def test_the_table_is_whole() -> None:
    """No row stands twice."""
    assert len({(row.method, row.path, str(row.body)) for row in TABLE}) == len(TABLE)


@dataclass(frozen=True)
class Cast:
    """Who asks, by identity; those with a token get it for the repository they ask about."""

    admin: Wire
    people: dict[str, Wire]
    machines: dict[str, Wire]

    def by(self, identity: str, name: str) -> Wire:
        """The one who asks."""
        everything = (f"repository:{name}:pull,push,delete", "registry:catalog:*")
        match identity:
            case "nobody":
                return Wire.anonymous(self.admin.client)
            case "nobody's token":
                return Wire.anonymous(self.admin.client).narrowed(*everything)
            case "a wrong password":
                return Wire(self.admin.client, basic(ADMIN, "the wrong one"))
            case "admin's token to pull":
                return self.admin.narrowed(f"repository:{name}:pull")
            case "admin's token":
                return self.admin.narrowed(*everything)
            case "a reader's token" | "a writer's token":
                return self.people[identity.split("'", maxsplit=1)[0].removeprefix("a ")].narrowed(*everything)
            case _:
                return self.machines.get(identity) or self.people[identity]


def made(answer: Any) -> Any:  # noqa: ANN401 - whatever JSON it is
    """What was made, as JSON."""
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


@pytest.fixture(scope="module")
def cast(admin: Wire) -> Iterator[Cast]:
    """People with each role in both projects, an auditor, robots, and a personal token."""
    for project, public in (("matrix", False), ("matrix-open", True)):
        made(admin.ask("POST", "/api/v1/projects", json={"name": project, "public": public}))
    for project in ("matrix-other", "matrix-into"):
        made(admin.ask("POST", "/api/v1/projects", json={"name": project}))
    people = {}
    for identity in PEOPLE[:-1]:
        name = f"matrix-{identity.split()[-1]}"
        made(admin.ask("POST", "/api/v1/users", json={"name": name, "password": PASSWORD}))
        people[identity] = Wire.basic(admin.client, name, PASSWORD)
        for project in ("matrix", "matrix-open", "matrix-into") if identity in BUILT_IN else ():
            made(admin.ask("PUT", f"/api/v1/projects/{project}/members/{name}", json={"role": identity}))
    made(admin.ask("PATCH", "/api/v1/users/matrix-auditor", json={"auditor": True}))
    machines = {}
    for identity, of, actions in (
        ("a robot that pulls", "", ["pull"]),
        ("a robot that does all", "", ["pull", "push", "delete"]),
        ("a robot of another project", "matrix-other", ["pull", "push", "delete"]),
    ):
        path = f"/api/v1/projects/{of}/robots" if of else "/api/v1/robots"
        robot = made(admin.ask("POST", path, json={"name": identity.replace(" ", "-"), "actions": actions}))
        machines[identity] = Wire.basic(admin.client, robot["name"], robot["secret"])
    token = made(admin.ask("POST", "/api/v1/me/tokens", json={"name": "matrix", "scopes": ["pull", "push"]}))
    machines["admin's personal token"] = Wire.basic(admin.client, ADMIN, token["secret"])
    yield Cast(admin, {**people, "admin": admin}, machines)
    for identity in ("a robot that pulls", "a robot that does all"):
        admin.ask("DELETE", f"/api/v1/robots/{identity.replace(' ', '-')}")


class Words(dict[str, str]):
    """What the words of addresses stand for in a project; what one names is made when it is first asked for.

    Every stage has a repository with an image. Members, robots and all others are called as the repository is.
    """

    def __init__(self, admin: Wire, project: str) -> None:
        name = fresh(project)
        admin.push_image(name, "latest", layers=(LAYER,))
        self._admin, self._own, self._project = admin, name.replace("/", "-"), f"/projects/{project}"
        super().__init__(
            name=name,
            project=project,
            short=name.removeprefix(f"{project}/"),
            unborn=f"{self._own}-unborn",
            manifest=digest_of(MANIFEST),
            layer=digest_of(LAYER),
            new=digest_of(NEW),
            token="999999999",
        )

    def __missing__(self, word: str) -> str:
        """Make it."""
        self[word] = getattr(self, f"_{word}")()
        return self[word]

    def _post(self, path: str, body: Body | None = None) -> Any:  # noqa: ANN401 - whatever JSON it is
        return made(self._admin.ask("POST", f"/api/v1{path}", **({} if body is None else {"json": body})))

    def _put(self, path: str, body: Body | None = None) -> None:
        made(self._admin.ask("PUT", f"/api/v1{path}", **({} if body is None else {"json": body})))

    def _person(self) -> str:
        self._post("/users", {"name": self._own, "password": PASSWORD})
        return self._own

    def _member(self) -> str:
        self._put(f"{self._project}/members/{self['person']}", {"role": "reader"})
        return self._own

    def _user(self) -> str:
        self._post("/users", {"name": f"{self._own}-user", "password": PASSWORD})
        self._put(f"/groups/{self['group']}/members/{self._own}-user")
        return f"{self._own}-user"

    def _group(self) -> str:
        self._post("/groups", {"name": self._own})
        self._put(f"{self._project}/groups/{self._own}", {"role": "reader"})
        return self._own

    def _role(self) -> str:
        self._put(f"/roles/{self._own}", {"actions": ["pull"]})
        return self._own

    def _robot(self) -> str:
        for path in (self._project, ""):
            self._post(f"{path}/robots", {"name": self._own})
        return self._own

    def _issuer(self) -> str:
        self._post("/issuers", {**ISSUER, "name": self._own, "url": f"https://{self._own}.example.com"})
        return self._own

    def _trust(self) -> str:
        trust = {**TRUST, "issuer": self["issuer"]}
        return str(self._post(f"{self._project}/robots/{self['robot']}/trusts", trust)["id"])

    def _wide_trust(self) -> str:
        return str(self._post(f"/robots/{self['robot']}/trusts", {**TRUST, "issuer": self["issuer"]})["id"])

    def _kind(self) -> str:
        for path in (self._project, ""):
            self._put(f"{path}/schedules/verify", CRON)
        return "verify"

    def _redirect(self) -> str:
        was = f"{self['short']}-was"
        self._admin.push_blob(f"{self['project']}/{was}", LAYER)
        renamed = {"name": f"{self._own}-now"}
        made(self._admin.ask("PATCH", f"/api/v1{self._project}/repositories/{was}", json=renamed))
        return str(made(self._admin.get(f"/api/v1{self._project}/redirects?per_page=1000"))[-1]["id"])

    def _invitation(self) -> str:
        return str(self._post(f"{self._project}/invitations", {"role": "reader"})["id"])

    def _wide_invitation(self) -> str:
        return str(self._post("/invitations", {})["id"])

    def _buried(self) -> str:
        buried = digest_of(self._admin.push_image(self["name"], annotations={"salt": "deleted"}))
        made(self._admin.ask("DELETE", f"/v2/{self['name']}/manifests/{buried}"))
        return buried

    def _deleted(self) -> str:
        gone = f"{self._own}-gone"
        self._admin.push_image(f"{self['project']}/{gone}", "latest")
        made(self._admin.ask("DELETE", f"/api/v1{self._project}/repositories/{gone}"))
        return str(made(self._admin.get(f"/api/v1{self._project}/trash?per_page=1000"))[-1]["id"])

    def _webhook(self) -> str:
        return str(self._post(f"{self._project}/webhooks", WEBHOOK)["id"])

    def _delivery(self) -> str:
        return str(self._post(f"{self._project}/webhooks/{self['webhook']}/test")["id"])

    def _job(self) -> str:
        return cancelled_job(self._admin, f"/api/v1{self._project}/jobs")

    def _wide_job(self) -> str:
        return cancelled_job(self._admin, "/api/v1/jobs")


MADE = [word.removeprefix("_") for word in vars(Words) if word[1:2].isalpha() and word not in {"_post", "_put"}]


def build(admin: Wire, project: str) -> Words:
    """A stage on which everything is there already, for those who only look."""
    words = Words(admin, project)
    for word in MADE:
        assert words[word]
    return words


def cancelled_job(admin: Wire, path: str) -> str:
    """A job that was cancelled before somebody did it; its id."""
    while True:
        job = made(admin.ask("POST", path, json={"kind": "verify"}))
        if admin.ask("POST", f"{path}/{job['id']}/cancel").is_success:
            ended = until(partial(_ended, admin, f"{path}/{job['id']}"), "it has ended")
            if ended is not None and ended["state"] == "cancelled":
                return str(job["id"])


def _ended(admin: Wire, path: str) -> Body | None:
    job: Body = made(admin.get(path))
    return job if job["state"] not in {"queued", "running"} else None


@pytest.fixture(scope="module")
def stages(cast: Cast) -> Callable[[int, bool], Words]:
    """A stage in a private (0) or public (1) project, of one's own if it will be changed."""
    projects = ["matrix", "matrix-open"]

    @cache
    def shared(kind: int) -> Words:
        return build(cast.admin, projects[kind])

    passing: dict[int, Words] = {}

    def own(kind: int) -> Words:
        """A project has few webhooks: that of the stage before goes."""
        if "webhook" in passing.get(kind, {}):
            cast.admin.ask("DELETE", filled("/api/v1/projects/{project}/webhooks/{webhook}", passing[kind]))
        passing[kind] = Words(cast.admin, projects[kind])
        return passing[kind]

    return lambda kind, changed: own(kind) if changed else shared(kind)


def filled(value: object, words: Mapping[str, str]) -> Any:  # noqa: ANN401 - what httpx takes
    """The same with every word in its place."""
    if isinstance(value, dict):
        return {key: filled(inner, words) for key, inner in value.items()}
    return value.format_map(words) if isinstance(value, str) else value


@pytest.mark.parametrize("kind", [0, 1], ids=["private", "public"])
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.path}")
def test_permissions(cast: Cast, stages: Callable[[int, bool], Words], row: Row, kind: int) -> None:
    """Each identity gets the status that the table tells; who is refused has changed nothing."""
    words = stages(kind, row.changes)
    got, expected = {}, {}
    for identity in IDENTITIES:
        who = cast.by(identity, words["name"])
        expected[identity] = row.expected(identity, public=bool(kind))
        if "{session}" in row.path:  # an upload belongs to who began it: everybody has their own, begun with rights
            words["session"] = own_session(cast, identity, words["name"])
        answer = who.ask(row.method, filled(row.path, words), **filled(row.body, words))
        got[identity] = answer.status_code
        if row.changes and answer.is_success:
            words = stages(kind, True)
    assert got == expected


def own_session(cast: Cast, identity: str, name: str) -> str:
    """The upload of whoever this identity is by their full rights; of the administrator for those who have none."""
    owner, _ = _OWN.get(identity, (identity, None))
    holder = cast.by(owner, name) if holds(owner, Action.PUSH, public=False) else cast.admin
    return holder.begin(name)
