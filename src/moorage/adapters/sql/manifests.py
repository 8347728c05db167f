"""Manifests in SQL. The two statements of a pull are the hottest of the program: one look each, by unique index."""

import json
from collections.abc import Sequence

from moorage.adapters.sql.burial import bury_manifest
from moorage.adapters.sql.members import held_by
from moorage.adapters.sql.redirects import missing_place
from moorage.adapters.sql.session import Row, Session
from moorage.oci.digest import Digest
from moorage.oci.manifest import Manifest
from moorage.oci.page import Page
from moorage.oci.reference import Reference, RepositoryName, Tag
from moorage.rules.access import ANONYMOUS, Identity, Place, vouches
from moorage.rules.facts import Referrer, StoredManifest

_FOUND = "p.id, coalesce(r.public, p.public), r.id, p.epoch, m.id, m.digest, m.media_type, m.size, m.content"
_BY_TAG = (
    f"SELECT {_FOUND} FROM repositories r JOIN projects p ON p.id = r.project_id"
    " LEFT JOIN tags t ON t.repository_id = r.id AND t.name = :reference"
    " LEFT JOIN manifests m ON m.id = t.manifest_id WHERE r.name = :name"
)
_BY_DIGEST = (
    f"SELECT {_FOUND} FROM repositories r JOIN projects p ON p.id = r.project_id"
    " LEFT JOIN manifests m ON m.repository_id = r.id AND m.digest = :reference WHERE r.name = :name"
)


