"""What was deleted, in SQL. How it came here: `burial`."""

import json
from collections.abc import Sequence

from moorage.adapters.sql.burial import DESCRIPTOR, MANIFEST
from moorage.adapters.sql.members import NEW_EPOCH
from moorage.adapters.sql.repositories import SqlRepositories
from moorage.adapters.sql.session import Row, Session
from moorage.oci.digest import Digest
from moorage.oci.manifest import Role
from moorage.oci.reference import RepositoryName
from moorage.ports.trash import Forgotten
from moorage.rules.trash import BuriedManifest, BuriedRepository, Holding

_REPOSITORY = "SELECT id, project_id, name, public, images, buried_at, buried_by FROM buried_repositories"
_MANIFEST = "SELECT id, digest, media_type, size, artifact_type, buried_at, buried_by FROM buried_manifests"
_BACK = (
    f"INSERT INTO manifests (id, repository_id, {MANIFEST}, restored_at)"
    f" SELECT id, repository_id, {MANIFEST}, :now FROM buried_manifests"
)
_LINKS_BACK = f"INSERT INTO manifest_links ({DESCRIPTOR}) SELECT {DESCRIPTOR} FROM buried_descriptors"
_OF_ONE_THERE = "repository_id = :repository_id AND with_repository = 0 AND buried_at > :since"


