"""What is wrong with a file: each fault has its line, and all are told at once, before anything changes."""

from collections.abc import Sequence
from typing import NamedTuple

from moorage.cli.failing import Failure, Status
from moorage.cli.showing import clean

_MOST = 50
"""Faults that are told; a file with more of them is not of the kind that we read."""


class Place(NamedTuple):
    """Where something stands: the file as it was named, and the line, from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Fault(NamedTuple):
    """What is wrong, and where."""

    place: Place
    sentence: str

    def __str__(self) -> str:
        return clean(f"{self.place}: {self.sentence}")


def refuse(faults: Sequence[Fault]) -> None:
    """End here if there are any."""
    if not faults:
        return
    ordered = sorted(set(faults))
    told = [str(fault) for fault in ordered[:_MOST]]
    if len(ordered) > _MOST:
        told.append(f"and {len(ordered) - _MOST} more")
    raise Failure("the file cannot be applied, and nothing was changed:", Status.USAGE, hint="\n  ".join(told))
