"""Layers of an image beside the lines of its history that made them."""

from collections.abc import Sequence
from typing import NamedTuple

from moorage.oci.descriptors import Descriptor
from moorage.oci.image_config import Step


class Row(NamedTuple):
    """A layer with the line that made it; a line that made none; or a layer of which nothing is told.

    `number` counts layers from 1; 0 for a line without one.
    """

    number: int
    layer: Descriptor | None
    step: Step | None


def beside(layers: Sequence[Descriptor], history: Sequence[Step]) -> tuple[Row, ...]:
    """From the first to the last.

    Where the lines do not add up to the layers, nobody can say which made which: then layers stand alone, and before
    them the lines.
    """
    if sum(not step.empty for step in history) != len(layers):
        return (*(Row(0, None, step) for step in history), *_alone(layers))
    rows, number = list[Row](), 0
    for step in history:
        if step.empty:
            rows.append(Row(0, None, step))
            continue
        number += 1
        rows.append(Row(number, layers[number - 1], step))
    return tuple(rows)


def _alone(layers: Sequence[Descriptor]) -> list[Row]:
    return [Row(number, layer, None) for number, layer in enumerate(layers, 1)]
