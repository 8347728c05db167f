"""Descriptions as HTML: whatever somebody writes, a page that shows it does nothing and leads to addresses only."""

import subprocess
import sys
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.rules.markdown import to_html
from moorage.rules.names import LONGEST_DESCRIPTION

ELEMENTS = {"p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "a"} | {
    f"h{level}" for level in range(1, 7)
}
SCHEMES = ("https://", "http://", "mailto:")


class Harmless(HTMLParser):
    """Reads HTML as a browser would find its elements, and fails on whatever could do anything."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element of the short list, with no attribute but a link's."""
        assert tag in ELEMENTS
        assert {name for name, _ in attrs} <= ({"href", "rel"} if tag == "a" else set())
        for name, value in attrs:
            assert name != "href" or (value or "").lower().startswith(SCHEMES)

    def handle_comment(self, data: str) -> None:
        """There is none."""
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        """There is none."""
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        """There is none."""
        raise AssertionError(data)


def judged(text: str) -> str:
    """The HTML, found harmless."""
    html = to_html(text)
    reader = Harmless(convert_charrefs=True)
    reader.feed(html)
    reader.close()
    return html


def test_markdown() -> None:
    """What CommonMark says comes out."""
    html = judged("# Shop\n\n*The* **shop** of `us`: [here](https://shop.example/a?b=c&d)\n\n- one\n- two\n\n> said\n")
    assert "<h1>Shop</h1>" in html
    assert "<em>The</em> <strong>shop</strong> of <code>us</code>" in html
    assert '<a href="https://shop.example/a?b=c&amp;d" rel="nofollow noopener noreferrer">here</a>' in html
    assert "<li>one</li>" in html
    assert "<blockquote>\n<p>said</p>\n</blockquote>" in html
    assert judged("") == ""


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<b onmouseover=alert(1)>b</b>",
    "<svg/onload=alert(1)>",
    "<!-- <script> --><script>alert(1)</script>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "</p></div><style>*{display:none}</style>",
    "<a href='javascript:alert(1)'>a</a>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](javascript&colon;alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](java\tscript:alert(1))",
    "[a](\x01javascript:alert(1))",
    "[a](vbscript:x)",
    "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[a](//evil.example)",
    "[a](/api/v1/docs)",
    "[a](\\\\evil.example)",
    "[a](https://e.example \"x' onclick='alert(1)\")",
    '[a](<https://e.example/" onclick="alert(1)>)',
    "<javascript:alert(1)>",
    '<https://e.example/" onclick=alert(1)>',
    "![a](javascript:alert(1))",
    "![a](data:image/svg+xml;base64,PHN2Zy8+)",
    "![track](https://e.example/pixel.gif)",
    "[a]\n\n[a]: javascript:alert(1)",
    "```html\n<script>alert(1)</script>\n```",
    '``` "onclick=alert(1)\nx\n```',
    "`<script>`",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<math><mi><mglyph><style><img src=x onerror=alert(1)>",
    "<![CDATA[<script>]]>",
    "<?php evil ?>",
    "# <a name=x>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile(text: str) -> None:
    """What would do anything in a page stays text, or is gone; so it does within other text."""
    judged(text)
    judged(f"- > {text}\n\n  **{text}**")


@given(st.text(alphabet="<>&\"'`*_[]()!#-\\/:=; \n\tajsx", max_size=200))
def test_whatever_is_written(text: str) -> None:
    """No text whatsoever comes out as more than that."""
    judged(text)


@pytest.mark.parametrize(
    "piece",
    [
        ">",
        "[",
        "![[",
        "*a_ ",
        "a**",
        "- ",
        "* a\n",
        "`",
        "((",
        "[a](",
        "](",
        "<",
        "<a>",
        "&",
        "#",
        "1. ",
        "\\",
        "[a][b]",
    ],
)
def test_bombs(piece: str) -> None:
    """The longest description there can be, of whatever nests, is read in no time and does not swell."""
    text = (piece * LONGEST_DESCRIPTION)[:LONGEST_DESCRIPTION]
    began = time.perf_counter()
    html = judged(text)
    assert time.perf_counter() - began < 2
    assert len(html) < 12 * LONGEST_DESCRIPTION


def test_read_in_when_needed() -> None:
    """A registry that shows no description reads neither library in."""
    program = "import sys, moorage.app.compose; sys.exit(bool({'nh3', 'markdown_it'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
