"""Where the audit goes besides the database."""

from collections.abc import Sequence
from typing import Protocol

from moorage.rules.telling import Line


class SinkFailed(Exception):  # noqa: N818 - names what happened
    """It took nothing, or not all; the text says why."""


class Sink(Protocol):
    """Takes lines in order. What was sent once may be sent again after a failure."""

    async def send(self, lines: Sequence[Line]) -> None:
        """Take these lines; they are kept when this returns. Raises SinkFailed."""

    async def close(self) -> None:
        """Let go of what is open."""
