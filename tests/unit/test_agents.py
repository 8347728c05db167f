"""What browsers are called on pages."""

import pytest

from moorage.web.agents import browser

GECKO = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
)
EDGE = f"{CHROME} Edg/126.0.0.0"
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1"
)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (GECKO, "Firefox 128, Linux"),
        (CHROME, "Chrome 126, Windows"),
        (EDGE, "Edge 126, Windows"),
        (SAFARI, "Safari 17, macOS"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
        ("<script>" * 20, f"{('<script>' * 20)[:59]}…"),
    ],
)
def test_names(agent: str, name: str) -> None:
    """Those that people know; the rest as it is."""
    assert browser(agent) == name
