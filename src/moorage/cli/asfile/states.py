"""The two states that are compared: what files say, and what a registry has.

The fields of both are those of the API, by its names. None is what nothing is said of, or what was not asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from moorage.cli.asfile.faults import Place

Row: TypeAlias = Mapping[str, Any]
"""A thing as the API shows it. Robots have their `trusts` beside that, groups their `people`."""
Rows: TypeAlias = Mapping[str, Row]
"""Things by name."""
RowList: TypeAlias = Sequence[Row]
"""Things in an order of their own."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A named thing of a file: where it stands, and its fields. What is absent stays as it is."""

    place: Place
    fields: Mapping[str, Any]


Section: TypeAlias = Mapping[str, Entry]
"""Named things of one kind; an empty one says that there shall be none, to those who prune."""


@dataclass(frozen=True, slots=True)
class WantedProject:
    """A project, and what is said of that which is in it."""

    entry: Entry
    members: Section | None = None
    groups: Section | None = None
    repositories: Section | None = None
    robots: Section | None = None
    tag_rules: Entry | None = None
    retention: Entry | None = None
    schedules: Section | None = None
    webhooks: Section | None = None
    quota: Entry | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that the files say. `robots` and `schedules` are those of the instance."""

    roles: Section | None = None
    users: Section | None = None
    groups: Section | None = None
    issuers: Section | None = None
    robots: Section | None = None
    schedules: Section | None = None
    projects: Mapping[str, WantedProject] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundProject:
    """A project and what is in it."""

    row: Row
    members: Rows | None = None
    groups: Rows | None = None
    repositories: Rows | None = None
    robots: Rows | None = None
    tag_rules: RowList | None = None
    retention: Row | None = None
    schedules: Rows | None = None
    webhooks: Rows | None = None
    quota: Row | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What there is, and whose eyes saw it (`me`). A project that is not there is in no mapping."""

    me: Row
    roles: Rows | None = None
    users: Rows | None = None
    groups: Rows | None = None
    issuers: Rows | None = None
    robots: Rows | None = None
    schedules: Rows | None = None
    projects: Mapping[str, FoundProject] = field(default_factory=dict)

    @property
    def sees_all(self) -> bool:
        """May whoever asks see people, issuers and the robots of the instance?"""
        return bool(self.me["administrator"] or self.me["auditor"])
