"""Our own API: projects and the repositories in them."""

import itertools
from typing import Any

import httpx
import pytest

from tests.support.wire import Wire, refusal

ROOT = "/api/v1/projects"
_numbers = itertools.count(1)


@pytest.fixture
def project() -> str:
    """A project's name that no other test uses."""
    return f"project-{next(_numbers)}"


def create(who: Wire, name: str, **fields: object) -> dict[str, Any]:
    """Make a project; its description."""
    answer = who.ask("POST", ROOT, json={"name": name, **fields})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == who.address(f"{ROOT}/{name}")
    description: dict[str, Any] = answer.json()
    return description


@pytest.mark.parametrize("public", [True, False])
def test_created(admin: Wire, project: str, public: bool) -> None:  # noqa: FBT001 - a column
    """A project is made as asked and found as it was made; nobody keeps such an answer."""
    made = create(admin, project, public=public)
    assert set(made) == {"id", "name", "public", "description", "time_zone", "created_at"}
    assert (made["name"], made["public"]) == (project, public)
    answer = admin.get(f"{ROOT}/{project}")
    assert (answer.status_code, answer.json()) == (200, {**made, "description_html": ""})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    assert admin.head(f"{ROOT}/{project}").status_code == 200


def test_private_unless_asked(admin: Wire, project: str) -> None:
    """A project is private unless said otherwise, also one that a push makes."""
    assert create(admin, project)["public"] is False
    admin.push_blob(f"{project}-pushed/app", b"{}")
    assert admin.get(f"{ROOT}/{project}-pushed").json()["public"] is False


def test_made_once(admin: Wire, project: str) -> None:
    """A second project of a name is a conflict, and changes nothing."""
    made = create(admin, project)
    refusal(admin.ask("POST", ROOT, json={"name": project, "public": True}), 409, "CONFLICT")
    assert admin.get(f"{ROOT}/{project}").json() == {**made, "description_html": ""}


@pytest.mark.parametrize(
    "name", ["", "A", "a/b", "-a", "a..b", "a b", "..", "_catalog", "a" * 101, "ä", "a\n", "a\x00", "\ud800"]
)
def test_names_that_cannot_be(admin: Wire, name: str) -> None:
    """A project's name is the first part of repositories' names."""
    body = '{"name": "\\ud800"}' if name == "\ud800" else None
    kind = {"content-type": "application/json"}
    given: dict[str, Any] = {"content": body, "headers": kind} if body else {"json": {"name": name}}
    answer = admin.ask("POST", ROOT, **given)
    refusal(answer, 400, "QUERY_INVALID" if body else "NAME_INVALID")


BAD_BODIES: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("no JSON", b"{"),
    ("no object", b"[]"),
    ("no text", b"\xff\xfe\xff"),
    ("deep", b"[" * 60_000),
    ("no name", b"{}"),
    ("name of another type", b'{"name": 5}'),
    ("no name at all", b'{"name": null}'),
    ("public of another type", b'{"name": "bodies", "public": 1}'),
    ("public as text", b'{"name": "bodies", "public": "true"}'),
    ("unknown field", b'{"name": "bodies", "colour": "blue"}'),
    ("privileged field", b'{"name": "bodies", "id": 1}'),
    ("another privileged field", b'{"name": "bodies", "created_at": 0}'),
    ("an owner", b'{"name": "bodies", "owner": "eve", "administrator": true}'),
]


@pytest.mark.parametrize("body", [row[1] for row in BAD_BODIES], ids=[row[0] for row in BAD_BODIES])
def test_bodies_that_cannot_be(admin: Wire, body: bytes) -> None:
    """Unknown and privileged fields, wrong types and what is no JSON are refused whole."""
    refusal(admin.ask("POST", ROOT, content=body, headers={"content-type": "application/json"}), 400, "QUERY_INVALID")
    refusal(admin.get(f"{ROOT}/bodies"), 404, "NAME_UNKNOWN")


@pytest.mark.parametrize("body", [{"name": None}, {"id": 5}, {"public": True, "colour": "blue"}, {"public": None}])
def test_changes_that_cannot_be(admin: Wire, project: str, body: dict[str, object]) -> None:
    """A change names what can be changed; one bad field refuses all."""
    made = create(admin, project)
    refusal(admin.ask("PATCH", f"{ROOT}/{project}", json=body), 400, "QUERY_INVALID")
    assert admin.get(f"{ROOT}/{project}").json() == {**made, "description_html": ""}


