"""Range of a pull, Content-Range of a chunk."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moorage.oci.error import Code
from moorage.oci.span import Span, parse_chunk, parse_range
from tests.support.refused import refused, unless_refused

SIZES = st.integers(0, 2**62)
NUMBERS = st.one_of(st.just(""), st.integers(0, 2**62).map(str), st.integers(0, 30).map(str))


@given(NUMBERS, NUMBERS, st.one_of(SIZES, st.integers(0, 40)))
@example("500", "0", 10_000)
@example("", "0", 10)
def test_never_outside(first: str, last: str, size: int) -> None:
    """A range is all, a non-empty span within the content, or refused as unsatisfiable."""
    span = unless_refused(lambda: parse_range(f"bytes={first}-{last}", size), Code.RANGE_UNSATISFIABLE)
    assert span is None or 0 <= span.start < span.stop <= size


@given(st.text(max_size=40), st.integers(0, 100))
def test_nonsense_is_harmless(header: str, size: int) -> None:
    """Whatever a Range header says, the answer is all, a span within, or the one refusal."""
    span = unless_refused(lambda: parse_range(header, size), Code.RANGE_UNSATISFIABLE)
    assert span is None or 0 <= span.start < span.stop <= size


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-", Span(0, 1000)),
        ("bytes=0-0", Span(0, 1)),
        ("bytes=0-1", Span(0, 2)),
        ("bytes=500-", Span(500, 1000)),
        ("bytes=999-", Span(999, 1000)),
        ("bytes=100-199", Span(100, 200)),
        ("bytes=-500", Span(500, 1000)),
        ("bytes=-2000", Span(0, 1000)),
        ("bytes=900-5000", Span(900, 1000)),
        (" bytes=1 - 2 ", Span(1, 3)),
        (None, None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
        ("bytes=0-1/1000", None),
        ("bytes=" + "9" * 20 + "-", None),
        ("", None),
    ],
)
def test_ranges(header: str | None, expected: Span | None) -> None:
    """RFC 9110: one span in any of its three forms; several, other units and nonsense mean all of it."""
    assert parse_range(header, 1000) == expected


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-2000", "bytes=500-0", "bytes=-0", "bytes=5000-10000"])
def test_unsatisfiable(header: str) -> None:
    """A well-formed range without one byte of the content is refused with the content's size."""
    with refused(Code.RANGE_UNSATISFIABLE) as caught:
        parse_range(header, 1000)
    assert caught.value.detail == {"size": 1000}


def test_empty_content_has_no_ranges() -> None:
    """Of an empty blob everybody gets all."""
    assert parse_range("bytes=0-", 0) is None
    assert parse_range("bytes=-1", 0) is None


@given(st.integers(0, 2**62), st.integers(1, 2**30))
def test_chunks_round_trip(start: int, length: int) -> None:
    """A chunk's claim is read as it was meant, in the specified form and in those that clients send."""
    last = start + length - 1
    for header in (
        f"{start}-{last}",
        f"bytes {start}-{last}/*",
        f"bytes {start}-{last}/{last + 1}",
        f" {start}-{last} ",
    ):
        span = parse_chunk(header)
        assert span == Span(start, last + 1)
        assert span.length == length


def test_no_chunk_claim() -> None:
    """Without Content-Range nothing is claimed."""
    assert parse_chunk(None) is None


@pytest.mark.parametrize("header", ["", "5-4", "a-b", "0-", "-5", "bytes=0-5", "0-5,6-7", "0 - 5", "1" * 30 + "-2"])
def test_malformed_chunks(header: str) -> None:
    """A Content-Range that cannot be is refused as such, not as a gap."""
    with refused(Code.BLOB_UPLOAD_INVALID):
        parse_chunk(header)
