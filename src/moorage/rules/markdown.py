"""Descriptions as HTML that any page can show, whoever wrote them.

HTML in the text stays text; images become links, as to show one tells a stranger who reads the page; links lead to
whole addresses only, as a relative one would lead to our own pages. Tables are left out: a few kilobytes of them become
a page of hundreds. What comes out is cleaned once more by a parser of HTML that keeps a short list of elements.
"""

from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_ELEMENTS = {
    *("p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("h1", "h2", "h3", "h4", "h5", "h6"),
}
_ADDRESSES = ("https://", "http://", "mailto:")
_REL = "nofollow noopener noreferrer"
_DEEPEST = 20
"""Lists and quotes within one another; what lies deeper is left out."""


@lru_cache(maxsize=256)
def to_html(text: str) -> str:
    """CommonMark as HTML that is safe within any element."""
    if not text:
        return ""
    import nh3  # noqa: PLC0415 - read in when a description is shown: idle processes do without it

    return nh3.clean(
        _parser().render(text),
        tags=_ELEMENTS,
        attributes={"a": {"href"}, "*": set()},
        attribute_filter=_kept,
        link_rel=_REL,
    )


def _kept(_element: str, name: str, value: str) -> str | None:
    return value if name != "href" or value.lower().startswith(_ADDRESSES) else None


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - as above

    return MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST}).disable("image")