def test_a_large_body(admin: Wire) -> None:
    """A description has a bounded size."""
    refusal(admin.ask("POST", ROOT, json={"name": "a" * 100_000}), 413)


def test_opened_and_closed(admin: Wire, anonymous: Wire, project: str) -> None:
    """Opening a project lets everybody pull, closing it nobody but its people; both bite at once."""
    made = create(admin, project)
    admin.push_image(f"{project}/app", "latest")
    path = f"/v2/{project}/app/manifests/latest"
    refusal(anonymous.get(path), 401)
    for public, status in ((True, 200), (False, 401), (True, 200)):
        answer = admin.ask("PATCH", f"{ROOT}/{project}", json={"public": public})
        assert (answer.status_code, answer.json()) == (200, {**made, "public": public})
        assert anonymous.get(path).status_code == status
    answer = admin.ask("PATCH", f"{ROOT}/{project}", json={})
    assert (answer.status_code, answer.json()["public"]) == (200, True)


def test_deleted(admin: Wire, project: str) -> None:
    """An empty project is deleted and is then missing; one with repositories is a conflict."""
    create(admin, project)
    admin.push_image(f"{project}/app", "latest")
    refusal(admin.ask("DELETE", f"{ROOT}/{project}"), 409, "CONFLICT")
    assert admin.get(f"/v2/{project}/app/manifests/latest").status_code == 200
    assert admin.ask("DELETE", f"{ROOT}/{project}/repositories/app").status_code == 204
    for deleted in admin.get(f"{ROOT}/{project}/trash").json():
        assert admin.ask("DELETE", f"{ROOT}/{project}/trash/{deleted['id']}").status_code == 204
    answer = admin.ask("DELETE", f"{ROOT}/{project}")
    assert (answer.status_code, answer.content) == (204, b"")
    for method in ("GET", "PATCH", "DELETE"):
        refusal(admin.ask(method, f"{ROOT}/{project}", json={}), 404, "NAME_UNKNOWN")


def names(answer: httpx.Response) -> list[str]:
    """The names in a list."""
    assert answer.status_code == 200, answer.text
    return [entry["name"] for entry in answer.json()]


def test_pages_of_projects(admin: Wire) -> None:
    """Projects are listed by name, a page at a time, on from a name that need not be there."""
    for name in ("zz-c", "zz-a", "zz-b", "zz"):
        create(admin, name)
    assert names(admin.get(f"{ROOT}?after=zy")) == ["zz", "zz-a", "zz-b", "zz-c"]
    assert names(admin.get(f"{ROOT}?after=zz-a&per_page=1")) == ["zz-b"]
    assert names(admin.get(f"{ROOT}?after=zz-aa&per_page=9")) == ["zz-b", "zz-c"]
    everything = names(admin.get(f"{ROOT}?per_page=1000"))
    assert everything == sorted(everything)
    for senseless in ("x", "0", "-1", "1001", "", "1e3"):
        refusal(admin.get(f"{ROOT}?per_page={senseless}"), 400, "QUERY_INVALID")


def test_links_between_pages(admin: Wire) -> None:
    """Each page names the next, keeping what was asked; the last names none."""
    for name in ("yy-c", "yy-a", "yy-b"):
        create(admin, name)
    page, found = admin.get(f"{ROOT}?after=yy&per_page=2"), []
    while True:
        found += names(page)
        if "next" not in page.links or len(found) > 1000:
            break
        following = httpx.URL(page.links["next"]["url"])
        assert following.params["per_page"] == "2"
        page = admin.get(str(following.raw_path, "ascii"))
    assert found[:3] == ["yy-a", "yy-b", "yy-c"]
    assert len(found) == len(set(found))


