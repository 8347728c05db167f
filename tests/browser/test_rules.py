"""What a project does by itself, in a browser: rules of tags and of retention, webhooks, jobs."""

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
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With builds of a branch beside its releases."""
    with Server(tmp_path_factory.mktemp("rules") / "data") as server:
        harbour = Harbour(server).fill()
        for number in range(3):
            harbour.release("shop/checkout", f"main-{number}", f"main-{number}")
        yield server


@pytest.fixture(autouse=True)
def as_at_first(server: Server) -> None:
    """Each test finds the rules that the harbour has."""
    harbour = Harbour(server)
    rules = [{"kind": "immutable", "tags": "1.*", "reason": HOSTILE}]
    harbour.call("PUT", "/projects/shop/tag-rules", rules, 200)
    harbour.call("PUT", "/projects/shop/retention", {"rules": []}, 200)


def test_tag_rules(page: "Page", scripts: str) -> None:
    """Added by the form, moved, removed, put back; and a tag is tried."""
    sign_in(page, "olga", "/projects/shop/-/tag-rules")
    check(page)
    page.get_by_text("Add a rule").click()
    page.get_by_label("What it asks").select_option("reserved")
    assert page.get_by_label("Days").is_visible() is not bool(scripts)
    page.get_by_label("Tags", exact=True).fill("stable")
    page.get_by_label("Roles").fill("owner")
    check(page)
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("button", name="Move rule 2 up").click()
    first, second = page.get_by_role("main").locator(".rule-words").all_inner_texts()
    assert first.startswith("Reserved: tags stable")
    assert HOSTILE in second
    page.get_by_role("button", name="Remove rule 1").click()
    page.get_by_role("button", name="Put it back").click()
    assert page.locator(".rule-words").first.inner_text().startswith("Reserved: tags stable")
    page.get_by_label("Repository", exact=True).fill("checkout")
    page.get_by_label("Tag", exact=True).fill("1.2.0")
    page.get_by_role("button", name="Try it").click()
    assert "You may not move it" in page.get_by_role("main").inner_text()
    check(page)


def test_retention(page: "Page") -> None:
    """Tried, seen at work, saved, timed, and then there is a run."""
    sign_in(page, "olga", "/projects/shop/-/retention")
    check(page)
    page.get_by_role("link", name="Try rules").click()
    page.get_by_label("deletes what it chooses").check()
    page.get_by_label("Tags of these names").fill("main-*")
    page.get_by_label("The newest").fill("1")
    page.get_by_role("button", name="Try it").click()
    assert "main-0" in page.get_by_role("table").last.inner_text()
    assert "main-2" not in page.get_by_role("table").last.inner_text()
    check(page)
    page.get_by_role("link", name="all images").click()
    assert "a tag rule keeps it as it is" in page.get_by_role("main").inner_text()
    check(page)
    page.get_by_role("button", name="Save these rules").click()
    assert page.get_by_role("status").inner_text() == "Saved."
    page.get_by_text("Let it come by itself").click()
    page.get_by_label("How often").select_option("week")
    page.get_by_label("On", exact=True).select_option("7")
    page.get_by_role("button", name="Save it").click()
    assert "By itself every Sunday at 03:30" in page.get_by_role("main").inner_text()
    check(page)
    page.get_by_role("button", name="Let it come no more").click()


def test_webhooks(page: "Page", request: pytest.FixtureRequest) -> None:
    """Made, its secret shown once, tried, and deleted by its host's name."""
    host = f"h{abs(hash(request.node.name)) % 1_000_000}.example.invalid"
    sign_in(page, "olga", "/projects/shop/-/webhooks")
    check(page)
    page.get_by_text("Make a webhook").click()
    page.get_by_label("Address").fill(f"https://{host}/in")
    page.get_by_label("What it is for").fill(HOSTILE)
    check(page)
    page.get_by_role("button", name="Make it").click()
    assert page.locator(".secret").inner_text().startswith("whsec_")
    check(page)
    page.get_by_role("link", name="I have kept it").click()
    page.get_by_role("button", name="Send a ping").click()
    page.get_by_role("link", name="ping").click()
    assert "moorage.ping" in page.get_by_role("main").inner_text()
    check(page)
    page.get_by_role("link", name="All deliveries to").click()
    assert HOSTILE in page.get_by_role("main").inner_text()
    check(page)
    page.get_by_text("Delete it").click()
    page.get_by_label("To go on, type its name").fill(host)
    page.get_by_role("button", name="Delete the webhook").click()
    assert page.get_by_role("status").inner_text() == "Deleted."


def test_a_job_shows_how_far_it_is(page: "Page", scripts: str) -> None:
    """Where scripts run the page tells by itself when it is done; else when it is opened again."""
    sign_in(page, "olga", "/projects/shop/-/jobs")
    check(page)
    page.get_by_role("button", name="verify").click()
    page.wait_for_url("**/-/jobs/*")
    if scripts:
        page.locator("[data-part=job] .badge", has_text="done").wait_for()
    check(page)
    page.get_by_role("link", name="All jobs of the project").click()
    assert "verify" in page.get_by_role("table").first.inner_text()


def test_what_roles_see(page: "Page") -> None:
    """A maintainer reads all of it and gets no buttons; a reader does not find it."""
    sign_in(page, "mark", "/projects/shop/-/jobs")
    for place in ("tag-rules", "retention", "webhooks", "jobs", "webhooks/1", "jobs/1"):
        page.goto(f"/projects/shop/-/{place}")
        forms = page.get_by_role("main").locator("form[method=post]")
        assert forms.count() == 0, place
    check(page)


def test_jobs_of_everything(page: "Page") -> None:
    """For an auditor, who changes nothing."""
    sign_in(page, "vera", "/jobs")
    assert "every hour, 07 minutes after it" in page.get_by_role("main").inner_text()
    assert page.get_by_role("main").locator("form[method=post]").count() == 0
    check(page)
    page.get_by_role("link", name="retention 1").click()
    check(page)
