"""The page that tells whether somebody may, and why: by the same rules as the API, to the same people."""

from collections.abc import Iterator
from html import unescape

import pytest

from tests.support.server import PASSWORD, Server
from tests.support.visiting import Visitor, fault
from tests.support.wire import ADMIN, Wire, fresh


@pytest.fixture
def visitor(server: Server) -> Iterator[Visitor]:
    """The administrator in a browser."""
    with Visitor(server.url) as visitor:
        visitor.sign_in(ADMIN)
        yield visitor


def _ask(visitor: Visitor, **query: str) -> tuple[int, str]:
    answer = visitor.client.get("/explain", params=query)
    return answer.status_code, unescape(answer.text)


def test_why(visitor: Visitor, admin: Wire, person: Wire) -> None:
    """What gives a right, and what is lacking."""
    assert person.header
    project = fresh().replace("/", "-")
    admin.ask("POST", "/api/v1/projects", json={"name": project})
    where = f"{project}/app"
    status, page = _ask(visitor, subject="person", action="push", where=where)
    assert status == 200
    assert "person may not push images" in page
    assert f"person has no role in project {project}" in page
    admin.ask("PUT", f"/api/v1/projects/{project}/members/person", json={"role": "writer"})
    status, page = _ask(visitor, subject="person", action="push", where=where)
    assert "person may push images" in page
    assert "writer" in page
    assert "may see the project" in _ask(visitor, subject="person", action="project:read", where=project)[1]


def test_what_cannot_be_answered(visitor: Visitor, server: Server, person: Wire) -> None:
    """Is told on the page; whoever may not see a project learns nothing of it."""
    assert person.header
    for query, status in (
        ({"subject": "nobody-known", "action": "pull", "where": "library"}, 404),
        ({"subject": "admin", "action": "dance", "where": "library"}, 400),
        ({"subject": "admin", "action": "pull", "where": "a//b"}, 400),
        ({"subject": "admin", "action": "pull", "where": "no-such-project/app"}, 404),
    ):
        answer = visitor.client.get("/explain", params=query)
        assert answer.status_code == status
        assert fault(answer)
    with Visitor(server.url) as other:
        other.sign_in("person", PASSWORD)
        hidden = other.client.get("/explain", params={"subject": "admin", "action": "pull", "where": "library/x"})
        missing = other.client.get("/explain", params={"subject": "admin", "action": "pull", "where": "none/x"})
        assert (hidden.status_code, missing.status_code) == (404, 404)
        assert fault(hidden).replace("library", "none") == fault(missing)
