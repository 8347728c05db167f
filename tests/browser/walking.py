"""What many walks begin with."""

from typing import TYPE_CHECKING

from tests.support.server import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Page


def sign_in(page: "Page", name: str, path: str = "/account") -> None:
    """By the form, and on to a page."""
    page.goto(f"/login?next={path}")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{path}")