def test_repositories(admin: Wire, project: str) -> None:
    """A project's repositories are listed by name with the number of their tags."""
    create(admin, project)
    assert admin.get(f"{ROOT}/{project}/repositories").json() == []
    admin.push_image(f"{project}/b", "1", "2")
    admin.push_image(f"{project}/a/deep")
    found = admin.get(f"{ROOT}/{project}/repositories").json()
    assert [(entry["name"], entry["tags"]) for entry in found] == [(f"{project}/a/deep", 0), (f"{project}/b", 2)]
    assert set(found[0]) == {"id", "name", "tags", "public", "description", "labels", "created_at", "pushed_at"}
    assert names(admin.get(f"{ROOT}/{project}/repositories?per_page=1")) == [f"{project}/a/deep"]
    assert names(admin.get(f"{ROOT}/{project}/repositories?after={project}/a/deep")) == [f"{project}/b"]
    refusal(admin.get(f"{ROOT}/{project}-none/repositories"), 404, "NAME_UNKNOWN")


def test_a_repository_is_deleted_by_its_name_within_the_project(admin: Wire, project: str) -> None:
    """A name is never guessed: what is deleted is the repository of that name within the project, or nothing."""
    for name in ("a", "a/deep", f"{project}/a"):
        admin.push_image(f"{project}/{name}", "latest")
    assert admin.ask("DELETE", f"{ROOT}/{project}/repositories/a/deep").status_code == 204
    refusal(admin.get(f"/v2/{project}/a/deep/manifests/latest"), 404, "NAME_UNKNOWN")
    refusal(admin.ask("DELETE", f"{ROOT}/{project}/repositories/a/deep"), 404, "NAME_UNKNOWN")
    refusal(admin.ask("DELETE", f"{ROOT}/{project}/repositories/{project}/a/deep"), 404, "NAME_UNKNOWN")
    assert names(admin.get(f"{ROOT}/{project}/repositories")) == [f"{project}/a", f"{project}/{project}/a"]


def test_a_repository_of_the_home_project(admin: Wire) -> None:
    """In the project library a name stands as it is, with or without the project's own."""
    for name in ("homely", "library/homely"):
        admin.push_image(name, "latest")
    assert admin.ask("DELETE", f"{ROOT}/library/repositories/homely").status_code == 204
    refusal(admin.get("/v2/homely/manifests/latest"), 404, "NAME_UNKNOWN")
    assert admin.ask("DELETE", f"{ROOT}/library/repositories/library/homely").status_code == 204
    refusal(admin.ask("DELETE", f"{ROOT}/library/repositories/team/homely"), 404, "NAME_UNKNOWN")


def test_no_page_of_another_site(admin: Wire, project: str) -> None:
    """What a browser can be made to send by another site changes nothing: forms, plain text, marked requests."""
    body = f'{{"name": "{project}", "public": true}}'
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = admin.ask("POST", ROOT, content=body, headers={"content-type": content_type})
        assert answer.status_code == 415, content_type
    marked = {"content-type": "application/json", "sec-fetch-site": "cross-site"}
    refusal(admin.ask("POST", ROOT, content=body, headers=marked), 403, "DENIED")
    refusal(admin.get(f"{ROOT}/{project}"), 404, "NAME_UNKNOWN")


def test_a_repository_of_another_project(admin: Wire, project: str) -> None:
    """A repository is not reached through another project, by any way to write its name."""
    other = f"{project}-other"
    create(admin, project)
    admin.push_image(f"{other}/app", "latest")
    for given in (f"{other}/app", "app", f"../{other}/app", f"%2e%2e/{other}/app"):
        answer = admin.ask("DELETE", f"{ROOT}/{project}/repositories/{given}")
        assert answer.status_code in {400, 404, 405}, given
    assert admin.get(f"/v2/{other}/app/manifests/latest").status_code == 200


def test_only_for_administrators_by_password(admin: Wire, anonymous: Wire, project: str) -> None:
    """Nobody is asked for a password; a token, however wide, is denied; nothing happens."""
    body = {"name": project}
    refusal(anonymous.ask("POST", ROOT, json=body), 401, "UNAUTHORIZED")
    token = admin.narrowed(f"repository:{project}/app:*", "registry:catalog:*")
    refusal(token.ask("POST", ROOT, json=body), 403, "DENIED")
    refusal(anonymous.narrowed().ask("POST", ROOT, json=body), 401, "UNAUTHORIZED")
    refusal(admin.get(f"{ROOT}/{project}"), 404, "NAME_UNKNOWN")
