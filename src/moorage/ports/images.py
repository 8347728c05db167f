"""What pages are told of images: by index, and never more than a bounded look, whatever was pushed."""

from collections.abc import Sequence
from typing import Protocol

from moorage.rules.facts import TagRecord
from moorage.rules.images import ImageFacts
from moorage.rules.listing import Listing


class Images(Protocol):
    """Manifests of a repository as people look at them."""

    def facts(self, repository_id: int, digest: str) -> ImageFacts | None:
        """The manifest that has this digest there."""

    def tags(self, repository_id: int, digest: str, *, limit: int) -> Sequence[str]:
        """Up to `limit` tags that name it."""

    def indexes(self, repository_id: int, digest: str, *, limit: int) -> Sequence[str]:
        """Digests of up to `limit` indexes there that list it."""

    def mover(self, repository_id: int, tag: str) -> tuple[str, bool] | None:
        """Who moved the tag last, and whether they deleted it; None if it never was."""

    def holding(self, repository_id: int, text: str, listing: Listing, *, most: int) -> tuple[Sequence[TagRecord], str]:
        """Tags of the listing, by name, that have this text anywhere in them, among the next `most`.

        With up to which name was looked; empty where that was the last.
        """
