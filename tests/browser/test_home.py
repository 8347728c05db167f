"""Home, search and activity in a browser: what is there, and what comes while one looks."""

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
HOSTILE = "<script>document.title = 'taken'</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With something in it, and something that needs somebody."""
    with Server(tmp_path_factory.mktemp("home") / "data") as server:
        filled = Harbour(server).fill()
        filled.call("PUT", "/projects/shop/quota", {"bytes": 3_000_000}, 200)
        robot = {"name": "old", "actions": ["pull"], "repositories": ["**"], "expires_in_days": 3}
        filled.call("POST", "/projects/shop/robots", robot, 201)
        labels = {"labels": {"note": HOSTILE[:60]}}
        filled.call("PATCH", "/projects/shop/repositories/web/front", labels, 200)
        yield server


def test_home(page: "Page") -> None:
    """What was pushed, one's projects, and what needs attention, each with a way to it."""
    sign_in(page, "olga", "/")
    check(page)
    main = page.get_by_role("main")
    assert main.get_by_role("link", name="shop/web/front:main-1f2e3d4").count() == 1
    assert main.get_by_role("link", name="robot$shop+old expires soon").count() == 1
    assert main.get_by_role("link", name="Project shop is near its quota").count() == 1
    main.get_by_role("link", name="All activity").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Activity"
    check(page)
    page.get_by_label("About").select_option("access")
    page.get_by_role("button", name="Show").click()
    assert page.get_by_role("row").nth(1).inner_text().split("\t")[0] == "Robot made"
    check(page)


def test_search(page: "Page") -> None:
    """From the field at the top of any page to what was found; where nothing is, how to ask."""
    sign_in(page, "admin", "/projects")
    page.locator("#search").fill("checkout")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=checkout")
    check(page)
    assert page.get_by_role("main").get_by_role("link", name="shop/checkout", exact=True).count() == 1
    page.get_by_label("What do you look for?").fill("note")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    assert HOSTILE[:60] in page.get_by_role("main").inner_text()
    assert page.title().startswith("note")
    check(page)
    page.goto("/search?q=nothing-is-called-so")
    assert "Nothing fits" in page.get_by_role("main").inner_text()
    check(page)


@pytest.mark.parametrize("path", ["/", "/activity"])
def test_what_comes_while_one_looks(page: "Page", server: Server, scripts: str, path: str) -> None:
    """Is told, and shown when one asks for it; without scripts when the page is opened anew."""
    sign_in(page, "rita", "/projects")
    if scripts:
        with page.expect_request("**/live?**"):
            page.goto(path)
    else:
        page.goto(path)
    tag = f"live-{abs(hash((path, scripts, page.viewport_size and page.viewport_size['width'])))}"
    filled = Harbour(server)
    filled.release("base/alpine", tag, tag, platforms=("amd64",))
    if scripts:
        page.get_by_role("button", name="1 new: show").click()
    else:
        page.reload()
    page.get_by_role("link", name=f"base/alpine:{tag}").wait_for()
    assert page.get_by_text("new: show").count() == 0
    check(page)
