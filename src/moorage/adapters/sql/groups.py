"""Groups of people in SQL."""

from collections.abc import Sequence

from moorage.adapters.sql.members import NEW_EPOCH
from moorage.adapters.sql.session import Session
from moorage.rules.facts import Group

_COLUMNS = "g.id, g.name, (SELECT count(*) FROM group_people p WHERE p.group_id = g.id)"


class SqlGroups:
    """See `ports.records.Groups`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, name: str) -> Group | None:
        """By its unique name."""
        row = self._session.one(f"SELECT {_COLUMNS} FROM groups g WHERE g.name = :name", name=name)
        return Group(*row) if row else None

    def create(self, name: str, *, now: float) -> Group | None:
        """Insert unless the name is taken."""
        made = self._session.run(
            "INSERT INTO groups (name, created_at) VALUES (:name, :now) ON CONFLICT (name) DO NOTHING",
            name=name,
            now=now,
        )
        return self.find(name) if made else None

    def delete(self, group_id: int) -> None:
        """Its people and roles go with it."""
        self._new_epoch(group_id)
        self._session.run("DELETE FROM groups WHERE id = :id", id=group_id)

    def page(self, *, after: str, limit: int) -> Sequence[Group]:
        """By the unique index on the name."""
        rows = self._session.all(
            f"SELECT {_COLUMNS} FROM groups g WHERE g.name > :after ORDER BY g.name LIMIT :limit",
            after=after,
            limit=limit,
        )
        return [Group(*row) for row in rows]

    def people(self, group_id: int, *, after: str, limit: int) -> Sequence[str]:
        """By the index on the group."""
        rows = self._session.all(
            "SELECT a.name FROM group_people p JOIN accounts a ON a.id = p.account_id"
            " WHERE p.group_id = :group_id AND a.name > :after ORDER BY a.name LIMIT :limit",
            group_id=group_id,
            after=after,
            limit=limit,
        )
        return [row[0] for row in rows]

    def join(self, group_id: int, account_id: int) -> bool:
        """Insert."""
        self._new_epoch(group_id)
        return bool(
            self._session.run(
                "INSERT INTO group_people (account_id, group_id) VALUES (:account_id, :group_id)"
                " ON CONFLICT (account_id, group_id) DO NOTHING",
                account_id=account_id,
                group_id=group_id,
            )
        )

    def leave(self, group_id: int, account_id: int) -> bool:
        """Delete."""
        self._new_epoch(group_id)
        return bool(
            self._session.run(
                "DELETE FROM group_people WHERE account_id = :account_id AND group_id = :group_id",
                account_id=account_id,
                group_id=group_id,
            )
        )

    def _new_epoch(self, group_id: int) -> None:
        self._session.run(f"{NEW_EPOCH} WHERE id IN (SELECT project_id FROM members WHERE group_id = :id)", id=group_id)
