"""A real browser at a real server: Debian's Chromium, led by Playwright. Skipped where one of them is missing."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pytest

from tests.support.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = Path(os.environ.get("MOORAGE_CHROMIUM", "/usr/bin/chromium"))
NEEDED = bool(os.environ.get("MOORAGE_NEED_CLIENTS"))
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """One browser for a module: while it runs, this process has a loop, and no test beside it may have another."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("the package playwright")
    if not CHROMIUM.exists():
        _missing(f"a browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield browser
        browser.close()


def _missing(what: str) -> None:
    assert not NEEDED, f"{what} is missing, and is needed here"
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this module's own."""
    with Server(tmp_path_factory.mktemp("browser") / "data") as server:
        yield server


Profile: TypeAlias = tuple[Literal["light", "dark"], int, bool]
_LIGHT: Profile = ("light", 1200, True)
_DARK: Profile = ("dark", 390, True)
_BARE: Profile = ("light", 390, False)


@pytest.fixture(params=[_LIGHT, _DARK, _BARE], ids=["light and wide", "dark and narrow", "without scripts"])
def profile(request: pytest.FixtureRequest) -> Profile:
    """Colours, width, and whether scripts run: nothing needs them."""
    found: Profile = request.param
    return found


@pytest.fixture
def scripts(profile: Profile) -> str:
    """The word "run", or nothing where they do not."""
    return "run" if profile[2] else ""


@pytest.fixture
def context(browser: "Browser", server: Server, profile: Profile) -> "Iterator[BrowserContext]":
    """A fresh profile."""
    scheme, width, scripts = profile
    made = browser.new_context(
        base_url=server.url,
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        java_script_enabled=scripts,
    )
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def page(context: "BrowserContext") -> "Iterator[Page]":
    """A page that complains of nothing: no error in the console but for refusals, nothing wider than the window."""
    page = context.new_page()
    told: list[Any] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    yield page
    assert [text for text in told if "status of 40" not in text and "status of 42" not in text] == []
