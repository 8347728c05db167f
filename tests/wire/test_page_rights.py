"""Who sees which page, and whose forms are taken: each page x each role, by the permission matrix."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest

from moorage.rules.roles import AUDITOR, ROLES, Action
from tests.support import harbour
from tests.support.page_rights import EXAMPLES, OPEN, PLACES, PUBLIC
from tests.support.server import Server
from tests.support.visiting import Visitor

HELD = {
    "admin": frozenset(Action),
    "vera": AUDITOR,
    "nobody": frozenset[Action](),
    **{name: ROLES[role] for name, role in harbour.ROLES.items()},
}
"""What each of them holds in the project, or everywhere."""
_WORD = re.compile(r"\{(\w+)(?::\w+)?\}")
_REFUSED = {403, 404}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Filled once; what the forms here change harms none of these tests."""
    with Server(tmp_path_factory.mktemp("rights") / "data") as server:
        harbour.Harbour(server).fill()
        yield server


@pytest.fixture(scope="module", params=sorted(HELD))
def guest(registry: Server, request: pytest.FixtureRequest) -> Iterator[tuple[str, Visitor]]:
    """Somebody who is signed in."""
    with Visitor(registry.url) as visitor:
        visitor.sign_in(request.param)
        yield request.param, visitor


def _address(path: str) -> str:
    return _WORD.sub(lambda found: EXAMPLES[found[1]], path)


def _public(path: str) -> str:
    return _WORD.sub(lambda found: PUBLIC[found[1]], path)


def test_pages(guest: tuple[str, Visitor]) -> None:
    """Shown to those who hold what it takes, and not found by, or denied to, all others."""
    name, visitor = guest
    wanted, got = {}, {}
    for (path, method), action in PLACES.items():
        if method == "GET":
            wanted[path] = action is None or action in HELD[name]
            status = visitor.get(_address(path)).status_code
            assert status in {200, *_REFUSED}, (path, status)
            got[path] = status == 200
    assert got == wanted


def test_forms(guest: tuple[str, Visitor]) -> None:
    """An empty form is refused for what it lacks, or taken, where they hold what it takes; else for that."""
    name, visitor = guest
    visitor.get("/projects")
    token = visitor.token
    wanted, got = {}, {}
    for (path, method), action in PLACES.items():
        if method == "POST":
            wanted[path] = action is None or action in HELD[name]
            status = visitor.post(_address(path), {"token": token}).status_code
            assert status < 500, (path, status)
            got[path] = status not in _REFUSED
    assert got == wanted


def test_strangers(registry: Server) -> None:
    """See what is public; else they are sent to the login, and back from there, whether there is anything or not."""
    with Visitor(registry.url) as visitor:
        for path, method in PLACES:
            for project in ("shop", "nothing-of-that-name"):
                address = _address(path).replace("/shop", f"/{project}")
                answer = visitor.get(address) if method == "GET" else visitor.post(address)
                told = (answer.status_code, unquote(answer.headers.get("location", "")))
                if path in OPEN and method == "GET" and "{" not in path:
                    assert told == (200, ""), path
                else:
                    assert told == (303, f"/login?next={address}" if method == "GET" else "/login"), path
        for path in OPEN:
            assert visitor.get(_public(path)).status_code == 200, path
        listed = visitor.get("/projects").text
        assert ">base</a>" in listed
        assert "shop" not in listed
