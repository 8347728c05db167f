"""The permission matrix: what can be done, and which role may do it. Everything that asks about rights reads it here.

Checks (`rules.access`), token scopes, the page of documentation and the test of every operation come from `MATRIX`.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple


class Action(Enum):
    """What can be done. For content the value is the action's name in a token's scope."""

    PULL = "pull"
    PUSH = "push"
    DELETE = "delete"
    LIST = "*"
    UPDATE_REPOSITORY = "repository:update"
    DELETE_REPOSITORY = "repository:delete"
    RENAME_REPOSITORY = "repository:rename"
    MOVE_REPOSITORY = "repository:move"
    READ_TRASH = "trash:read"
    MANAGE_TRASH = "trash:manage"
    READ_PROJECT = "project:read"
    UPDATE_PROJECT = "project:update"
    DELETE_PROJECT = "project:delete"
    READ_REDIRECTS = "redirect:read"
    REMOVE_REDIRECTS = "redirect:remove"
    READ_MEMBERS = "member:read"
    MANAGE_MEMBERS = "member:manage"
    READ_ROBOTS = "robot:read"
    MANAGE_ROBOTS = "robot:manage"
    READ_TAG_RULES = "tag-rule:read"
    MANAGE_TAG_RULES = "tag-rule:manage"
    READ_WEBHOOKS = "webhook:read"
    MANAGE_WEBHOOKS = "webhook:manage"
    READ_RETENTION = "retention:read"
    MANAGE_RETENTION = "retention:manage"
    READ_AUDIT = "audit:read"
    READ_JOBS = "job:read"
    CREATE_PROJECT = "project:create"
    READ_PEOPLE = "people:read"
    MANAGE_PEOPLE = "people:manage"
    READ_INSTANCE = "instance:read"
    MANAGE_INSTANCE = "instance:manage"


class Scope(Enum):
    """What a row of the matrix is about."""

    REPOSITORY = "repository"
    PROJECT = "project"
    INSTANCE = "instance"


class Row(NamedTuple):
    """An action: about what, in words, and who may: roles by name, besides administrators, who may everything."""

    action: Action
    about: Scope
    meaning: str
    roles: frozenset[str]
    auditor: bool = False


READER, WRITER, MAINTAINER, OWNER = "reader", "writer", "maintainer", "owner"
BUILT_IN = (READER, WRITER, MAINTAINER, OWNER)
"""The roles of a project that are always there, from less to more."""

_ALL = frozenset(BUILT_IN)
_WRITERS = _ALL - {READER}
_MAINTAINERS = frozenset({MAINTAINER, OWNER})
_OWNERS = frozenset({OWNER})
_NOBODY: frozenset[str] = frozenset()

MATRIX: tuple[Row, ...] = (
    Row(Action.PULL, Scope.REPOSITORY, "pull images; list tags and referrers", _ALL, auditor=True),
    Row(Action.PUSH, Scope.REPOSITORY, "push images; make repositories by pushing", _WRITERS),
    Row(Action.DELETE, Scope.REPOSITORY, "delete tags, manifests and blobs", _MAINTAINERS),
    Row(Action.UPDATE_REPOSITORY, Scope.REPOSITORY, "change a repository's description and visibility", _MAINTAINERS),
    Row(Action.DELETE_REPOSITORY, Scope.REPOSITORY, "delete a repository with all its tags", _MAINTAINERS),
    Row(Action.RENAME_REPOSITORY, Scope.REPOSITORY, "rename a repository within its project", _MAINTAINERS),
    Row(Action.MOVE_REPOSITORY, Scope.REPOSITORY, "let a repository go to another project, or come from one", _OWNERS),
    Row(
        Action.READ_TRASH,
        Scope.REPOSITORY,
        "see what was deleted and can still be restored",
        _MAINTAINERS,
        auditor=True,
    ),
    Row(Action.MANAGE_TRASH, Scope.REPOSITORY, "restore what was deleted, or end it for good", _MAINTAINERS),
    Row(Action.READ_PROJECT, Scope.PROJECT, "see the project and its repositories", _ALL, auditor=True),
    Row(Action.UPDATE_PROJECT, Scope.PROJECT, "change the project's description and visibility", _OWNERS),
    Row(Action.DELETE_PROJECT, Scope.PROJECT, "delete the project, once it is empty", _OWNERS),
    Row(
        Action.READ_REDIRECTS,
        Scope.PROJECT,
        "see which old names still lead into the project, or out of it",
        _MAINTAINERS,
        auditor=True,
    ),
    Row(Action.REMOVE_REDIRECTS, Scope.PROJECT, "end what old names lead to", _MAINTAINERS),
    Row(Action.READ_MEMBERS, Scope.PROJECT, "see who has which role", _WRITERS, auditor=True),
    Row(Action.MANAGE_MEMBERS, Scope.PROJECT, "give and take roles", _OWNERS),
    Row(Action.READ_ROBOTS, Scope.PROJECT, "see the project's robots", _MAINTAINERS, auditor=True),
    Row(
        Action.MANAGE_ROBOTS,
        Scope.PROJECT,
        "make, rotate, disable and delete the project's robots, and what lets jobs be them",
        _OWNERS,
    ),
    Row(Action.READ_TAG_RULES, Scope.PROJECT, "see what the project asks of its tags", _WRITERS, auditor=True),
    Row(Action.MANAGE_TAG_RULES, Scope.PROJECT, "change what the project asks of its tags", _OWNERS),
    Row(
        Action.READ_WEBHOOKS,
        Scope.PROJECT,
        "see where events of the project are sent, and what became of it",
        _MAINTAINERS,
        auditor=True,
    ),
    Row(
        Action.MANAGE_WEBHOOKS, Scope.PROJECT, "say where events of the project are sent, and send them again", _OWNERS
    ),
    Row(
        Action.READ_RETENTION,
        Scope.PROJECT,
        "see which images rules of retention delete, and foresee it",
        _MAINTAINERS,
        auditor=True,
    ),
    Row(Action.MANAGE_RETENTION, Scope.PROJECT, "set rules of retention, and carry them out", _OWNERS),
    Row(Action.READ_AUDIT, Scope.PROJECT, "read what happened in the project", _MAINTAINERS, auditor=True),
    Row(Action.READ_JOBS, Scope.PROJECT, "see the project's jobs and their logs", _MAINTAINERS, auditor=True),
    Row(Action.CREATE_PROJECT, Scope.INSTANCE, "make and rename projects, also make them by a first push", _NOBODY),
    Row(Action.READ_PEOPLE, Scope.INSTANCE, "see all people and groups", _NOBODY, auditor=True),
    Row(Action.MANAGE_PEOPLE, Scope.INSTANCE, "make, disable and delete people and groups", _NOBODY),
    Row(
        Action.READ_INSTANCE,
        Scope.INSTANCE,
        "read the audit, quotas and statistics of all, the robots and jobs of all, whose identity tokens are trusted, "
        "and what is garbage",
        _NOBODY,
        auditor=True,
    ),
    Row(
        Action.MANAGE_INSTANCE,
        Scope.INSTANCE,
        "make robots of the instance and roles of one's own; trust issuers of identity tokens; ask for jobs of the "
        "instance, cancel and retry any; set quotas; collect garbage",
        _NOBODY,
    ),
)

ROLES: Mapping[str, frozenset[Action]] = MappingProxyType(
    {role: frozenset(row.action for row in MATRIX if role in row.roles) for role in BUILT_IN}
)
"""What each built-in role may do."""
AUDITOR: frozenset[Action] = frozenset(row.action for row in MATRIX if row.auditor)
"""What an instance auditor may do, everywhere: read, and change nothing."""
ANYBODY: frozenset[Action] = frozenset({Action.PULL, Action.READ_PROJECT})
"""What everybody may do where it is public."""
CONTENT = (Action.PULL, Action.PUSH, Action.DELETE)
"""What a token's scope for a repository can name."""
GIVEN: frozenset[Action] = frozenset(row.action for row in MATRIX if row.about is not Scope.INSTANCE)
"""What a role of one's own can be made of."""
MEANING: Mapping[Action, str] = MappingProxyType({row.action: row.meaning for row in MATRIX})
