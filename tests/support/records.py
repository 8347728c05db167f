"""What suites over records begin with: a repository, a manifest, an upload."""

from moorage.oci import media_type as types
from moorage.oci.digest import Algorithm, Digest
from moorage.oci.manifest import Manifest, parse
from moorage.oci.reference import RepositoryName, Tag
from moorage.ports.records import Ledger
from moorage.rules.access import Identity, Kind, Via
from moorage.rules.upload import Upload
from tests.support import content

APP = RepositoryName("team/app")
NOW = 1_000_000.0
SOMEBODY = Identity(Kind.USER, "somebody", 2, via=Via("192.0.2.7", "docker/27", "request-1"))
ADMIN = Identity(Kind.USER, "admin", 1, administrator=True)


def ensure(ledger: Ledger, name: RepositoryName = APP) -> int:
    """The id of this repository, made if need be."""
    repository_id = ledger.repositories.ensure(name, by=SOMEBODY, now=NOW).repository_id
    assert repository_id is not None
    return repository_id


def manifest(salt: str = "", *, subject: bytes | None = None, artifact_type: str | None = None) -> Manifest:
    """An image without layers; another salt makes another digest."""
    more = {} if artifact_type is None else {"artifactType": artifact_type}
    return parse(content.image(subject=subject, annotations={"salt": salt}, **more), types.OCI_MANIFEST)


def put(ledger: Ledger, repository_id: int, made: Manifest, *tags: str) -> int:
    """Keep it and point these tags to it; its id."""
    digest = Digest.of(made.content)
    manifest_id, _ = ledger.manifests.put(repository_id, digest, made, by="admin", now=NOW)
    for tag in tags:
        ledger.tags.point(repository_id, Tag(tag), manifest_id, digest, by="admin", now=NOW)
    return manifest_id


def link(ledger: Ledger, repository_id: int, stored: bytes) -> int:
    """Record the blob and let the repository read it; the blob's id."""
    record = ledger.blobs.record(Digest.of(stored), len(stored), now=NOW)
    ledger.blobs.link(repository_id, record.id, now=NOW)
    return record.id


def upload(repository_id: int, upload_id: str = "upload", *, touched_at: float = NOW) -> Upload:
    """A fresh session."""
    return Upload(upload_id, APP.text, repository_id, "user:1", Algorithm.SHA256, 0, None, NOW, touched_at)


def project_of(ledger: Ledger) -> int | None:
    """The id of the project that these suites use."""
    return ledger.repositories.place(APP).project_id
