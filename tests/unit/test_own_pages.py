"""Whether a form came from a page of ours, and where somebody may be sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.rules.own_pages import HOME, came_from, form_token, is_form_token, is_marked, mark, safe_next

OWN = "https://registry.example:5000"


@pytest.mark.parametrize(
    ("origin", "fetch_site", "ours"),
    [
        (OWN, "same-origin", True),
        (OWN, None, True),
        (None, "same-origin", True),
        (None, None, False),
        (OWN, "cross-site", False),
        (OWN, "same-site", False),
        (OWN, "none", False),
        ("null", "same-origin", False),
        ("null", None, False),
        ("", None, False),
        ("https://registry.example", None, False),
        ("http://registry.example:5000", None, False),
        (OWN + ".evil.example", None, False),
        ("https://evil.example", "same-origin", False),
    ],
)
def test_where_a_form_came_from(origin: str | None, fetch_site: str | None, *, ours: bool) -> None:
    """All that the browser says must speak for us, and it must say something."""
    assert came_from(OWN, origin=origin, fetch_site=fetch_site) is ours


def test_a_token_belongs_to_its_session() -> None:
    """The token of another session, none, a broken one, or one without a session opens nothing."""
    assert is_form_token("mine", form_token("mine"))
    for cookie, token in (("mine", form_token("theirs")), ("mine", ""), ("mine", "\ud800"), ("", form_token(""))):
        assert not is_form_token(cookie, token)


def test_a_token_does_not_tell_the_cookie() -> None:
    """Who sees a page's source cannot take over its session."""
    assert "mine" not in form_token("mine")


@pytest.mark.parametrize("path", ["/", "/account", "/invite/x-_1", "/search?q=a//b", "/projects/team?page=2#robots"])
def test_a_path_of_ours(path: str) -> None:
    """A path with its query is kept as it is."""
    assert safe_next(path) == path


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        "",
        "account",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " /account",
        "/account\r\nSet-Cookie: a=b",
        "https://evil.example/",
        "javascript:alert(1)",
        "/.//evil.example",
        "/a/..//evil.example",
        "/a/../b",
        "/ä",
        "/\ud800",
        "/" + "a" * 2001,
    ],
)
def test_whatever_else_leads_home(wanted: str | None) -> None:
    """What a browser could read as another server, or what breaks a header, is dropped."""
    assert safe_next(wanted) == HOME


@given(st.text(max_size=40))
def test_any_text_stays_here(wanted: str) -> None:
    """Nothing leads to another server, and nothing breaks a header."""
    path = safe_next(wanted)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))
    assert path.isascii()
    assert path.isprintable()


def test_what_a_page_of_this_session_made() -> None:
    """Only with its cookie, only that text, and never without a session; no form's token is such a mark."""
    made = mark("cookie", "text")
    assert is_marked("cookie", "text", made)
    assert not is_marked("other", "text", made)
    assert not is_marked("cookie", "texts", made)
    assert not is_marked("", "text", mark("", "text"))
    assert not is_marked("cookie", "text", "é\udcff")
    assert mark("cookie", "") != form_token("cookie")
