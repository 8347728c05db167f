"""People in a browser in SQL: sessions, second factors with recovery codes, and invitations."""

from collections.abc import Sequence

from moorage.adapters.sql.session import Row
from moorage.adapters.sql.session import Session as Connection
from moorage.rules.facts import Invitation, KeptFactor
from moorage.rules.sessions import Session

_SESSION = "id, account_id, epoch, shown, started_at, seen_at, address, agent"
_FACTOR = "FROM second_factors f WHERE f.account_id = sessions.account_id AND f.confirmed = 1"
_INVITATION = (
    "SELECT i.id, i.project_id, p.name, i.role, i.note, i.made_by, a.name, i.made_at, i.expires_at FROM invitations i"
    " JOIN accounts a ON a.id = i.made_by LEFT JOIN projects p ON p.id = i.project_id"
)


class SqlSessions:
    """See `ports.people.Sessions`."""

    def __init__(self, session: Connection) -> None:
        self._session = session

    def start(self, session: Session, hashed: str) -> Session:
        """Insert."""
        row = self._session.one(
            "INSERT INTO sessions (hash, account_id, epoch, shown, started_at, seen_at, address, agent) VALUES"
            f" (:hash, :account_id, :epoch, :shown, :started_at, :seen_at, :address, :agent) RETURNING {_SESSION}",
            hash=hashed,
            account_id=session.account_id,
            epoch=session.epoch,
            shown=int(session.shown),
            started_at=session.started_at,
            seen_at=session.seen_at,
            address=session.address,
            agent=session.agent,
        )
        assert row is not None  # noqa: S101 - RETURNING gives a row or raises
        return _read(row)

    def find(self, hashed: str) -> Session | None:
        """By the unique hash."""
        row = self._session.one(f"SELECT {_SESSION} FROM sessions WHERE hash = :hash", hash=hashed)
        return _read(row) if row else None

    def touch(self, session: Session) -> None:
        """Update what using it changes."""
        self._session.run(
            "UPDATE sessions SET seen_at = :seen_at, address = :address WHERE id = :id",
            id=session.id,
            seen_at=session.seen_at,
            address=session.address,
        )

    def end(self, session_id: int, account_id: int) -> bool:
        """Delete."""
        return bool(
            self._session.run(
                "DELETE FROM sessions WHERE id = :id AND account_id = :account_id", id=session_id, account_id=account_id
            )
        )

    def end_all(self, account_id: int, *, but: int | None = None) -> int:
        """By the index on the account."""
        return self._session.run(
            "DELETE FROM sessions WHERE account_id = :account_id AND id <> :but", account_id=account_id, but=but or 0
        )

    def of(self, account_id: int) -> Sequence[Session]:
        """By the index on the account."""
        rows = self._session.all(
            f"SELECT {_SESSION} FROM sessions WHERE account_id = :account_id"
            " AND epoch = (SELECT epoch FROM accounts WHERE id = :account_id)"
            f" AND (shown = 1 OR NOT EXISTS (SELECT 1 {_FACTOR})) ORDER BY id DESC",
            account_id=account_id,
        )
        return [_read(row) for row in rows]

    def keep_newest(self, account_id: int, most: int) -> None:
        """By the index on the account."""
        self._session.run(
            "DELETE FROM sessions WHERE account_id = :account_id AND (id <= (SELECT id FROM sessions"
            " WHERE account_id = :account_id ORDER BY id DESC LIMIT 1 OFFSET :most)"
            " OR epoch <> (SELECT epoch FROM accounts WHERE id = :account_id))",
            account_id=account_id,
            most=most - 1,
        )

    def half(self, *, started_before: float, limit: int) -> Sequence[tuple[Session, str]]:
        """Of those that are kept: a session ends soon."""
        rows = self._session.all(
            f"SELECT {_SESSION}, (SELECT name FROM accounts WHERE id = account_id) FROM sessions"
            f" WHERE shown = 0 AND started_at < :moment AND EXISTS (SELECT 1 {_FACTOR}) ORDER BY id LIMIT :limit",
            moment=started_before,
            limit=limit,
        )
        return [(_read(row[:-1]), row[-1]) for row in rows]

    def forget(self, *, unused_since: float, started_before: float) -> int:
        """By the index on the last use; those that are used are few."""
        return self._session.run(
            "DELETE FROM sessions WHERE seen_at < :unused_since OR started_at < :started_before",
            unused_since=unused_since,
            started_before=started_before,
        )


