"""Pictures of days: everything lies within, and stands where its day is."""

from hypothesis import given
from hypothesis import strategies as st

from moorage.rules.statistics import DayBytes, Span, without_gaps
from moorage.web.days import HEIGHT, WIDTH, picture


@given(st.integers(0, 2**62), st.integers(0, 2**62), st.integers(1, 366))
def test_all_of_it_is_within(first: int, last: int, length: int) -> None:
    """However large the numbers are, and however many days there are."""
    drawn = picture([(100, first), (99 + length, last)], Span(100, 99 + length), str)
    for bar in drawn.bars:
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert 0 <= bar.y <= bar.y + bar.height <= HEIGHT
    assert drawn.levels[0].y > drawn.levels[-1].y


def test_nothing_happened() -> None:
    """Then there is a picture all the same."""
    drawn = picture([(0, 0)], Span(0, 29), str)
    assert drawn.bars[0].height == 0
    assert (drawn.first, drawn.last) == ("1970-01-01", "1970-01-30")


def test_gaps() -> None:
    """A day on which nobody looked has what was there before; before the first one nothing is known."""
    found = [DayBytes(12, 5), DayBytes(14, 7)]
    assert without_gaps(found, Span(10, 15)) == ((12, 5), (13, 5), (14, 7), (15, 7))
    assert without_gaps([], Span(10, 15)) == ()
