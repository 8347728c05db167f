"""/live: events as they happen, to those who may hear of them, for as long as they may."""

import json
import queue
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.harbour import Harbour
from tests.support.hearing import Listener
from tests.support.server import Server
from tests.support.visiting import Visitor
from tests.support.waiting import until


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With what teams have in it."""
    with Server(tmp_path_factory.mktemp("live") / "data") as server:
        Harbour(server).fill()
        yield server


def test_a_push_is_heard(registry: Server) -> None:
    """By whoever may pull there, within moments, and by nobody else; no name of anything hidden goes out."""
    with Listener(registry, "rita") as rita, Listener(registry, "nobody") as nobody:
        Harbour(registry).release("shop/checkout", "2.0.0", "v4")
        Harbour(registry).release("base/alpine", "3.21", "a4")
        number, event, told = rita.next()
        assert (event, told) == ("news", {"group": "pushes", "project": "shop"})
        assert rita.next()[2]["project"] == "base"
        assert nobody.next()[2] == {"group": "pushes", "project": "base"}
        assert nobody.heard.empty()
    with Listener(registry, "rita", Last_Event_ID=number) as again:
        assert again.next()[2]["project"] == "base"
        assert again.heard.empty()
    with Listener(registry, "rita", f"/live?after={int(number) - 1}") as again:
        assert again.next()[0] == number


@pytest.mark.parametrize("known", ["x", "-1", "9" * 30, "%00", "999999999"])
def test_odd_numbers(registry: Server, known: str) -> None:
    """Begin with what is new."""
    with Listener(registry, "rita", f"/live?after={known}&job=x&job=9:9&job={'9' * 30}") as rita:
        assert rita.status == 200
        with pytest.raises(queue.Empty):
            rita.next(1.5)


def test_rights_that_end(registry: Server) -> None:
    """Are looked at again for each event."""
    harbour = Harbour(registry)
    with Listener(registry, "mark") as mark:
        harbour.release("shop/checkout", "2.1.0", "v5")
        assert mark.next()[2]["project"] == "shop"
        harbour.call("DELETE", "/projects/shop/members/mark", None, 204)
        try:
            harbour.release("shop/checkout", "2.2.0", "v6")
            harbour.release("base/alpine", "3.22", "a5")
            assert mark.next()[2]["project"] == "base"
        finally:
            harbour.call("PUT", "/projects/shop/members/mark", {"role": "maintainer"}, 201)


def test_the_end_of_the_session(registry: Server) -> None:
    """Is the end of the stream, and what comes after asks for a login."""
    with Listener(registry, "wanda") as wanda:
        wanda.visitor.get("/projects")
        wanda.visitor.send("/logout")
        assert wanda.ended.wait(5)
        assert wanda.visitor.client.get("/live").headers["location"] == "/login?next=/live"


def test_a_disabled_person_hears_nothing_more(registry: Server) -> None:
    """Whatever they had open."""
    harbour = Harbour(registry)
    with Listener(registry, "vera") as vera:
        harbour.call("PATCH", "/users/vera", {"disabled": True}, 200)
        try:
            assert vera.ended.wait(5)
        finally:
            harbour.call("PATCH", "/users/vera", {"disabled": False}, 200)


def test_a_bounded_number(registry: Server) -> None:
    """Of one person; a stream that was left makes room at once."""
    listeners = [Listener(registry, "olga") for _ in range(8)]
    try:
        assert {one.status for one in listeners} == {200}
        with Listener(registry, "olga") as one_more:
            assert one_more.ended.wait(5)
            assert one_more.status == 429
        with Listener(registry, "rita") as rita:
            assert rita.status == 200
    finally:
        for one in listeners:
            one.leave()

    def has_room() -> bool:
        with Listener(registry, "olga") as anew:
            return anew.status == 200

    until(has_room, "there is room again")


def test_jobs(registry: Server) -> None:
    """Who sees a job hears that it got on; who does not, hears nothing of it."""
    asked = json.loads(Harbour(registry).call("POST", "/jobs", {"kind": "verify"}, 201))
    path = f"/live?job={asked['id']}&job=shop:{asked['id']}"
    with Listener(registry, "admin", path) as admin, Listener(registry, "olga", path) as olga:
        states = [admin.next()[2]]
        while states[-1]["state"] != "succeeded":
            states.append(admin.next()[2])
        assert {state["id"] for state in states} == {asked["id"]}
        assert olga.heard.empty()


def test_the_head_alone(registry: Server) -> None:
    """Has no stream behind it."""
    with Visitor(registry.url) as visitor:
        visitor.sign_in("wanda")
        assert visitor.client.head("/live").status_code == 200
        assert visitor.get("/projects").status_code == 200


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_end_of_the_server(tmp_path: Path, workers: str) -> None:
    """Waits for no stream."""
    server = Server(tmp_path / "data", options=("--workers", workers))
    with server, Listener(server, "admin") as one, Listener(server, "admin") as two:
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 2
        assert one.ended.wait(1)
        assert two.ended.wait(1)


def test_a_reader_who_takes_nothing(registry: Server) -> None:
    """Holds nobody up: others hear, pages answer."""
    with Visitor(registry.url) as visitor:
        visitor.sign_in("mark")
        with visitor.client.stream("GET", "/live") as slow, Listener(registry, "mark") as mark:
            assert slow.status_code == 200
            for number in range(20):
                Harbour(registry).release("base/alpine", f"4.{number}", f"b{number}", platforms=("amd64",))
            assert len({mark.next()[0] for _ in range(20)}) == 20
            with Visitor(registry.url) as another:
                assert another.sign_in("olga").status_code == 200
