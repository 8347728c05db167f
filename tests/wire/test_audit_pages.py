"""The audit in a browser: found, shown and taken along, by those who may read it."""

import csv
import io
import json
from collections.abc import Iterator
from html import unescape

import pytest

from tests.support.server import Server
from tests.support.visiting import Visitor, fault
from tests.support.wire import ADMIN, Wire, fresh

HOSTILE = '=HYPERLINK("http://example.com/")<script>alert(1)</script>'


@pytest.fixture
def visitor(server: Server) -> Iterator[Visitor]:
    """The administrator in a browser."""
    with Visitor(server.url) as visitor:
        visitor.sign_in(ADMIN)
        yield visitor


@pytest.fixture
def project(admin: Wire) -> str:
    """Made and changed, with a description that somebody may have written to harm."""
    name = fresh().replace("/", "-")
    assert admin.ask("POST", "/api/v1/projects", json={"name": name, "description": "before"}).status_code == 201
    answer = admin.ask("PATCH", f"/api/v1/projects/{name}", json={"description": HOSTILE})
    assert answer.status_code == 200
    return name


def test_what_changed(visitor: Visitor, project: str) -> None:
    """Found by its fields; its page shows before and after, as text."""
    page = visitor.client.get("/audit", params={"project": project, "kind": "project.updated", "actor": "admin"}).text
    numbers = [part.partition('"')[0] for part in page.split('href="/audit/')[1:] if part[:1].isdigit()]
    assert len(numbers) == 1
    shown = visitor.get(f"/audit/{numbers[0]}").text
    assert "<del>before</del>" in shown
    assert "<script>alert" not in shown
    assert HOSTILE in unescape(shown)


def test_as_a_file(visitor: Visitor, project: str) -> None:
    """All that was found, as lines of JSON and as CSV in which nothing is computed."""
    lines = visitor.client.get("/audit/audit.jsonl", params={"project": project})
    assert lines.headers["content-disposition"] == 'attachment; filename="audit.jsonl"'
    events = [json.loads(line) for line in lines.text.splitlines()]
    assert [event["kind"] for event in events] == ["project.updated", "project.created"]
    assert events[0]["after"]["description"] == HOSTILE
    table = visitor.client.get("/audit/audit.csv", params={"project": project, "agent": "=no such"})
    assert len(table.text.splitlines()) == 1
    table = visitor.client.get("/audit/audit.csv", params={"project": project})
    rows = list(csv.DictReader(io.StringIO(table.text, newline="")))
    assert [row["kind"] for row in rows] == ["project.updated", "project.created"]
    assert all(field[:1] not in {"=", "+", "@"} for row in rows for field in row.values())


def test_no_time(visitor: Visitor) -> None:
    """What is no time is told; what there is none of as well."""
    for query in ({"since": "yesterday"}, {"until": "2026-99-99"}, {"actor": "a" * 513}):
        answer = visitor.client.get("/audit", params=query)
        assert answer.status_code == 400
        assert fault(answer)
    assert visitor.client.get("/audit", params={"since": "2026-01-01T10:00", "until": "9" * 12}).status_code == 200
    assert "no event" in fault(visitor.get("/audit/999999999"))
    assert visitor.get("/audit/none").status_code == 404
