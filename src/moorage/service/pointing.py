"""A part of stories in which a tag comes to name something that nobody pushes just then."""

from moorage.oci.digest import Digest
from moorage.oci.reference import Tag
from moorage.ports.records import Ledger
from moorage.rules.access import Identity, Place
from moorage.rules.telling import told
from moorage.service import judging

PUSHED = "manifest.pushed"
"""What waits for a tag to move waits for this: by whatever way it moved."""


def point(
    ledger: Ledger, who: Identity, place: Place, tag: Tag, manifest: tuple[int, Digest], *, kind: str, now: float
) -> bool:
    """Let the tag name this manifest, by id and digest; told as `kind`, with what it named before, and as a push.

    False if it named it already: then nothing is told. Raises DENIED where a rule of tags says so.
    """
    assert place.repository_id is not None  # noqa: S101 - whoever may do this has found it
    manifest_id, digest = manifest
    judging.require_move(ledger, who, place, tag, digest)
    was = ledger.tags.find(place.repository_id, tag)
    if not ledger.tags.point(place.repository_id, tag, manifest_id, digest, by=who.name, now=now):
        return False
    before = {"digest": was.digest if was is not None else None}
    after = {"digest": str(digest)}
    ledger.events.record(
        told(kind, who, now, place=place, tag=tag.text, digest=str(digest), before=before, after=after)
    )
    ledger.events.record(told(PUSHED, who, now, place=place, tag=tag.text, digest=str(digest)))
    return True
