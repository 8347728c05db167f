"""Rows for spreadsheets hold what they are given, and nothing that would be computed."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.rules.spreadsheet import row


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =HYPERLINK(1)", "\N{FULLWIDTH EQUALS SIGN}1"]
)
def test_no_formula(text: str) -> None:
    """Whatever could begin one is told to be text."""
    assert next(csv.reader(io.StringIO(row([text]), newline=""))) == [f"'{text}"]


def test_numbers_stay() -> None:
    """What is a number of ours is no text of others."""
    assert row([-1, 2.5, None, "a,b", 'say "a"']) == '-1,2.5,,"a,b","say ""a"""\r\n'


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=2, max_size=5))
def test_it_is_read_again(values: list[str]) -> None:
    """A reader of CSV finds the fields as they were, but for the mark before what looks like a formula."""
    found = next(csv.reader(io.StringIO(row(values), newline=""), strict=True))
    assert [text.removeprefix("'") for text in found] == [text.removeprefix("'") for text in values]
