"""The second factor's codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.rules.second_factor import SECRET_BYTES, STEP, SecondFactor

SECRET = b"12345678901234567890"
AT_59 = "287082"
"""The code of RFC 6238, appendix B, at second 59, in six digits."""


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (59, AT_59),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_rfc_vectors(now: int, code: str) -> None:
    """The codes of RFC 6238, appendix B, are accepted at their times, leading zeros included."""
    after = SecondFactor(SECRET).accept(code, now)
    assert after == SecondFactor(SECRET, confirmed=True, spent=now // STEP)


def test_one_step_of_drift() -> None:
    """A clock may be a step ahead or behind, not two."""
    heard = [SecondFactor(SECRET).accept(AT_59, now) is not None for now in (0, 29, 30, 59, 60, 89, 90, 119)]
    assert heard == [True, True, True, True, True, True, False, False]
    later = [SecondFactor(SECRET).accept("081804", 1111111109 + seconds) is not None for seconds in (-60, -30, 30, 60)]
    assert later == [False, True, True, False]


def test_each_code_opens_once() -> None:
    """A code that was accepted is refused afterwards, in its own step and in the one after."""
    factor = SecondFactor(SECRET).accept(AT_59, 59)
    assert factor is not None
    assert factor.accept(AT_59, 59) is None
    assert factor.accept(AT_59, 61) is None


def test_an_older_code_opens_no_more() -> None:
    """Once a later code was accepted, one that was seen over a shoulder before it is refused."""
    assert SecondFactor(SECRET, confirmed=True, spent=2).accept(AT_59, 61) is None


@pytest.mark.parametrize("typed", ["", "0", "28708", "2870820", "287083", "٢٨٧٠٨٢", "\ud800", "-87082", "287082\0"])
def test_what_is_no_code(typed: str) -> None:
    """Whatever else is typed is refused, and nothing breaks."""
    assert SecondFactor(SECRET).accept(typed, 59) is None


def test_spaces_are_no_matter() -> None:
    """Apps show a code in two groups, and people type it so."""
    assert SecondFactor(SECRET).accept(" 287 082\n", 59) is not None


@given(st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES), st.floats(0, 4e9), st.text(max_size=8))
def test_any_text_at_any_time(secret: bytes, now: float, typed: str) -> None:
    """What is accepted moves forward and lies within the drift."""
    after = SecondFactor(secret).accept(typed, now)
    assert after is None or abs(after.spent - now // STEP) <= 1


def test_what_an_app_reads() -> None:
    """Names are quoted, so that nobody's name changes what the address says."""
    address = SecondFactor(SECRET).address("a&b:5000", "ann@x/?secret=A")
    assert address == (
        "otpauth://totp/a%26b%3A5000:ann%40x%2F%3Fsecret%3DA?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&issuer=a%26b%3A5000&algorithm=SHA1&digits=6&period=30"
    )


def test_the_secret_is_not_printed() -> None:
    """A factor in a log or a trace tells nothing."""
    assert "1234" not in repr(SecondFactor(SECRET))
