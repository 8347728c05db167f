"""What every page must bear: a checker of accessibility, and a look at whether it fits its window."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

_WIDER = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


def check(page: "Page") -> None:
    """Axe finds nothing (WCAG 2.2 A and AA) where scripts run, as it is one; nothing is wider than the window."""
    assert not page.evaluate(_WIDER), f"{page.url} is wider than its window"
    if page.locator("html[data-scripts]").count() == 0:
        return
    from axe_playwright_python.sync_playwright import Axe

    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    found = Axe().run(page, options=options)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