class SqlSecondFactors:
    """See `ports.people.SecondFactors`."""

    def __init__(self, session: Connection) -> None:
        self._session = session

    def find(self, account_id: int) -> KeptFactor | None:
        """By the account."""
        row = self._session.one(
            "SELECT sealed, confirmed, spent, wrong, wrong_at FROM second_factors WHERE account_id = :id", id=account_id
        )
        return KeptFactor(row[0], bool(row[1]), *row[2:]) if row else None

    def put(self, account_id: int, kept: KeptFactor) -> None:
        """Insert or replace."""
        self._session.run(
            "INSERT INTO second_factors (account_id, sealed, confirmed, spent, wrong, wrong_at)"
            " VALUES (:id, :sealed, :confirmed, :spent, :wrong, :wrong_at) ON CONFLICT (account_id) DO UPDATE SET"
            " sealed = :sealed, confirmed = :confirmed, spent = :spent, wrong = :wrong, wrong_at = :wrong_at",
            id=account_id,
            sealed=kept.sealed,
            confirmed=int(kept.confirmed),
            spent=kept.spent,
            wrong=kept.wrong,
            wrong_at=kept.wrong_at,
        )

    def remove(self, account_id: int) -> bool:
        """Delete, with its codes."""
        self._session.run("DELETE FROM recovery_codes WHERE account_id = :id", id=account_id)
        return bool(self._session.run("DELETE FROM second_factors WHERE account_id = :id", id=account_id))

    def put_codes(self, account_id: int, hashes: Sequence[str]) -> None:
        """Delete what there was, insert what shall be."""
        self._session.run("DELETE FROM recovery_codes WHERE account_id = :id", id=account_id)
        self._session.run_many(
            "INSERT INTO recovery_codes (account_id, hash) VALUES (:id, :hash)",
            [{"id": account_id, "hash": hashed} for hashed in hashes],
        )

    def spend_code(self, account_id: int, hashed: str) -> bool:
        """Delete it: of two who come with the same one finds it."""
        return bool(
            self._session.run(
                "DELETE FROM recovery_codes WHERE account_id = :id AND hash = :hash", id=account_id, hash=hashed
            )
        )

    def codes(self, account_id: int) -> int:
        """Count them: they are ten at the most."""
        row = self._session.one("SELECT count(*) FROM recovery_codes WHERE account_id = :id", id=account_id)
        return int(row[0]) if row else 0


class SqlInvitations:
    """See `ports.people.Invitations`."""

    def __init__(self, session: Connection) -> None:
        self._session = session

    def create(self, invitation: Invitation, hashed: str) -> Invitation:
        """Insert."""
        row = self._session.one(
            "INSERT INTO invitations (hash, project_id, role, note, made_by, made_at, expires_at)"
            " VALUES (:hash, :project_id, :role, :note, :made_by, :made_at, :expires_at) RETURNING id",
            hash=hashed,
            project_id=invitation.project_id,
            role=invitation.role,
            note=invitation.note,
            made_by=invitation.maker_id,
            made_at=invitation.made_at,
            expires_at=invitation.expires_at,
        )
        found = self.get(row[0]) if row else None
        assert found is not None  # noqa: S101 - it was made above
        return found

    def find(self, hashed: str) -> Invitation | None:
        """By the unique hash."""
        row = self._session.one(f"{_INVITATION} WHERE i.hash = :hash", hash=hashed)
        return Invitation(*row) if row else None

    def get(self, invitation_id: int) -> Invitation | None:
        """By its id."""
        row = self._session.one(f"{_INVITATION} WHERE i.id = :id", id=invitation_id)
        return Invitation(*row) if row else None

    def remove(self, invitation_id: int) -> bool:
        """Delete it: of two who accept it one finds it."""
        return bool(self._session.run("DELETE FROM invitations WHERE id = :id", id=invitation_id))

    def page(self, project_id: int | None, *, after: int, limit: int) -> Sequence[Invitation]:
        """By the index on the project."""
        of, values = _of(project_id)
        rows = self._session.all(
            f"{_INVITATION} WHERE {of} AND i.id > :after ORDER BY i.id LIMIT :limit", after=after, limit=limit, **values
        )
        return [Invitation(*row) for row in rows]

    def count(self, project_id: int | None, *, most: int) -> int:
        """The same."""
        of, values = _of(project_id)
        row = self._session.one(
            f"SELECT count(*) FROM (SELECT 1 FROM invitations i WHERE {of} LIMIT :most) AS counted", most=most, **values
        )
        return int(row[0]) if row else 0

    def forget(self, *, ended_before: float) -> int:
        """By the index on the end."""
        return self._session.run("DELETE FROM invitations WHERE expires_at < :moment", moment=ended_before)


def _of(project_id: int | None) -> tuple[str, dict[str, int]]:
    """The condition, and the values in it."""
    if project_id is None:
        return "i.project_id IS NULL", {}
    return "i.project_id = :project_id", {"project_id": project_id}


def _read(row: Row) -> Session:
    return Session(row[0], row[1], row[2], bool(row[3]), *row[4:])
