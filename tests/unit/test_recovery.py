"""Recovery codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.rules import recovery

CODE = "aaaaaa-aaaaaa-aaaaaa-aaaaaa"


@given(st.binary(min_size=recovery.BYTES, max_size=recovery.BYTES))
def test_what_is_shown_is_read(raw: bytes) -> None:
    """Each code reads as itself, in capitals, without dashes and with spaces too."""
    code = recovery.spell(raw)
    for typed in (code, code.upper(), code.replace("-", ""), f" {code.replace('-', ' ')}\n"):
        assert recovery.read(typed) == code


def test_all_of_chance_is_in_it() -> None:
    """Two codes differ if one bit of what they are spelt from does."""
    codes = {recovery.spell((1 << bit).to_bytes(recovery.BYTES, "big")) for bit in range(8 * recovery.BYTES)}
    assert len(codes) == 8 * recovery.BYTES


@pytest.mark.parametrize("typed", ["", CODE[:-1], CODE + "a", CODE.replace("a", "1"), "ä" * 24, "\ud800" * 24])
def test_what_is_no_code(typed: str) -> None:
    """What cannot be one needs no look into the records."""
    assert recovery.read(typed) is None


def test_too_little_chance_is_refused() -> None:
    """Nobody makes a short code by mistake."""
    with pytest.raises(ValueError, match="15 bytes"):
        recovery.spell(b"short")
