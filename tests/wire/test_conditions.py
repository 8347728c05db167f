"""Changes of our own API on the condition that nothing changed since (RFC 9110, section 13.1.1)."""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from moorage.api.rest.state import Match
from tests.support import routes
from tests.support.server import PASSWORD
from tests.support.waiting import until
from tests.support.wire import Wire, refusal

ROOT = "/api/v1"
OTHER = '"not-what-it-is"'
_numbers = itertools.count(1)


@pytest.fixture
def project(admin: Wire) -> str:
    """The address of a project that no other test uses."""
    name = f"conditions-{next(_numbers)}"
    assert admin.ask("POST", f"{ROOT}/projects", json={"name": name}).status_code == 201
    return f"{ROOT}/projects/{name}"


@pytest.fixture
def member(admin: Wire, person: Wire, project: str) -> str:
    """The address of a member of it."""
    assert person.get(f"{ROOT}/me").status_code == 200
    address = f"{project}/members/person"
    assert admin.ask("PUT", address, json={"role": "reader"}).status_code == 201
    return address


def tag(who: Wire, address: str) -> str:
    """What names the state in which it is."""
    answer = who.get(address)
    assert answer.status_code == 200, answer.text
    found: str = answer.headers["etag"]
    return found


def change(who: Wire, method: str, address: str, condition: str, body: dict[str, Any] | None = None) -> httpx.Response:
    """Ask for it on a condition."""
    return who.ask(method, address, json=body, headers={"If-Match": condition})


def test_a_state_has_a_name(admin: Wire, project: str) -> None:
    """The same state has the same quoted name, to HEAD as to GET; another state has another."""
    first = tag(admin, project)
    assert first.startswith('"')
    assert first.endswith('"')
    assert tag(admin, project) == admin.head(project).headers["etag"] == first
    assert admin.ask("PATCH", project, json={"description": "other"}).status_code == 200
    assert tag(admin, project) != first
    assert admin.ask("PATCH", project, json={"description": ""}).status_code == 200
    assert tag(admin, project) == first


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_only_answers_to_reading_have_a_name(admin: Wire, project: str, method: str) -> None:
    """What a change answers with, and a refusal, name no state."""
    refused = admin.get(f"{project}-none")
    refusal(refused, 404)
    assert "etag" not in refused.headers
    assert "etag" not in admin.ask(method, project, json={}).headers


MATCHING: list[Callable[[str], str]] = [
    lambda now: now,
    lambda _: "*",
    lambda now: f"{OTHER}, {now}",
    lambda now: f"{now},{OTHER}",
]


@pytest.mark.parametrize("write", MATCHING, ids=["right", "any", "last", "first"])
def test_it_is_as_it_was(admin: Wire, member: str, project: str, write: Callable[[str], str]) -> None:
    """If it is what the client saw, or the client takes anything, the change is made."""
    answer = change(admin, "PATCH", project, write(tag(admin, project)), {"description": "new"})
    assert (answer.status_code, answer.json()["description"]) == (200, "new")
    answer = change(admin, "PUT", member, write(tag(admin, member)), {"role": "writer"})
    assert (answer.status_code, answer.json()["role"]) == (200, "writer")
    assert change(admin, "DELETE", member, write(tag(admin, member))).status_code == 204
    assert change(admin, "DELETE", project, write(tag(admin, project))).status_code == 204


@pytest.mark.parametrize(
    "write",
    [lambda _: OTHER, lambda now: now.strip('"'), lambda now: f"W/{now}", lambda _: "", lambda _: f"{OTHER}, {OTHER}"],
    ids=["wrong", "unquoted", "weak", "empty", "all wrong"],
)
def test_it_has_changed(admin: Wire, member: str, project: str, write: Callable[[str], str]) -> None:
    """If it is not what the client saw, nothing happens; a weak comparison is none."""
    before = (admin.get(project).json(), admin.get(member).json())
    for address, method, body in (
        (project, "PATCH", {"description": "new"}),
        (project, "DELETE", None),
        (member, "PUT", {"role": "writer"}),
        (member, "DELETE", None),
    ):
        refusal(change(admin, method, address, write(tag(admin, address)), body), 412, "CHANGED")
    assert (admin.get(project).json(), admin.get(member).json()) == before


def test_the_second_of_two_who_saw_the_same(admin: Wire, colleague: Wire, project: str) -> None:
    """Of two who change what they both saw, one after the other, the second is told to look again."""
    seen = tag(admin, project)
    assert change(admin, "PATCH", project, seen, {"description": "mine"}).status_code == 200
    refusal(change(colleague, "PATCH", project, seen, {"description": "yours"}), 412, "CHANGED")
    assert admin.get(project).json()["description"] == "mine"


