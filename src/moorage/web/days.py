"""Pictures of days: what a template needs to draw them. All lengths are units of the picture's own grid."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from moorage.rules.statistics import Span, date_of

WIDTH, HEIGHT = 480, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 6, 10, 24
_GAP = 0.25


class Bar(NamedTuple):
    """A day; `title` tells of it."""

    x: float
    y: float
    width: float
    height: float
    title: str


class Level(NamedTuple):
    """A line across, and what it stands for."""

    y: float
    title: str


class Picture(NamedTuple):
    """Days beside one another; `line` goes through their upper ends, `area` is what is below it."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    line: str
    area: str
    levels: tuple[Level, ...]
    left: float
    right: float
    bottom: float
    first: str
    last: str


def picture(days: Sequence[tuple[int, int]], span: Span, said: Callable[[float], str]) -> Picture:
    """Of numbers by day within the span, of which there is at least one; `said` writes a number."""
    top = _round_up(max((value for _, value in days), default=0))
    step = (WIDTH - _LEFT - _RIGHT) / (span.last - span.first + 1)
    bottom = HEIGHT - _BOTTOM

    def height(value: float) -> float:
        return round((bottom - _TOP) * value / top, 2)

    bars = tuple(
        Bar(
            round(_LEFT + (day - span.first) * step + step * _GAP / 2, 2),
            round(bottom - height(value), 2),
            round(step * (1 - _GAP), 2),
            height(value),
            f"{date_of(day)}: {said(value)}",
        )
        for day, value in days
    )
    points = [(bar.x + bar.width / 2, bar.y) for bar in bars]
    line = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
    area = f"{points[0][0]:.2f},{bottom} {line} {points[-1][0]:.2f},{bottom}"
    levels = tuple(Level(round(bottom - height(top * part / 2), 2), said(top * part / 2)) for part in range(3))
    first, last = str(date_of(span.first)), str(date_of(span.last))
    return Picture(WIDTH, HEIGHT, bars, line, area, levels, _LEFT, WIDTH - _RIGHT, bottom, first, last)


def _round_up(most: float) -> float:
    """The next number that is read easily: 2, 4, 10, 20, 40, 100 and so on."""
    power = 1
    while True:
        for step in (2, 4, 10):
            if step * power >= most:
                return step * power
        power *= 10
