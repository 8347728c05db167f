"""A strip of parts drawn to scale, from left to right, for pictures that templates draw."""

from collections.abc import Sequence
from typing import NamedTuple

WIDTH = 1000
"""Units that the whole strip is wide."""
_INKS = 6
_LEAST = 2.0
_MOST = 200


class Part(NamedTuple):
    """Where a part lies, in units, and in which ink; `number` counts from 1."""

    number: int
    x: float
    width: float
    ink: int
    size: int


def strip(sizes: Sequence[int]) -> tuple[Part, ...]:
    """Parts in proportion to these sizes; one that would be too thin to be seen is as thin as can be."""
    sizes = sizes[:_MOST]
    total = sum(sizes)
    if not total:
        return ()
    wanted = [max(_LEAST, WIDTH * size / total) for size in sizes]
    scale, x, parts = WIDTH / sum(wanted), 0.0, list[Part]()
    for number, (size, width) in enumerate(zip(sizes, wanted, strict=True), 1):
        parts.append(Part(number, round(x, 2), round(width * scale, 2), (number - 1) % _INKS + 1, size))
        x += width * scale
    return tuple(parts)
