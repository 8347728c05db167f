"""A part of stories in which what was deleted comes back."""

from collections.abc import Sequence

from moorage.oci.digest import Digest
from moorage.oci.reference import RepositoryName
from moorage.ports.records import Ledger
from moorage.rules import trash
from moorage.rules.trash import BuriedManifest


def image(ledger: Ledger, repository_id: int, buried: BuriedManifest, *, since: float, now: float) -> list[Digest]:
    """A manifest, and of an index those children that were deleted later than `since`; which came back, itself first.

    Its tags are the caller's to point. Raises CONFLICT if content is gone.
    """
    waiting, back = [buried], list[Digest]()
    while waiting:
        one = waiting.pop()
        back.append(one.digest)
        children = ledger.trash.children_of(one.id)
        _link(ledger, repository_id, ledger.trash.blobs_of(one.id), now)
        ledger.trash.restore_manifest(repository_id, one, now=now)
        found = (ledger.trash.manifest(repository_id, child, since=since) for child in children)
        waiting += [child for child in found if child is not None and child not in waiting]
    return back


def repository(ledger: Ledger, repository_id: int, name: RepositoryName, *, by: str, now: float) -> Sequence[str]:
    """A repository with all that was in it, under a name that is free; its tags. Raises CONFLICT if content is gone."""
    needed = ledger.trash.blobs_within(repository_id)
    tags = ledger.trash.restore_repository(repository_id, name, by=by, now=now)
    _link(ledger, repository_id, needed, now)
    return tags


def _link(ledger: Ledger, repository_id: int, digests: Sequence[Digest], now: float) -> None:
    gone = list[Digest]()
    for digest in digests:
        blob = ledger.blobs.known(digest)
        if blob is None:
            gone.append(digest)
            continue
        ledger.blobs.link(repository_id, blob.id, now=now)
    trash.require_blobs(gone)
