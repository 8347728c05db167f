"""Who may do what, as the wire shows it: every operation by every identity, in a private and in a public project.

This table is the documentation of rights. A test below fails if the program answers an operation that stands not here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from moorage.oci import media_type as types
from tests.support import content, routes
from tests.support.content import digest_of
from tests.support.wire import ADMIN, Wire, basic, fresh

LAYER = b"a layer"
NEW = b"a new layer"
MANIFEST = content.image(LAYER)

IDENTITIES = [
    "nobody",
    "nobody's token",
    "a wrong password",
    "a person",
    "admin's token to pull",
    "admin's token",
    "admin",
]
"""The columns, from less to more: what the last may do shows that those before it changed nothing.

Tokens are asked for with all rights on the repository and on the catalogue, but for the one to pull. A person has an
account and no right of their own.
"""

READ = ("401 401 401 403 200 200 200", "200 200 401 200 200 200 200")
OPEN = ("200 200 200 200 200 200 200", "200 200 200 200 200 200 200")


def same(row: str) -> tuple[str, str]:
    """Where it does not matter whether the project is public."""
    return row, row


def write(status: int) -> tuple[str, str]:
    """For the administrator and for tokens that say so."""
    return same(f"401 401 401 403 401 {status} {status}")


def administer(status: int) -> tuple[str, str]:
    """For the administrator by password."""
    return same(f"401 401 401 403 403 403 {status}")


Body = dict[str, Any]
PUSHED: Body = {"content": MANIFEST, "headers": {"Content-Type": types.OCI_MANIFEST}}

# operation, method, address, body, (private, public): a status for each of the identities
TABLE: list[tuple[str, str, str, Body, tuple[str, str]]] = [
    ("base", "GET", "/v2/", {}, same("401 200 401 200 200 200 200")),
    ("base", "HEAD", "/v2/", {}, same("401 200 401 200 200 200 200")),
    # tokens buy no tokens; by POST the form says who asks, whatever the header does
    ("token", "GET", "/v2/token", {}, same("200 401 401 200 401 401 200")),
    ("token", "POST", "/v2/token", {"data": {"grant_type": "password"}}, same("401 401 401 401 401 401 401")),
    ("extensions", "GET", "/v2/_oci/ext/discover", {}, same("200 200 401 200 200 200 200")),
    ("extensions", "HEAD", "/v2/_oci/ext/discover", {}, same("200 200 401 200 200 200 200")),
    ("catalogue", "GET", "/v2/_catalog", {}, same("401 200 401 200 401 200 200")),
    ("catalogue", "HEAD", "/v2/_catalog", {}, same("401 200 401 200 401 200 200")),
    ("manifest", "GET", "/v2/{name}/manifests/latest", {}, READ),
    ("manifest", "GET", "/v2/{name}/manifests/{manifest}", {}, READ),
    ("manifest", "HEAD", "/v2/{name}/manifests/latest", {}, READ),
    ("manifest", "PUT", "/v2/{name}/manifests/new", PUSHED, write(201)),
    ("manifest", "PUT", "/v2/{name}/manifests/{manifest}?tag=new", PUSHED, write(201)),
    ("manifest", "DELETE", "/v2/{name}/manifests/latest", {}, write(202)),
    ("manifest", "DELETE", "/v2/{name}/manifests/{manifest}", {}, write(202)),
    ("blob", "GET", "/v2/{name}/blobs/{layer}", {}, READ),
    ("blob", "HEAD", "/v2/{name}/blobs/{layer}", {}, READ),
    ("blob", "DELETE", "/v2/{name}/blobs/{layer}", {}, write(202)),
    ("uploads", "POST", "/v2/{name}/blobs/uploads/", {}, write(202)),
    ("uploads", "POST", "/v2/{name}/blobs/uploads/?digest={new}", {"content": NEW}, write(201)),
    ("uploads", "POST", "/v2/{name}/blobs/uploads/?mount={layer}&from={name}", {}, write(201)),
    ("upload", "GET", "{session}", {}, write(204)),
    ("upload", "PATCH", "{session}", {"content": NEW}, write(202)),
    ("upload", "PUT", "{session}?digest={new}", {"content": NEW}, write(201)),
    ("upload", "DELETE", "{session}", {}, write(204)),
    ("tags", "GET", "/v2/{name}/tags/list", {}, READ),
    ("tags", "HEAD", "/v2/{name}/tags/list", {}, READ),
    ("referrers", "GET", "/v2/{name}/referrers/{manifest}", {}, READ),
    ("referrers", "HEAD", "/v2/{name}/referrers/{manifest}", {}, READ),
    ("projects", "GET", "/api/v1/projects", {}, administer(200)),
    ("projects", "HEAD", "/api/v1/projects", {}, administer(200)),
    ("projects", "POST", "/api/v1/projects", {"json": {"name": "{unborn}"}}, administer(201)),
    ("projects/{name}", "GET", "/api/v1/projects/{project}", {}, administer(200)),
    ("projects/{name}", "HEAD", "/api/v1/projects/{project}", {}, administer(200)),
    ("projects/{name}", "PATCH", "/api/v1/projects/{project}", {"json": {}}, administer(200)),
    ("projects/{name}", "DELETE", "/api/v1/projects/{project}", {}, administer(409)),
    ("projects/{name}/repositories", "GET", "/api/v1/projects/{project}/repositories", {}, administer(200)),
    ("projects/{name}/repositories", "HEAD", "/api/v1/projects/{project}/repositories", {}, administer(200)),
    ("projects/{name}/repositories/{first}/{rest}", "DELETE", "/api/v1/projects/{project}/repositories/{short}", {},
     administer(204)),
    ("/healthz", "GET", "/healthz", {}, OPEN),
    ("/healthz", "HEAD", "/healthz", {}, OPEN),
    ("/readyz", "GET", "/readyz", {}, OPEN),
    ("/readyz", "HEAD", "/readyz", {}, OPEN),
    ("/metrics", "GET", "/metrics", {}, OPEN),
    ("/metrics", "HEAD", "/metrics", {}, OPEN),
]  # fmt: skip


def test_every_operation_stands_in_the_table() -> None:
    """What the program answers and what the table tells are the same operations."""
    known = routes.of_distribution() | routes.of_projects() | routes.of_operations()
    assert {row[:2] for row in TABLE} == known


def test_the_table_is_whole() -> None:
    """Each row tells a status for each identity, in both kinds of projects, and none stands twice."""
    assert all(len(expected.split()) == len(IDENTITIES) for row in TABLE for expected in row[4])
    assert len({row[1:3] for row in TABLE}) == len(TABLE)


@dataclass(frozen=True)
class Stage:
    """A repository with an image and an open upload; `words` are what addresses are filled with."""

    name: str
    words: dict[str, str] = field(repr=False)


def build(admin: Wire, project: str) -> Stage:
    """A new stage in this project; the upload belongs to the administrator."""
    name = fresh(project)
    admin.push_image(name, "latest", layers=(LAYER,))
    words = {
        "name": name,
        "project": project,
        "short": name.removeprefix(f"{project}/"),
        "unborn": name.replace("/", "-"),
        "manifest": digest_of(MANIFEST),
        "layer": digest_of(LAYER),
        "new": digest_of(NEW),
        "session": admin.begin(name),
    }
    return Stage(name, words)


@pytest.fixture(scope="session")
def stages(admin: Wire, public: str) -> Callable[[int, bool], Stage]:
    """A stage in a private (0) or public (1) project, of one's own if it will be changed."""
    projects = ["matrix", public]

    @cache
    def shared(kind: int) -> Stage:
        return build(admin, projects[kind])

    return lambda kind, changed: build(admin, projects[kind]) if changed else shared(kind)


