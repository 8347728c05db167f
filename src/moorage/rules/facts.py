"""What is known: the facts that decisions and answers are made of, as records keep them.

All times are seconds since the epoch, all sizes bytes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from moorage.oci.digest import Digest
from moorage.rules.pattern import EVERYTHING, Pattern
from moorage.rules.roles import Action

DONE, REFUSED = "done", "refused"
"""How what an event tells of ended."""

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


class Source(Enum):
    """Who vouches for people that are not ours."""

    OIDC = "oidc"
    LDAP = "ldap"


@dataclass(frozen=True, slots=True)
class Account:
    """A person who can log in. `epoch` grows when everything issued to them must end.

    `must_change`: an administrator set the password, and until it is changed it opens nothing else. `source` vouches
    for them, until `vouched_until`; None: they are our own, and have a password here. `has_factor`: that alone does
    not let them in.
    """

    id: int
    name: str
    password_hash: str
    administrator: bool
    disabled: bool
    epoch: int
    auditor: bool = False
    must_change: bool = False
    created_at: float = 0.0
    seen_at: float | None = None
    source: Source | None = None
    vouched_until: float | None = None
    has_factor: bool = False


@dataclass(frozen=True, slots=True)
class KeptFactor:
    """A second factor as it is kept: its secret is sealed. `wrong` codes came in a row, the last at `wrong_at`."""

    sealed: str
    confirmed: bool = False
    spent: int = -1
    wrong: int = 0
    wrong_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whoever has its secret may join, once: the registry, or a project with a role there."""

    id: int
    project_id: int | None
    project: str | None
    role: str | None
    note: str
    maker_id: int
    made_by: str
    made_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class Group:
    """People who share roles."""

    id: int
    name: str
    members: int = 0


class GroupPerson(NamedTuple):
    """Somebody in a group."""

    name: str


@dataclass(frozen=True, slots=True)
class Project:
    """A project; the id is never used again. `epoch` grows with every change of who may do what in it.

    `time_zone` is where its schedules are read; None: that of the instance.
    """

    id: int
    name: str
    public: bool
    created_at: float
    description: str = ""
    epoch: int = 1
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class RepositoryRecord:
    """A repository in a listing; `public` is its own choice, None that of its project; `pushed_at` 0 for never.

    `bytes` are those of its blobs and manifests, each once.
    """

    id: int
    name: str
    tags: int
    created_at: float
    public: bool | None = None
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    pushed_at: float = 0.0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Redirect:
    """A name that a repository or a project had before, until `ends_at`. `leads_to` is its name now.

    `project_id` is the project that it leads to, or into.
    """

    id: int
    name: str
    is_project: bool
    leads_to: str
    project_id: int
    made_by: str
    made_at: float
    ends_at: float


class Subject(NamedTuple):
    """Whom a role is given to: a person, or a group."""

    id: int
    name: str
    is_group: bool = False


class RoleSpec(NamedTuple):
    """A role and where it holds: patterns of repositories, relative to the project, and of tags."""

    role: str
    repositories: Pattern = Pattern(EVERYTHING)
    tags: Pattern = Pattern(EVERYTHING)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody's roles in a project."""

    subject: Subject
    roles: tuple[RoleSpec, ...]


class Holding(NamedTuple):
    """A role that somebody holds in a project; through the group that it names, or without one themselves."""

    project: str
    role: RoleSpec
    group: str = ""


@dataclass(frozen=True, slots=True)
class CustomRole:
    """A role of one's own, made of the actions of the matrix."""

    name: str
    actions: frozenset[Action]


@dataclass(frozen=True, slots=True)
class Robot:
    """A machine's identity, of a project or (`project_id` None) of the instance.

    `title` is its name on the wire. `repositories` are relative to the project, full names without one.
    `previous_hash` still opens until `previous_until`: the overlap of a rotation.
    """

    id: int
    title: str
    name: str
    project_id: int | None
    description: str
    actions: frozenset[Action]
    repositories: tuple[Pattern, ...]
    secret_hash: str
    previous_hash: str | None
    previous_until: float | None
    expires_at: float | None
    disabled: bool
    epoch: int
    created_by: str
    created_at: float
    used_at: float | None = None
    used_from: str | None = None


@dataclass(frozen=True, slots=True)
class PersonalToken:
    """A token that a person made for themselves: some of their rights, for a time."""

    id: int
    account_id: int
    name: str
    scopes: frozenset[str]
    repositories: tuple[Pattern, ...]
    expires_at: float | None
    created_at: float
    used_at: float | None = None
    used_from: str | None = None


class Whereabouts(Enum):
    """Where a manifest is."""

    HERE = "here"
    TRASH = "trash"
    GONE = "gone"


class TagRecord(NamedTuple):
    """A tag in a listing: when it last moved, what it names, and what its project's rules say of it.

    It is deleted at `expires_at`; None: never.
    """

    name: str
    pushed_at: float
    digest: str
    immutable: bool = False
    expires_at: float | None = None


class TagsThen(NamedTuple):
    """Tags as they were, by name. Of names after `rest` nothing is known yet; None where there are no more."""

    tags: Sequence[TagRecord]
    rest: str | None


@dataclass(frozen=True, slots=True)
class TagMove:
    """One move of a tag: `before` is None when it was made, `after` when it was deleted.

    `image` is where the manifest that it named from then on is now: in the repository, deleted but kept, or gone. `by`
    is None only where it is told to somebody who may not know.
    """

    tag: str
    before: str | None
    after: str | None
    at: float
    by: str | None
    id: int = field(default=0, compare=False)
    image: Whereabouts | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, or was refused; of a change, written in the transaction of the change.

    Webhooks and the audit read it. `repository` is a repository's or a project's full name; `object` what else it is
    about: a member, a robot, an account. `before` and `after` are JSON, without any secret.
    """

    kind: str
    repository: str
    project_id: int | None
    actor: str
    at: float
    tag: str | None = None
    digest: str | None = None
    object: str = ""
    actor_kind: str = "user"
    outcome: str = DONE
    address: str = ""
    agent: str = ""
    request_id: str = ""
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are looked for; None means any. `since` and `until` bound the time."""

    project_id: int | None = None
    kind: str | None = None
    actor: str | None = None
    repository: str | None = None
    object: str | None = None
    outcome: str | None = None
    address: str | None = None
    request_id: str | None = None
    since: float | None = None
    until: float | None = None
    actor_kind: str | None = None
    agent: str | None = None
    tag: str | None = None
    digest: str | None = None


class EventsFound(NamedTuple):
    """Events that fit, the newest first, with their numbers.

    Of the events before the number `rest` nothing is known yet; where it is None there are no more that fit.
    """

    events: Sequence[tuple[int, Event]]
    rest: int | None


class Stream(NamedTuple):
    """How far a stream of events has come, and which process keeps it going until when."""

    position: int
    holder: str
    until: float
