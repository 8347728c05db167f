"""Names of repositories and tags, and what tells a tag from a digest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.oci.digest import Digest
from moorage.oci.error import Code
from moorage.oci.reference import LONGEST_NAME, RepositoryName, Tag, parse_reference
from tests.support.refused import refused, unless_refused

NAMES = st.from_regex(
    r"[a-z0-9]{1,8}(?:(?:\.|_|__|-{1,3})[a-z0-9]{1,5}){0,2}(?:/[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,5})?){0,4}",
    fullmatch=True,
)
TAGS = st.from_regex(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}", fullmatch=True)


@given(NAMES)
def test_names_round_trip(text: str) -> None:
    """A name of the specified grammar is read as itself, and its project is its first part."""
    name = RepositoryName.parse(text)
    assert str(name) == text
    assert name.project == (text.partition("/")[0] if "/" in text else "library")


@given(TAGS)
def test_tags_round_trip(text: str) -> None:
    """A tag of the specified grammar is read as itself, and as a reference it is a tag."""
    assert str(Tag.parse(text)) == text
    assert parse_reference(text) == Tag(text)


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    """Any text is a name, or refused with NAME_INVALID; no name can climb out of a folder or hide a control sign."""
    name = unless_refused(lambda: RepositoryName.parse(text), Code.NAME_INVALID)
    if name is not None:
        assert name.text == text
        assert ".." not in text
        assert text.isascii()
        assert text.isprintable()
        assert text == text.lower()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        "A",
        "team/App",
        "a..b",
        "a.-b",
        "a___b",
        "-a",
        "a-",
        "a_",
        ".a",
        "a/../b",
        "a/./b",
        "a b",
        "a\n",
        "a\x00",
        "ä",
        "a:b",
        "a@b",
        "a%2fb",
        "a" * 256,
        "_catalog",
        "team/_oci",
    ],
)
def test_malformed_names(text: str) -> None:
    """What the grammar does not know is refused."""
    with refused(Code.NAME_INVALID):
        RepositoryName.parse(text)


@pytest.mark.parametrize("text", ["a", "0", "a__b", "a---b", "a.b_c-d/e", "1/2/3/4/5/6", "a" * LONGEST_NAME])
def test_unusual_names(text: str) -> None:
    """The grammar's corners are names, up to 255 characters."""
    assert RepositoryName.parse(text).text == text


@pytest.mark.parametrize("text", ["", ".a", "-a", "a" * 129, "a/b", "a b", "a\n", "ü", "a+b", "a@b", "\x00"])
def test_malformed_tags(text: str) -> None:
    """What is no tag is refused."""
    with refused(Code.TAG_INVALID):
        Tag.parse(text)


@pytest.mark.parametrize("text", ["_", "latest", "1.2.3", "A" * 128, "a..b", "a--", "sha256-" + "a" * 64])
def test_unusual_tags(text: str) -> None:
    """The grammar's corners are tags, also those of the referrers fallback."""
    assert Tag.parse(text).text == text


def test_references() -> None:
    """A colon makes a reference a digest, which is then refused as one."""
    digest = Digest.of(b"content")
    assert parse_reference(str(digest)) == digest
    with refused(Code.DIGEST_INVALID):
        parse_reference("sha256:short")
    with refused(Code.TAG_INVALID):
        parse_reference(".hidden")
