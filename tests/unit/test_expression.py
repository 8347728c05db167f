"""Regular expressions over tags: what they match, what is none, and that none takes long."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.oci.error import Code
from moorage.rules.expression import LONGEST, MOST_PLACES, Expression
from tests.support.refused import refused


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        (r"v\d+", ["v1", "v20"], ["v", "v1a", "xv1"]),
        (r"^v\d+$", ["v1"], ["v1.", "av1"]),
        (r"v.", ["v1", "v-", "v."], ["v", "v11"]),
        (r"1\.2", ["1.2"], ["1x2"]),
        (r"(dev|test)-\w+", ["dev-a_1", "test-x"], ["dev-", "prod-x", "dev-a-b"]),
        (r"[0-9a-f]{7,40}", ["0123abc", "a" * 40], ["012abc", "a" * 41, "g" * 7]),
        (r"[^a-z]+", ["1.0", "A_"], ["1a"]),
        (r"[a\-.]+", ["a-.a"], ["b"]),
        (r"[-a]+", ["-a"], ["b"]),
        (r"\D\W", ["a-", "_."], ["1-", "ab"]),
        (r"a{2}b{0,1}c{1,}", ["aac", "aabcc"], ["ac", "aab", "aabbc"]),
        (r"(?:a|b)*c?|d", ["c", "abab", "d"], ["dc", "cc"]),
    ],
)
def test_matches(text: str, yes: list[str], no: list[str]) -> None:
    """An expression means whole tags, whatever stands at its ends."""
    parsed = Expression.parse(text)
    assert [tag for tag in yes if not parsed.matches(tag)] == []
    assert [tag for tag in no if parsed.matches(tag)] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "from 1 to"),
        ("x" * (LONGEST + 1), "from 1 to"),
        ("ä", "none of another alphabet"),
        ("a\n", "none of another alphabet"),
        ("(a", "is not closed"),
        ("a)", "nothing opens"),
        ("[a", "is not closed"),
        ("[b-a]", "lower letter"),
        ("[\\d-z]", "lower letter"),
        ("a**", "count follows a count"),
        ("a*?", "count follows a count"),
        ("+a", "no meaning where it stands"),
        ("a^b", "no meaning where it stands"),
        ("a{2", "written as"),
        ("{2}", "no meaning where it stands"),
        ("a{x}", "written as"),
        ("a{5,2}", "lower number"),
        ("a{9999}", "written as"),
        ("a{999}", "longer than"),
        ("((a{12}){12}){12}", "longer than"),
        ("(){500}", "longer than"),
        ("(?=a)", "looking ahead"),
        ("(?P<n>a)", "looking ahead"),
        ("(?i)a", "looking ahead"),
        (r"\1", "is not taken"),
        (r"\bv", "is not taken"),
        ("a\\", "is not taken"),
        ("(" * 40 + ")" * 40, "deep"),
    ],
)
def test_refused(text: str, words: str) -> None:
    """What cannot be matched in one pass, or is no expression, is refused with what is wrong."""
    with refused(Code.QUERY_INVALID, words):
        Expression.parse(text)


_ATOMS = st.sampled_from(["a", "b", r"\d", ".", "[ab]", "[^a]", "-"])


def _counted(part: str, count: str) -> str:
    return f"(?:{part}){count}"


EXPRESSIONS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.builds(_counted, inner, st.sampled_from(["*", "+", "?", "{0}", "{2}", "{1,}", "{0,2}", "{1,3}"])),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS, st.text("ab1-.", min_size=1, max_size=6))
def test_as_python_matches(text: str, tag: str) -> None:
    """The machine says what Python's own says."""
    try:
        parsed = Expression.parse(text)
    except Exception:  # noqa: BLE001 - too long with its counts
        return
    assert parsed.matches(tag) is bool(re.fullmatch(text, tag, re.ASCII))


@pytest.mark.parametrize("text", ["(a*)*b", "(a|a)*b", "(a|b)*a(a|b){50}", "(a?){60}a{60}", "(.*){10}x"])
def test_none_takes_long(text: str) -> None:
    """What keeps other engines busy for ever takes a moment."""
    parsed = Expression.parse(text)
    assert parsed.places <= MOST_PLACES
    tags = [f"{'ab' * number}"[:128].ljust(128, "a") for number in range(60)]
    began = time.process_time()
    for tag in tags:
        parsed.matches(tag)
    assert time.process_time() - began < len(tags) * 0.05
