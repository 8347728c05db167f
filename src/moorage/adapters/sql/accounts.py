"""Accounts in SQL."""

from moorage.adapters.sql.session import Session
from moorage.rules.facts import Account

_COLUMNS = "id, name, password_hash, administrator, disabled, epoch"


class SqlAccounts:
    """See `ports.records.Accounts`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, name: str) -> Account | None:
        """By its unique name."""
        row = self._session.one(f"SELECT {_COLUMNS} FROM accounts WHERE name = :name", name=name)
        return Account(row[0], row[1], row[2], bool(row[3]), bool(row[4]), row[5]) if row else None

    def create(self, name: str, password_hash: str, *, administrator: bool, now: float) -> Account | None:
        """Insert unless the name is taken."""
        made = self._session.run(
            "INSERT INTO accounts (name, password_hash, administrator, disabled, epoch, created_at)"
            " VALUES (:name, :password_hash, :administrator, 0, 1, :now) ON CONFLICT (name) DO NOTHING",
            name=name,
            password_hash=password_hash,
            administrator=int(administrator),
            now=now,
        )
        return self.find(name) if made else None

    def renew_password(self, account_id: int, password_hash: str) -> None:
        """Update, and begin a new epoch."""
        self._session.run(
            "UPDATE accounts SET password_hash = :password_hash, epoch = epoch + 1, disabled = 0 WHERE id = :id",
            id=account_id,
            password_hash=password_hash,
        )

    def any(self) -> bool:
        """One row is enough."""
        return self._session.one("SELECT 1 FROM accounts LIMIT 1") is not None
