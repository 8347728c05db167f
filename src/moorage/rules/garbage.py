"""What the collector may take: links that no manifest of their repository names, and blobs that nobody needs.

Both are in doubt first, and go when the doubt is older than the grace time and still stands. All times are seconds
since the epoch, sizes bytes.
"""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from moorage.oci.digest import Digest

_UNSEEN = 0.0
"""Where a list of doubts begins."""


class Verdict(Enum):
    """What becomes of what is in doubt."""

    KEEP = "keep"
    WAIT = "wait"
    GO = "go"


class Held(Enum):
    """Who else keeps a blob whose link is in doubt: a link that is needed, one that has to wait, or nobody."""

    NEEDED = "needed"
    AWAITED = "awaited"
    FREE = "free"


class Position(NamedTuple):
    """How far a list of doubts was read: the time of the last one, and what it is about."""

    since: float = _UNSEEN
    repository_id: int = 0
    blob_id: int = 0


@dataclass(frozen=True, slots=True)
class LinkInDoubt:
    """A repository's link to a blob. `since` is None while the collector has not seen the doubt yet."""

    repository_id: int
    blob_id: int
    digest: Digest
    size: int
    since: float | None
    linked_at: float
    is_named: bool

    @property
    def position(self) -> Position:
        """Where it stands in the list of doubts."""
        return Position(self.since or _UNSEEN, self.repository_id, self.blob_id)


@dataclass(frozen=True, slots=True)
class BlobInDoubt:
    """A blob. `is_buried`: what is deleted and may be restored needs it. `is_coming`: a commit of it is under way."""

    blob_id: int
    digest: Digest
    size: int
    since: float | None
    stored_at: float
    is_linked: bool
    is_buried: bool
    is_coming: bool

    @property
    def position(self) -> Position:
        """Where it stands in the list of doubts."""
        return Position(self.since or _UNSEEN, 0, self.blob_id)


def judge_link(link: LinkInDoubt, *, before: float) -> Verdict:
    """A link goes that is in doubt since then, and that nobody has renewed since, unless a manifest names it."""
    if link.is_named:
        return Verdict.KEEP
    return Verdict.GO if _is_due(link.since, before) and link.linked_at <= before else Verdict.WAIT


def judge_blob(blob: BlobInDoubt, *, before: float) -> Verdict:
    """A blob goes that is in doubt since then, unless it is linked or buried, or comes again right now."""
    if blob.is_linked or blob.is_buried:
        return Verdict.KEEP
    is_due = _is_due(blob.since, before) and blob.stored_at <= before
    return Verdict.GO if is_due and not blob.is_coming else Verdict.WAIT


def _is_due(since: float | None, before: float) -> bool:
    return since is not None and since <= before


@dataclass(frozen=True, slots=True)
class Amount:
    """Of garbage: links, blobs, and the bytes of these blobs."""

    links: int = 0
    blobs: int = 0
    bytes: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        """Both together."""
        return Amount(self.links + other.links, self.blobs + other.blobs, self.bytes + other.bytes)


NOTHING = Amount()


@dataclass(frozen=True, slots=True)
class Survey:
    """What a round would take now (`due`), and what waits for its grace time.

    `whole` is false where there is so much that not all of it was looked at: then it is at least this.
    """

    due: Amount = NOTHING
    waiting: Amount = NOTHING
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Collections:
    """What the collector did in its last round, and in all of them; `found` is what the last one left.

    `held_until`: until then a round is under way. `asked_by` is empty where the registry began the round by itself.
    """

    held_until: float
    asked_by: str
    started_at: float | None
    ended_at: float | None
    rounds: int
    last: Amount
    total: Amount
    found: Survey

    def is_running(self, now: float) -> bool:
        """Is a round under way?"""
        return self.held_until > now
