"""What the records know of garbage: doubts, and what the collector did.

A doubt comes and goes with the change that makes or ends it, in its transaction, without anybody's asking.
"""

from collections.abc import Sequence
from typing import Protocol

from moorage.rules.garbage import Amount, BlobInDoubt, Collections, Held, LinkInDoubt, Position, Survey


class Garbage(Protocol):
    """Links and blobs in doubt, by the time since when they are, those not seen yet first."""

    def stamp(self, *, now: float, limit: int) -> int:
        """Up to `limit` doubts that nobody has seen yet stand since now; how many they were."""

    def links(self, *, after: Position | None, before: float, limit: int) -> Sequence[LinkInDoubt]:
        """Up to `limit` links that are in doubt since then or earlier, or not seen yet, from after this position."""

    def blobs(self, *, after: Position | None, before: float, limit: int) -> Sequence[BlobInDoubt]:
        """Up to `limit` blobs that are in doubt since then or earlier, or not seen yet, from after this position."""

    def link_since(self, repository_id: int, blob_id: int) -> float | None:
        """Since when this link is in doubt; None if it is not, or if the collector has not seen it yet."""

    def held(self, blob_id: int, *, before: float) -> Held:
        """Who keeps this blob, beside its links that are in doubt since `before`; what is buried needs it too."""

    def inherit(self, blob_id: int, *, since: float) -> None:
        """If the blob is in doubt now, then since this time: its last link was."""

    def acquit_link(self, repository_id: int, blob_id: int) -> None:
        """The link is in doubt no more."""

    def acquit_blob(self, blob_id: int) -> None:
        """The blob is in doubt no more. Another one comes when what keeps it ends."""

    def forget(self, blob_id: int) -> None:
        """Forget a blob that has no link. Whoever does this has claimed its digest, and removes its bytes."""

    def collections(self) -> Collections:
        """What the collector did."""

    def begin(self, holder: str, *, asked_by: str, now: float, until: float) -> bool:
        """A round begins, and nobody else's until then; False if another one is under way."""

    def distrust(self) -> None:
        """Before anybody is served: whoever was in a round is gone."""

    def proceed(self, holder: str, done: Amount, *, until: float) -> bool:
        """So much more was done; the round goes on until then at the most. False if it is this holder's no more."""

    def end(self, holder: str, left: Survey, *, now: float) -> None:
        """The round is over, and has left this."""
