"""What is kept in mind of bytes, and of pulls and pushes: nouns of the ledger beside those in `ports.records`."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from moorage.oci.digest import Digest
from moorage.rules.listing import Listing
from moorage.rules.quota import Quota, Recounted, Share, Usage
from moorage.rules.statistics import Counts, DayBytes, DayCounts, PartCounts, Span


class RepositoryShare(NamedTuple):
    """What a repository keeps, in bytes, and who sees it: `public` as it is, whatever it chose itself."""

    repository_id: int
    public: bool
    share: Share


class Quotas(Protocol):
    """How many bytes are kept, and how many may be.

    Bytes are counted in the transaction of whatever changes them, by the records themselves. TOTAL in place of a
    project's id is the whole registry.
    """

    def usage(self, project_id: int) -> Usage:
        """What is kept now, this very transaction's changes among it."""

    def own(self, project_id: int) -> Quota | None:
        """The project's own quota."""

    def keep(self, project_id: int, quota: Quota) -> None:
        """Let this be its own."""

    def remove(self, project_id: int) -> bool:
        """Let it have none of its own; whether it had one."""

    def holds(self, project_id: int, digest: Digest) -> bool:
        """Has the project a link to this blob in any of its repositories?"""

    def moving(self, repository_id: int, project_id: int) -> int:
        """Bytes that the repository would bring to this project, which may have some of its blobs already."""

    def largest_blob(self, project_id: int) -> int:
        """The bytes of the project's largest blob. Reads all its blobs."""

    def repositories(self, project_id: int, *, limit: int) -> Sequence[RepositoryShare]:
        """The project's largest repositories. A blob that several hold counts in each."""

    def projects(self, *, limit: int) -> Sequence[Share]:
        """The largest projects. A blob that several hold counts in each."""

    def warn(self, project_id: int, *, warned: bool) -> None:
        """Note that somebody was warned, or that a next crossing is news."""

    def unfolded(self) -> bool:
        """Are there changes that were not put together yet?"""

    def fold(self, *, limit: int) -> Sequence[int]:
        """Put up to `limit` changes together with what was counted before; the ids of whose they were."""

    def warned(self) -> Sequence[tuple[int, str | None]]:
        """Ids and names of all of which somebody was warned; the registry has no name."""

    def ids(self, *, after: int, limit: int) -> Sequence[int]:
        """Ids of projects after this one."""

    def recount(self, project_id: int) -> Recounted | None:
        """Count from the links anew, at one moment; None if there is no such project. Reads all its links."""

    def mend(self, project_id: int) -> None:
        """Let what was counted anew be what is kept in mind."""


class Statistics(Protocol):
    """What was pulled and pushed, per repository and day."""

    def add(self, repository_id: int, day: int, counts: Counts) -> None:
        """So much more happened on this day."""

    def pulled(self, repository_id: int, digest: str, *, at: float) -> None:
        """Note the last pull of a manifest, if it is later than what is known."""

    def last_pull(self, repository_id: int, digest: Digest) -> float | None:
        """When a manifest was last pulled, or up to an hour before that; None: never since it is noted."""

    def known_since(self) -> float:
        """Since when pulls are noted; nothing is known of those before."""

    def days(self, span: Span, *, project_id: int, among: Collection[int] | None = None) -> Sequence[DayCounts]:
        """By day: of a project, or of TOTAL; `among` are the ids of repositories that count alone."""

    def of_repositories(
        self, span: Span, listing: Listing, *, project_id: int, among: Collection[int] | None = None
    ) -> Sequence[PartCounts]:
        """A project's repositories, those with the most pulls first: `statistics.by_pulls`."""

    def pulls(self, span: Span, repositories: Collection[int]) -> Mapping[int, int]:
        """Manifests pulled from each of these; what was not pulled from is left out."""

    def of_projects(self, span: Span, listing: Listing) -> Sequence[PartCounts]:
        """Projects, those with the most pulls first."""

    def note_stored(self, stored: DayBytes) -> None:
        """So much is kept on this day; what was noted of it before counts no more."""

    def stored(self, span: Span) -> Sequence[DayBytes]:
        """What was noted, by day."""

    def forget(self, *, before_day: int, pulled_before: float, limit: int) -> int:
        """Forget up to `limit` rows of earlier days, and of old pulls of manifests that are gone.

        How many were looked at: 0 when there are no more.
        """
