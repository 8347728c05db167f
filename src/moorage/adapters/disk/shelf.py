"""Small blobs at hand: configs of images that many pull. Only contents whose digest was checked come here.

A blob's content never changes, so nothing here grows stale; whether a repository may serve it, the records say.
"""

from collections import OrderedDict

from moorage.oci.digest import Digest

OVERHEAD = 512
"""Bytes that a content costs beside its own."""


class Kept:
    """A content, and when the disk was last seen to hold it, in seconds of the monotonic clock."""

    __slots__ = ("content", "seen")

    def __init__(self, content: bytes, seen: float) -> None:
        self.content = content
        self.seen = seen


class Shelf:
    """At most `room` bytes, overhead counted in; what nobody asked for the longest goes first."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def find(self, digest: Digest) -> Kept | None:
        """The content, if it is here."""
        kept = self._kept.get(digest.text)
        if kept is not None:
            self._kept.move_to_end(digest.text)
        return kept

    def keep(self, digest: Digest, content: bytes, seen: float) -> None:
        """Take it in; what has no room leaves."""
        self.drop(digest)
        self._kept[digest.text] = Kept(content, seen)
        self._room -= OVERHEAD + len(content)
        while self._room < 0:
            _, left = self._kept.popitem(last=False)
            self._room += OVERHEAD + len(left.content)

    def drop(self, digest: Digest) -> None:
        """Forget it; no matter if it is not here."""
        if (kept := self._kept.pop(digest.text, None)) is not None:
            self._room += OVERHEAD + len(kept.content)
