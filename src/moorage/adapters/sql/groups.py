"""Groups of people in SQL."""

from collections.abc import Collection, Sequence

from moorage.adapters.sql import lists
from moorage.adapters.sql.members import NEW_EPOCH
from moorage.adapters.sql.session import Session
from moorage.rules.facts import Group, GroupPerson
from moorage.rules.listing import Listing

_COLUMNS = "g.id, g.name, (SELECT count(*) FROM group_people p WHERE p.group_id = g.id)"

_ALL = lists.Source(_COLUMNS, "groups g WHERE 1 = 1", {"name": "g.name"}, {})


class SqlGroups:
    """See `ports.people.Groups`."""

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

    def page(self, listing: Listing) -> Sequence[Group]:
        """By the unique index on the name."""
        return [Group(*row) for row in lists.page(self._session, _ALL, listing)]

    def count(self, listing: Listing, *, most: int) -> int:
        """The same."""
        return lists.count(self._session, _ALL, listing, most)

    def people(self, group_id: int, listing: Listing) -> Sequence[GroupPerson]:
        """By the index on the group."""
        return [GroupPerson(row[0]) for row in lists.page(self._session, _people(group_id), listing)]

    def count_people(self, group_id: int, listing: Listing, *, most: int) -> int:
        """The same."""
        return lists.count(self._session, _people(group_id), listing, most)

    def of(self, account_id: int, *, limit: int) -> Sequence[str]:
        """By the key of the person."""
        rows = self._session.all(
            "SELECT g.name FROM group_people p JOIN groups g ON g.id = p.group_id WHERE p.account_id = :account_id"
            " ORDER BY g.name LIMIT :limit",
            account_id=account_id,
            limit=limit,
        )
        return [name for (name,) in rows]

    def join(self, group_id: int, account_id: int) -> bool:
        """Insert; whom a source's word had let in is in by a person's from now on."""
        self._new_epoch(group_id)
        return bool(
            self._session.run(
                "INSERT INTO group_people (account_id, group_id) VALUES (:account_id, :group_id)"
                " ON CONFLICT (account_id, group_id) DO UPDATE SET followed = 0 WHERE group_people.followed = 1",
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

    def follow(self, account_id: int, names: Collection[str]) -> tuple[Sequence[str], Sequence[str]]:
        """Compare with what is; only differences are written. Names that are no groups here cost a look each."""
        rows = self._session.all(
            "SELECT g.id, g.name, p.followed FROM group_people p JOIN groups g ON g.id = p.group_id"
            " WHERE p.account_id = :account_id",
            account_id=account_id,
        )
        there = {name for _, name, _ in rows}
        found = [group for name in sorted(set(names) - there) if (group := self.find(name)) is not None]
        for group in found:
            self._new_epoch(group.id)
            self._session.run(
                "INSERT INTO group_people (account_id, group_id, followed) VALUES (:account_id, :group_id, 1)",
                account_id=account_id,
                group_id=group.id,
            )
        gone = sorted((name, group_id) for group_id, name, followed in rows if followed and name not in names)
        for _, group_id in gone:
            self.leave(group_id, account_id)
        return [group.name for group in found], [name for name, _ in gone]

    def _new_epoch(self, group_id: int) -> None:
        self._session.run(f"{NEW_EPOCH} WHERE id IN (SELECT project_id FROM members WHERE group_id = :id)", id=group_id)


def _people(group_id: int) -> lists.Source:
    rows = "group_people p JOIN accounts a ON a.id = p.account_id WHERE p.group_id = :group_id"
    return lists.Source("a.name", rows, {"name": "a.name"}, {"group_id": group_id})
