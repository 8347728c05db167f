"""Pages of jobs by their forms: asked for, looked at, timed, cancelled; and of all projects for administrators."""

import re
from collections.abc import Iterator

import pytest

from tests.support.harbour import Harbour
from tests.support.server import Server
from tests.support.visiting import Visitor, fault, words
from tests.support.waiting import until

PAGE = "/projects/shop/-/jobs"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With a job of retention that was asked for, and is done."""
    with Server(tmp_path_factory.mktemp("jobs") / "data") as server:
        Harbour(server).fill()
        until(lambda: b'"succeeded"' in server.call("GET", "/api/v1/jobs/1")[2], "the job is done")
        yield server


@pytest.fixture
def olga(registry: Server) -> Iterator[Visitor]:
    """An owner."""
    with Visitor(registry.url) as visitor:
        visitor.sign_in("olga")
        yield visitor


def test_a_job_is_asked_for_and_seen(olga: Visitor) -> None:
    """The form leads to the job, which tells what came of it and what it said."""
    olga.get(PAGE)
    asked = olga.send(f"{PAGE}/of/verify")
    assert re.search(r"/-/jobs/\d+$", str(asked.url))
    assert "read every blob through" in words(asked.text)
    assert "Asked for" in words(asked.text)
    done = olga.get(f"{PAGE}/1")
    assert "retention 1" in words(done.text)
    assert "by admin" in words(done.text)
    refused = olga.send(f"{PAGE}/1/cancel")
    assert "is succeeded already" in fault(refused)
    assert refused.status_code == 409


def test_a_schedule_in_words(olga: Visitor) -> None:
    """Set by how often and when, or by five fields; removed again."""
    olga.get(PAGE)
    times = {"often": "week", "at": "22:15", "weekday": "7", "zone": "Europe/Berlin"}
    assert "every Sunday at 22:15 (Europe/Berlin)" in words(olga.send(f"{PAGE}/of/retention/schedule", times).text)
    form = olga.get(f"{PAGE}?schedule=retention").text
    assert re.search(r'<option value="7" selected>Sunday', form)
    own = olga.send(f"{PAGE}/of/retention/schedule", {"often": "own", "cron": "0 3 1-7 * *"})
    assert "as cron has it: 0 3 1-7 * * (UTC)" in words(own.text)
    odd = olga.send(f"{PAGE}/of/retention/schedule", {"often": "own", "cron": "now and <b>then</b>"})
    assert "five fields" in fault(odd)
    assert 'value="now and &lt;b&gt;then&lt;/b&gt;"' in odd.text
    assert "Give the time of day" in fault(olga.send(f"{PAGE}/of/retention/schedule", {"often": "day", "at": "25:00"}))
    assert "Choose a day" in fault(
        olga.send(f"{PAGE}/of/retention/schedule", {"often": "month", "at": "01:00", "day": "32"})
    )
    gone = olga.send(f"{PAGE}/of/retention/schedule/remove")
    assert "Nothing does." in words(gone.text)


def test_filters(olga: Visitor) -> None:
    """By state and kind; what is none of them shows all, and what is no page is refused."""
    assert "No job is like that." in olga.get(f"{PAGE}?state=failed").text
    assert "retention 1" in words(olga.get(f"{PAGE}?state=succeeded&kind=retention").text)
    assert olga.get(f"{PAGE}?state=nothing").status_code == 200
    assert olga.get(f"{PAGE}?after=-1").status_code == 400
    assert olga.get(f"{PAGE}/999").status_code == 404
    assert olga.get(f"{PAGE}/1e3").status_code == 404


def test_roles(registry: Server) -> None:
    """A maintainer sees jobs and has no buttons; an auditor sees those of all."""
    with Visitor(registry.url) as mark:
        mark.sign_in("mark")
        page = mark.get(PAGE)
        assert "retention 1" in words(page.text)
        assert "/of/" not in page.text
        assert mark.get("/jobs").status_code == 403
    with Visitor(registry.url) as vera:
        vera.sign_in("vera")
        page = vera.get("/jobs")
        assert 'href="/projects/shop/-/jobs"' in page.text
        assert "every hour, 07 minutes after it" in words(page.text)
        assert "/of/" not in page.text
