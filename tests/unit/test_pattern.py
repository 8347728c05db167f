"""Patterns of names: what they match, and what is none."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.oci.error import Code
from moorage.rules.pattern import Pattern
from tests.support.refused import refused


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("**", ["a", "a/b", "a/b/c"], []),
        ("*", ["a", "web-1"], ["a/b"]),
        ("*?", ["a", "ab"], ["", "a/", "a/b"]),
        ("**/*/x", ["a/b/x", "a/b/c/x"], ["b/x", "x"]),
        ("web-*", ["web-", "web-app"], ["web", "web-a/b", "xweb-a"]),
        ("web/**", ["web/a", "web/a/b", "web/"], ["web", "webs/a"]),
        ("**/db", ["a/db", "a/b/db"], ["db", "a/dbs"]),
        ("v?", ["v1", "v."], ["v", "v10", "v/"]),
        ("1.2.*", ["1.2.3", "1.2."], ["1x2.3", "1.2"]),
        ("a.b", ["a.b"], ["axb", "a/b"]),
        ("A*", ["Ab"], ["ab"]),
    ],
)
def test_matches(pattern: str, yes: list[str], no: list[str]) -> None:
    """A star stays within a part, two do not, a question mark is one letter; the rest stands for itself."""
    parsed = Pattern.parse(pattern)
    assert [name for name in yes if not parsed.matches(name)] == []
    assert [name for name in no if parsed.matches(name)] == []


@pytest.mark.parametrize("text", ["", "a b", "[a]", "a|b", "***", "(a)", "a\n", "ä", "x" * 256, "{a,b}", "^a$", "a\\b"])
def test_refused(text: str) -> None:
    """What looks like another kind of pattern is refused, not taken for a name."""
    with refused(Code.QUERY_INVALID, "is not a pattern"):
        Pattern.parse(text)


def slowly(pattern: str, name: str) -> bool:
    """The same by its definition, however long it takes."""
    if not pattern:
        return not name
    if pattern.startswith("**"):
        return any(slowly(pattern[2:], name[at:]) for at in range(len(name) + 1))
    if pattern[0] == "*":
        part = len(name.partition("/")[0])
        return any(slowly(pattern[1:], name[at:]) for at in range(part + 1))
    fits = bool(name) and (name[0] == pattern[0] or (pattern[0] == "?" and name[0] != "/"))
    return fits and slowly(pattern[1:], name[1:])


@given(st.text("ab/*?", max_size=9).filter(lambda text: "***" not in text and text), st.text("ab/", max_size=9))
def test_as_defined(pattern: str, name: str) -> None:
    """The machine says what the definition says."""
    assert Pattern.parse(pattern).matches(name) is slowly(pattern, name)


@given(st.text("ab/*?", max_size=30).filter(lambda text: "***" not in text and text), st.text("ab/", max_size=40))
def test_every_pattern_answers(pattern: str, name: str) -> None:
    """Every pattern can be asked about every name; one without stars and question marks matches itself alone."""
    found = Pattern.parse(pattern).matches(name)
    if not set(pattern) & set("*?"):
        assert found is (pattern == name)


@pytest.mark.parametrize("text", ["*a" * 100, "**a" * 80, "?*" * 100, "*?**?" * 50, "**/" * 80])
def test_no_pattern_takes_long(text: str) -> None:
    """A pattern made to be slow is not: many stars against a name that does not fit."""
    pattern = Pattern.parse(text[:250].rstrip("*") + "x")
    began = time.process_time()
    assert not pattern.matches("a" * 255)
    assert time.process_time() - began < 1
