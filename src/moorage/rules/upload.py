"""An upload session: a frozen state whose verbs give the next state or refuse.

Source: Distribution Specification, "Pushing a blob in chunks". Times are seconds since the epoch.
"""

from dataclasses import dataclass, replace

from moorage.oci.digest import Algorithm, Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.span import Span
from moorage.rules.access import Identity


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes on their way into a repository.

    `received` counts the bytes that are kept; `proven` is the digest of exactly these, where it is known, so that
    a closing request on another replica need not read them again.
    """

    id: str
    repository: str
    repository_id: int
    owner: str
    algorithm: Algorithm
    received: int
    proven: Digest | None
    started_at: float
    touched_at: float

    def owned_by(self, who: Identity) -> "Upload":
        """This session, if it is theirs; a session of somebody else is as unknown as one that never was."""
        if self.owner != who.key:
            raise unknown(self.id)
        return self

    def accept(self, claimed: Span | None, length: int | None) -> "Upload":
        """May a chunk that claims this span, and has this Content-Length, come next?

        Refuses with RANGE_INVALID what starts elsewhere, with SIZE_INVALID what contradicts itself.
        """
        if claimed is None:
            return self
        if claimed.start != self.received:
            raise Refusal(
                Code.RANGE_INVALID,
                f"the chunk starts at byte {claimed.start} but the upload has {self.received} bytes; "
                f"go on at byte {self.received}",
                detail={"received": self.received},
            )
        if length is not None and length != claimed.length:
            raise Refusal(
                Code.SIZE_INVALID,
                f"Content-Range claims {claimed.length} bytes but Content-Length says {length}",
            )
        return self

    def advance(self, received: int, proven: Digest | None, now: float) -> "Upload":
        """The session after its content has grown to `received` bytes."""
        return replace(self, received=received, proven=proven, touched_at=now)


def require_room(received: int, more: int, largest: int | None) -> None:
    """Refuse with TOO_LARGE if `more` bytes after `received` make a blob above the operator's limit."""
    if largest is not None and received + more > largest:
        raise Refusal(Code.TOO_LARGE, f"this registry takes layers of at most {largest} bytes")


def require_claimed(came: int, claimed: Span | None) -> None:
    """Refuse with SIZE_INVALID if more came than the chunk's Content-Range says."""
    if claimed is not None and came > claimed.length:
        raise Refusal(Code.SIZE_INVALID, f"Content-Range claims {claimed.length} bytes but more came")


def unknown(upload_id: str) -> Refusal:
    """No such session, for whatever reason."""
    return Refusal(
        Code.BLOB_UPLOAD_UNKNOWN,
        "there is no such upload: it has ended, was cancelled or waited too long; start a new one",
        detail={"upload": upload_id[:64]},
    )


def is_stale(touched_at: float, now: float, patience: float) -> bool:
    """Has nothing come for longer than `patience` seconds?"""
    return now - touched_at > patience
