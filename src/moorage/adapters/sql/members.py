"""Members and the roles they hold, in SQL."""

import json
from collections.abc import Sequence

from moorage.adapters.sql.session import Row, Session
from moorage.rules.access import HeldRole, Identity, Kind, Limit
from moorage.rules.facts import CustomRole, Holding, Member, RoleSpec, Subject
from moorage.rules.pattern import Pattern
from moorage.rules.roles import ROLES, Action

_HELD = (
    "SELECT m.role, m.repositories, m.tags, g.name, c.actions FROM members m"
    " LEFT JOIN groups g ON g.id = m.group_id LEFT JOIN roles c ON c.name = m.role"
)
_BY_PERSON = f"{_HELD} WHERE m.account_id = :account_id AND m.project_id = :project_id"
_BY_GROUP = (
    f"{_HELD} JOIN group_people p ON p.group_id = m.group_id"
    " WHERE p.account_id = :account_id AND m.project_id = :project_id"
)
_OWN = "SELECT project_id, role, repositories, tags, '' AS via FROM members"
_HELD_BY = {
    True: f"{_OWN} WHERE group_id = :id",
    False: f"{_OWN} WHERE account_id = :id UNION ALL"
    " SELECT o.project_id, o.role, o.repositories, o.tags, g.name FROM group_people q"
    " JOIN members o ON o.group_id = q.group_id JOIN groups g ON g.id = q.group_id WHERE q.account_id = :id",
}
"""The roles of a group, and of a person."""
NEW_EPOCH = "UPDATE projects SET epoch = epoch + 1"
"""Begins every change of who may do what in the projects that the rest of the statement names."""


def held_by(session: Session, who: Identity, project_id: int) -> tuple[HeldRole, ...]:
    """The roles of an identity in a project; only people hold roles, and administrators need none."""
    if who.kind is not Kind.USER or who.user_id is None or who.administrator:
        return ()
    values = {"account_id": who.user_id, "project_id": project_id}
    rows = session.all(_BY_PERSON, **values) + session.all(_BY_GROUP, **values)
    return tuple(_held(row) for row in rows)


def _held(row: Row) -> HeldRole:
    role, repositories, tags, group, custom = row
    actions = ROLES.get(role) or read_actions(custom or "[]")
    return HeldRole(role, actions, Pattern(repositories), Pattern(tags), group or "")


def read_actions(text: str) -> frozenset[Action]:
    """The actions of a stored list; one that this version does not know gives nothing."""
    known = {action.value: action for action in Action}
    return frozenset(known[name] for name in json.loads(text) if name in known)


def write_actions(actions: frozenset[Action]) -> str:
    """The actions as they are stored."""
    return json.dumps(sorted(action.value for action in actions))


def projects_of(who: Identity) -> str:
    """A subquery: the ids of the projects in which an identity holds anything. It binds :account_id."""
    limits: Sequence[Limit] = who.limits or ()
    if who.kind is Kind.ROBOT:
        ids = ", ".join(str(int(limit.project_id)) for limit in limits if limit.project_id is not None)
        everywhere = any(limit.project_id is None for limit in limits)
        return "SELECT id FROM projects" if everywhere else f"SELECT id FROM projects WHERE id IN ({ids})"
    return (
        "SELECT project_id FROM members WHERE account_id = :account_id UNION SELECT m.project_id FROM members m"
        " JOIN group_people p ON p.group_id = m.group_id WHERE p.account_id = :account_id"
    )


