"""Pages of long lists: what is asked for, and how a page is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.oci.error import Code
from moorage.oci.page import LARGEST, PageRequest
from moorage.rules.pagination import cut
from tests.support.refused import refused


@pytest.mark.parametrize(
    ("number", "last", "expected"),
    [
        (None, None, PageRequest(LARGEST, "")),
        ("", None, PageRequest(LARGEST, "")),
        ("0", None, PageRequest(0, "")),
        ("7", "b", PageRequest(7, "b")),
        ("007", None, PageRequest(7, "")),
        ("9" * 18, None, PageRequest(LARGEST, "")),
        ("5", "x" * 2000, PageRequest(5, "x" * 512)),
        (None, "y" * 2000, PageRequest(LARGEST, "y" * 512)),
    ],
)
def test_requests(number: str | None, last: str | None, expected: PageRequest) -> None:
    """`n` and `last` are read, and both are capped."""
    assert PageRequest.parse(number, last) == expected


@pytest.mark.parametrize("number", ["-1", "x", "1.5", "1e3", " 1", "+1", "٣", "²", "9" * 19, "0x10"])
def test_senseless_numbers(number: str) -> None:
    """A page size that is no number of entries is refused."""
    with refused(Code.PAGINATION_NUMBER_INVALID):
        PageRequest.parse(number, None)


@given(st.lists(st.text(min_size=1), unique=True, max_size=40), st.integers(1, 15))
def test_pages_hold_the_whole_list(names: list[str], size: int) -> None:
    """Following the pages of a store gives every entry once, in order; only the last says that none follows."""
    everything = sorted(names)
    gathered: list[str] = []
    after, more = "", True
    while more:
        found = [name for name in everything if name > after][: size + 1]
        page = cut(found, size)
        assert len(page.items) <= size
        gathered += page.items
        more = page.more
        assert not more or len(page.items) == size
        after = gathered[-1] if gathered else ""
    assert gathered == everything


def test_page_of_nothing() -> None:
    """A page of no entries still tells that there are some."""
    assert cut(["a"], 0).items == ()
    assert cut(["a"], 0).more
    assert not cut([], 0).more
