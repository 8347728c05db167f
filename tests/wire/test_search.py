"""/search: what is found, by whom, and in which order."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from tests.support.content import digest_of
from tests.support.harbour import Harbour
from tests.support.server import Server
from tests.support.visiting import Visitor

_HITS = re.compile(r'<h2 id="(\w+)">.*?<ul class="hits">(.*?)</ul>', re.DOTALL)
_LINK = re.compile(r'<li><a href="([^"]+)">([^<]*)</a>')


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """With what teams have in it, and the digest of an image there."""
    with Server(tmp_path_factory.mktemp("search") / "data") as server:
        filled = Harbour(server).fill()
        index = filled.release("shop/web/checkout-ui", "1.9", "ui")
        filled.release("base/checkout", "1.2.0", "other")
        filled.call("POST", "/groups", {"name": "olgas-friends"}, 201)
        yield server, digest_of(index)


@pytest.fixture
def visitor(registry: tuple[Server, str]) -> Iterator[Visitor]:
    """A browser there."""
    with Visitor(registry[0].url) as visitor:
        yield visitor


def found(visitor: Visitor, asked: str) -> dict[str, list[str]]:
    """What the page shows, by section."""
    answer = visitor.client.get("/search", params={"q": asked})
    assert answer.status_code == 200, answer.text
    return {name: [unescape(text) for _, text in _LINK.findall(hits)] for name, hits in _HITS.findall(answer.text)}


@pytest.mark.parametrize(
    ("asked", "section", "hits"),
    [
        ("shop/checkout", "repositories", ["shop/checkout"]),
        ("checkout", "repositories", ["base/checkout", "shop/checkout", "shop/web/checkout-ui"]),
        ("front", "repositories", ["shop/web/front"]),
        ("out-u", "repositories", ["shop/web/checkout-ui"]),
        ("CheckOut-UI", "repositories", ["shop/web/checkout-ui"]),
        ("sho", "projects", ["shop"]),
        ("1.2.0", "tags", ["base/checkout:1.2.0", "shop/checkout:1.2.0"]),
        ("sta", "tags", ["shop/checkout:stable"]),
        ("checkout:1.2", "tags", ["base/checkout:1.2.0", "shop/checkout:1.2.0"]),
        ("shop/checkout:s", "tags", ["shop/checkout:stable"]),
        ("shop/web/front:", "tags", ["shop/web/front:main-1f2e3d4"]),
        ("team=payments", "labels", ["shop/checkout"]),
        ("team=pay", "labels", ["shop/checkout"]),
        ("team", "labels", ["shop/checkout"]),
        ("olga", "people", ["olga", "olgas-friends"]),
    ],
)  # fmt: skip
def test_what_fits(visitor: Visitor, asked: str, section: str, hits: list[str]) -> None:
    """The best first: the whole name, then beginnings, then parts."""
    visitor.sign_in("admin")
    assert found(visitor, asked)[section] == hits


def test_what_was_copied(visitor: Visitor, registry: tuple[Server, str]) -> None:
    """A reference with our address before it, or the whole command."""
    server, digest = registry
    visitor.sign_in("admin")
    for before in ("", "docker pull ", "podman pull "):
        assert found(visitor, f"{before}{server.address}/shop/checkout:1.3.0")["tags"] == ["shop/checkout:1.3.0"]
    assert found(visitor, f"{server.address}/shop/web/checkout-ui@{digest}")["digests"] == ["shop/web/checkout-ui"]


def test_digests(visitor: Visitor, registry: tuple[Server, str]) -> None:
    """Whole, or their first six digits, with the algorithm's name or without."""
    _, digest = registry
    digits = digest.partition(":")[2]
    visitor.sign_in("rita")
    for asked in (digest, digits, digits[:6], digest[:20], digits[:12], digits[:40]):
        assert found(visitor, asked)["digests"] == ["shop/web/checkout-ui"], asked
    assert "digests" not in found(visitor, digits[:5])
    assert "digests" not in found(visitor, f"{digits[:30]}{'0' * 10}")
    links = _LINK.findall(visitor.client.get("/search", params={"q": digits[:12]}).text)
    assert links == [(f"/projects/shop/web/checkout-ui/-/images/{digest}", "shop/web/checkout-ui")]
    layer = digest_of(b"base for amd64." + b"." * 89_999)
    assert len(found(visitor, layer)["digests"]) > 1


@pytest.mark.parametrize("asked", ["checkout", "shop", "stable", "1.2.0", "team=payments", "team", "shop/checkout:1"])
def test_what_one_may_not_see(visitor: Visitor, asked: str) -> None:
    """Is not found: not by its name, not by a tag, not by a label."""
    visitor.sign_in("nobody")
    assert {hit for hits in found(visitor, asked).values() for hit in hits} <= {"base/checkout", "base/checkout:1.2.0"}


def test_digests_that_one_may_not_see(visitor: Visitor, registry: tuple[Server, str]) -> None:
    """Nor by a digest, whole or not."""
    visitor.sign_in("nobody")
    for asked in (registry[1], registry[1][7:20], f"shop/web/checkout-ui@{registry[1]}"):
        assert found(visitor, asked) == {}


def test_people_are_for_those_who_see_people(visitor: Visitor) -> None:
    """An owner of a project finds none."""
    visitor.sign_in("olga")
    assert found(visitor, "olga") == {}


def test_a_role_for_some_repositories(visitor: Visitor, registry: tuple[Server, str]) -> None:
    """Finds what its pattern covers, and nothing else of the project."""
    filled = Harbour(registry[0])
    filled.call("PUT", "/projects/shop/members/nobody", {"roles": [{"role": "reader", "repositories": "web/**"}]}, 201)
    try:
        visitor.sign_in("nobody")
        assert found(visitor, "checkout")["repositories"] == ["base/checkout", "shop/web/checkout-ui"]
        assert found(visitor, "1.")["tags"] == ["base/checkout:1.2.0", "shop/web/checkout-ui:1.9"]
    finally:
        filled.call("DELETE", "/projects/shop/members/nobody", None, 204)


@pytest.mark.parametrize(
    "asked",
    [
        *("", "   ", "%", "_", "'", '"', "\x00", "a\x00b", "\U0010ffff", "ä", "=", "=x", ":", "@", "a@", ":1", "/"),
        *("//", "x" * 300, "-", "a:b:c", "sha256:", "<script>alert(1)</script>", "team=<b>", "\u202e"),
    ],
)  # fmt: skip
def test_whatever_is_typed(visitor: Visitor, asked: str) -> None:
    """Is looked for as it stands, shown as text, and answered with what can be asked where nothing fits."""
    visitor.sign_in("admin")
    answer = visitor.client.get("/search", params={"q": asked})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "<b>" not in answer.text
