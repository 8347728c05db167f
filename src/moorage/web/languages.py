"""Which language somebody reads, and the sentences of our pages in it."""

import gettext
import re
from functools import cache
from importlib import resources

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "de": "Deutsch"}
"""By code (RFC 5646), each in its own words. What people are refused with, and what they wrote, stays as it is."""
_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")
_MOST_RANGES = 20


def chosen(cookie: str, accepted: str) -> str:
    """What they chose, or else the first of those that their browser asks for (RFC 9110, section 12.5.4)."""
    if cookie in LANGUAGES:
        return cookie
    asked: list[tuple[float, str]] = []
    for text in accepted.split(",")[:_MOST_RANGES]:
        found = _RANGE.fullmatch(text)
        if found is not None and found[1].lower() in LANGUAGES:
            asked.append((float(found[2] or 1), found[1].lower()))
    best = max(asked, key=lambda pair: pair[0], default=(0.0, ENGLISH))
    return best[1] if best[0] > 0 else ENGLISH


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The sentences in a language; English stands in the templates themselves."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    with resources.files("moorage.web").joinpath("locale", f"{language}.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def noted(sentence: str) -> str:
    """Marks a sentence that is translated where it is shown."""
    return sentence
