"""What was deleted and can still be restored. It stands apart: no verb of another noun shows anything of it.

What is buried stays until it is restored or forgotten. Each verb that finds something is told `since` when it must have
been deleted: what is older is not there any more, whether a round has forgotten it yet or not.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from moorage.oci.digest import Digest
from moorage.oci.reference import RepositoryName
from moorage.rules.trash import BuriedManifest, BuriedRepository, Holding


class Forgotten(NamedTuple):
    """What a round has forgotten."""

    repositories: Sequence[BuriedRepository]
    manifests: int


class Trash(Protocol):
    """Deleted repositories and manifests."""

    def repositories(self, project_id: int, *, since: float, after: int, limit: int) -> Sequence[BuriedRepository]:
        """Up to `limit` of the project's after this id."""

    def count_repositories(self, project_id: int, since: float, most: int) -> int:
        """How many these are, up to `most`."""

    def repository(self, repository_id: int, *, since: float) -> BuriedRepository | None:
        """The one that has this id."""

    def holding(self, project_id: int, *, since: float, after: str, limit: int) -> Sequence[Holding]:
        """Up to `limit` of the project's repositories that have deleted manifests, after this name."""

    def manifests(self, repository_id: int, *, since: float, after: int, limit: int) -> Sequence[BuriedManifest]:
        """Up to `limit` of a repository that is there, after this id."""

    def count(self, repository_id: int, *, since: float, most: int) -> int:
        """How many these are, up to `most`."""

    def manifest(self, repository_id: int, digest: Digest, *, since: float) -> BuriedManifest | None:
        """The one that has this digest, of a repository that is there."""

    def children_of(self, manifest_id: int) -> Sequence[Digest]:
        """The manifests that it lists."""

    def blobs_of(self, manifest_id: int) -> Sequence[Digest]:
        """The blobs that its repository could read when it was buried, and that it names."""

    def blobs_within(self, repository_id: int) -> Sequence[Digest]:
        """The same of all manifests that were buried with this repository."""

    def restore_manifest(self, repository_id: int, buried: BuriedManifest, *, now: float) -> None:
        """Let it be there as it was, with its id and the time `now` of this, but for its tags and links to its blobs.

        Where the repository has the digest already, that stays and what was buried is forgotten.
        """

    def restore_repository(self, repository_id: int, name: RepositoryName, *, by: str, now: float) -> Sequence[str]:
        """Let it be there under a name that is free, with its id, and with the manifests that were buried with it.

        Its tags name what they named, and that is a move of each; the names of them. The links to its blobs are still
        to be made. A new epoch of its project begins.
        """

    def forget_manifest(self, manifest_id: int) -> None:
        """Never can it be restored again."""

    def forget_repository(self, repository_id: int) -> None:
        """The same, with all that was in it."""

    def forget_project(self, project_id: int) -> None:
        """The same for every repository of the project."""

    def forget(self, *, before: float, limit: int) -> Forgotten:
        """Forget up to `limit` manifests that were buried before, and as many repositories of which none is left."""
