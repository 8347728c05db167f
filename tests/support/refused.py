"""Expect a refusal: which row of the table, and words of its sentence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest

from moorage.oci.error import Code, Refusal

Outcome = TypeVar("Outcome")


@contextmanager
def refused(code: Code, words: str = "") -> Iterator[pytest.ExceptionInfo[Refusal]]:
    """The block must be refused with this row; `words` must stand in what the person reads."""
    with pytest.raises(Refusal) as caught:
        yield caught
    assert caught.value.code is code, f"{caught.value.code} instead of {code}: {caught.value.sentence}"
    assert words in caught.value.sentence


def unless_refused(read: Callable[[], Outcome], code: Code) -> Outcome | None:
    """What it gives; None if it is refused, which it may be with this row only."""
    refusals = []
    try:
        return read()
    except Refusal as refusal:
        refusals.append(refusal.code)
    assert refusals == [code]
    return None