class SqlManifests:
    """See `ports.content.Manifests`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(
        self, name: RepositoryName, reference: Reference, who: Identity = ANONYMOUS
    ) -> tuple[Place, StoredManifest | None]:
        """Repository, project, tag and manifest in one join."""
        sql = _BY_TAG if isinstance(reference, Tag) else _BY_DIGEST
        row = self._session.one(sql, name=name.text, reference=str(reference))
        if row is None:
            return self._find_moved(sql, name, reference, who)
        project_id, public, repository_id, epoch = row[:4]
        place = Place(name.text, name.project, project_id, bool(public), repository_id, epoch)
        if not vouches(who, place):
            place = place._replace(roles=held_by(self._session, who, project_id))
        return place, _manifest(row)

    def _find_moved(
        self, sql: str, name: RepositoryName, reference: Reference, who: Identity
    ) -> tuple[Place, StoredManifest | None]:
        """Nothing has this name now; what had it before may answer."""
        place = missing_place(self._session, name, who)
        if place.moved_to is None:
            return place, None
        row = self._session.one(sql, name=place.moved_to.name, reference=str(reference))
        return place, _manifest(row) if row else None

    def put(self, repository_id: int, digest: Digest, manifest: Manifest, *, by: str, now: float) -> tuple[int, bool]:
        """Insert with its links; the same bytes again only renew what the media type decides."""
        known = self._session.one(
            "SELECT id FROM manifests WHERE repository_id = :repository_id AND digest = :digest",
            repository_id=repository_id,
            digest=str(digest),
        )
        if known is not None:
            changed = self._session.run(
                "UPDATE manifests SET media_type = :media_type, artifact_type = :artifact_type"
                " WHERE id = :id AND media_type <> :media_type",
                id=known[0],
                media_type=manifest.media_type,
                artifact_type=manifest.artifact_type,
            )
            if changed:  # the same bytes may name other things under another type
                self._session.run("DELETE FROM manifest_links WHERE manifest_id = :id", id=known[0])
                self._link(repository_id, known[0], manifest)
            return known[0], False
        row = self._session.one(
            "INSERT INTO manifests (repository_id, digest, media_type, size, artifact_type, subject, annotations,"
            " pushed_by, pushed_at, content) VALUES (:repository_id, :digest, :media_type, :size, :artifact_type,"
            " :subject, :annotations, :by, :now, :content) RETURNING id",
            repository_id=repository_id,
            digest=str(digest),
            media_type=manifest.media_type,
            size=len(manifest.content),
            artifact_type=manifest.artifact_type,
            subject=str(manifest.subject) if manifest.subject else None,
            annotations=json.dumps(manifest.annotations) if manifest.annotations and manifest.subject else None,
            by=by,
            now=now,
            content=manifest.content,
        )
        assert row is not None  # noqa: S101 - RETURNING gives a row or raises
        self._link(repository_id, row[0], manifest)
        self._session.run(
            "UPDATE repositories SET filled_at = coalesce(filled_at, :now), pushed_at = :now WHERE id = :id",
            id=repository_id,
            now=now,
        )
        return row[0], True

    def _link(self, repository_id: int, manifest_id: int, manifest: Manifest) -> None:
        self._session.run_many(
            "INSERT INTO manifest_links (manifest_id, repository_id, position, role, digest, size, media_type)"
            " VALUES (:manifest_id, :repository_id, :position, :role, :digest, :size, :media_type)",
            [
                {
                    "manifest_id": manifest_id,
                    "repository_id": repository_id,
                    "position": position,
                    "role": link.role.value,
                    "digest": str(link.digest),
                    "size": link.size,
                    "media_type": link.media_type,
                }
                for position, link in enumerate(manifest.links)
            ],
        )

    def tags_of(self, manifest_id: int) -> Sequence[str]:
        """By the index on the manifest."""
        rows = self._session.all("SELECT name FROM tags WHERE manifest_id = :id ORDER BY name", id=manifest_id)
        return [row[0] for row in rows]

    def delete(self, manifest_id: int, *, by: str, now: float, keep: bool) -> Sequence[str]:
        """Its tags first, with their moves; links go with it."""
        tags = self.tags_of(manifest_id)
        if keep:
            bury_manifest(self._session, manifest_id, by=by, now=now)
        self._session.run(
            "INSERT INTO tag_moves (repository_id, tag, moved_from, moved_to, moved_at, moved_by)"
            " SELECT t.repository_id, t.name, m.digest, NULL, :now, :by FROM tags t"
            " JOIN manifests m ON m.id = t.manifest_id WHERE t.manifest_id = :id",
            id=manifest_id,
            now=now,
            by=by,
        )
        self._session.run("DELETE FROM tags WHERE manifest_id = :id", id=manifest_id)
        self._session.run("DELETE FROM manifests WHERE id = :id", id=manifest_id)
        return tags

    def referrers(
        self, repository_id: int, subject: Digest, *, artifact_type: str | None, after: int, limit: int, room: int
    ) -> Page[Referrer]:
        """By the index on repository, subject and id; reads on only while there is room."""
        narrowed = "" if artifact_type is None else " AND artifact_type = :artifact_type"
        rows = self._session.each(
            "SELECT id, digest, media_type, size, artifact_type, annotations FROM manifests"
            f" WHERE repository_id = :repository_id AND subject = :subject AND id > :after{narrowed}"
            " ORDER BY id LIMIT :limit",
            repository_id=repository_id,
            subject=str(subject),
            after=after,
            limit=limit + 1,
            **({} if artifact_type is None else {"artifact_type": artifact_type}),
        )
        found: list[Referrer] = []
        for row in rows:
            room -= len(row[5] or "")
            if len(found) == limit or (room < 0 and found):
                return Page(tuple(found), more=True)
            found.append(_referrer(row))
        return Page(tuple(found), more=False)


def _manifest(row: Row) -> StoredManifest | None:
    manifest_id, digest, media_type, size, content = row[4:]
    return None if manifest_id is None else StoredManifest(manifest_id, Digest(digest), media_type, size, content)


def _referrer(row: Row) -> Referrer:
    annotations = json.loads(row[5]) if row[5] else {}
    return Referrer(row[0], Digest.parse(row[1]), row[2], row[3], row[4], annotations)
