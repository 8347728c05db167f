"""Projects in a browser: what is there, what is made there, and how it looks to whom."""

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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With something in it."""
    with Server(tmp_path_factory.mktemp("projects") / "data") as server:
        Harbour(server).fill()
        yield server


def test_the_way_to_a_repository(page: "Page") -> None:
    """From the list of projects, by links alone."""
    sign_in(page, "rita", "/projects")
    check(page)
    page.get_by_role("main").get_by_role("link", name="shop").click()
    assert page.get_by_role("heading", level=1).inner_text() == "shop"
    check(page)
    rows = page.get_by_role("row").all_inner_texts()
    assert [row.split()[0] for row in rows[1:]] == ["checkout", "web/front"]


def test_what_a_role_may_not_see_is_not_shown(page: "Page") -> None:
    """A reader gets no page for robots, and no form for a project."""
    sign_in(page, "rita", "/projects/shop")
    assert page.get_by_role("link", name="Robots").count() == 0
    page.goto("/projects")
    assert page.get_by_text("Make a project").count() == 0
    assert page.goto("/administration") is not None
    assert page.get_by_role("link", name="Administration").count() == 0


def test_a_new_project(page: "Page", request: pytest.FixtureRequest) -> None:
    """Made by its form; a name that cannot be is refused on the page."""
    name = f"made-{abs(hash(request.node.name)) % 1_000_000}"
    sign_in(page, "admin", "/projects")
    page.get_by_text("Make a project").click()
    page.get_by_label("Name", exact=True).fill("Not A Name")
    page.get_by_role("button", name="Make it").click()
    assert "not a project name" in page.get_by_role("alert").inner_text()
    check(page)
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Make it").click()
    assert page.get_by_role("status").inner_text() == "Saved."
    assert page.get_by_role("heading", level=1).inner_text() == name
    assert f"/{name}/NAME:TAG" in page.get_by_role("main").inner_text()
    check(page)


def test_language_and_colours(page: "Page", scripts: str) -> None:
    """Chosen at the foot of any page, and kept."""
    page.goto("/login")
    for field, chosen, attribute in (("language", "de", "lang"), ("theme", "dark", "data-theme")):
        foot = page.get_by_role("contentinfo")
        with page.expect_navigation():
            foot.locator(f"select[name={field}]").select_option(chosen)
            if not scripts:
                foot.get_by_role("button").click()
        assert page.locator("html").get_attribute(attribute) == chosen
    assert page.locator("html").get_attribute("lang") == "de"
    check(page)


def test_the_key_that_leads_to_the_search(page: "Page", scripts: str) -> None:
    """A slash, unless somebody is typing."""
    sign_in(page, "rita", "/projects")
    page.keyboard.press("/")
    focused = page.locator("#search:focus").count() == 1
    assert focused == bool(scripts)
