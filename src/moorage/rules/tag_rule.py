"""One rule of a project about its tags: what it is about, what it asks, and who set it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeAlias

from moorage.rules.access import Identity, Kind, Place
from moorage.rules.expression import Expression
from moorage.rules.names import robot_title
from moorage.rules.pattern import EVERYTHING, Pattern
from moorage.rules.tag_forms import SHAPES, Form

ALL = Pattern(EVERYTHING)
Tags: TypeAlias = Pattern | Expression
"""Which tags are meant: a glob or an expression, over whole tags."""


class RuleKind(Enum):
    """What a rule asks."""

    IMMUTABLE = "immutable"
    REQUIRED = "required"
    FORBIDDEN = "forbidden"
    RESERVED = "reserved"
    EXPIRES = "expires"


class Effect(Enum):
    """What becomes of a tag that a rule is about. `allow` is an exception from the rules of its kind below it."""

    REFUSE = "refuse"
    WARN = "warn"
    ALLOW = "allow"


class Named(NamedTuple):
    """An account or a robot: the id decides, as names may be given to somebody else. 0: not looked up yet."""

    id: int
    name: str
    is_of_instance: bool = False
    """Of a robot: has it no project?"""


@dataclass(frozen=True, slots=True)
class Holders:
    """Whom a tag is reserved for: who holds one of these roles there, these people, and these robots."""

    roles: tuple[str, ...] = ()
    users: tuple[Named, ...] = ()
    robots: tuple[Named, ...] = ()

    def __bool__(self) -> bool:
        """Is anybody named?"""
        return bool(self.roles or self.users or self.robots)

    def include(self, who: Identity, place: Place, tag: str) -> bool:
        """May they? `place` tells which roles they hold."""
        if who.kind is Kind.ROBOT:
            return any(robot.id == who.user_id for robot in self.robots)
        if who.kind is not Kind.USER:
            return False
        return any(user.id == who.user_id for user in self.users) or any(
            held.role in self.roles and held.repositories.matches(place.within) and held.tags.matches(tag)
            for held in place.roles
        )

    def within(self, others: "Holders") -> bool:
        """Is nobody meant here who is not among the others?"""
        return (
            set(self.roles) <= set(others.roles)
            and {user.id for user in self.users} <= {user.id for user in others.users}
            and {robot.id for robot in self.robots} <= {robot.id for robot in others.robots}
        )

    def titles(self, project: str) -> list[str]:
        """What they are called in a sentence."""
        roles, users = (f"the role {role}" for role in self.roles), (user.name for user in self.users)
        return [*roles, *users, *self.robot_titles(project)]

    def robot_titles(self, project: str) -> list[str]:
        """The robots' names on the wire."""
        return [robot_title(None if robot.is_of_instance else project, robot.name) for robot in self.robots]


NOBODY = Holders()


@dataclass(frozen=True, slots=True)
class TagRule:
    """One rule; `repositories` are relative to the project, and `set_at` is seconds since the epoch.

    `form` and `regex` go with the kind `required`, `only` with `reserved`, `days` with `expires`.
    """

    kind: RuleKind
    repositories: Pattern = ALL
    tags: Tags = ALL
    effect: Effect = Effect.REFUSE
    reason: str = ""
    form: Form | None = None
    regex: Expression | None = None
    only: Holders = NOBODY
    days: int | None = None
    set_by: str = ""
    set_at: float = 0.0

    def is_about(self, within: str, tag: str) -> bool:
        """Does it match this tag of this repository?"""
        return self.repositories.matches(within) and self.tags.matches(tag)

    def has_form(self, tag: str) -> bool:
        """Does the tag look as the rule wants it to?"""
        shape = SHAPES.get(self.form) if self.form is not None else None
        if shape is not None:
            return shape.matches(tag)
        return self.regex is not None and self.regex.matches(tag)


def shown(rules: Iterable[TagRule], project: str) -> list[dict[str, object]]:
    """Rules in the words of the API, as of its answers and events; what a rule does not say is left out."""
    return [
        {name: value for name, value in _fields(rule, project).items() if value not in (None, [], "")} for rule in rules
    ]


def _fields(rule: TagRule, project: str) -> dict[str, object]:
    is_glob = isinstance(rule.tags, Pattern)
    return {
        "kind": rule.kind.value,
        "repositories": rule.repositories.text,
        "tags": rule.tags.text if is_glob else None,
        "tags_regex": None if is_glob else rule.tags.text,
        "action": rule.effect.value,
        "reason": rule.reason,
        "form": rule.form.value if rule.form is not None else None,
        "regex": rule.regex.text if rule.regex is not None else None,
        "roles": list(rule.only.roles),
        "users": [user.name for user in rule.only.users],
        "robots": rule.only.robot_titles(project),
        "days": rule.days,
        "set_by": rule.set_by,
        "set_at": rule.set_at,
    }
