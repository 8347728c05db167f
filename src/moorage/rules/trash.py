"""What was deleted and can still be restored: until when, and what stands against it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal

_NAMED = 5


@dataclass(frozen=True, slots=True)
class BuriedRepository:
    """A deleted repository; `name` is the one within its project, `images` how many it held."""

    id: int
    project_id: int
    name: str
    public: bool | None
    images: int
    at: float
    by: str


@dataclass(frozen=True, slots=True)
class BuriedManifest:
    """A deleted manifest, with the tags that named it."""

    id: int
    digest: Digest
    media_type: str
    size: int
    artifact_type: str | None
    at: float
    by: str
    tags: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Holding:
    """A repository that is there, by its full name, and how many deleted manifests it has; the last went at `at`."""

    repository_id: int
    name: str
    public: bool | None
    images: int
    at: float


@dataclass(frozen=True, slots=True)
class Window:
    """For how many `seconds` what is deleted can be restored; 0: it is not kept at all."""

    seconds: float

    @property
    def keeps(self) -> bool:
        """Is what is deleted from now on kept?"""
        return self.seconds > 0

    def since(self, now: float) -> float:
        """What was deleted later than this can still be restored."""
        return now - self.seconds

    def ends(self, buried_at: float) -> float:
        """Until when it can."""
        return buried_at + self.seconds


def require_blobs(gone: Sequence[Digest]) -> None:
    """Refuse with CONFLICT if content that it needs is not stored any more."""
    if not gone:
        return
    named = ", ".join(map(str, gone[:_NAMED])) + (f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else "")
    raise Refusal(
        Code.CONFLICT,
        f"it cannot be restored, as content of it is gone: {named}; push it again",
        detail={"digests": [str(digest) for digest in gone[:100]]},
    )
