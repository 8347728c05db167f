"""Lists of our own API: pages in every order, filters, totals, and parameters that an address does not take."""

import itertools
import re
from typing import Any

import httpx
import pytest

from tests.support import content
from tests.support.document import document
from tests.support.server import PASSWORD
from tests.support.wire import Wire, refusal

ROOT = "/api/v1"
DOCUMENT = document()
_numbers = itertools.count(1)


@pytest.fixture
def project(admin: Wire) -> str:
    """The address of a project that no other test uses, with repositories pushed in another order than their names'."""
    name = f"lists-{next(_numbers)}"
    for repository in ("b", "d", "a", "c"):
        admin.push_image(f"{name}/{repository}", "latest")
    return f"{ROOT}/projects/{name}"


def names(answer: httpx.Response) -> list[str]:
    """The last parts of the names in a list."""
    assert answer.status_code == 200, answer.text
    return [entry["name"].rpartition("/")[2] for entry in answer.json()]


def pages(who: Wire, address: str) -> list[Any]:
    """All entries, page after page; each tells the same total."""
    found, totals = [], set()
    while True:
        answer = who.get(address)
        assert answer.status_code == 200, answer.text
        found += answer.json()
        totals.add(answer.headers["x-total-count"])
        if "next" not in answer.links:
            break
        address = str(httpx.URL(answer.links["next"]["url"]).raw_path, "ascii")
    assert totals == {str(len(found))}
    return found


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", "abcd"),
        ("-name", "dcba"),
        ("created_at", "bdac"),
        ("-created_at", "cadb"),
        ("pushed_at", "dacb"),
        ("-pushed_at", "bcad"),
    ],
)
def test_orders(admin: Wire, project: str, sort: str, expected: str) -> None:
    """A list comes in the order asked for, whatever the size of its pages."""
    assert admin.push(f"{project.rpartition('/')[2]}/b", "later", content.image()).status_code == 201
    for size in (1, 2, 3, 4, 100):
        found = pages(admin, f"{project}/repositories?sort={sort}&per_page={size}")
        assert "".join(entry["name"][-1] for entry in found) == expected


def test_entries_that_come_and_go(admin: Wire, project: str) -> None:
    """A list goes on rightly after an entry that is gone by then, and misses none that was there all the time."""
    first = admin.get(f"{project}/repositories?sort=-created_at&per_page=2")
    assert names(first) == ["c", "a"]
    assert admin.ask("DELETE", f"{project}/repositories/a").status_code == 204
    admin.push_image(f"{project.rpartition('/')[2]}/e", "latest")
    following = str(httpx.URL(first.links["next"]["url"]).raw_path, "ascii")
    assert names(admin.get(following)) == ["d", "b"]


def test_filters_of_repositories(admin: Wire, project: str) -> None:
    """By the beginning of the name within the project, and by labels, all of which must be there."""
    admin.push_image(f"{project.rpartition('/')[2]}/deep/a", "latest")
    for name, labels in (("a", {"env": "prod"}), ("b", {"env": "prod", "tier": "1"}), ("c", {"env": "test"})):
        admin.ask("PATCH", f"{project}/repositories/{name}", json={"labels": labels})
    for query, expected in (
        ("prefix=d", ["d", "a"]),
        ("prefix=deep/", ["a"]),
        ("prefix=x", []),
        ("label=env=prod", ["a", "b"]),
        ("label=env=prod&label=tier=1", ["b"]),
        ("label=env=prod&prefix=b&sort=-name", ["b"]),
        ("label=env=", []),
    ):
        answer = admin.get(f"{project}/repositories?{query}")
        assert names(answer) == expected, query
        assert answer.headers["x-total-count"] == str(len(expected))
    for query in ("label=env", "label==x", "label=", "&".join(["label=a=b"] * 11)):
        refusal(admin.get(f"{project}/repositories?{query}"), 400, "QUERY_INVALID")


def test_what_one_may_see_is_counted(admin: Wire, project: str) -> None:
    """Who may pull from some repositories only gets those in every order, and their number."""
    name = f"{project.rpartition('/')[2]}-person"
    assert admin.ask("POST", f"{ROOT}/users", json={"name": name, "password": PASSWORD}).status_code == 201
    roles = [{"role": "reader", "repositories": pattern} for pattern in ("a", "c", "x")]
    assert admin.ask("PUT", f"{project}/members/{name}", json={"roles": roles}).status_code == 201
    person = Wire.basic(admin.client, name, PASSWORD)
    for sort, expected in (("name", ["a", "c"]), ("-created_at", ["c", "a"])):
        for size in (1, 2, 9):
            found = pages(person, f"{project}/repositories?sort={sort}&per_page={size}")
            assert [entry["name"][-1] for entry in found] == expected
    assert [entry["name"] for entry in pages(person, f"{ROOT}/projects?prefix=lists-")] == [project.rpartition("/")[2]]


def test_tags_and_when_they_moved(admin: Wire, project: str) -> None:
    """Tags are listed by name or by when they last moved."""
    name = project.rpartition("/")[2]
    admin.push_image(f"{name}/a", "2", "1", "3")
    admin.push(f"{name}/a", "2", content.image(annotations={"another": "one"}))
    tags = f"{project}/repositories/a/tags"
    assert names(admin.get(tags)) == ["1", "2", "3", "latest"]
    assert [entry["name"] for entry in pages(admin, f"{tags}?sort=-pushed_at&per_page=1")] == ["2", "3", "1", "latest"]
    assert names(admin.get(f"{tags}?prefix=la")) == ["latest"]


