"""What happened: the audit, and what follows it. See `ports.records`."""

from collections.abc import Sequence
from typing import Protocol

from moorage.rules.facts import Event, EventFilter, EventsFound, Stream
from moorage.rules.listing import Total


class Events(Protocol):
    """What happened, in order."""

    def record(self, event: Event) -> None:
        """Write it down."""

    def page(self, *, after: int, limit: int) -> Sequence[tuple[int, Event]]:
        """Up to `limit` events after this number, with their numbers."""

    def search(self, wanted: EventFilter, *, before: int | None, limit: int) -> EventsFound:
        """Up to `limit` events that fit, of those before this number.

        Where several filters narrow it may give fewer, after a bounded look: another one goes on from its `rest`.
        """

    def count(self, wanted: EventFilter, *, most: int) -> Total:
        """How many events fit: counted up to `most`, and where several filters narrow as far as one look reaches."""

    def newest(self) -> int:
        """The number of the newest event; 0 without any."""

    def stream(self, stream: str) -> Stream | None:
        """How a stream of events stands; None if there is no such stream yet."""

    def claim(self, stream: str, holder: str, *, now: float, until: float) -> int | None:
        """Take a stream of events until then, if nobody else has it now: the number of the last event that was sent.

        A stream that is new begins behind the newest event.
        """

    def advance(self, stream: str, holder: str, position: int, *, until: float) -> bool:
        """Events up to this number were sent, and the stream is held until then; False if somebody else has it now."""

    def forget(self, *, before: float, limit: int, upto: int | None = None) -> int:
        """Forget up to `limit` of the oldest events that happened before this time; how many went.

        With `upto` only events up to this number go.
        """
