"""How what is deleted comes to lie among what can still be restored: copied by the statements that forget it."""

import json

from moorage.adapters.sql.session import Session
from moorage.oci.manifest import Role
from moorage.oci.reference import RepositoryName

MANIFEST = "digest, media_type, size, artifact_type, subject, annotations, pushed_by, pushed_at, content"
DESCRIPTOR = "manifest_id, position, role, digest, size, media_type"
"""What is kept of a manifest, and of each of its links."""
_KEEP = (
    f"INSERT INTO buried_manifests (id, repository_id, with_repository, {MANIFEST}, buried_at, buried_by)"
    f" SELECT id, repository_id, :whole, {MANIFEST}, :now, :by FROM manifests"
)
_DESCRIPTORS = (
    f"INSERT INTO buried_descriptors ({DESCRIPTOR}) SELECT {DESCRIPTOR} FROM manifest_links"
    " WHERE manifest_id IN (SELECT id FROM manifests"
)
# What the repository cannot read now it could not read after a restoration either.
_LINKS = (
    "INSERT INTO buried_links (manifest_id, digest) SELECT DISTINCT l.manifest_id, l.digest"
    " FROM manifests m JOIN manifest_links l ON l.manifest_id = m.id AND l.role <> :child"
    " JOIN blobs b ON b.digest = l.digest"
    " JOIN blob_links k ON k.repository_id = m.repository_id AND k.blob_id = b.id"
)
_TAGS = "INSERT INTO buried_tags (manifest_id, name) SELECT manifest_id, name FROM tags"
_OLDER = "DELETE FROM buried_manifests WHERE repository_id = :repository_id AND digest"


def bury_manifest(session: Session, manifest_id: int, *, by: str, now: float) -> None:
    """Keep it with its tags and the blobs that it needs; the caller deletes it."""
    row = session.one("SELECT repository_id, digest FROM manifests WHERE id = :id", id=manifest_id)
    if row is None:
        return
    session.run(f"{_OLDER} = :digest", repository_id=row[0], digest=row[1])  # it was deleted before, and pushed again
    session.run(f"{_KEEP} WHERE id = :id", id=manifest_id, whole=0, now=now, by=by)
    session.run(f"{_DESCRIPTORS} WHERE id = :id)", id=manifest_id)
    session.run(f"{_LINKS} WHERE m.id = :id", id=manifest_id, child=Role.CHILD.value)
    session.run(f"{_TAGS} WHERE manifest_id = :id", id=manifest_id)


def bury_repository(session: Session, repository_id: int, *, by: str, now: float) -> None:
    """Keep it with all that is in it; the caller deletes it."""
    row = session.one(
        "SELECT name, project_id, public, description, created_at, filled_at, pushed_at, turn,"
        " (SELECT count(*) FROM manifests WHERE repository_id = :id) FROM repositories WHERE id = :id",
        id=repository_id,
    )
    if row is None:
        return
    labels = session.all("SELECT name, value FROM repository_labels WHERE repository_id = :id", id=repository_id)
    session.run(
        "INSERT INTO buried_repositories (id, project_id, name, public, description, labels, created_at, filled_at,"
        " pushed_at, turn, images, buried_at, buried_by) VALUES (:id, :project_id, :name, :public, :description,"
        " :labels, :created_at, :filled_at, :pushed_at, :turn, :images, :now, :by)",
        id=repository_id,
        name=RepositoryName(row[0]).inner,
        project_id=row[1],
        public=row[2],
        description=row[3],
        created_at=row[4],
        filled_at=row[5],
        pushed_at=row[6],
        turn=row[7],
        images=row[8],
        labels=json.dumps({name: value for name, value in labels}),  # noqa: C416 - rows are tuples
        now=now,
        by=by,
    )
    session.run(
        f"{_OLDER} IN (SELECT digest FROM manifests WHERE repository_id = :repository_id)", repository_id=repository_id
    )
    session.run(f"{_KEEP} WHERE repository_id = :id", id=repository_id, whole=1, now=now, by=by)
    session.run(f"{_DESCRIPTORS} WHERE repository_id = :id)", id=repository_id)
    session.run(f"{_LINKS} WHERE m.repository_id = :id", id=repository_id, child=Role.CHILD.value)
    session.run(f"{_TAGS} WHERE repository_id = :id", id=repository_id)
