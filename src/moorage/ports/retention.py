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