def test_users_and_robots(admin: Wire, project: str) -> None:
    """People and robots are narrowed by what they are."""
    begin = project.rpartition("/")[2]
    for name in ("one", "two"):
        admin.ask("POST", f"{ROOT}/users", json={"name": f"{begin}-{name}", "password": PASSWORD})
        admin.ask("POST", f"{project}/robots", json={"name": name})
    admin.ask("PATCH", f"{ROOT}/users/{begin}-two", json={"disabled": True, "auditor": True})
    admin.ask("PATCH", f"{project}/robots/two", json={"disabled": True})
    for query, expected in (
        ("", ["one", "two"]),
        ("&disabled=true", ["two"]),
        ("&disabled=false&sort=-created_at", ["one"]),
        ("&auditor=true&administrator=false", ["two"]),
        ("&administrator=true", []),
    ):
        found = admin.get(f"{ROOT}/users?prefix={begin}-{query}").json()
        assert [entry["name"].removeprefix(f"{begin}-") for entry in found] == expected
    assert [entry["short_name"] for entry in pages(admin, f"{project}/robots?disabled=true")] == ["two"]
    assert [entry["short_name"] for entry in pages(admin, f"{project}/robots?sort=-created_at")] == ["two", "one"]


def test_short_lists_come_in_pages_too(admin: Wire, project: str) -> None:
    """Lists that are short by nature have pages and a total like all others."""
    for number in range(3):
        name = f"{project.rpartition('/')[2]}-{number}"
        admin.ask("POST", f"{ROOT}/users", json={"name": name, "password": PASSWORD})
        admin.ask("POST", f"{ROOT}/groups", json={"name": name})
        admin.ask("PUT", f"{project}/members/{name}", json={"role": "reader"})
        admin.ask("PUT", f"{project}/groups/{name}", json={"role": "reader"})
        admin.ask("POST", f"{ROOT}/me/tokens", json={"name": name, "scopes": ["pull"]})
    for address in (f"{project}/members", f"{ROOT}/roles", f"{ROOT}/me/tokens"):
        everything = admin.get(f"{address}?per_page=1000").json()
        assert len(everything) >= 3
        assert pages(admin, f"{address}?per_page=2") == everything


def test_many_are_not_counted(admin: Wire) -> None:
    """Of very many entries it is told that there are more than were counted."""
    answer = admin.get(f"{ROOT}/audit?per_page=1")
    assert answer.headers["x-total-count"] == "1000" or int(answer.headers["x-total-count"]) < 1000
    assert ("x-total-count-capped" in answer.headers) <= (answer.headers["x-total-count"] == "1000")


@pytest.mark.parametrize("cursor", ["x", "~a", "1e~a", "nan", "--1~a", "%00"])
def test_cursors_that_cannot_be(admin: Wire, project: str, cursor: str) -> None:
    """What no link named is refused, or is a place in the list like any other; never a fault."""
    for sort in ("created_at", "-pushed_at"):
        answer = admin.get(f"{project}/repositories?sort={sort}&after={cursor}")
        assert answer.status_code in {200, 400}, answer.text


@pytest.mark.parametrize("sort", ["", "Name", "id", "description", "--name", "name,created_at", "name;drop", "tags"])
def test_orders_that_cannot_be(admin: Wire, project: str, sort: str) -> None:
    """An unknown order is refused, and the known ones are named."""
    told = admin.get(f"{project}/repositories?sort={sort}")
    assert "'-pushed_at'" in refusal(told, 400, "QUERY_INVALID")["detail"]


def operations() -> list[tuple[str, str, list[str]]]:
    """Every operation with the parameters that its query takes."""
    return [
        (method, path, [taken["name"] for taken in operation["parameters"] if taken["in"] == "query"])
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    ]


@pytest.mark.parametrize(("method", "path", "takes"), operations(), ids=lambda part: str(part)[:40])
def test_parameters_that_are_not_taken(admin: Wire, method: str, path: str, takes: list[str]) -> None:
    """Every operation refuses a parameter that it does not take, and names those that it takes; nothing is done."""
    address = re.sub(r"\{(number)\}", "1", path)
    address = re.sub(r"\{[^}]*\}", "none", address)
    body: dict[str, Any] | None = {} if method in {"post", "put", "patch"} else None
    told = refusal(admin.ask(method.upper(), f"{address}?colour=blue", json=body), 400, "QUERY_INVALID")
    assert "there is no parameter 'colour'" in told["detail"]
    assert all(name in told["detail"] for name in takes)


def test_every_list_tells_its_total() -> None:
    """Every list of the document comes in pages, and says how many there are."""
    for path, methods in DOCUMENT["paths"].items():
        answer = methods.get("get", {}).get("responses", {}).get("200", {})
        if answer.get("content", {}).get("application/json", {}).get("schema", {}).get("type") == "array":
            assert {"Link", "X-Total-Count"} <= set(answer["headers"]), path
