"""What a page says of the form that led to it: the address names the sentence, and can name no other."""

from moorage.web.languages import noted

SAID = {
    "saved": noted("Saved."),
    "deleted": noted("Deleted."),
    "restored": noted("Restored."),
    "copied": noted("Copied: here it is."),
    "moved": noted("The tag names this image now."),
    "sent": noted("It is on its way: what becomes of it is told below."),
    "ended": noted("Ended."),
    "asked": noted("It is asked for, and begins soon."),
}
"""By the word in the address; `after` adds it there."""


def after(path: str, word: str) -> str:
    """The page, and the sentence that it says first. Raises KeyError for a word that has none."""
    SAID[word]
    return f"{path}{'&' if '?' in path else '?'}said={word}"
