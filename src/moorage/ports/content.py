"""What is kept: manifests, tags, blobs, and uploads that go on. See `ports.records`."""

from collections.abc import Sequence
from typing import Protocol

from moorage.oci.digest import Digest
from moorage.oci.manifest import Manifest
from moorage.oci.page import Page
from moorage.oci.reference import Reference, RepositoryName, Tag
from moorage.rules.access import ANONYMOUS, Identity, Place
from moorage.rules.facts import BlobRecord, Referrer, StoredManifest, TagMove, TagRecord, TagsThen
from moorage.rules.listing import Listing, Total
from moorage.rules.upload import Upload


class Manifests(Protocol):
    """Manifests within repositories."""

    def find(
        self, name: RepositoryName, reference: Reference, who: Identity = ANONYMOUS
    ) -> tuple[Place, StoredManifest | None]:
        """The manifest that a tag or digest names there, and the place for `who`, in one look.

        Roles are looked up only where the identity does not already say all (`access.vouches`). Where nothing has the
        name, the manifest is that of what had it before, if `who` may see that.
        """

    def put(self, repository_id: int, digest: Digest, manifest: Manifest, *, by: str, now: float) -> tuple[int, bool]:
        """Keep it with its links; its id and whether it is new there."""

    def tags_of(self, manifest_id: int) -> Sequence[str]:
        """The names of the tags that point to it."""

    def delete(self, manifest_id: int, *, by: str, now: float, keep: bool) -> Sequence[str]:
        """Forget it and the tags that point to it, and record their moves; the names of these.

        With `keep` it can be restored from `trash`.
        """

    def referrers(
        self, repository_id: int, subject: Digest, *, artifact_type: str | None, after: int, limit: int, room: int
    ) -> Page[Referrer]:
        """Up to `limit` manifests with this subject and, if given, type, with ids after `after`.

        Fewer, but at least one, if their annotations would take more than `room` bytes as JSON.
        """


class Tags(Protocol):
    """Tags within repositories, and where they pointed before."""

    def point(self, repository_id: int, tag: Tag, manifest_id: int, digest: Digest, *, by: str, now: float) -> bool:
        """Let the tag name this manifest and record the move; False if it did already."""

    def named(self, repository_id: int, tag: Tag) -> Digest | None:
        """The digest that the tag names; None if there is none."""

    def needing(self, repository_id: int, digest: Digest, *, limit: int) -> Sequence[str]:
        """Up to `limit` tags whose image is this manifest, or needs this manifest or blob."""

    def delete(self, repository_id: int, tag: Tag, *, by: str, now: float) -> Digest | None:
        """Forget the tag, not its manifest, and record the move; what it named, None if there was none."""

    def page(self, repository_id: int, *, after: str, limit: int) -> Sequence[str]:
        """Up to `limit` tags after this one."""

    def listed(self, repository_id: int, listing: Listing) -> Sequence[TagRecord]:
        """The repository's, with when they last moved."""

    def count(self, repository_id: int, listing: Listing, *, most: int) -> int:
        """How many there are, up to `most`."""

    def find(self, repository_id: int, tag: Tag) -> TagRecord | None:
        """The tag as it is."""

    def history(self, repository_id: int, tag: Tag, *, before: int | None = None, limit: int) -> Sequence[TagMove]:
        """Up to `limit` of its moves, those before the one with this id; the newest first."""

    def count_moves(self, repository_id: int, tag: Tag, *, most: int) -> int:
        """How many these are, up to `most`."""

    def ever_named(self, repository_id: int, tag: Tag, digest: Digest) -> bool:
        """Did it ever name this?"""

    def found_then(self, repository_id: int, tag: Tag, at: float) -> TagRecord | None:
        """The tag as it was at this time."""

    def listed_then(self, repository_id: int, at: float, listing: Listing) -> TagsThen:
        """The repository's as they were at this time, by name.

        Where most names were none then it may give fewer, after a bounded look: another one goes on from its `rest`.
        """

    def count_then(self, repository_id: int, at: float, listing: Listing, *, most: int) -> Total:
        """How many these are: counted up to `most`, and as far as one look reaches."""


class Blobs(Protocol):
    """Which blobs exist, and which repositories may read them."""

    def find(self, name: RepositoryName, digest: Digest, who: Identity = ANONYMOUS) -> tuple[Place, BlobRecord | None]:
        """The blob, if that repository has a link to it, and the place for `who`, in one look, as for manifests."""

    def known(self, digest: Digest) -> BlobRecord | None:
        """The blob, whoever has a link to it."""

    def record(self, digest: Digest, size: int, *, now: float) -> BlobRecord:
        """The blob is stored and good: make or mend its record."""

    def link(self, repository_id: int, blob_id: int, *, now: float) -> None:
        """Let the repository read it. Its project has it from then on: ask for room first."""

    def unlink(self, repository_id: int, digest: Digest) -> bool:
        """Take the repository's link away; whether there was one."""

    def missing(self, repository_id: int, digests: Sequence[Digest]) -> Sequence[Digest]:
        """Those of these that the repository has no link to, or whose content is damaged."""

    def holders(self, digest: Digest, who: Identity) -> Sequence[Place]:
        """A few repositories with a link to the blob that might be open to them; rules choose."""

    def condemn(self, digest: Digest, *, now: float) -> None:
        """Its content was damaged at `now`: serve it no more, unless somebody has pushed it again since."""

    def page(self, *, after: str, limit: int, project_id: int | None = None) -> Sequence[BlobRecord]:
        """Up to `limit` blobs after this digest; of a project, those that its repositories may read."""

    def amount(self, project_id: int | None = None) -> int:
        """How many there are, or how many a project's repositories may read. Not for the event loop: it counts."""


class Uploads(Protocol):
    """Upload sessions, and the commits that are under way."""

    def start(self, upload: Upload) -> None:
        """Remember a new session."""

    def find(self, upload_id: str) -> Upload | None:
        """The session."""

    def advance(self, upload: Upload) -> bool:
        """Remember the session's new state; False if it is gone."""

    def end(self, upload_id: str) -> bool:
        """Forget the session; whether there was one."""

    def untouched(self, *, before: float, limit: int) -> Sequence[Upload]:
        """Up to `limit` sessions to which nothing came since `before`."""

    def distrust(self) -> None:
        """Before anybody is served: the machine may have lost power since.

        Forget what is proven of unfinished uploads, and the claims of sweeps that were cut off.
        """

    def intend(self, upload_id: str, digest: Digest, *, now: float) -> bool:
        """A commit under this digest is about to begin; False while leftovers under it are being removed."""

    def fulfil(self, upload_id: str) -> bool:
        """That commit has ended; False if a sweep has claimed it meanwhile: its bytes are gone, or going."""

    def abandoned(self, *, before: float, limit: int) -> Sequence[tuple[str, Digest]]:
        """Commits that began, or were claimed, before `before` and never ended."""

    def claim(self, upload_id: str, *, before: float, now: float) -> bool:
        """Take an abandoned commit, to remove its bytes; False if it is not abandoned since `before`."""

    def give_back(self, upload_id: str) -> None:
        """A claimed commit whose bytes could not be removed is no longer claimed; a later sweep comes back to it."""

    def intended(self, digest: Digest, *, besides: str) -> bool:
        """Is another commit of the same digest under way?"""
