"""How numbers and moments are shown, and which addresses pages make."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.datastructures import QueryParams

from moorage.web import rendering
from moorage.web.said import after
from moorage.web.surroundings import Query


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1499, "1.5 kB"),
        (9_990, "10.0 kB"),
        (12_345, "12 kB"),
        (999_499, "999 kB"),
        (3_200_000_000, "3.2 GB"),
        (5e18, "5000 PB"),
    ],
)
def test_sizes(count: float, shown: str) -> None:
    """In powers of ten, as docker shows them."""
    assert rendering.size(count) == shown


def test_numbers_and_moments() -> None:
    """Every language reads them."""
    assert rendering.number(1234567) == "1\u202f234\u202f567"
    assert rendering.moment(0) == "1970-01-01 00:00 UTC"
    assert rendering.exactly(61.9) == "1970-01-01 00:01:01 UTC"
    assert rendering.instant(61.9) == "1970-01-01T00:01:01Z"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the tag 1.0 is immutable", "The tag 1.0 is immutable."),
        ("there is none", "There is none."),
        ("team/app has no tag 9.9", "team/app has no tag 9.9."),
        ("'X' is no name", "'X' is no name."),
        ("", "."),
    ],
)
def test_sentences(text: str, shown: str) -> None:
    """Begin with a capital letter, but for a repository's name, which has none."""
    assert rendering.sentence(text) == shown


def _query(text: str) -> Query:
    return Query(cast("Any", SimpleNamespace(query_params=QueryParams(text))))


def test_queries() -> None:
    """A link changes what it names and begins with the first page; what was said before is not said again."""
    query = _query("sort=name&prefix=a%26b&after=x&said=saved")
    assert query.having(sort="-name") == "?sort=-name&prefix=a%26b"
    assert query.having(after="k~1") == "?sort=name&prefix=a%26b&after=k~1"
    assert query.having(sort=None, prefix="") == "?"
    assert query.get("said") == ""


def test_what_was_done_is_said_by_a_word_that_has_a_sentence() -> None:
    """On the page that comes next, whatever its address already asks."""
    assert after("/projects", "saved") == "/projects?said=saved"
    assert after("/projects?sort=name", "saved") == "/projects?sort=name&said=saved"
    with pytest.raises(KeyError):
        after("/projects", "whatever")
