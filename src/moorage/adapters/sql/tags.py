"""Tags in SQL, with every move they made."""

from collections.abc import Sequence

from moorage.adapters.sql import lists
from moorage.adapters.sql.session import Row, Session
from moorage.oci.digest import Digest
from moorage.oci.reference import Tag
from moorage.rules.facts import TagMove, TagRecord, TagsThen, Whereabouts
from moorage.rules.listing import Listing, Total

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
MOST_LOOKED = 20_000
"""Names that one look at another time goes through."""
_LAST_ID = 2**63 - 1
_THEN = "SELECT tag, moved_at, moved_to FROM tag_moves WHERE repository_id = :id AND moved_at <= :at"
_NEWEST = "ORDER BY moved_at DESC, id DESC LIMIT 1"


class SqlTags:
    """See `ports.content.Tags`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def point(self, repository_id: int, tag: Tag, manifest_id: int, digest: Digest, *, by: str, now: float) -> bool:
        """Insert or update, and a row for the move."""
        found = self.find(repository_id, tag)
        before = found.digest if found is not None else None
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
        found = self.find(repository_id, tag)
        return None if found is None else Digest.parse(found.digest)

    def needing(self, repository_id: int, digest: Digest, *, limit: int) -> Sequence[str]:
        """By the index on what is linked."""
        rows = self._session.all(_NEEDING, repository_id=repository_id, digest=str(digest), limit=limit)
        return [row[0] for row in rows]

    def delete(self, repository_id: int, tag: Tag, *, by: str, now: float) -> Digest | None:
        """Delete, and a row for the move."""
        found = self.find(repository_id, tag)
        before = found.digest if found is not None else None
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

    def find(self, repository_id: int, tag: Tag) -> TagRecord | None:
        """By the unique index on repository and name."""
        row = self._session.one(
            "SELECT t.name, t.moved_at, m.digest FROM tags t JOIN manifests m ON m.id = t.manifest_id"
            " WHERE t.repository_id = :repository_id AND t.name = :tag",
            repository_id=repository_id,
            tag=tag.text,
        )
        return TagRecord(*row) if row else None

    def history(self, repository_id: int, tag: Tag, *, before: int | None = None, limit: int) -> Sequence[TagMove]:
        """By the index on repository, tag and id."""
        rows = self._session.all(
            "SELECT v.tag, v.moved_from, v.moved_to, v.moved_at, v.moved_by, v.id, m.id, b.id FROM tag_moves v"
            " LEFT JOIN manifests m ON m.repository_id = v.repository_id AND m.digest = v.moved_to"
            " LEFT JOIN buried_manifests b ON b.repository_id = v.repository_id AND b.digest = v.moved_to"
            " WHERE v.repository_id = :repository_id AND v.tag = :tag AND v.id < :before ORDER BY v.id DESC"
            " LIMIT :limit",
            repository_id=repository_id,
            tag=tag.text,
            before=_LAST_ID if before is None else before,
            limit=limit,
        )
        return [_move(row) for row in rows]

    def count_moves(self, repository_id: int, tag: Tag, *, most: int) -> int:
        """The same."""
        row = self._session.one(
            "SELECT count(*) FROM (SELECT 1 FROM tag_moves WHERE repository_id = :repository_id AND tag = :tag"
            " LIMIT :most) AS counted",
            repository_id=repository_id,
            tag=tag.text,
            most=most,
        )
        return int(row[0]) if row else 0

    def ever_named(self, repository_id: int, tag: Tag, digest: Digest) -> bool:
        """The same."""
        row = self._session.one(
            "SELECT 1 FROM tag_moves WHERE repository_id = :repository_id AND tag = :tag AND moved_to = :digest",
            repository_id=repository_id,
            tag=tag.text,
            digest=str(digest),
        )
        return row is not None

    def found_then(self, repository_id: int, tag: Tag, at: float) -> TagRecord | None:
        """By the index on repository, tag and time."""
        row = self._session.one(f"{_THEN} AND tag = :tag {_NEWEST}", id=repository_id, tag=tag.text, at=at)
        return TagRecord(*row) if row is not None and row[2] is not None else None

    def listed_then(self, repository_id: int, at: float, listing: Listing) -> TagsThen:
        """One look per name that ever was a tag, by the same index."""
        found = self._then(repository_id, at, listing.prefix, listing.after, listing.size + 1)
        if len(found.tags) <= listing.size:
            return found
        return TagsThen(found.tags, found.tags[listing.size - 1].name)

    def count_then(self, repository_id: int, at: float, listing: Listing, *, most: int) -> Total:
        """The same."""
        tags, rest = self._then(repository_id, at, listing.prefix, "", most + 1)
        return Total(min(len(tags), most), at_least=len(tags) > most or rest is not None)

    def _then(self, repository_id: int, at: float, prefix: str, after: str, most: int) -> TagsThen:
        """Up to `most` tags among the next `MOST_LOOKED` names."""
        found = list[TagRecord]()
        last, name = after, self._next(repository_id, prefix, after)
        for _ in range(MOST_LOOKED):
            if name is None or len(found) == most:
                break
            record = self.found_then(repository_id, Tag(name), at)
            found += [record] if record is not None else []
            last, name = name, self._next(repository_id, prefix, name)
        return TagsThen(found, None if name is None else last)

    def _next(self, repository_id: int, prefix: str, after: str) -> str | None:
        """The first name after this one that begins so."""
        row = self._session.one(
            "SELECT min(tag) FROM tag_moves WHERE repository_id = :id AND tag > :after AND tag >= :prefix",
            id=repository_id,
            after=after,
            prefix=prefix,
        )
        name: str | None = row[0] if row else None
        return name if name is not None and name.startswith(prefix) else None

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
    rows = "tags t JOIN manifests m ON m.id = t.manifest_id WHERE t.repository_id = :id"
    columns = {"name": "t.name", "pushed_at": "t.moved_at"}
    return lists.Source("t.name, t.moved_at, m.digest", rows, columns, {"id": repository_id})


def _move(row: Row) -> TagMove:
    tag, before, after, at, by, move_id, here, buried = row
    image = Whereabouts.HERE if here is not None else Whereabouts.GONE if buried is None else Whereabouts.TRASH
    return TagMove(tag, before, after, at, by, move_id, None if after is None else image)
