"""The pictures of the documentation, out of a real browser at a filled registry; run this module to make them anew."""

import tempfile
from pathlib import Path

from playwright.sync_api import ViewportSize, sync_playwright

from tests.browser.walking import sign_in
from tests.support.harbour import Harbour
from tests.support.server import Server

WHERE = Path(__file__).parents[2] / "docs" / "pictures"
CHROMIUM = "/usr/bin/chromium"
WIDE: ViewportSize = {"width": 1200, "height": 760}
PAGES = {
    "home": "/",
    "project": "/projects/shop",
    "repository": "/projects/shop/checkout",
}
"""By the name of the picture; each is made in both themes."""


def make() -> None:
    """As an owner sees them."""
    WHERE.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder) / "data") as server,
        sync_playwright() as playwright,
    ):
        Harbour(server).fill()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for theme in ("light", "dark"):
            context = browser.new_context(base_url=server.url, color_scheme=theme, viewport=WIDE)
            page = context.new_page()
            sign_in(page, "olga")
            for name, path in PAGES.items():
                page.goto(path)
                page.screenshot(path=WHERE / f"{name}-{theme}.png")
        browser.close()


if __name__ == "__main__":
    make()
