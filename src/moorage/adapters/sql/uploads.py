"""Upload sessions and commits under way in SQL."""

from collections.abc import Sequence

from moorage.adapters.sql.session import Row, Session
from moorage.oci.digest import Algorithm, Digest
from moorage.rules.upload import Upload

_COLUMNS = (
    "u.id, r.name, u.repository_id, u.owner, u.algorithm, u.received, u.proven, u.started_at, u.touched_at"
    " FROM uploads u JOIN repositories r ON r.id = u.repository_id"
)


class SqlUploads:
    """See `ports.content.Uploads`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def start(self, upload: Upload) -> None:
        """Insert."""
        self._session.run(
            "INSERT INTO uploads (id, repository_id, owner, algorithm, received, started_at, touched_at)"
            " VALUES (:id, :repository_id, :owner, :algorithm, :received, :started_at, :touched_at)",
            id=upload.id,
            repository_id=upload.repository_id,
            owner=upload.owner,
            algorithm=upload.algorithm.value,
            received=upload.received,
            started_at=upload.started_at,
            touched_at=upload.touched_at,
        )

    def find(self, upload_id: str) -> Upload | None:
        """By its id."""
        row = self._session.one(f"SELECT {_COLUMNS} WHERE u.id = :id", id=upload_id)
        return _upload(row) if row else None

    def advance(self, upload: Upload) -> bool:
        """Update what grows."""
        return bool(
            self._session.run(
                "UPDATE uploads SET received = :received, proven = :proven, touched_at = :touched_at WHERE id = :id",
                id=upload.id,
                received=upload.received,
                proven=str(upload.proven) if upload.proven else None,
                touched_at=upload.touched_at,
            )
        )

    def end(self, upload_id: str) -> bool:
        """Delete."""
        return bool(self._session.run("DELETE FROM uploads WHERE id = :id", id=upload_id))

    def untouched(self, *, before: float, limit: int) -> Sequence[Upload]:
        """By the index on the time of the last touch."""
        rows = self._session.all(
            f"SELECT {_COLUMNS} WHERE u.touched_at < :before ORDER BY u.touched_at LIMIT :limit",
            before=before,
            limit=limit,
        )
        return [_upload(row) for row in rows]

    def distrust(self) -> None:
        """Set all proofs to unknown, and all claims free."""
        self._session.run("UPDATE uploads SET proven = NULL WHERE proven IS NOT NULL")
        self._session.run("UPDATE commits SET claimed = 0 WHERE claimed = 1")

    def intend(self, upload_id: str, digest: Digest, *, now: float) -> bool:
        """Insert unless a sweep has claimed the digest."""
        return bool(
            self._session.run(
                "INSERT INTO commits (upload_id, digest, begun_at, claimed) SELECT :upload_id, :digest, :now, 0"
                " WHERE NOT EXISTS (SELECT 1 FROM commits WHERE digest = :digest AND claimed = 1)"
                " ON CONFLICT (upload_id) DO UPDATE SET digest = :digest, begun_at = :now",
                upload_id=upload_id,
                digest=str(digest),
                now=now,
            )
        )

    def fulfil(self, upload_id: str) -> bool:
        """Delete."""
        row = self._session.one("DELETE FROM commits WHERE upload_id = :id RETURNING claimed", id=upload_id)
        return row is not None and not row[0]

    def abandoned(self, *, before: float, limit: int) -> Sequence[tuple[str, Digest]]:
        """Few rows: only commits under way and those that broke."""
        rows = self._session.all(
            "SELECT upload_id, digest FROM commits WHERE begun_at < :before ORDER BY begun_at LIMIT :limit",
            before=before,
            limit=limit,
        )
        return [(row[0], Digest.parse(row[1])) for row in rows]

    def claim(self, upload_id: str, *, before: float, now: float) -> bool:
        """Update, if nobody else did since."""
        return bool(
            self._session.run(
                "UPDATE commits SET claimed = 1, begun_at = :now WHERE upload_id = :id AND begun_at < :before",
                id=upload_id,
                before=before,
                now=now,
            )
        )

    def give_back(self, upload_id: str) -> None:
        """Update."""
        self._session.run("UPDATE commits SET claimed = 0 WHERE upload_id = :id", id=upload_id)

    def intended(self, digest: Digest, *, besides: str) -> bool:
        """By the index on the digest."""
        return (
            self._session.one(
                "SELECT 1 FROM commits WHERE digest = :digest AND upload_id <> :besides",
                digest=str(digest),
                besides=besides,
            )
            is not None
        )


def _upload(row: Row) -> Upload:
    upload_id, repository, repository_id, owner, algorithm, received, proven, started_at, touched_at = row
    return Upload(
        upload_id,
        repository,
        repository_id,
        owner,
        Algorithm(algorithm),
        received,
        Digest.parse(proven) if proven else None,
        started_at,
        touched_at,
    )
