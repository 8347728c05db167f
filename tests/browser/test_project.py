"""A project's own pages in a browser: who is in it, its machines, its settings, what happened, what was deleted."""

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.looking import check
from tests.browser.walking import sign_in
from tests.support.harbour import Harbour
from tests.support.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
_numbers = itertools.count(1)
_PAGES = ("", "/-/members", "/-/members/users/rita", "/-/robots", "/-/robots/ci", "/-/settings", "/-/activity",
          "/-/trash", "/-/trash?repository=checkout")  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With something in it, some of it deleted, and a quota nearly used up."""
    with Server(tmp_path_factory.mktemp("project") / "data") as server:
        harbour = Harbour(server).fill()
        for name in ("gone", "a-name-that-is-as-long-as-nobody-would-like-it-to-be-and-that-somebody-has-chosen"):
            harbour.release(f"shop/{name}", "1", "x", ["amd64"])
            server.call("DELETE", f"/api/v1/projects/shop/repositories/{name}")
        digest = server.call("HEAD", "/v2/shop/checkout/manifests/stable")[1]["docker-content-digest"]
        server.call("DELETE", f"/v2/shop/checkout/manifests/{digest}")
        harbour.call("PUT", "/projects/shop/quota", {"bytes": 4_000_000, "warn_at": 60}, 200)
        harbour.call("PATCH", "/projects/shop/repositories/web/front", {"name": "web/shop-front"}, 200)
        harbour.call("POST", "/projects/shop/invitations", {"role": "writer", "note": "for Ulla"}, 201)
        issuer = {"name": "github", "url": "https://token.example.com", "audience": "https://r.example.com"}
        harbour.call("POST", "/issuers", issuer, 201)
        trust = {"issuer": "github", "claims": {"repository": "acme/web", "ref": "refs/heads/*"}}
        harbour.call("POST", "/projects/shop/robots/ci/trusts", trust, 201)
        yield server


@pytest.mark.parametrize("name", ["olga", "mark"])
def test_every_page(page: "Page", name: str) -> None:
    """Fits its window and can be read by everybody, with all that can be opened open, for who may and who may look."""
    sign_in(page, name, "/projects/shop")
    for below in _PAGES:
        page.goto(f"/projects/shop{below}")
        for summary in page.locator("main summary").all():
            summary.click()
        check(page)
    assert page.get_by_role("button", name="Give it").count() == 0


def test_a_member(page: "Page") -> None:
    """Given a role, explained, given another one, and removed, as an owner does it."""
    sign_in(page, "olga", "/projects/shop/-/members")
    page.get_by_label("a person").check()
    page.get_by_label("Name", exact=True).fill("nobody")
    page.locator("#role").select_option("writer")
    page.get_by_label("In repositories").fill("web/**")
    page.get_by_role("button", name="Give it").click()
    row = page.get_by_role("row", name="nobody")
    assert "writer web/**" in " ".join(row.inner_text().split())
    row.get_by_role("link", name="Explain what nobody may").click()
    assert page.get_by_label("Who").input_value() == "nobody"
    page.goto("/projects/shop/-/members/users/nobody")
    page.get_by_label("Role").nth(1).select_option("reader")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("status").inner_text() == "Saved."
    page.get_by_role("button", name="Remove nobody").click()
    assert page.get_by_role("row", name="nobody").count() == 0


def test_a_member_who_is_not(page: "Page") -> None:
    """A wrong name is refused on the page, and all that was typed is there still."""
    sign_in(page, "olga", "/projects/shop/-/members")
    page.get_by_label("a group").check()
    page.get_by_label("Name", exact=True).fill("no-such-crew")
    page.get_by_role("button", name="Give it").click()
    assert "no group 'no-such-crew'" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Name", exact=True).input_value() == "no-such-crew"
    assert page.get_by_label("a group").is_checked()
    check(page)


def test_a_robot(page: "Page") -> None:
    """Made, its secret seen once, and deleted by typing its name."""
    name = f"builder-{next(_numbers)}"
    sign_in(page, "olga", "/projects/shop/-/robots")
    page.get_by_text("Make a robot").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("push").check()
    page.get_by_role("button", name="Make it").click()
    secret = page.get_by_label("The secret").inner_text()
    assert secret.startswith("mor_")
    assert f"docker login -u 'robot$shop+{name}'" in page.get_by_role("main").inner_text()
    check(page)
    page.get_by_role("link", name="I have kept it").click()
    assert page.get_by_role("heading", level=2).inner_text() == name
    assert secret not in page.content()
    page.get_by_text("Delete the robot").click()
    page.get_by_label("To go on, type its name").fill(name)
    page.get_by_role("button", name="Delete it").click()
    assert page.get_by_role("status").inner_text() == "Deleted."
    assert page.get_by_role("row", name=name).count() == 0


def test_a_description(page: "Page") -> None:
    """Seen before it is saved, and then by everybody."""
    sign_in(page, "olga", "/projects/shop/-/settings")
    page.get_by_label("Description").fill("Ask **the payments team**.")
    page.get_by_role("button", name="Preview").click()
    assert page.get_by_label("Preview").locator("strong").inner_text() == "the payments team"
    check(page)
    page.get_by_role("button", name="Save").first.click()
    page.goto("/projects/shop")
    assert page.locator(".about strong").inner_text() == "the payments team"


def test_the_trash(page: "Page", server: Server) -> None:
    """Gives back what was deleted, and asks for its name before it ends for good."""
    name = f"lost-{next(_numbers)}"
    Harbour(server).release(f"shop/{name}", "1", name, ["amd64"])
    server.call("DELETE", f"/api/v1/projects/shop/repositories/{name}")
    sign_in(page, "mark", "/projects/shop/-/trash")
    page.get_by_role("link", name=f"End {name} for good").click()
    page.get_by_label("To go on, type its name").fill("something else")
    page.get_by_role("button", name="End it for good").click()
    assert f"type its name: {name}" in page.get_by_role("alert").inner_text()
    check(page)
    page.get_by_role("button", name=f"Restore {name}").click()
    page.goto("/projects/shop")
    assert page.get_by_role("link", name=name).count() == 1