@pytest.mark.parametrize("condition", ["*", OTHER])
def test_what_is_not_there(admin: Wire, person: Wire, project: str, condition: str) -> None:
    """A condition is never true of what is not there: nothing is made, and nothing is there to change."""
    assert person.get(f"{ROOT}/me").status_code == 200
    refusal(change(admin, "PUT", f"{project}/members/person", condition, {"role": "reader"}), 412, "CHANGED")
    refusal(admin.get(f"{project}/members/person"), 404)
    refusal(change(admin, "PATCH", f"{project}-none", condition, {}), 404, "NAME_UNKNOWN")
    refusal(change(admin, "DELETE", f"{project}-none", condition), 404, "NAME_UNKNOWN")


@pytest.mark.parametrize("condition", ["*", OTHER])
def test_what_cannot_be_read(admin: Wire, person: Wire, condition: str) -> None:
    """An address that cannot be read matches nothing, and says so."""
    assert person.get(f"{ROOT}/me").status_code == 200
    body = {"password": f"{PASSWORD}-new"}
    answer = change(admin, "PUT", f"{ROOT}/users/person/password", condition, body)
    assert "cannot be read" in refusal(answer, 412, "CHANGED")["detail"]
    assert person.get(f"{ROOT}/me").json()["must_change"] is False


@pytest.mark.parametrize("condition", ["*", OTHER])
def test_a_condition_tells_nothing(person: Wire, anonymous: Wire, project: str, condition: str) -> None:
    """Who may not see it learns no more with a condition than without."""
    for who, status in ((person, 404), (anonymous, 401)):
        for address in (project, f"{project}-none"):
            for method in ("PATCH", "DELETE"):
                refusal(change(who, method, address, condition, {}), status)


def test_reading_and_making_take_no_condition(admin: Wire, project: str) -> None:
    """GET and POST are answered whatever If-Match says."""
    assert change(admin, "GET", project, OTHER).status_code == 200
    answer = change(admin, "POST", f"{project}/robots", OTHER, {"name": "robot"})
    assert answer.status_code == 201


def test_one_of_those_at_once(admin: Wire, colleague: Wire, project: str) -> None:
    """Of several who change what they all saw, at the same moment, one does, and the others are told to look again."""
    crowd = [admin, colleague] * 4
    for number in range(20):
        seen = tag(admin, project)
        start = threading.Barrier(len(crowd))

        def one(who: Wire, mine: str, seen: str = seen, start: threading.Barrier = start) -> int:
            start.wait()
            return change(who, "PATCH", project, seen, {"description": mine}).status_code

        with ThreadPoolExecutor(len(crowd)) as pool:
            wishes = [f"{number} of {place}" for place in range(len(crowd))]
            statuses = list(pool.map(one, crowd, wishes))
        assert sorted(statuses) == [200] + [412] * (len(crowd) - 1)
        assert admin.get(project).json()["description"] == wishes[statuses.index(200)]


def test_being_seen_changes_nothing(admin: Wire, project: str) -> None:
    """That somebody logs in, or a robot is used, is no change of theirs: who looked before may change them still."""
    robot = admin.ask("POST", f"{project}/robots", json={"name": "used"}).json()
    assert admin.ask("POST", f"{ROOT}/users", json={"name": "latecomer", "password": PASSWORD}).status_code == 201
    before = {address: tag(admin, address) for address in (f"{project}/robots/used", f"{ROOT}/users/latecomer")}
    machine = Wire.basic(admin.client, robot["name"], robot["secret"])
    assert machine.get("/v2/").status_code == 200
    assert Wire.basic(admin.client, "latecomer", PASSWORD).get(f"{ROOT}/me").status_code == 200
    until(lambda: admin.get(f"{project}/robots/used").json()["last_used_at"] is not None, "the robot was used")
    until(lambda: admin.get(f"{ROOT}/users/latecomer").json()["last_seen_at"] is not None, "they were seen")
    assert {address: tag(admin, address) for address in before} == before
    assert change(admin, "PATCH", f"{project}/robots/used", before[f"{project}/robots/used"], {}).status_code == 200


def test_whatever_can_be_read_takes_a_condition() -> None:
    """No change of something that can be read forgets to compare its state."""
    found = [route for route in routes.rest().routes if isinstance(route, APIRoute)]
    methods = {(route.name, route.path): route.methods or set() for route in found}
    readable = {path for (_, path), known in methods.items() if "GET" in known}
    forgetful = [
        (route.name, route.path)
        for route in found
        if route.path in readable
        and not methods[route.name, route.path] <= {"GET", "POST"}
        and Match not in {taken.call for taken in route.dependant.dependencies}
    ]
    assert forgetful == []
