"""Small blobs at hand: configs of images that many pull. Only contents whose digest was checked come here.

A blob's content never changes, so nothing here grows stale; whether a repository may serve it, the records say.
"""

from collections import OrderedDict

from moorage.oci.digest import Digest

OVERHEAD = 512
"""Bytes that a content costs beside its own."""


class Shelf:
    """At most `room` bytes, overhead counted in; what nobody asked for the longest goes first."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: OrderedDict[Digest, bytes] = OrderedDict()

    def find(self, digest: Digest) -> bytes | None:
        """The content, if it is here."""
        content = self._kept.get(digest)
        if content is not None:
            self._kept.move_to_end(digest)
        return content

    def keep(self, digest: Digest, content: bytes) -> None:
        """Take it in; what has no room leaves."""
        self.drop(digest)
        self._kept[digest] = content
        self._room -= OVERHEAD + len(content)
        while self._room < 0:
            _, left = self._kept.popitem(last=False)
            self._room += OVERHEAD + len(left)

    def drop(self, digest: Digest) -> None:
        """Forget it; no matter if it is not here."""
        if (content := self._kept.pop(digest, None)) is not None:
            self._room += OVERHEAD + len(content)
