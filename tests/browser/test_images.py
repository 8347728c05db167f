"""Repositories and images in a browser: found, looked at, pulled from, compared, deleted and had back."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.looking import check
from tests.browser.walking import sign_in
from tests.support.content import digest_of
from tests.support.harbour import MODULE, Harbour
from tests.support.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
BASE = "/projects/shop/checkout"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With something in it."""
    with Server(tmp_path_factory.mktemp("images") / "data") as server:
        Harbour(server).fill()
        yield server


def test_from_a_tag_to_its_layers(page: "Page", server: Server) -> None:
    """A reader follows links: the tags, one of them, what it names, a platform, how it was made."""
    sign_in(page, "rita", BASE)
    check(page)
    main = page.get_by_role("main")
    row = main.get_by_role("row").filter(has_text="1.3.0")
    assert "immutable" in row.inner_text()
    assert main.get_by_role("checkbox").count() == 0
    assert page.get_by_role("link", name="Settings").count() == 0
    host = server.url.removeprefix("http://")
    assert f"docker pull {host}/shop/checkout:stable" in main.inner_text()
    main.get_by_role("link", name="stable").first.click()
    assert "signed" in main.inner_text()
    check(page)
    main.locator("dd a").first.click()
    check(page)
    main.get_by_role("link", name="linux/arm64").click()
    check(page)
    assert main.locator("svg.strip rect").count() == 3
    assert "RUN apk add --no-cache ca-certificates" in main.inner_text()
    assert "/usr/local/bin/checkout" in main.inner_text()
    page.goto(f"{BASE}/-/images/{digest_of(MODULE)}")
    assert "WebAssembly module" in main.inner_text()
    check(page)


def test_what_changed(page: "Page") -> None:
    """From the timeline to a comparison, platform by platform."""
    sign_in(page, "rita", f"{BASE}/-/tags/stable")
    page.get_by_role("link", name="What changed").first.click()
    check(page)
    table = page.get_by_role("table").last
    assert "environment VERSION" in table.inner_text()
    assert "v2" in table.inner_text()
    page.get_by_role("main").get_by_role("link", name="linux/arm64").click()
    assert "Layers: linux/arm64" in page.get_by_role("main").inner_text()


def test_deleted_and_had_back(page: "Page") -> None:
    """A maintainer deletes a tag and thinks again; one that a rule keeps stays."""
    sign_in(page, "mark", BASE)
    check(page)
    page.get_by_role("checkbox", name="Choose stable").check()
    page.get_by_role("button", name="Delete the chosen tags").click()
    assert "stable" in page.get_by_role("status").inner_text()
    check(page)
    page.get_by_role("button", name="Undo").click()
    assert page.get_by_role("link", name="stable").count()
    page.get_by_role("checkbox", name="Choose 1.1.0").check()
    page.get_by_role("button", name="Delete the chosen tags").click()
    assert "releases do not change" in page.get_by_role("alert").inner_text()


def test_an_older_image_again(page: "Page") -> None:
    """A writer restores what a tag named before, in one action."""
    sign_in(page, "wanda", f"{BASE}/-/tags/stable")
    before = page.locator("dd a").first.inner_text()
    page.get_by_role("button", name="Let it name").first.click()
    assert page.get_by_role("status").inner_text() == "The tag names this image now."
    assert page.locator("dd a").first.inner_text() != before
    check(page)


def test_settings(page: "Page") -> None:
    """An owner sees them all, and is held up before the end."""
    sign_in(page, "olga", f"{BASE}/-/settings")
    check(page)
    page.get_by_label("Description, in Markdown").fill("# Till\n\n<b>Rings</b>")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Delete this repository").click()
    page.get_by_label("To go on, type its name").fill("nothing")
    page.get_by_role("button", name="Delete it").click()
    assert "type its name" in page.get_by_role("alert").inner_text()
    page.get_by_role("link", name="Tags", exact=True).click()
    assert page.get_by_role("heading", name="Till").count() == 1
    assert "<b>Rings</b>" in page.get_by_role("main").inner_text()
    for other in ("deleted", "then"):
        page.goto(f"{BASE}/-/{other}")
        check(page)
