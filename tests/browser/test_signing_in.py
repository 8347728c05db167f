"""Signing in and looking after one's account, by hand as it were: by labels and buttons, as people find them."""

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.support.server import PASSWORD, Server
from tests.support.visiting import Phone

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
_numbers = itertools.count(1)


@pytest.fixture
def name(server: Server) -> str:
    """Somebody whom no other test knows."""
    made = f"person-{next(_numbers)}"
    status, _, _ = server.call("POST", "/api/v1/users", body={"name": made, "password": PASSWORD})
    assert status == 201
    return made


def _sign_in(page: "Page", name: str) -> None:
    page.goto("/login?next=/account")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def test_the_start(page: "Page", server: Server) -> None:
    """Tells the three commands for this very address."""
    page.goto("/")
    host = server.url.removeprefix("http://")
    assert page.get_by_role("heading", level=1).inner_text() == host
    assert f"docker push {host}/PROJECT/NAME:TAG" in page.get_by_role("main").inner_text()
    page.get_by_role("link", name="Sign in").click()
    assert page.title() == "Sign in · Moorage"


def test_a_wrong_password_and_a_right_one(page: "Page", name: str) -> None:
    """The form says what was wrong, keeps the name, and then lets in; signing out leaves nothing open."""
    page.goto("/account")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    assert page.get_by_role("alert").inner_text() == "The user name or password is wrong."
    assert page.get_by_label("Name").input_value() == name
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/account")
    assert page.get_by_role("heading", level=1).inner_text() == name
    page.get_by_role("button", name="Sign out").click()
    page.goto("/account")
    assert page.url.endswith("/login?next=/account")


def test_a_second_factor(page: "Page", name: str) -> None:
    """Set up with a phone, asked for at the next login, and never before the password was right."""
    _sign_in(page, name)
    page.get_by_role("link", name="Set it up").click()
    picture = page.locator("svg.qr").bounding_box()
    assert picture is not None
    assert picture["width"] == picture["height"] > 150
    phone = Phone(page.content())
    page.get_by_label("Code").fill(phone.code())
    page.get_by_role("button", name="Turn it on").click()
    assert page.locator(".codes li").count() == 10
    code = page.locator(".codes li").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    assert "It is on. You have 10 recovery codes left." in page.get_by_role("main").inner_text()
    page.get_by_role("button", name="Sign out").click()
    _sign_in(page, name)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/account")
    assert "9 recovery codes" in page.get_by_role("main").inner_text()


def test_a_token(page: "Page", name: str) -> None:
    """Made, shown once, and deleted."""
    _sign_in(page, name)
    page.get_by_label("Name", exact=True).fill("laptop")
    page.get_by_label("push").check()
    page.get_by_role("button", name="Make it").click()
    secret = page.locator(".secret").inner_text()
    assert secret.startswith("mop_")
    page.get_by_role("link", name="I have kept it").click()
    row = page.get_by_role("row", name="laptop")
    assert "pull, push" in row.inner_text()
    assert secret not in page.content()
    row.get_by_role("button", name="Delete the token laptop").click()
    assert page.get_by_role("row", name="laptop").count() == 0


@pytest.mark.parametrize("path", ["/", "/login", "/account", "/account/second-factor", "/login/nothing"])
def test_pages_fit(page: "Page", name: str, path: str) -> None:
    """Nothing is wider than the window, and every field has a label."""
    if path.startswith("/account"):
        _sign_in(page, name)
    page.goto(path)
    box = page.locator("body").bounding_box()
    size = page.viewport_size
    assert box is not None
    assert size is not None
    assert box["width"] <= size["width"]
    for field in page.locator("input:not([type=hidden]):not([hidden]), select").all():
        labelled = field.get_attribute("id")
        assert page.locator(f"label[for='{labelled}']").count() or field.locator("xpath=ancestor::label").count()
