"""Images in SQL as pages show them: every statement by an index, and with a bound on the rows that it may read."""

from collections.abc import Sequence

from moorage.adapters.sql.session import Session
from moorage.oci.kind import SIGNATURES
from moorage.rules.facts import TagRecord
from moorage.rules.images import ImageFacts
from moorage.rules.listing import Listing

_MOST_ADDED = 2000
_MOST_REFERRERS = 1000
_SMALL = 64 * 1024
_FOUND = (
    "SELECT m.id, m.media_type, m.artifact_type, CASE WHEN m.size <= :small THEN m.content END, m.pushed_by,"
    " m.pushed_at, p.pulled_at FROM manifests m LEFT JOIN last_pulls p ON p.repository_id = m.repository_id"
    " AND p.digest = m.digest WHERE m.repository_id = :repository_id AND m.digest = :digest"
)
_OWN = "SELECT l.digest, l.size FROM manifest_links l WHERE l.manifest_id = :id AND l.role <> 'child'"
_OF_CHILDREN = (
    "SELECT b.digest, b.size FROM manifest_links l"
    " JOIN manifests c ON c.repository_id = :repository_id AND c.digest = l.digest"
    " JOIN manifest_links b ON b.manifest_id = c.id AND b.role <> 'child'"
    " WHERE l.manifest_id = :id AND l.role = 'child'"
)
_LAST = "\U0010ffff"


class SqlImages:
    """See `ports.images.Images`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def facts(self, repository_id: int, digest: str) -> ImageFacts | None:
        """By unique index; sizes by its links, what refers to it by the index on subjects."""
        row = self._session.one(_FOUND, repository_id=repository_id, digest=digest, small=_SMALL)
        if row is None:
            return None
        manifest_id, media_type, artifact_type, content, pushed_by, pushed_at, pulled_at = row
        signatures, attachments = self._referring(repository_id, digest)
        size = self._size(repository_id, manifest_id)
        return ImageFacts(
            digest, media_type, artifact_type, size, content, signatures, attachments, pushed_by, pushed_at, pulled_at
        )

    def _size(self, repository_id: int, manifest_id: int) -> int | None:
        sizes = dict[str, int]()
        read = 0
        for statement in (_OWN, _OF_CHILDREN):
            for digest, size in self._session.each(
                f"{statement} LIMIT :limit", id=manifest_id, repository_id=repository_id, limit=_MOST_ADDED + 1
            ):
                sizes[digest] = size
                read += 1
        return sum(sizes.values()) if read <= _MOST_ADDED else None

    def _referring(self, repository_id: int, digest: str) -> tuple[int, int]:
        """How many signatures, and how many other things; cosign's older tags count as what their ends say."""
        signatures = attachments = 0
        for (artifact_type,) in self._session.each(
            "SELECT artifact_type FROM manifests WHERE repository_id = :repository_id AND subject = :digest"
            " LIMIT :limit",
            repository_id=repository_id,
            digest=digest,
            limit=_MOST_REFERRERS,
        ):
            is_signature = (artifact_type or "").startswith(SIGNATURES)
            signatures += is_signature
            attachments += not is_signature
        beside = digest.replace(":", "-")
        for (name,) in self._session.each(
            "SELECT name FROM tags WHERE repository_id = :repository_id AND name IN (:signature, :bill, :attestation)",
            repository_id=repository_id,
            signature=f"{beside}.sig",
            bill=f"{beside}.sbom",
            attestation=f"{beside}.att",
        ):
            signatures += name.endswith(".sig")
            attachments += not name.endswith(".sig")
        return signatures, attachments

    def tags(self, repository_id: int, digest: str, *, limit: int) -> Sequence[str]:
        """By the index on the manifest."""
        rows = self._session.all(
            "SELECT t.name FROM manifests m JOIN tags t ON t.manifest_id = m.id"
            " WHERE m.repository_id = :repository_id AND m.digest = :digest LIMIT :limit",
            repository_id=repository_id,
            digest=digest,
            limit=limit,
        )
        return sorted(row[0] for row in rows)

    def indexes(self, repository_id: int, digest: str, *, limit: int) -> Sequence[str]:
        """By the index on what is linked."""
        rows = self._session.all(
            "SELECT m.digest FROM manifest_links l JOIN manifests m ON m.id = l.manifest_id"
            " WHERE l.digest = :digest AND l.repository_id = :repository_id AND l.role = 'child'"
            " ORDER BY m.id DESC LIMIT :limit",
            repository_id=repository_id,
            digest=digest,
            limit=limit,
        )
        return [row[0] for row in rows]

    def mover(self, repository_id: int, tag: str) -> tuple[str, bool] | None:
        """By the index on repository, tag and id."""
        row = self._session.one(
            "SELECT moved_by, moved_to IS NULL FROM tag_moves WHERE repository_id = :repository_id AND tag = :tag"
            " ORDER BY id DESC LIMIT 1",
            repository_id=repository_id,
            tag=tag,
        )
        return (row[0], bool(row[1])) if row else None

    def holding(self, repository_id: int, text: str, listing: Listing, *, most: int) -> tuple[Sequence[TagRecord], str]:
        """Along the primary key; only those that have the text are looked up."""
        found, looked, name = list[TagRecord](), 0, ""
        down = listing.descending
        after = listing.after or (_LAST if down else "")
        rows = self._session.each(
            "SELECT t.name, t.moved_at, t.manifest_id FROM tags t WHERE t.repository_id = :repository_id"
            f" AND t.name {'<' if down else '>'} :after ORDER BY t.name {'DESC' if down else 'ASC'} LIMIT :most",
            repository_id=repository_id,
            after=after,
            most=most,
        )
        for name, moved_at, manifest_id in rows:
            looked += 1
            if text in name.lower():
                row = self._session.one("SELECT digest FROM manifests WHERE id = :id", id=manifest_id)
                found += [TagRecord(name, moved_at, row[0])] if row else []
            if len(found) == listing.size:
                return found, name
        return found, name if looked == most else ""
