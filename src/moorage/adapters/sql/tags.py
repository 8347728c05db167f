"""Tags in SQL, with every move they made."""

from collections.abc import Sequence

from moorage.adapters.sql import lists
from moorage.adapters.sql.session import Session
from moorage.oci.digest import Digest
from moorage.oci.reference import Tag
from moorage.rules.facts import TagMove, TagRecord
from moorage.rules.listing import Listing

_NEEDING = (
    "WITH RECURSIVE holders (id) AS (SELECT id FROM manifests WHERE repository_id = :repository_id AND digest = :digest"
    " UNION SELECT m.id FROM manifest_links l JOIN manifests m ON m.id = l.manifest_id"
    " WHERE l.digest = :digest AND m.repository_id = :repository_id"
    " UNION SELECT m.id FROM holders h JOIN manifests c ON c.id = h.id JOIN manifest_links l ON l.digest = c.digest"
    " JOIN manifests m ON m.id = l.manifest_id AND m.repository_id = :repository_id)"
    " SELECT t.name FROM tags t WHERE t.manifest_id IN (SELECT id FROM holders)"
    " AND t.repository_id = :repository_id ORDER BY t.name LIMIT :limit"
)
"""From a manifest or blob up to what links to it, through indexes, and the tags of all these."""


class SqlTags:
    """See `ports.records.Tags`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def point(self, repository_id: int, tag: Tag, manifest_id: int, digest: Digest, *, by: str, now: float) -> bool:
        """Insert or update, and a row for the move."""
        before = self._digest(repository_id, tag)
        if before == str(digest):
            return False
        self._session.run(
            "INSERT INTO tags (repository_id, name, manifest_id, moved_at) VALUES (:repository_id, :tag, :manifest_id,"
            " :now) ON CONFLICT (repository_id, name) DO UPDATE SET manifest_id = :manifest_id, moved_at = :now",
            repository_id=repository_id,
            tag=tag.text,
            manifest_id=manifest_id,
            now=now,
        )
        self._session.run("UPDATE repositories SET pushed_at = :now WHERE id = :id", id=repository_id, now=now)
        self._record(repository_id, tag, before, str(digest), by, now)
        return True

    def named(self, repository_id: int, tag: Tag) -> Digest | None:
        """By the primary key."""
        digest = self._digest(repository_id, tag)
        return None if digest is None else Digest.parse(digest)

    def needing(self, repository_id: int, digest: Digest, *, limit: int) -> Sequence[str]:
        """By the index on what is linked."""
        rows = self._session.all(_NEEDING, repository_id=repository_id, digest=str(digest), limit=limit)
        return [row[0] for row in rows]

    def delete(self, repository_id: int, tag: Tag, *, by: str, now: float) -> Digest | None:
        """Delete, and a row for the move."""
        before = self._digest(repository_id, tag)
        if before is None:
            return None
        self._session.run(
            "DELETE FROM tags WHERE repository_id = :repository_id AND name = :tag",
            repository_id=repository_id,
            tag=tag.text,
        )
        self._record(repository_id, tag, before, None, by, now)
        return Digest.parse(before)

    def page(self, repository_id: int, *, after: str, limit: int) -> Sequence[str]:
        """By the unique index on repository and name."""
        rows = self._session.all(
            "SELECT name FROM tags WHERE repository_id = :repository_id AND name > :after ORDER BY name LIMIT :limit",
            repository_id=repository_id,
            after=after,
            limit=limit,
        )
        return [row[0] for row in rows]

    def listed(self, repository_id: int, listing: Listing) -> Sequence[TagRecord]:
        """By the index on the repository and what it is sorted by."""
        return [TagRecord(*row) for row in lists.page(self._session, _source(repository_id), listing)]

    def count(self, repository_id: int, listing: Listing, *, most: int) -> int:
        """The same."""
        return lists.count(self._session, _source(repository_id), listing, most)

    def history(self, repository_id: int, tag: Tag, *, limit: int) -> Sequence[TagMove]:
        """By the index on repository, tag and id."""
        rows = self._session.all(
            "SELECT tag, moved_from, moved_to, moved_at, moved_by FROM tag_moves"
            " WHERE repository_id = :repository_id AND tag = :tag ORDER BY id DESC LIMIT :limit",
            repository_id=repository_id,
            tag=tag.text,
            limit=limit,
        )
        return [TagMove(*row) for row in rows]

    def _digest(self, repository_id: int, tag: Tag) -> str | None:
        row = self._session.one(
            "SELECT m.digest FROM tags t JOIN manifests m ON m.id = t.manifest_id"
            " WHERE t.repository_id = :repository_id AND t.name = :tag",
            repository_id=repository_id,
            tag=tag.text,
        )
        return row[0] if row else None

    def _record(self, repository_id: int, tag: Tag, before: str | None, after: str | None, by: str, now: float) -> None:
        self._session.run(
            "INSERT INTO tag_moves (repository_id, tag, moved_from, moved_to, moved_at, moved_by)"
            " VALUES (:repository_id, :tag, :before, :after, :now, :by)",
            repository_id=repository_id,
            tag=tag.text,
            before=before,
            after=after,
            now=now,
            by=by,
        )


def _source(repository_id: int) -> lists.Source:
    columns = {"name": "name", "pushed_at": "moved_at"}
    return lists.Source("name, moved_at", "tags WHERE repository_id = :id", columns, {"id": repository_id})
