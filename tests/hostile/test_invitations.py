"""Invitations in a crowd: many who come at once, many who guess; and what a log may know of the link."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.journal import faults, logged
from tests.support.server import PASSWORD, Server
from tests.support.visiting import Visitor

CROWD = 12


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of two processes, which share no memory of who came."""
    settings = {"MOORAGE_WORKERS": "2", "MOORAGE_LOG_REQUESTS": "all", "MOORAGE_LOG_LEVEL": "debug"}
    with Server(tmp_path_factory.mktemp("invite") / "data", settings=settings, quick=True) as server:
        yield server


def invite(server: Server, place: str = "", **body: object) -> str:
    """The path of a new link."""
    status, _, answer = server.call("POST", f"/api/v1{place}/invitations", body=dict(body))
    assert status == 201, answer
    url: str = json.loads(answer)["url"]
    return url.removeprefix(server.url)


def follow(server: Server, path: str, name: str) -> int:
    """As a stranger; the status."""
    with Visitor(server.url) as visitor:
        return visitor.post(path, {"name": name, "password": PASSWORD}).status_code


def test_many_at_once(crowded: Server) -> None:
    """One of them joins, the others find nothing, and no account is made for them."""
    path = invite(crowded)
    names = [f"racer-{number}" for number in range(CROWD)]
    with ThreadPoolExecutor(CROWD) as pool:
        told = list(pool.map(lambda name: follow(crowded, path, name), names))
    assert sorted(told) == [200] + [404] * (CROWD - 1)
    made = [user["name"] for user in json.loads(crowded.call("GET", "/api/v1/users?prefix=racer-")[2])]
    assert made == [names[told.index(200)]]


def test_many_links_and_one_name(crowded: Server) -> None:
    """One of them gets the name; the links of the others stay good."""
    paths = [invite(crowded) for _ in range(CROWD)]
    with ThreadPoolExecutor(CROWD) as pool:
        told = list(pool.map(lambda path: follow(crowded, path, "wanted-by-all"), paths))
    assert sorted(told) == [200] + [409] * (CROWD - 1)
    with Visitor(crowded.url) as visitor:
        left = [visitor.get(path).status_code for path in paths]
    assert [status == 404 for status in left] == [status == 200 for status in told]


def test_members_at_once(crowded: Server) -> None:
    """Of people with accounts who follow one link into a project one gets the role."""
    crowded.call("POST", "/api/v1/projects", body={"name": "race"})
    path = invite(crowded, "/projects/race", role="writer")
    visitors = []
    for number in range(4):
        name = f"member-{number}"
        crowded.call("POST", "/api/v1/users", body={"name": name, "password": PASSWORD})
        visitor = Visitor(crowded.url)
        visitor.sign_in(name)
        assert visitor.get(path).status_code == 200
        visitors.append(visitor)
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda visitor: visitor.post(path).status_code, visitors))
    for visitor in visitors:
        visitor.client.close()
    assert sorted(told) == [200, 404, 404, 404]
    members = json.loads(crowded.call("GET", "/api/v1/projects/race/members")[2])
    assert [member["name"] for member in members if member["roles"][0]["role"] == "writer"] == [
        f"member-{told.index(200)}"
    ]


def test_who_guesses_is_slowed_and_keeps_nobody_out(crowded: Server) -> None:
    """Many wrong secrets from an address are refused unseen; a right one from there is good all the same."""
    path = invite(crowded)
    with Visitor(crowded.url) as visitor:
        told = [visitor.get(f"/invite/moi_{number}").status_code for number in range(220)]
        assert set(told) == {404, 429}
        assert told[:30] == [404] * 30
        assert visitor.get(path).status_code == 200
        assert visitor.post(path, {"name": "not-kept-out", "password": PASSWORD}).status_code == 200


@pytest.mark.parametrize("odd", ["", "/", "/..", "%00", "%0d%0aX:1", "?x=y", "x" * 3000, "%ff", "/more"])
def test_odd_links(crowded: Server, odd: str) -> None:
    """Lead nowhere, with a page or a refusal, and spend nothing."""
    path = invite(crowded)
    with Visitor(crowded.url) as visitor:
        for method in ("GET", "POST", "PUT", "DELETE"):
            headers = {"Origin": crowded.url}
            answer = visitor.client.request(method, f"/invite/moi_nothing{odd}", headers=headers)
            assert 400 <= answer.status_code < 500
        assert visitor.client.put(path).status_code == 405
        assert visitor.get(path).status_code == 200


def test_the_log_knows_no_link(tmp_path: Path) -> None:
    """Wherever somebody puts the secret: in its own address, in one that was mistyped, in the field for a name."""
    settings = {"MOORAGE_LOG_REQUESTS": "all", "MOORAGE_LOG_LEVEL": "debug"}
    with Server(tmp_path / "data", settings=settings) as server:
        path = invite(server)
        secret = path.rpartition("/")[2]
        short = secret[-20:]
        with Visitor(server.url) as visitor:
            visitor.get(path)
            for wrong in (f"/invite/{short}", f"/invites/{secret}", f"/api/v1/invitations/{secret}", f"/v2/{secret}/x",
                          f"//invite/{secret}", f"/invite/{secret}/x", f"/login?next={path}"):  # fmt: skip
                visitor.get(wrong)
            visitor.get("/login")
            visitor.post("/login", {"name": secret, "password": PASSWORD, "next": path})
            visitor.get(path)
            visitor.post(path, {"name": "admin", "password": PASSWORD})
            visitor.post(path, {"name": "joined", "password": PASSWORD})
        audit = server.call("GET", "/api/v1/audit?per_page=500")[2].decode()
        assert server.stop() == 0
        log = server.output()
        assert faults(server) == []
        told = [line["path"] for line in logged(server) if "path" in line]
    assert told.count("/invite/…") == 6
    assert "invitation.accepted" in audit
    kept = [file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file()]
    for shown in (log, audit):
        assert secret not in shown
        assert short not in shown
    assert not [content for content in kept if secret.encode() in content]
