"""What the program does again and again: when, and what it tells when something is wrong."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from moorage.oci.error import Code, Refusal
from moorage.worker.round import Round

BUSY, FULL = Refusal(Code.UNAVAILABLE, "busy"), Refusal(Code.UNAVAILABLE, "full")
BROKEN = ValueError("broken")


class Stage:
    """Plays these outcomes one after another, and notes each pause; ends with the last."""

    def __init__(self, *outcomes: Exception | None) -> None:
        self.outcomes = list(outcomes)
        self.pauses: list[float] = []

    async def do(self) -> None:
        """The next outcome."""
        if (outcome := self.outcomes.pop(0)) is not None:
            raise outcome

    async def rest(self, seconds: float) -> None:
        """Note it."""
        self.pauses.append(seconds)
        if not self.outcomes:
            raise asyncio.CancelledError

    def play(self, made: Callable[[Round], Round] = lambda made: made) -> list[str]:
        """What the log tells, in short."""
        with pytest.MonkeyPatch.context() as patched, capture_logs() as told:
            patched.setattr(Round, "_rest", self.rest)
            with pytest.raises(asyncio.CancelledError):
                asyncio.run(made(Round(self.do, 5, structlog.get_logger(), "playing")).forever())
        assert {entry["round"] for entry in told} <= {"playing"}
        return [f"{entry['event'].removeprefix('a round ')} {entry.get('reason', '')}".strip() for entry in told]


def test_pauses() -> None:
    """Before each, or all but the first."""
    first, second = Stage(None, None), Stage(None, None)
    assert first.play() == second.play(lambda made: replace(made, at_once=True)) == []
    assert (first.pauses, second.pauses) == ([5, 5, 5], [5, 5])


def test_trouble_is_told_once() -> None:
    """However long it lasts; other trouble is told as well, and that it is over."""
    stage = Stage(BUSY, BUSY, FULL, BROKEN, BROKEN, None, None, BUSY, None)
    assert stage.play() == [
        "has to wait busy", "has to wait full", "failed", "goes on", "has to wait busy", "goes on"
    ]  # fmt: skip
    assert set(stage.pauses) == {5}


def test_growing_pauses() -> None:
    """While it has to wait they double up to a bound, which is taken at once where it failed; then they are short."""
    stage = Stage(BUSY, BUSY, BUSY, BUSY, None, BROKEN, None)
    stage.play(lambda made: replace(made, longest=30))
    assert stage.pauses == [5, 10, 20, 30, 30, 5, 30, 5]


def test_a_fault_shows_where() -> None:
    """What nobody foresaw is told with its traceback."""

    async def fail() -> None:
        raise BROKEN

    made = Round(fail, 0.001, structlog.get_logger(), "failing")
    with capture_logs() as told, pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(made.forever(), 0.1))
    assert [(entry["event"], entry["exc_info"]) for entry in told] == [("a round failed", True)]


def test_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rest takes a share of its time between two bounds, and ends when it is woken, as often as that happens."""
    asked: list[Any] = []

    def choose(*bounds: float) -> float:
        asked.append(bounds)
        return bounds[0]

    monkeypatch.setattr(random, "uniform", choose)
    count = 0

    async def story() -> None:
        nonlocal count

        async def do() -> None:
            nonlocal count
            count += 1
            if count < 4:
                made.wake.set()

        made = Round(do, 3600, structlog.get_logger(), "resting", spread=(0.5, 0.7), at_once=True)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(made.forever(), 0.2)

    asyncio.run(story())
    assert count == 4
    assert set(asked) == {(0.5, 0.7)}
