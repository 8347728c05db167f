"""How wrong credentials are counted."""

from hypothesis import given
from hypothesis import strategies as st

from moorage.rules.throttle import BURST, LONGEST_WAIT, PATIENCE, WINDOW, Failures


def after(count: int, start: float = 0.0) -> Failures:
    """This many different failures, one a second."""
    failures = Failures()
    for number in range(count):
        failures = failures.add(start + number, number.to_bytes(4, "big"))
    return failures


def test_a_burst_is_one_mistake() -> None:
    """The same credentials again and again within a burst count once, however often they come."""
    failures = Failures()
    for number in range(1000):
        failures = failures.add(number * BURST / 1001, b"same")
    assert len(failures.tries) == 1
    assert failures.wait(BURST) == 0


def test_the_same_mistake_later_counts_again() -> None:
    """After the burst the same credentials are a new failure."""
    assert len(Failures().add(0, b"same").add(BURST, b"same").tries) == 2


def test_nobody_waits_before_the_tenth() -> None:
    """Nine different mistakes cost nothing, the tenth makes wait."""
    assert after(PATIENCE - 1).wait(PATIENCE) == 0
    assert after(PATIENCE).wait(PATIENCE - 1.0) == 2


def test_waits_double_up_to_a_minute() -> None:
    """Each further failure doubles the wait; it never passes a minute."""
    waits = [after(PATIENCE + more).wait(PATIENCE + more - 1.0) for more in range(8)]
    assert waits == [2, 4, 8, 16, 32, LONGEST_WAIT, LONGEST_WAIT, LONGEST_WAIT]


def test_waiting_helps() -> None:
    """When the told seconds have passed the next try is heard; a moment before it is not."""
    failures = after(PATIENCE)
    now = PATIENCE - 1.0
    assert failures.wait(now + failures.wait(now)) == 0
    assert failures.wait(now + failures.wait(now) - 0.5) == 1


def test_failures_are_forgotten() -> None:
    """What lies longer back than the window counts no more."""
    failures = after(PATIENCE + 3)
    assert failures.wait(WINDOW + PATIENCE + 3) == 0
    assert failures.recent(WINDOW + PATIENCE + 3).tries == ()


@given(st.lists(st.tuples(st.floats(0, 1000), st.binary(min_size=1, max_size=2)), max_size=60))
def test_any_order_of_failures(tries: list[tuple[float, bytes]]) -> None:
    """The wait is a whole number of seconds between none and a minute, and memory holds the window only."""
    failures, now = Failures(), 0.0
    for at, fingerprint in sorted(tries):
        now = at
        failures = failures.add(at, fingerprint)
    assert 0 <= failures.wait(now) <= LONGEST_WAIT + 1
    assert all(now - at < WINDOW for at, _ in failures.tries)
