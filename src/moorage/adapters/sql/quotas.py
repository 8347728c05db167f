"""Quotas in SQL. What is kept is counted by triggers: see the migration 0015."""

from collections.abc import Sequence

from moorage.adapters.sql.session import Session
from moorage.oci.digest import Digest
from moorage.ports.quotas import RepositoryShare
from moorage.rules.quota import TOTAL, Quota, Recounted, Share, Usage

_KEPT = (
    "coalesce((SELECT bytes FROM usage WHERE project_id = :id), 0)"
    " + coalesce((SELECT sum(bytes) FROM usage_deltas WHERE project_id = :id), 0)"
)
"""What was added up before, and what came since."""
_OWN_BYTES = (
    "coalesce((SELECT sum(b.size) FROM blob_links l JOIN blobs b ON b.id = l.blob_id WHERE l.repository_id = r.id), 0)"
    " + coalesce((SELECT sum(m.size) FROM manifests m WHERE m.repository_id = r.id), 0)"
)
_LINKS = (
    "SELECT l.blob_id, count(*) FROM blob_links l JOIN repositories r ON r.id = l.repository_id"
    " WHERE r.project_id = :id GROUP BY l.blob_id"
)
_COUNTED = (
    "coalesce((SELECT sum(size) FROM blobs WHERE id IN (SELECT l.blob_id FROM blob_links l"
    " JOIN repositories r ON r.id = l.repository_id WHERE r.project_id = :id)), 0)"
    " + coalesce((SELECT sum(m.size) FROM manifests m JOIN repositories r ON r.id = m.repository_id"
    " WHERE r.project_id = :id), 0)"
)
_COUNTED_IN_ALL = "coalesce((SELECT sum(size) FROM blobs), 0) + coalesce((SELECT sum(size) FROM manifests), 0)"
_IS_WHOLE = (
    f"NOT EXISTS (SELECT * FROM ({_LINKS}) EXCEPT SELECT blob_id, links FROM project_blobs WHERE project_id = :id)"
    f" AND NOT EXISTS (SELECT blob_id, links FROM project_blobs WHERE project_id = :id EXCEPT SELECT * FROM ({_LINKS}))"
    f" AND NOT EXISTS (SELECT 1 FROM repositories r WHERE r.project_id = :id AND r.bytes <> {_OWN_BYTES})"
)