def by(admin: Wire, person: Wire, identity: str, name: str) -> Wire:
    """Who asks."""
    nobody, everything = Wire.anonymous(admin.client), (f"repository:{name}:pull,push,delete", "registry:catalog:*")
    match identity:
        case "nobody":
            return nobody
        case "nobody's token":
            return nobody.narrowed(*everything)
        case "a person":
            return person
        case "admin's token":
            return admin.narrowed(*everything)
        case "admin's token to pull":
            return admin.narrowed(f"repository:{name}:pull")
        case "a wrong password":
            return Wire(admin.client, basic(ADMIN, "the wrong one"))
        case _:
            return admin


def filled(value: object, words: dict[str, str]) -> Any:  # noqa: ANN401 - what httpx takes
    """The same with every word in its place."""
    if isinstance(value, dict):
        return {key: filled(inner, words) for key, inner in value.items()}
    return value.format(**words) if isinstance(value, str) else value


@pytest.mark.parametrize("kind", [0, 1], ids=["private", "public"])
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[1]} {row[2]}")
def test_permissions(
    admin: Wire,
    person: Wire,
    stages: Callable[[int, bool], Stage],
    row: tuple[str, str, str, Body, tuple[str, str]],
    kind: int,
) -> None:
    """Each identity gets the status that the table tells; who is refused has changed nothing."""
    _, method, address, body, expected = row
    changes = method not in {"GET", "HEAD"}
    stage = stages(kind, changes)
    got = {}
    for identity in IDENTITIES:
        who = by(admin, person, identity, stage.name)
        answer = who.ask(method, filled(address, stage.words), **filled(body, stage.words))
        got[identity] = answer.status_code
        if changes and answer.is_success:
            stage = stages(kind, changes)
    assert got == dict(zip(IDENTITIES, map(int, expected[kind].split()), strict=True))
