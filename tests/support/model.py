"""What a registry is, in plain dicts: the truth that a real one is compared with."""

from collections.abc import Iterator
from dataclasses import dataclass, field

Outcome = tuple[int, str | None]
"""An expected status, and the code of the error if it is one."""
NO_REPOSITORY: Outcome = 404, "NAME_UNKNOWN"
NO_BLOB: Outcome = 404, "BLOB_UNKNOWN"
NO_MANIFEST: Outcome = 404, "MANIFEST_UNKNOWN"
NO_UPLOAD: Outcome = 404, "BLOB_UPLOAD_UNKNOWN"


@dataclass
class Session:
    """An upload: what it holds, and in which repository."""

    repository: str
    content: bytes = b""

    @property
    def range(self) -> str:
        """As the Range header of the protocol says it."""
        return f"0-{max(0, len(self.content) - 1)}"


@dataclass(frozen=True)
class Kept:
    """A manifest: its bytes, and what listings say of it."""

    content: bytes
    media_type: str
    subject: str | None = None
    artifact_type: str | None = None
    annotations: dict[str, str] = field(default_factory=dict)

    def descriptor(self, digest: str) -> dict[str, object]:
        """As the list of referrers shows it."""
        shown = {"mediaType": self.media_type, "digest": digest, "size": len(self.content)}
        more = {"artifactType": self.artifact_type, "annotations": self.annotations}
        return {**shown, **{name: value for name, value in more.items() if value}}


@dataclass
class Repository:
    """`exists` after the first push, `filled` after the first manifest; dicts keep the order of pushes."""

    exists: bool = False
    filled: bool = False
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, Kept] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def keep(self, content: bytes, digest: str) -> None:
        """A blob."""
        self.exists = True
        self.blobs[digest] = content

    def put(self, manifest: Kept, digest: str, tags: list[str]) -> None:
        """A manifest and what points to it."""
        self.exists = self.filled = True
        self.manifests.setdefault(digest, manifest)
        self.tags |= dict.fromkeys(tags, digest)

    def resolve(self, reference: str) -> str | None:
        """The digest that a tag or digest stands for."""
        digest = reference if ":" in reference else self.tags.get(reference)
        return digest if digest in self.manifests else None

    def drop(self, reference: str) -> None:
        """A tag alone, or a manifest with its tags."""
        if ":" not in reference:
            del self.tags[reference]
            return
        del self.manifests[reference]
        self.tags = {tag: digest for tag, digest in self.tags.items() if digest != reference}

    def missing(self, thing: object, else_: Outcome) -> Outcome | None:
        """The refusal for a thing that is not there."""
        if not self.exists:
            return NO_REPOSITORY
        return else_ if thing is None else None

    def referrers(self, subject: str, artifact_type: str | None) -> Iterator[dict[str, object]]:
        """In the order of their pushes."""
        for digest, manifest in self.manifests.items():
            if manifest.subject == subject and artifact_type in {None, manifest.artifact_type}:
                yield manifest.descriptor(digest)


def cut(content: bytes, first: int | None, last: int | None) -> bytes | None:
    """The bytes of the range FIRST-LAST; None if it holds none."""
    if first is None:
        piece = content[-last:] if last else b""
    elif last is not None and last < first:
        piece = b""
    else:
        piece = content[first : None if last is None else last + 1]
    return piece or None
