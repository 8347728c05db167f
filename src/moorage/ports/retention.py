"""What the records keep for retention: each project's rules, and what there is to judge."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from moorage.rules.retention import ImageFact
from moorage.rules.retention_terms import Policy


class Held(NamedTuple):
    """What an image in a repository has now: its id, when it was last pulled and restored, and is it needed there?"""

    manifest_id: int
    pulled_at: float | None
    restored_at: float | None
    needed: bool


class Footing(NamedTuple):
    """What a count of tags, or of images, stood on: the number of the last move of any tag, and the images' extent.

    `images` is how many the repository had and the number of its newest; None where tags alone were counted.
    """

    moves: int
    images: tuple[int, int] | None


class Retention(Protocol):
    """Retention of projects."""

    def policy(self, project_id: int) -> Policy:
        """The project's rules; none where nobody set any."""

    def put(self, project_id: int, policy: Policy) -> None:
        """Let these be its rules."""

    def images(self, repository_id: int, *, most: int, annotations: bool) -> Sequence[ImageFact] | None:
        """All of a repository's, for a plan; None if there are more than so many. Annotations only where asked for."""

    def held(self, repository_id: int, digest: str) -> Held | None:
        """How an image is now. Needed is what a tag names, an index lists, or what was made for something here."""

    def tag(self, repository_id: int, name: str) -> tuple[str, float] | None:
        """What a tag names now, and since when."""

    def footing(self, repository_id: int, *, images: bool) -> Footing:
        """Where a repository stands. `images`: are images without tags counted as well?"""

    def holds(self, repository_id: int, footing: Footing) -> bool:
        """Is whatever was counted then still there? Tags that came or moved since push nothing into its place.

        Where images without tags were counted none has come or gone since, nor has any tag moved.
        """
