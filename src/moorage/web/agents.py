"""What a browser calls itself, in the words that people have for it."""

import re

_BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("CriOS", "Chrome"), ("HeadlessChrome", "Chrome"),
    ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
"""What tells them apart, the more telling first: most of them name others too."""
_SYSTEMS = (
    ("Windows", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
_LONGEST = 60


def browser(agent: str) -> str:
    """As in `Firefox 128, Linux`; what is no browser that we know stays as it is, but for its length."""
    for mark, name in _BROWSERS:
        found = re.search(rf"\b{mark}/(\d{{1,4}})", agent)
        if found is not None:
            version = re.search(r"Version/(\d{1,4})", agent) if name == "Safari" else found
            system = next((title for word, title in _SYSTEMS if word in agent), "")
            return f"{name}{f' {version[1]}' if version else ''}{f', {system}' if system else ''}"
    return agent if len(agent) <= _LONGEST else f"{agent[: _LONGEST - 1]}…"
