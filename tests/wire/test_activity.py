"""What happened, for whom: the pages / and /activity."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.support import harbour
from tests.support.server import PASSWORD, Server
from tests.support.visiting import Visitor, fault

_ROW = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With what teams did in it."""
    with Server(tmp_path_factory.mktemp("activity") / "data") as server:
        filled = harbour.Harbour(server).fill()
        filled.call("PATCH", "/projects/base/repositories/alpine", {"description": "<script>alert(1)</script>"}, 200)
        yield server


@pytest.fixture
def visitor(registry: Server) -> Iterator[Visitor]:
    """A browser there."""
    with Visitor(registry.url) as visitor:
        yield visitor


def rows(page: str) -> list[str]:
    """The text of each row of the page's tables, its heads left out."""
    told = [" ".join(unescape(re.sub(r"<[^>]*>", " ", row)).split()) for row in _ROW.findall(page)]
    return [row for row in told if not row.startswith(("What Where", "Where Who", "Project Storage"))]


def test_a_reader_hears_of_pushes_alone(visitor: Visitor) -> None:
    """In the project and in what is public; not who pushed, as that is for those who push."""
    visitor.sign_in("rita")
    shown = rows(visitor.get("/activity").text)
    assert [row.partition(" somebody")[0] for row in shown] == [
        "Image pushed base/alpine:3.20",
        "Image pushed shop/web/front:main-1f2e3d4",
        "Image pushed shop/checkout:stable",
        "Image pushed shop/checkout:stable",
        "Image pushed shop/checkout:1.3.0",
        "Image pushed shop/checkout:1.2.0",
        "Image pushed shop/checkout:1.1.0",
    ]


def test_a_writer_hears_who(visitor: Visitor) -> None:
    """In the project in which they push, and not elsewhere."""
    visitor.sign_in("wanda")
    shown = rows(visitor.get("/activity").text)
    assert all(("admin" in row) == row.startswith("Image pushed shop") for row in shown)


def test_an_owner_hears_of_all_in_the_project(visitor: Visitor) -> None:
    """Of other projects only of pushes to what is public."""
    visitor.sign_in("olga")
    shown = rows(visitor.get("/activity").text)
    assert "Robot made shop robot$shop+ci admin" in " | ".join(shown)
    assert {row.partition(" ")[2].split()[1] for row in shown if "base" in row} == {"base/alpine:3.20"}
    assert not [row for row in shown if "Account" in row]


def test_who_sees_nothing_but_what_is_public(visitor: Visitor) -> None:
    """Of what is private they do not even learn that it is there."""
    visitor.sign_in("nobody")
    page = visitor.get("/activity").text
    assert len(rows(page)) == 1
    assert "shop" not in page
    answer = visitor.get("/activity?project=shop")
    assert answer.status_code == 404
    assert fault(answer) == fault(visitor.get("/activity?project=never")).replace("never", "shop")


def test_who_reads_all(visitor: Visitor) -> None:
    """An auditor hears of accounts too."""
    visitor.sign_in("vera")
    shown = rows(visitor.get("/activity?about=people").text)
    assert [row for row in shown if row.startswith("Account made user:olga admin")]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("about=pushes", "Image pushed base/alpine:3.20"),
        ("about=pushes&project=shop", "Image pushed shop/web/front"),
        ("about=access", "Robot made shop"),
        ("about=projects&project=base", "Project made base"),
    ],
)
def test_narrowed(visitor: Visitor, query: str, first: str) -> None:
    """By what it is about, and by project."""
    visitor.sign_in("admin")
    assert rows(visitor.get(f"/activity?{query}").text)[0].startswith(first)


@pytest.mark.parametrize("query", ["about=nothing", "after=x", "after=-1", f"after={'9' * 30}", "project=%00"])
def test_what_cannot_be_asked(visitor: Visitor, query: str) -> None:
    """A sentence, and the page."""
    visitor.sign_in("admin")
    answer = visitor.get(f"/activity?{query}")
    assert answer.status_code in {400, 404}
    assert fault(answer)


