"""What is known: the facts that decisions and answers are made of, as records keep them.

All times are seconds since the epoch, all sizes bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from moorage.oci.digest import Digest

# What a pull makes anew each time is a NamedTuple: as frozen as the others, at a third of their cost.


class StoredManifest(NamedTuple):
    """A manifest as a repository holds it; `content` is exactly what was pushed."""

    id: int
    digest: Digest
    media_type: str
    size: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Referrer:
    """A manifest that points to a subject, as a descriptor for the referrers list."""

    id: int
    digest: Digest
    media_type: str
    size: int
    artifact_type: str | None
    annotations: Mapping[str, str]


class BlobRecord(NamedTuple):
    """A blob as it is known; `damaged` content must not be served."""

    id: int
    digest: Digest
    size: int
    damaged: bool


@dataclass(frozen=True, slots=True)
class Account:
    """A person who can log in. `epoch` grows when everything issued to them must end."""

    id: int
    name: str
    password_hash: str
    administrator: bool
    disabled: bool
    epoch: int


@dataclass(frozen=True, slots=True)
class Project:
    """A project; the id is never used again."""

    id: int
    name: str
    public: bool
    created_at: float


@dataclass(frozen=True, slots=True)
class RepositoryRecord:
    """A repository in a listing."""

    id: int
    name: str
    tags: int
    created_at: float


@dataclass(frozen=True, slots=True)
class TagMove:
    """One move of a tag: `before` is None when it was made, `after` when it was deleted."""

    tag: str
    before: str | None
    after: str | None
    at: float
    by: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, for whoever must react later; written in the transaction of the change."""

    kind: str
    repository: str
    project_id: int | None
    actor: str
    at: float
    tag: str | None = None
    digest: str | None = None
