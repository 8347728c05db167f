"""Blobs and their links in SQL."""

from collections.abc import Sequence

from moorage.adapters.sql.repositories import project_place
from moorage.adapters.sql.session import Row, Session
from moorage.oci.digest import Digest
from moorage.oci.reference import RepositoryName
from moorage.rules.access import Place
from moorage.rules.facts import BlobRecord

_FIND = (
    "SELECT p.id, p.public, r.id, b.id, b.size, b.damaged_at"
    " FROM repositories r JOIN projects p ON p.id = r.project_id"
    " LEFT JOIN blobs b ON b.digest = :digest"
    " AND EXISTS (SELECT 1 FROM blob_links l WHERE l.repository_id = r.id AND l.blob_id = b.id)"
    " WHERE r.name = :name"
)


class SqlBlobs:
    """See `ports.records.Blobs`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, name: RepositoryName, digest: Digest) -> tuple[Place, BlobRecord | None]:
        """Repository, project, link and blob in one join."""
        row = self._session.one(_FIND, name=name.text, digest=str(digest))
        if row is None:
            return project_place(self._session, name), None
        place = Place(name.text, name.project, row[0], bool(row[1]), row[2])
        return place, BlobRecord(row[3], digest, row[4], row[5] is not None) if row[3] is not None else None

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

    def holders(self, digest: Digest, *, sees_all: bool, names: Sequence[str]) -> Place | None:
        """Any, or a public one, or one of the names; the first in order of links."""
        holder = (
            "SELECT r.name, p.id, p.public, r.id FROM blobs b JOIN blob_links l ON l.blob_id = b.id"
            " JOIN repositories r ON r.id = l.repository_id JOIN projects p ON p.id = r.project_id"
            " WHERE b.digest = :digest"
        )
        rows = [
            self._session.one(f"{holder}{'' if sees_all else ' AND p.public = 1'} LIMIT 1", digest=str(digest)),
            *(self._session.one(f"{holder} AND r.name = :name", digest=str(digest), name=name) for name in names),
        ]
        for row in rows:
            if row is not None:
                return Place(row[0], RepositoryName(row[0]).project, row[1], bool(row[2]), row[3])
        return None

    def condemn(self, digest: Digest, *, now: float) -> None:
        """Mark it."""
        self._session.run(
            "UPDATE blobs SET damaged_at = :now WHERE digest = :digest AND damaged_at IS NULL AND stored_at <= :now",
            digest=str(digest),
            now=now,
        )

    def page(self, *, after: str, limit: int) -> Sequence[BlobRecord]:
        """By the unique digest."""
        rows = self._session.all(
            "SELECT id, digest, size, damaged_at FROM blobs WHERE digest > :after ORDER BY digest LIMIT :limit",
            after=after,
            limit=limit,
        )
        return [_blob(row) for row in rows]


def _blob(row: Row) -> BlobRecord:
    return BlobRecord(row[0], Digest.parse(row[1]), row[2], row[3] is not None)