def test_pages(visitor: Visitor, registry: Server) -> None:
    """Each goes on where the one before ended; nothing comes twice, nothing is left out."""
    filled = harbour.Harbour(registry)
    filled.call("POST", "/projects", {"name": "many"}, 201)
    for number in range(60):
        filled.call("PATCH", "/projects/many", {"description": f"for the {number}. time"}, 200)
    visitor.sign_in("admin")
    first = visitor.get("/activity?project=many").text
    assert len(rows(first)) == 50
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = visitor.get("/activity" + unescape(following[1])).text
    assert len(rows(second)) == 11
    assert rows(second)[-1].startswith("Project made many")
    assert 'rel="next"' not in second


def test_names_are_text(visitor: Visitor) -> None:
    """Whatever somebody wrote."""
    visitor.sign_in("admin")
    for path in ("/", "/activity", "/activity?about=%3Cscript%3E", "/activity?project=%3Cscript%3Ealert(1)"):
        assert "<script>" not in visitor.get(path).text


def test_a_home_for_each(visitor: Visitor) -> None:
    """A member's projects with what they keep; no more of the registry than they may know."""
    landed = visitor.sign_in("rita")
    assert landed.url.path == "/"
    shown = rows(landed.text)
    assert len(shown) == 8
    assert shown[-1].startswith("shop ")
    assert "My projects" in landed.text
    assert "The disk" not in landed.text


def test_a_strangers_first_page(visitor: Visitor) -> None:
    """The welcome, as ever."""
    page = visitor.get("/").text
    assert "A container registry lives at this address" in page
    assert "shop" not in page


def test_what_needs_attention(registry: Server) -> None:
    """A project near its quota and a robot that ends soon, for those who may do something about it."""
    filled = harbour.Harbour(registry)
    filled.call("POST", "/projects", {"name": "tight"}, 201)
    filled.call("POST", "/users", {"name": "tim", "password": PASSWORD}, 201)
    filled.call("POST", "/users", {"name": "tess", "password": PASSWORD}, 201)
    filled.call("PUT", "/projects/tight/members/tim", {"role": "owner"}, 201)
    filled.call("PUT", "/projects/tight/members/tess", {"role": "reader"}, 201)
    filled.release("tight/app", "1", "t1")
    filled.call("PUT", "/projects/tight/quota", {"bytes": 1_200_000}, 200)
    robot = {"name": "ci", "actions": ["pull"], "repositories": ["**"], "expires_in_days": 5}
    filled.call("POST", "/projects/tight/robots", robot, 201)
    for name, robots in (("tim", True), ("tess", False), ("admin", True), ("olga", None)):
        with Visitor(registry.url) as somebody:
            page = somebody.sign_in(name).text
        assert ("Project tight is near its quota" in page) == (robots is not None), name
        assert ("robot$tight+ci expires soon" in page) == bool(robots), name
    with Visitor(registry.url) as somebody:
        assert 'href="/projects/tight/-/robots"' in somebody.sign_in("tim").text


def test_the_first_run(tmp_path: Path) -> None:
    """An empty registry says what to type: for this address, and with a project to which they may push."""
    with Server(tmp_path / "data") as server, Visitor(server.url) as visitor:
        page = unescape(visitor.sign_in("admin").text)
        assert f"<code>docker login {server.address}</code>" in page
        assert f"<code>docker push {server.address}/demo/alpine:latest</code>" in page
        filled = harbour.Harbour(server)
        filled.call("POST", "/users", {"name": "wanda", "password": PASSWORD}, 201)
        with Visitor(server.url) as wanda:
            assert "Ask an owner of a project" in wanda.sign_in("wanda").text
            filled.call("POST", "/projects", {"name": "team"}, 201)
            filled.call("PUT", "/projects/team/members/wanda", {"role": "writer"}, 201)
            assert f"docker push {server.address}/team/alpine:latest" in wanda.get("/").text