class SqlTrash:
    """See `ports.trash.Trash`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def repositories(self, project_id: int, *, since: float, after: int, limit: int) -> Sequence[BuriedRepository]:
        """By the index on project and id."""
        rows = self._session.all(
            f"{_REPOSITORY} WHERE project_id = :project_id AND id > :after AND buried_at > :since"
            " ORDER BY id LIMIT :limit",
            project_id=project_id,
            since=since,
            after=after,
            limit=limit,
        )
        return [_repository(row) for row in rows]

    def count_repositories(self, project_id: int, since: float, most: int) -> int:
        """The same."""
        row = self._session.one(
            "SELECT count(*) FROM (SELECT 1 FROM buried_repositories WHERE project_id = :id AND buried_at > :since"
            " LIMIT :most) AS counted",
            id=project_id,
            since=since,
            most=most,
        )
        return int(row[0]) if row else 0

    def repository(self, repository_id: int, *, since: float) -> BuriedRepository | None:
        """By its id."""
        row = self._session.one(f"{_REPOSITORY} WHERE id = :id AND buried_at > :since", id=repository_id, since=since)
        return _repository(row) if row else None

    def holding(self, project_id: int, *, since: float, after: str, limit: int) -> Sequence[Holding]:
        """By the index on project and name; each of them a look by the index on repository and id."""
        there = (
            "FROM buried_manifests b WHERE b.repository_id = r.id AND b.with_repository = 0 AND b.buried_at > :since"
        )
        rows = self._session.all(
            f"SELECT r.id, r.name, r.public, (SELECT count(*) {there}), (SELECT max(b.buried_at) {there})"
            f" FROM repositories r WHERE r.project_id = :project_id AND r.name > :after AND EXISTS (SELECT 1 {there})"
            " ORDER BY r.name LIMIT :limit",
            project_id=project_id,
            since=since,
            after=after,
            limit=limit,
        )
        return [Holding(row[0], row[1], None if row[2] is None else bool(row[2]), row[3], row[4]) for row in rows]

    def manifests(self, repository_id: int, *, since: float, after: int, limit: int) -> Sequence[BuriedManifest]:
        """By the index on repository and id."""
        rows = self._session.all(
            f"{_MANIFEST} WHERE {_OF_ONE_THERE} AND id > :after ORDER BY id LIMIT :limit",
            repository_id=repository_id,
            since=since,
            after=after,
            limit=limit,
        )
        return [self._manifest(row) for row in rows]

    def count(self, repository_id: int, *, since: float, most: int) -> int:
        """The same."""
        row = self._session.one(
            f"SELECT count(*) FROM (SELECT 1 FROM buried_manifests WHERE {_OF_ONE_THERE} LIMIT :most) AS counted",
            repository_id=repository_id,
            since=since,
            most=most,
        )
        return int(row[0]) if row else 0

    def manifest(self, repository_id: int, digest: Digest, *, since: float) -> BuriedManifest | None:
        """By the unique index on repository and digest."""
        row = self._session.one(
            f"{_MANIFEST} WHERE {_OF_ONE_THERE} AND digest = :digest",
            repository_id=repository_id,
            since=since,
            digest=str(digest),
        )
        return self._manifest(row) if row else None

    def children_of(self, manifest_id: int) -> Sequence[Digest]:
        """By its id."""
        rows = self._session.all(
            "SELECT DISTINCT digest FROM buried_descriptors WHERE manifest_id = :id AND role = :child",
            id=manifest_id,
            child=Role.CHILD.value,
        )
        return [Digest.parse(row[0]) for row in rows]

    def blobs_of(self, manifest_id: int) -> Sequence[Digest]:
        """By its id."""
        rows = self._session.all("SELECT digest FROM buried_links WHERE manifest_id = :id", id=manifest_id)
        return [Digest.parse(row[0]) for row in rows]

    def blobs_within(self, repository_id: int) -> Sequence[Digest]:
        """By the index on repository and id."""
        rows = self._session.all(
            "SELECT DISTINCT l.digest FROM buried_manifests m JOIN buried_links l ON l.manifest_id = m.id"
            " WHERE m.repository_id = :id AND m.with_repository = 1",
            id=repository_id,
        )
        return [Digest.parse(row[0]) for row in rows]

    def restore_manifest(self, repository_id: int, buried: BuriedManifest, *, now: float) -> None:
        """Copy it back with its links, unless the digest is there; what was buried goes."""
        there = self._session.one(
            "SELECT 1 FROM manifests WHERE repository_id = :repository_id AND digest = :digest",
            repository_id=repository_id,
            digest=str(buried.digest),
        )
        if there is None:
            self._session.run(f"{_BACK} WHERE id = :id", id=buried.id, now=now)
            self._session.run(f"{_LINKS_BACK} WHERE manifest_id = :id", id=buried.id)
        self.forget_manifest(buried.id)

    def restore_repository(self, repository_id: int, name: RepositoryName, *, by: str, now: float) -> Sequence[str]:
        """Copy it back; its turn goes on, so that nobody takes what they remember for what it is now."""
        row = self._session.one(
            "DELETE FROM buried_repositories WHERE id = :id"
            " RETURNING project_id, public, description, labels, created_at, filled_at, pushed_at, turn",
            id=repository_id,
        )
        assert row is not None  # noqa: S101 - whoever restores it has found it
        project_id, public, description, labels, created_at, filled_at, pushed_at, turn = row
        self._session.run(
            "INSERT INTO repositories"
            " (id, project_id, name, public, description, created_at, filled_at, pushed_at, turn)"
            " VALUES (:id, :project_id, :name, :public, :description, :created_at, :filled_at, :pushed_at, :turn)",
            id=repository_id,
            project_id=project_id,
            name=name.text,
            public=public,
            description=description,
            created_at=created_at,
            filled_at=filled_at,
            pushed_at=pushed_at,
            turn=turn + 1,
        )
        SqlRepositories(self._session).label(repository_id, json.loads(labels))
        self._session.run(f"{NEW_EPOCH} WHERE id = :id", id=project_id)
        return self._restore_within(repository_id, by, now)

    def _restore_within(self, repository_id: int, by: str, now: float) -> list[str]:
        """All manifests at once, and then all tags."""
        within = "repository_id = :id AND with_repository = 1"
        of_these = f"(SELECT id FROM buried_manifests WHERE {within})"
        self._session.run(f"{_BACK} WHERE {within}", id=repository_id, now=now)
        self._session.run(f"{_LINKS_BACK} WHERE manifest_id IN {of_these}", id=repository_id)
        named = f"FROM buried_tags t JOIN buried_manifests m ON m.id = t.manifest_id WHERE m.{within}"
        self._session.run(
            "INSERT INTO tags (repository_id, name, manifest_id, moved_at) SELECT m.repository_id, t.name, m.id, :now"
            f" {named}",
            id=repository_id,
            now=now,
        )
        self._session.run(
            "INSERT INTO tag_moves (repository_id, tag, moved_from, moved_to, moved_at, moved_by)"
            f" SELECT m.repository_id, t.name, NULL, m.digest, :now, :by {named} ORDER BY t.name",
            id=repository_id,
            now=now,
            by=by,
        )
        tags = [row[0] for row in self._session.all(f"SELECT t.name {named} ORDER BY t.name", id=repository_id)]
        self._session.run(f"DELETE FROM buried_manifests WHERE {within}", id=repository_id)
        return tags

    def forget_manifest(self, manifest_id: int) -> None:
        """Its links and tags go with it."""
        self._session.run("DELETE FROM buried_manifests WHERE id = :id", id=manifest_id)

    def forget_repository(self, repository_id: int) -> None:
        """Also what was deleted in it before."""
        self._session.run("DELETE FROM buried_manifests WHERE repository_id = :id", id=repository_id)
        self._session.run("DELETE FROM buried_repositories WHERE id = :id", id=repository_id)

    def forget_project(self, project_id: int) -> None:
        """Each of them."""
        for (repository_id,) in self._session.all(
            "SELECT id FROM buried_repositories WHERE project_id = :id", id=project_id
        ):
            self.forget_repository(repository_id)

    def forget(self, *, before: float, limit: int) -> Forgotten:
        """By the indexes on the time: manifests first, so that no repository leaves one behind."""
        manifests = self._session.run(
            "DELETE FROM buried_manifests WHERE id IN (SELECT id FROM buried_manifests WHERE buried_at <= :before"
            " ORDER BY buried_at LIMIT :limit)",
            before=before,
            limit=limit,
        )
        rows = self._session.all(
            f"{_REPOSITORY} AS r WHERE buried_at <= :before AND NOT EXISTS"
            " (SELECT 1 FROM buried_manifests m WHERE m.repository_id = r.id) ORDER BY buried_at LIMIT :limit",
            before=before,
            limit=limit,
        )
        for row in rows:
            self._session.run("DELETE FROM buried_repositories WHERE id = :id", id=row[0])
        return Forgotten([_repository(row) for row in rows], manifests)

    def _manifest(self, row: Row) -> BuriedManifest:
        tags = self._session.all("SELECT name FROM buried_tags WHERE manifest_id = :id ORDER BY name", id=row[0])
        manifest_id, digest, media_type, size, artifact_type, at, by = row
        names = tuple(tag[0] for tag in tags)
        return BuriedManifest(manifest_id, Digest.parse(digest), media_type, size, artifact_type, at, by, names)


def _repository(row: Row) -> BuriedRepository:
    repository_id, project_id, name, public, images, at, by = row
    return BuriedRepository(repository_id, project_id, name, None if public is None else bool(public), images, at, by)
