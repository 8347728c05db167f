"""Rules of retention in SQL, and what they judge: a few statements for a whole repository."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from moorage.adapters.sql.session import Session
from moorage.ports.retention import Footing, Held
from moorage.rules.retention import ImageFact, TagFact
from moorage.rules.retention_terms import Policy, fields_of, rules_of


class SqlRetention:
    """See `ports.retention.Retention`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def policy(self, project_id: int) -> Policy:
        """By the project."""
        row = self._session.one(
            "SELECT rules, set_by, set_at FROM retention_policies WHERE project_id = :id", id=project_id
        )
        return Policy(rules_of(json.loads(row[0])), row[1], row[2]) if row else Policy()

    def put(self, project_id: int, policy: Policy) -> None:
        """Insert or replace."""
        self._session.run(
            "INSERT INTO retention_policies (project_id, rules, set_by, set_at) VALUES (:id, :rules, :by, :at)"
            " ON CONFLICT (project_id) DO UPDATE SET rules = :rules, set_by = :by, set_at = :at",
            id=project_id,
            rules=json.dumps([fields_of(rule) for rule in policy.rules]),
            by=policy.by,
            at=policy.at,
        )

    def images(self, repository_id: int, *, most: int, annotations: bool) -> Sequence[ImageFact] | None:
        """By indexes on the repository; the bytes of manifests are read only for their annotations."""
        rows = self._session.each(
            "SELECT m.id, m.digest, m.pushed_at, m.restored_at, m.subject, p.pulled_at,"
            f" {'m.content' if annotations else 'NULL'}"
            " FROM manifests m LEFT JOIN last_pulls p ON p.repository_id = m.repository_id AND p.digest = m.digest"
            " WHERE m.repository_id = :id ORDER BY m.id LIMIT :limit",
            id=repository_id,
            limit=most + 1,
        )
        found = [(*row[:6], _annotations(row[6])) for row in rows]  # one manifest's bytes at a time
        if len(found) > most:
            return None
        tags, children, sizes, left = self._about(repository_id)
        return [
            ImageFact(
                digest=digest,
                pushed_at=pushed_at,
                pulled_at=pulled_at,
                untagged_at=left.get(digest),
                restored_at=restored_at,
                tags=tuple(tags.get(manifest_id, ())),
                children=tuple(children.get(manifest_id, ())),
                subject=subject,
                size=sizes.get(manifest_id, 0),
                annotations=said,
            )
            for manifest_id, digest, pushed_at, restored_at, subject, pulled_at, said in found
        ]

    def _about(
        self, repository_id: int
    ) -> tuple[Mapping[int, list[TagFact]], Mapping[int, list[str]], Mapping[int, int], Mapping[str, float]]:
        """Of all images of a repository by their ids: tags, children and sizes; and when digests lost a tag last."""
        tags: defaultdict[int, list[TagFact]] = defaultdict(list)
        for manifest_id, name, moved_at in self._session.each(
            "SELECT manifest_id, name, moved_at FROM tags WHERE repository_id = :id ORDER BY name", id=repository_id
        ):
            tags[manifest_id].append(TagFact(name, moved_at))
        links = "FROM manifests m JOIN manifest_links l ON l.manifest_id = m.id WHERE m.repository_id = :id"
        children: defaultdict[int, list[str]] = defaultdict(list)
        for manifest_id, digest in self._session.each(
            f"SELECT m.id, l.digest {links} AND l.role = 'child' ORDER BY m.id, l.position", id=repository_id
        ):
            children[manifest_id].append(digest)
        sizes = self._session.all(
            f"SELECT m.id, sum(l.size) {links} AND l.role <> 'child' GROUP BY m.id", id=repository_id
        )
        left = self._session.all(
            "SELECT moved_from, max(moved_at) FROM tag_moves WHERE repository_id = :id AND moved_from IS NOT NULL"
            " GROUP BY moved_from",
            id=repository_id,
        )
        return tags, children, dict(sizes), dict(left)

    def held(self, repository_id: int, digest: str) -> Held | None:
        """By unique index; what needs it by the indexes on tag, link and subject."""
        row = self._session.one(
            "SELECT m.id, p.pulled_at, m.restored_at, EXISTS (SELECT 1 FROM tags t WHERE t.manifest_id = m.id)"
            " OR EXISTS (SELECT 1 FROM manifests s WHERE s.repository_id = m.repository_id AND s.digest = m.subject)"
            " OR EXISTS (SELECT 1 FROM manifest_links l JOIN manifests i ON i.id = l.manifest_id"
            " WHERE l.digest = m.digest AND l.role = 'child' AND i.repository_id = m.repository_id)"
            " FROM manifests m LEFT JOIN last_pulls p ON p.repository_id = m.repository_id AND p.digest = m.digest"
            " WHERE m.repository_id = :id AND m.digest = :digest",
            id=repository_id,
            digest=digest,
        )
        return Held(row[0], row[1], row[2], bool(row[3])) if row else None

    def tag(self, repository_id: int, name: str) -> tuple[str, float] | None:
        """By the primary key."""
        row = self._session.one(
            "SELECT m.digest, t.moved_at FROM tags t JOIN manifests m ON m.id = t.manifest_id"
            " WHERE t.repository_id = :id AND t.name = :name",
            id=repository_id,
            name=name,
        )
        return (row[0], row[1]) if row else None

    def footing(self, repository_id: int, *, images: bool) -> Footing:
        """By the primary key; images by the index on the repository, all of them."""
        row = self._session.one("SELECT coalesce(max(id), 0) FROM tag_moves")
        return Footing(row[0] if row else 0, self._extent(repository_id) if images else None)

    def holds(self, repository_id: int, footing: Footing) -> bool:
        """Moves since, of whatever repository, by the primary key: `+` keeps the others' index out of it."""
        gone = self._session.one(
            "SELECT 1 FROM tag_moves WHERE id > :since AND +repository_id = :id"
            f"{' AND moved_to IS NULL' if footing.images is None else ''} LIMIT 1",
            since=footing.moves,
            id=repository_id,
        )
        return gone is None and (footing.images is None or self._extent(repository_id) == footing.images)

    def _extent(self, repository_id: int) -> tuple[int, int]:
        row = self._session.one(
            "SELECT count(*), coalesce(max(id), 0) FROM manifests WHERE repository_id = :id", id=repository_id
        )
        return (row[0], row[1]) if row else (0, 0)


def _annotations(content: bytes | None) -> Mapping[str, str]:
    return {} if content is None else json.loads(content).get("annotations") or {}