class SqlMembers:
    """See `ports.rights.Members`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, project_id: int, subject: Subject) -> Member | None:
        """All rows of the subject."""
        rows = self._session.all(
            f"SELECT role, repositories, tags FROM members WHERE project_id = :project_id AND {_column(subject)} = :id"
            " ORDER BY id",
            project_id=project_id,
            id=subject.id,
        )
        return Member(subject, tuple(_spec(row) for row in rows)) if rows else None

    def put(self, project_id: int, subject: Subject, roles: Sequence[RoleSpec], *, now: float) -> None:
        """Delete what there was, insert what shall be."""
        self._delete(project_id, subject)
        self._session.run_many(
            f"INSERT INTO members (project_id, {_column(subject)}, role, repositories, tags, created_at)"
            " VALUES (:project_id, :id, :role, :repositories, :tags, :now)",
            [
                {
                    "project_id": project_id,
                    "id": subject.id,
                    "role": spec.role,
                    "repositories": spec.repositories.text,
                    "tags": spec.tags.text,
                    "now": now,
                }
                for spec in roles
            ],
        )
        self._session.run(f"{NEW_EPOCH} WHERE id = :id", id=project_id)

    def remove(self, project_id: int, subject: Subject) -> bool:
        """Delete every row of the subject."""
        removed = self._delete(project_id, subject)
        self._session.run(f"{NEW_EPOCH} WHERE id = :id", id=project_id)
        return removed

    def _delete(self, project_id: int, subject: Subject) -> bool:
        return bool(
            self._session.run(
                f"DELETE FROM members WHERE project_id = :project_id AND {_column(subject)} = :id",
                project_id=project_id,
                id=subject.id,
            )
        )

    def page(self, project_id: int) -> Sequence[Member]:
        """Rows of one subject stand together."""
        rows = self._session.all(
            "SELECT m.group_id IS NOT NULL, coalesce(a.name, g.name), coalesce(a.id, g.id),"
            " m.role, m.repositories, m.tags FROM members m LEFT JOIN accounts a ON a.id = m.account_id"
            " LEFT JOIN groups g ON g.id = m.group_id WHERE m.project_id = :project_id ORDER BY 1, 2, m.id",
            project_id=project_id,
        )
        found: dict[Subject, list[RoleSpec]] = {}
        for row in rows:
            found.setdefault(Subject(row[2], row[1], bool(row[0])), []).append(_spec(row[3:]))
        return [Member(subject, tuple(roles)) for subject, roles in found.items()]

    def held(self, subject: Subject, *, limit: int) -> Sequence[Holding]:
        """By the indexes on person and group."""
        rows = self._session.all(
            f"SELECT p.name, m.role, m.repositories, m.tags, m.via FROM ({_HELD_BY[subject.is_group]}) m"
            " JOIN projects p ON p.id = m.project_id ORDER BY p.name, m.via, m.role LIMIT :limit",
            id=subject.id,
            limit=limit,
        )
        return [Holding(row[0], _spec(row[1:4]), row[4]) for row in rows]


class SqlCustomRoles:
    """See `ports.rights.CustomRoles`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, name: str) -> CustomRole | None:
        """By its name."""
        row = self._session.one("SELECT name, actions FROM roles WHERE name = :name", name=name)
        return CustomRole(row[0], read_actions(row[1])) if row else None

    def put(self, role: CustomRole, *, now: float) -> None:
        """Insert or change."""
        self._session.run(
            "INSERT INTO roles (name, actions, created_at) VALUES (:name, :actions, :now)"
            " ON CONFLICT (name) DO UPDATE SET actions = :actions",
            name=role.name,
            actions=write_actions(role.actions),
            now=now,
        )
        self._session.run(
            f"{NEW_EPOCH} WHERE id IN (SELECT project_id FROM members WHERE role = :name)", name=role.name
        )

    def delete(self, name: str) -> bool:
        """Delete unless a member's row names it."""
        return bool(
            self._session.run(
                "DELETE FROM roles WHERE name = :name AND NOT EXISTS (SELECT 1 FROM members WHERE role = :name)",
                name=name,
            )
        )

    def page(self) -> Sequence[CustomRole]:
        """All, by name."""
        rows = self._session.all("SELECT name, actions FROM roles ORDER BY name")
        return [CustomRole(row[0], read_actions(row[1])) for row in rows]


def _column(subject: Subject) -> str:
    return "group_id" if subject.is_group else "account_id"


def _spec(row: Row) -> RoleSpec:
    return RoleSpec(row[0], Pattern(row[1]), Pattern(row[2]))
