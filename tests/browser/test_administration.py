"""Those who run the registry, in a browser: they look, and change what they see."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.looking import check
from tests.browser.walking import sign_in
from tests.support.harbour import Harbour
from tests.support.server import PASSWORD, Server
from tests.support.visiting import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PAGES = (
    "/administration",
    "/administration/people",
    "/administration/people/leo",
    "/administration/groups",
    "/administration/groups/crew",
    "/administration/invitations",
    "/administration/roles",
    "/administration/robots",
    "/administration/sign-on",
    "/administration/storage",
    "/administration/settings",
    "/audit",
    "/audit/5",
    "/account",
    "/explain?subject=rita&action=push&where=shop/checkout",
)
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With something in it, also what somebody may have written to harm."""
    with Server(tmp_path_factory.mktemp("administration") / "data") as server:
        harbour = Harbour(server).fill()
        robot = {"name": "mirror", "actions": ["pull"], "repositories": ["**"], "description": HOSTILE}
        harbour.call("POST", "/robots", robot, 201)
        harbour.call("PUT", "/roles/releaser", {"actions": ["pull", "push"]}, 200)
        harbour.call("POST", "/invitations", {"note": HOSTILE}, 201)
        harbour.call("PATCH", "/projects/shop", {"description": HOSTILE}, 200)
        yield server


def test_every_page(page: "Page") -> None:
    """With all that is folded opened."""
    sign_in(page, "admin", "/administration")
    for path in PAGES:
        page.goto(path)
        folded = page.get_by_role("main").locator("details:not([open]) > summary")
        while folded.count():
            folded.first.click()
        check(page)


def test_an_auditor(server: Server) -> None:
    """Sees all of them, and no form that would change something."""
    with Visitor(server.url) as visitor:
        visitor.sign_in("vera")
        for path in PAGES:
            answer = visitor.get(path)
            assert answer.status_code == 200
            main = answer.text.partition("<main")[2].partition("</main>")[0]
            assert path == "/account" or 'method="post"' not in main, path
            assert HOSTILE not in main


def test_somebody_leaves(page: "Page", request: pytest.FixtureRequest) -> None:
    """Made, given a group, disabled, and deleted by typing the name."""
    name = f"leaver-{abs(hash(request.node.name)) % 1_000_000}"
    sign_in(page, "admin", "/administration/people")
    page.get_by_text("Make a person").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Make it").click()
    assert page.get_by_role("alert").count() == 1
    assert page.get_by_label("Name", exact=True).input_value() == name
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make it").click()
    assert page.get_by_role("heading", level=1).inner_text() == name
    page.get_by_label("Group").fill("crew")
    page.get_by_role("button", name="Let them join").click()
    assert "reader" in page.get_by_role("row").filter(has_text="shop").inner_text()
    page.get_by_role("button", name="Disable").click()
    assert page.get_by_role("button", name="Enable").count() == 1
    page.get_by_text("Delete this person").click()
    page.get_by_label("To go on, type its name").fill("another")
    page.get_by_role("button", name="Delete").click()
    assert name in page.get_by_role("alert").inner_text()
    page.get_by_text("Delete this person").click()
    page.get_by_label("To go on, type its name").fill(name)
    page.get_by_role("button", name="Delete").click()
    assert page.get_by_role("status").inner_text() == "Deleted."


def test_what_would_go(page: "Page") -> None:
    """A look at the garbage takes nothing; a round says what it took."""
    sign_in(page, "admin", "/administration/storage")
    page.get_by_role("button", name="What would go?").click()
    assert "A round would take: 0 B" in page.get_by_role("status").inner_text()
    check(page)
    page.get_by_role("button", name="Collect now").click()
    assert "Taken: 0 B" in page.get_by_role("status").inner_text()


def test_what_changed(page: "Page") -> None:
    """From the list of all to one event, which shows before and after as text."""
    sign_in(page, "admin", "/audit")
    page.get_by_label("What", exact=True).fill("project.updated")
    page.get_by_label("Project", exact=True).fill("shop")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_role("main").get_by_role("link", name="project.updated").first.click()
    assert HOSTILE in page.get_by_role("main").inner_text()
    check(page)