class SqlQuotas:
    """See `ports.quotas.Quotas`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def usage(self, project_id: int) -> Usage:
        """What was added up, and the few changes since."""
        row = self._session.one(
            f"SELECT {_KEPT}, (SELECT warned FROM usage WHERE project_id = :id)",
            id=project_id,
        )
        assert row is not None  # noqa: S101 - no table is needed for a row
        return Usage(row[0], bool(row[1]))

    def own(self, project_id: int) -> Quota | None:
        """By its key."""
        row = self._session.one("SELECT bytes, warn_at FROM quotas WHERE project_id = :id", id=project_id)
        return Quota(*row) if row else None

    def keep(self, project_id: int, quota: Quota) -> None:
        """Insert or update."""
        self._session.run(
            "INSERT INTO quotas (project_id, bytes, warn_at) VALUES (:id, :bytes, :warn_at)"
            " ON CONFLICT (project_id) DO UPDATE SET bytes = :bytes, warn_at = :warn_at",
            id=project_id,
            bytes=quota.bytes,
            warn_at=quota.warn_at,
        )

    def remove(self, project_id: int) -> bool:
        """Delete."""
        return bool(self._session.run("DELETE FROM quotas WHERE project_id = :id", id=project_id))

    def holds(self, project_id: int, digest: Digest) -> bool:
        """By the unique digest, then by the key."""
        return (
            self._session.one(
                "SELECT 1 FROM blobs b JOIN project_blobs p ON p.blob_id = b.id AND p.project_id = :id"
                " WHERE b.digest = :digest",
                id=project_id,
                digest=str(digest),
            )
            is not None
        )

    def moving(self, repository_id: int, project_id: int) -> int:
        """All that it has, without what is there."""
        row = self._session.one(
            "SELECT r.bytes - coalesce((SELECT sum(b.size) FROM blob_links l JOIN blobs b ON b.id = l.blob_id"
            " JOIN project_blobs p ON p.blob_id = l.blob_id AND p.project_id = :project_id"
            " WHERE l.repository_id = r.id), 0) FROM repositories r WHERE r.id = :repository_id",
            repository_id=repository_id,
            project_id=project_id,
        )
        return int(row[0]) if row else 0

    def largest_blob(self, project_id: int) -> int:
        """Every one of the project's."""
        row = self._session.one(
            "SELECT max(b.size) FROM project_blobs p JOIN blobs b ON b.id = p.blob_id WHERE p.project_id = :id",
            id=project_id,
        )
        return int(row[0] or 0) if row else 0

    def repositories(self, project_id: int, *, limit: int) -> Sequence[RepositoryShare]:
        """By the index on project and bytes."""
        rows = self._session.all(
            "SELECT r.id, coalesce(r.public, p.public), r.name, r.bytes FROM repositories r"
            " JOIN projects p ON p.id = r.project_id WHERE r.project_id = :id AND r.bytes > 0"
            " ORDER BY r.bytes DESC LIMIT :limit",
            id=project_id,
            limit=limit,
        )
        return [RepositoryShare(row[0], bool(row[1]), Share(row[2], row[3])) for row in rows]

    def projects(self, *, limit: int) -> Sequence[Share]:
        """Every project: there are far fewer of them than of anything else."""
        rows = self._session.all(
            "SELECT p.name, coalesce(u.bytes, 0) + coalesce(d.bytes, 0) AS kept FROM projects p"
            " LEFT JOIN usage u ON u.project_id = p.id LEFT JOIN (SELECT project_id, sum(bytes) AS bytes"
            " FROM usage_deltas GROUP BY project_id) d ON d.project_id = p.id ORDER BY kept DESC, p.name LIMIT :limit",
            limit=limit,
        )
        return [Share(*row) for row in rows if row[1] > 0]

    def warn(self, project_id: int, *, warned: bool) -> None:
        """Insert or update."""
        self._session.run(
            "INSERT INTO usage (project_id, bytes, warned) VALUES (:id, 0, :warned)"
            " ON CONFLICT (project_id) DO UPDATE SET warned = :warned",
            id=project_id,
            warned=int(warned),
        )

    def unfolded(self) -> bool:
        """One look."""
        return self._session.one("SELECT 1 FROM usage_deltas LIMIT 1") is not None

    def fold(self, *, limit: int) -> Sequence[int]:
        """The oldest first."""
        row = self._session.one(
            "SELECT max(id) FROM (SELECT id FROM usage_deltas ORDER BY id LIMIT :limit)", limit=limit
        )
        if row is None or row[0] is None:
            return ()
        touched = self._session.all(
            "INSERT INTO usage (project_id, bytes) SELECT project_id, sum(bytes) FROM usage_deltas WHERE id <= :upto"
            " GROUP BY project_id ON CONFLICT (project_id) DO UPDATE SET bytes = usage.bytes + excluded.bytes"
            " RETURNING project_id",
            upto=row[0],
        )
        self._session.run("DELETE FROM usage_deltas WHERE id <= :upto", upto=row[0])
        return [project_id for (project_id,) in touched]

    def warned(self) -> Sequence[tuple[int, str | None]]:
        """Every row that says so: few."""
        rows = self._session.all(
            "SELECT u.project_id, p.name FROM usage u LEFT JOIN projects p ON p.id = u.project_id WHERE u.warned = 1"
        )
        return [(row[0], row[1]) for row in rows]

    def ids(self, *, after: int, limit: int) -> Sequence[int]:
        """By the key."""
        rows = self._session.all(
            "SELECT id FROM projects WHERE id > :after ORDER BY id LIMIT :limit", after=after, limit=limit
        )
        return [row[0] for row in rows]

    def recount(self, project_id: int) -> Recounted | None:
        """One statement, so that all of it is of one moment."""
        if project_id == TOTAL:
            row = self._session.one(f"SELECT '', {_KEPT}, {_COUNTED_IN_ALL}, 1", id=TOTAL)
        else:
            row = self._session.one(
                f"SELECT name, {_KEPT}, {_COUNTED}, {_IS_WHOLE} FROM projects WHERE id = :id", id=project_id
            )
        return Recounted(project_id, row[0], row[1], row[2], bool(row[3])) if row else None

    def mend(self, project_id: int) -> None:
        """What is kept in mind goes, and comes anew."""
        counted = _COUNTED_IN_ALL if project_id == TOTAL else _COUNTED
        self._session.run("DELETE FROM usage_deltas WHERE project_id = :id", id=project_id)
        self._session.run(
            f"INSERT INTO usage (project_id, bytes) SELECT :id, {counted} WHERE 1"
            " ON CONFLICT (project_id) DO UPDATE SET bytes = excluded.bytes",
            id=project_id,
        )
        if project_id == TOTAL:
            return
        self._session.run("DELETE FROM project_blobs WHERE project_id = :id", id=project_id)
        self._session.run(
            "INSERT INTO project_blobs (project_id, blob_id, links) SELECT r.project_id, l.blob_id, count(*)"
            " FROM blob_links l JOIN repositories r ON r.id = l.repository_id WHERE r.project_id = :id"
            " GROUP BY r.project_id, l.blob_id",
            id=project_id,
        )
        self._session.run(f"UPDATE repositories AS r SET bytes = {_OWN_BYTES} WHERE project_id = :id", id=project_id)
