"""Following an invitation by hand: as somebody new, and as somebody who has an account."""

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.server import PASSWORD, Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
_numbers = itertools.count(1)


def _made(server: Server, path: str, body: dict[str, Any]) -> dict[str, Any]:
    status, _, answer = server.call("POST", f"/api/v1{path}", body=body)
    assert status == 201, answer
    made: dict[str, Any] = json.loads(answer)
    return made


@pytest.fixture
def project(server: Server) -> str:
    """A project that no other test knows."""
    made = f"project-{next(_numbers)}"
    _made(server, "/projects", {"name": made})
    return made


@pytest.fixture
def name(server: Server) -> str:
    """Somebody whom no other test knows."""
    made = f"known-{next(_numbers)}"
    _made(server, "/users", {"name": made, "password": PASSWORD})
    return made


def test_somebody_new(page: "Page", server: Server, project: str, name: str) -> None:
    """Sees who invites to what, is told that a name is taken, chooses another, and is in; the link is used up."""
    link = _made(server, f"/projects/{project}/invitations", {"role": "writer"})["url"]
    page.goto(link)
    assert page.title() == "Invitation · Moorage"
    assert page.get_by_role("heading", level=1).inner_text() == f"Join {project}"
    assert f"admin invites you to the project {project} as writer" in page.get_by_role("main").inner_text()
    page.get_by_label("Choose a name").fill(name.upper())
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    assert "choose another name" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Choose a password").input_value() == ""
    page.get_by_label("Choose a name").fill(f"new-{project}")
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=f"Welcome, new-{project}").wait_for()
    assert f"docker login -u new-{project}" in page.get_by_role("main").inner_text()
    page.get_by_role("link", name="To your account").click()
    assert page.get_by_role("heading", level=1).inner_text() == f"new-{project}"
    page.goto(link)
    assert page.get_by_role("alert").inner_text().startswith("This invitation is not good any more")


def test_somebody_known(page: "Page", server: Server, project: str, name: str) -> None:
    """Signs in first, comes back, and joins by one button."""
    page.goto(_made(server, f"/projects/{project}/invitations", {"role": "reader"})["url"])
    page.get_by_role("link", name="Sign in first").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/invite/*")
    assert page.get_by_label("Choose a name").count() == 0
    page.get_by_role("button", name=f"Join as {name}").click()
    page.get_by_role("heading", name=f"Welcome, {name}").wait_for()
    assert f"You are reader in the project {project}" in page.get_by_role("main").inner_text()


def test_into_the_registry(page: "Page", server: Server) -> None:
    """Without a project an account is all that there is to have."""
    page.goto(_made(server, "/invitations", {})["url"])
    assert page.get_by_role("link", name="Sign in first").count() == 0
    name = f"alone-{next(_numbers)}"
    page.get_by_label("Choose a name").fill(name)
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    page.get_by_role("heading", name=f"Welcome, {name}").wait_for()


@pytest.mark.parametrize("into", ["project", "registry", "nowhere"])
def test_pages_fit(page: "Page", server: Server, project: str, into: str) -> None:
    """Nothing is wider than the window, and every field has a label."""
    long = "a-name-as-long-as-a-name-of-a-project-may-be-which-nobody-would-choose-but-somebody-does"
    if into == "project":
        place = f"{long}{next(_numbers)}"
        _made(server, "/projects", {"name": place})
        link = _made(server, f"/projects/{place}/invitations", {"role": "owner"})["url"]
    else:
        link = _made(server, "/invitations", {})["url"] if into == "registry" else f"{server.url}/invite/moi_{project}"
    page.goto(link)
    for summary in page.locator("summary").all():
        summary.click()
    box, size = page.locator("body").bounding_box(), page.viewport_size
    assert box is not None
    assert size is not None
    assert box["width"] <= size["width"]
    for inner in page.locator("main *").all():
        box = inner.bounding_box()
        assert box is None or box["x"] + box["width"] <= size["width"] + 1
    for field in page.locator("input:not([type=hidden])").all():
        assert page.locator(f"label[for='{field.get_attribute('id')}']").count()
