"""What a registry is, in plain dicts: the truth that a real one is compared with."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

Outcome = tuple[int, str | None]
"""An expected status, and the code of the error if it is one."""
NO_REPOSITORY: Outcome = 404, "NAME_UNKNOWN"
NO_BLOB: Outcome = 404, "BLOB_UNKNOWN"
NO_MANIFEST: Outcome = 404, "MANIFEST_UNKNOWN"
NO_UPLOAD: Outcome = 404, "BLOB_UPLOAD_UNKNOWN"


_pushes = itertools.count()


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


@dataclass(frozen=True)
class Buried:
    """A deleted manifest, the tags that named it, and those of its blobs that its repository could read."""

    manifest: Kept
    tags: tuple[str, ...]
    blobs: dict[str, bytes]


@dataclass
class Repository:
    """`exists` after the first push, `filled` after the first manifest; `order` tells when manifests were pushed.

    `moves` are what each tag named before and after each of its moves.
    """

    exists: bool = False
    filled: bool = False
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, Kept] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)
    moves: dict[str, list[tuple[str | None, str | None]]] = field(default_factory=dict)
    trash: dict[str, Buried] = field(default_factory=dict)
    whole: dict[str, Buried] = field(default_factory=dict)

    def keep(self, content: bytes, digest: str) -> None:
        """A blob."""
        self.exists = True
        self.blobs[digest] = content

    def put(self, manifest: Kept, digest: str, tags: list[str]) -> None:
        """A manifest and what points to it."""
        self.exists = self.filled = True
        if digest not in self.manifests:
            self.manifests[digest] = manifest
            self.order[digest] = next(_pushes)
        for tag in tags:
            self.move(tag, digest)

    def move(self, tag: str, digest: str | None) -> None:
        """Let a tag name this, or nothing."""
        before = self.tags.pop(tag, None)
        if digest is not None:
            self.tags[tag] = digest
        if before != digest:
            self.moves.setdefault(tag, []).append((before, digest))

    def resolve(self, reference: str) -> str | None:
        """The digest that a tag or digest stands for."""
        digest = reference if ":" in reference else self.tags.get(reference)
        return digest if digest in self.manifests else None

    def drop(self, reference: str) -> None:
        """A tag alone, or a manifest with its tags."""
        if ":" not in reference:
            self.move(reference, None)
            return
        tags = sorted(tag for tag, digest in self.tags.items() if digest == reference)
        manifest = self.manifests.pop(reference)
        blobs = {digest: self.blobs[digest] for digest in _named(manifest, "blobs") if digest in self.blobs}
        self.trash[reference] = Buried(manifest, tuple(tags), blobs)
        for tag in tags:
            self.move(tag, None)

    def restore(self, digest: str) -> list[str]:
        """A deleted manifest, with deleted children; the tags that nothing else has by then name it again."""
        buried = self.raise_(digest)
        back = [tag for tag in buried.tags if tag not in self.tags]
        for tag in back:
            self.move(tag, digest)
        return back

    def raise_(self, digest: str) -> Buried:
        """The same without its tags."""
        buried = self.trash.pop(digest)
        self.blobs |= buried.blobs
        self.filled = True
        self.manifests.setdefault(digest, buried.manifest)
        for child in _named(buried.manifest, "children"):
            if child in self.trash:
                self.raise_(child)
        return buried

    def bury(self) -> None:
        """It is deleted as a whole: what is left of it can be brought back."""
        for digest in list(self.manifests):
            self.trash.pop(digest, None)
        before = dict(self.trash)
        for digest in list(self.manifests):
            self.drop(digest)
        self.whole = {digest: self.trash.pop(digest) for digest in self.trash.keys() - before.keys()}
        self.blobs, self.exists = {}, False

    def bring_back(self) -> None:
        """All that was in it when it was deleted."""
        self.exists = True
        for digest, buried in self.whole.items():
            self.blobs |= buried.blobs
            self.manifests[digest] = buried.manifest
            for tag in buried.tags:
                self.move(tag, digest)

    def missing(self, thing: object, else_: Outcome) -> Outcome | None:
        """The refusal for a thing that is not there."""
        if not self.exists:
            return NO_REPOSITORY
        return else_ if thing is None else None

    def referrers(self, subject: str, artifact_type: str | None) -> Iterator[dict[str, object]]:
        """In the order of their pushes."""
        for digest, manifest in sorted(self.manifests.items(), key=lambda entry: self.order[entry[0]]):
            if manifest.subject == subject and artifact_type in {None, manifest.artifact_type}:
                yield manifest.descriptor(digest)


def _named(manifest: Kept, what: str) -> list[str]:
    """The digests of blobs or children that a manifest names."""
    fields = json.loads(manifest.content)
    found = fields.get("manifests", []) if what == "children" else [*fields.get("layers", []), fields.get("config")]
    return [entry["digest"] for entry in found if entry]


def cut(content: bytes, first: int | None, last: int | None) -> bytes | None:
    """The bytes of the range FIRST-LAST; None if it holds none."""
    if first is None:
        piece = content[-last:] if last else b""
    elif last is not None and last < first:
        piece = b""
    else:
        piece = content[first : None if last is None else last + 1]
    return piece or None
