"""What a run yields: samples, rows and their goals, as frozen values. Knows no server, clock or file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from statistics import median


class Better(Enum):
    """Which way a unit improves."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True)
class Measure:
    """One figure per round, all in the unit of the row that holds them."""

    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle of the rounds, in the row's unit."""
        return median(self.samples)

    @property
    def spread(self) -> float:
        """Half the distance between the best and the worst round, as a share of the median."""
        return (max(self.samples) - min(self.samples)) / 2 / self.median if self.median else 0.0

    def over(self, other: "Measure") -> "Measure":
        """Round by round, this one divided by the other; both have as many rounds."""
        return Measure(tuple(mine / theirs for mine, theirs in zip(self.samples, other.samples, strict=True)))


@dataclass(frozen=True)
class AtLeast:
    """Moorage must be this many times as good as the peer."""

    times: float

    def __str__(self) -> str:
        return f"≥ {self.times:g} x the peer"


@dataclass(frozen=True)
class AtMost:
    """Moorage's own figure may not exceed this, in the row's unit."""

    value: float

    def __str__(self) -> str:
        return f"≤ {self.value:g}"


@dataclass(frozen=True)
class Row:
    """One line of the table: what was done, in which unit, by whom, and what we want of it.

    `alone` is what the bare work costs with no registry around it, where that can be said.
    """

    case: str
    unit: str
    better: Better
    moorage: Measure | None = None
    peer: Measure | None = None
    alone: Measure | None = None
    goal: AtLeast | AtMost | None = None

    @property
    def ratio(self) -> float | None:
        """How many times as good as the peer Moorage was: above 1 better, whichever way the unit runs."""
        if self.moorage is None or self.peer is None or not self.moorage.median or not self.peer.median:
            return None
        if self.better is Better.HIGHER:
            return self.moorage.median / self.peer.median
        return self.peer.median / self.moorage.median

    @property
    def is_met(self) -> bool | None:
        """Whether the goal was reached; None where there is no goal or nothing to judge it by."""
        if isinstance(self.goal, AtMost):
            return None if self.moorage is None else self.moorage.median <= self.goal.value
        if self.goal is None or self.ratio is None:
            return None
        return self.ratio >= self.goal.times


@dataclass(frozen=True)
class Curve:
    """A line of the plot: milliseconds a page took against the number of entries there were."""

    label: str
    entries: tuple[int, ...]
    milliseconds: tuple[float, ...]


@dataclass(frozen=True)
class Outcome:
    """All that a case found."""

    rows: tuple[Row, ...]
    curves: tuple[Curve, ...] = field(default=())


def joined(outcomes: Sequence[Outcome]) -> Outcome:
    """Several outcomes as one, in their order."""
    return Outcome(
        tuple(row for outcome in outcomes for row in outcome.rows),
        tuple(curve for outcome in outcomes for curve in outcome.curves),
    )
