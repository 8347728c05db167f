"""Blobs and their links in SQL."""

from collections.abc import Sequence

from moorage.adapters.sql.members import held_by
from moorage.adapters.sql.redirects import missing_place
from moorage.adapters.sql.repositories import SqlRepositories
from moorage.adapters.sql.session import Row, Session
from moorage.oci.digest import Digest
from moorage.oci.reference import RepositoryName
from moorage.rules.access import ANONYMOUS, Identity, Place, vouches
from moorage.rules.facts import BlobRecord

_MOST_HOLDERS = 20
_FIND = (
    "SELECT p.id, coalesce(r.public, p.public), r.id, p.epoch, b.id, b.size, b.damaged_at"
    " FROM repositories r JOIN projects p ON p.id = r.project_id"
    " LEFT JOIN blobs b ON b.digest = :digest"
    " AND EXISTS (SELECT 1 FROM blob_links l WHERE l.repository_id = r.id AND l.blob_id = b.id)"
    " WHERE r.name = :name"
)
_LINKED = (
    "SELECT DISTINCT l.blob_id FROM repositories r JOIN blob_links l ON l.repository_id = r.id"
    " WHERE r.project_id = :project_id"
)


class SqlBlobs:
    """See `ports.content.Blobs`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, name: RepositoryName, digest: Digest, who: Identity = ANONYMOUS) -> tuple[Place, BlobRecord | None]:
        """Repository, project, link and blob in one join."""
        row = self._session.one(_FIND, name=name.text, digest=str(digest))
        if row is None:
            return self._find_moved(name, digest, who)
        project_id, public, repository_id, epoch = row[:4]
        place = Place(name.text, name.project, project_id, bool(public), repository_id, epoch)
        if not vouches(who, place):
            place = place._replace(roles=held_by(self._session, who, project_id))
        return place, _found(row, digest)

    def _find_moved(self, name: RepositoryName, digest: Digest, who: Identity) -> tuple[Place, BlobRecord | None]:
        """Nothing has this name now; what had it before may answer."""
        place = missing_place(self._session, name, who)
        if place.moved_to is None:
            return place, None
        row = self._session.one(_FIND, name=place.moved_to.name, digest=str(digest))
        return place, _found(row, digest) if row else None

    def known(self, digest: Digest) -> BlobRecord | None:
        """By the unique digest."""
        row = self._session.one(
            "SELECT id, digest, size, damaged_at FROM blobs WHERE digest = :digest", digest=str(digest)
        )
        return _blob(row) if row else None

    def record(self, digest: Digest, size: int, *, now: float) -> BlobRecord:
        """Insert, or mend what was damaged."""
        row = self._session.one(
            "INSERT INTO blobs (digest, size, stored_at) VALUES (:digest, :size, :now) ON CONFLICT (digest)"
            " DO UPDATE SET size = :size, stored_at = :now, damaged_at = NULL RETURNING id, digest, size, damaged_at",
            digest=str(digest),
            size=size,
            now=now,
        )
        assert row is not None  # noqa: S101 - RETURNING gives a row or raises
        return _blob(row)

    def link(self, repository_id: int, blob_id: int, *, now: float) -> None:
        """Insert or renew the time, which a collector respects."""
        self._session.run(
            "INSERT INTO blob_links (repository_id, blob_id, linked_at) VALUES (:repository_id, :blob_id, :now)"
            " ON CONFLICT (repository_id, blob_id) DO UPDATE SET linked_at = :now",
            repository_id=repository_id,
            blob_id=blob_id,
            now=now,
        )

    def unlink(self, repository_id: int, digest: Digest) -> bool:
        """Delete the link."""
        return bool(
            self._session.run(
                "DELETE FROM blob_links WHERE repository_id = :repository_id"
                " AND blob_id = (SELECT id FROM blobs WHERE digest = :digest)",
                repository_id=repository_id,
                digest=str(digest),
            )
        )

    def missing(self, repository_id: int, digests: Sequence[Digest]) -> Sequence[Digest]:
        """One look per digest, by unique index."""
        return [
            digest
            for digest in digests
            if self._session.one(
                "SELECT 1 FROM blobs b JOIN blob_links l ON l.blob_id = b.id AND l.repository_id = :repository_id"
                " WHERE b.digest = :digest AND b.damaged_at IS NULL",
                repository_id=repository_id,
                digest=str(digest),
            )
            is None
        ]

    def holders(self, digest: Digest, who: Identity) -> Sequence[Place]:
        """A few: who may pull from none of them pushes the blob."""
        return SqlRepositories(self._session).holders(digest, who, _MOST_HOLDERS)

    def condemn(self, digest: Digest, *, now: float) -> None:
        """Mark it."""
        self._session.run(
            "UPDATE blobs SET damaged_at = :now WHERE digest = :digest AND damaged_at IS NULL AND stored_at <= :now",
            digest=str(digest),
            now=now,
        )

    def page(self, *, after: str, limit: int, project_id: int | None = None) -> Sequence[BlobRecord]:
        """By the unique digest; of a project by its links, which are sorted anew for each page."""
        rows = self._session.all(
            "SELECT b.id, b.digest, b.size, b.damaged_at FROM blobs b WHERE b.digest > :after"
            f"{'' if project_id is None else f' AND b.id IN ({_LINKED})'} ORDER BY b.digest LIMIT :limit",
            after=after,
            limit=limit,
            project_id=project_id,
        )
        return [_blob(row) for row in rows]

    def amount(self, project_id: int | None = None) -> int:
        """Count them."""
        row = self._session.one(
            "SELECT count(*) FROM blobs" if project_id is None else f"SELECT count(*) FROM ({_LINKED}) AS linked",
            project_id=project_id,
        )
        return int(row[0]) if row else 0


def _found(row: Row, digest: Digest) -> BlobRecord | None:
    blob_id, size, damaged_at = row[4:]
    return None if blob_id is None else BlobRecord(blob_id, digest, size, damaged_at is not None)


def _blob(row: Row) -> BlobRecord:
    return BlobRecord(row[0], Digest.parse(row[1]), row[2], row[3] is not None)
