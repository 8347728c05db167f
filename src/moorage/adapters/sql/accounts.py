"""Accounts in SQL."""

from collections.abc import Sequence

from moorage.adapters.sql import lists
from moorage.adapters.sql.members import NEW_EPOCH
from moorage.adapters.sql.session import Row, Session
from moorage.rules.access import Identity, Kind
from moorage.rules.facts import Account, Source
from moorage.rules.listing import Listing

_COLUMNS = (
    "id, name, password_hash, administrator, disabled, epoch, auditor, must_change, created_at, seen_at, source,"
    " vouched_until,"
    " EXISTS (SELECT 1 FROM second_factors f WHERE f.account_id = accounts.id AND f.confirmed = 1)"
)
_FLAGS = ("administrator", "auditor", "disabled")
"""What a list can be narrowed by."""


class SqlAccounts:
    """See `ports.people.Accounts`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, name: str) -> Account | None:
        """By its unique name."""
        row = self._session.one(f"SELECT {_COLUMNS} FROM accounts WHERE name = :name", name=name)
        return _account(row) if row else None

    def get(self, account_id: int) -> Account | None:
        """By its id."""
        row = self._session.one(f"SELECT {_COLUMNS} FROM accounts WHERE id = :id", id=account_id)
        return _account(row) if row else None

    def resembles(self, name: str) -> bool:
        """By a look at all of them, for which nobody waits often."""
        row = self._session.one("SELECT 1 FROM accounts WHERE lower(name) = lower(:name) LIMIT 1", name=name)
        return row is not None

    def create(
        self, name: str, password_hash: str, *, administrator: bool, now: float, must_change: bool = False
    ) -> Account | None:
        """Insert unless the name is taken."""
        made = self._session.run(
            "INSERT INTO accounts (name, password_hash, administrator, disabled, epoch, must_change, created_at)"
            " VALUES (:name, :password_hash, :administrator, 0, 1, :must_change, :now) ON CONFLICT (name) DO NOTHING",
            name=name,
            password_hash=password_hash,
            administrator=int(administrator),
            must_change=int(must_change),
            now=now,
        )
        return self.find(name) if made else None

    def create_vouched(self, name: str, source: Source, subject: str, *, now: float) -> Account | None:
        """Insert unless the name is taken; the hash fits no password, and nobody vouches for it yet."""
        if self.resembles(name):
            return None
        made = self._session.run(
            "INSERT INTO accounts"
            " (name, password_hash, administrator, disabled, epoch, created_at, source, subject, vouched_until)"
            " VALUES (:name, '', 0, 0, 1, :now, :source, :subject, 0) ON CONFLICT (name) DO NOTHING",
            name=name,
            source=source.value,
            subject=subject,
            now=now,
        )
        return self.find(name) if made else None

    def vouched(self, source: Source, subject: str) -> Account | None:
        """By the unique index on both."""
        row = self._session.one(
            f"SELECT {_COLUMNS} FROM accounts WHERE source = :source AND subject = :subject",
            source=source.value,
            subject=subject,
        )
        return _account(row) if row else None

    def vouched_by(self, source: Source, *, after: str, limit: int) -> Sequence[tuple[str, Account]]:
        """By the same index."""
        rows = self._session.all(
            f"SELECT subject, {_COLUMNS} FROM accounts WHERE source = :source AND subject > :after"
            " ORDER BY subject LIMIT :limit",
            source=source.value,
            after=after,
            limit=limit,
        )
        return [(row[0], _account(row[1:])) for row in rows]

    def vouch(self, account_id: int, *, until: float) -> None:
        """Update the column."""
        self._session.run(
            "UPDATE accounts SET vouched_until = :until WHERE id = :id AND source IS NOT NULL",
            id=account_id,
            until=until,
        )

    def renew_password(self, account_id: int, password_hash: str, *, must_change: bool = False) -> None:
        """Update, and begin a new epoch. Who has a password here is our own."""
        self._session.run(
            "UPDATE accounts SET password_hash = :password_hash, epoch = epoch + 1, must_change = :must_change,"
            " source = NULL, subject = NULL, vouched_until = NULL WHERE id = :id",
            id=account_id,
            password_hash=password_hash,
            must_change=int(must_change),
        )

    def update(self, account_id: int, *, administrator: bool, auditor: bool, disabled: bool) -> None:
        """Update, and begin a new epoch."""
        self._session.run(
            "UPDATE accounts SET administrator = :administrator, auditor = :auditor, disabled = :disabled,"
            " epoch = epoch + 1 WHERE id = :id",
            id=account_id,
            administrator=int(administrator),
            auditor=int(auditor),
            disabled=int(disabled),
        )

    def begin_epoch(self, account_id: int) -> None:
        """Update the column."""
        self._session.run("UPDATE accounts SET epoch = epoch + 1 WHERE id = :id", id=account_id)

    def delete(self, account_id: int) -> None:
        """Roles, memberships and tokens go with it."""
        self._session.run(
            f"{NEW_EPOCH} WHERE id IN (SELECT project_id FROM members WHERE account_id = :id)", id=account_id
        )
        self._session.run("DELETE FROM accounts WHERE id = :id", id=account_id)

    def page(self, listing: Listing) -> Sequence[Account]:
        """By the index on what it is sorted by."""
        return [_account(row) for row in lists.page(self._session, _source(listing), listing)]

    def count(self, listing: Listing, *, most: int) -> int:
        """The same."""
        return lists.count(self._session, _source(listing), listing, most)

    def seen(self, account_id: int, *, at: float) -> None:
        """Update the column."""
        self._session.run("UPDATE accounts SET seen_at = :at WHERE id = :id", id=account_id, at=at)

    def holds(self, who: Identity) -> bool:
        """By its id."""
        if who.kind is Kind.ANONYMOUS:
            return True
        if who.kind is Kind.ROBOT:
            row = self._session.one("SELECT disabled FROM robots WHERE id = :id", id=who.user_id)
            return row is not None and row[0] == 0
        row = self._session.one(
            "SELECT epoch, disabled, (SELECT count(*) FROM personal_tokens WHERE id = :token) FROM accounts"
            " WHERE id = :id",
            id=who.user_id,
            token=who.personal,
        )
        return row is not None and (row[0], row[1]) == (who.epoch, 0) and (who.personal is None or row[2] == 1)

    def administrators(self, now: float) -> int:
        """Count them: there are few people."""
        row = self._session.one(
            "SELECT count(*) FROM accounts WHERE administrator = 1 AND disabled = 0"
            " AND (vouched_until IS NULL OR vouched_until > :now)",
            now=now,
        )
        return int(row[0]) if row else 0

    def any(self) -> bool:
        """One row is enough."""
        return self._session.one("SELECT 1 FROM accounts LIMIT 1") is not None


def _source(listing: Listing) -> lists.Source:
    terms = ["1 = 1", *(f"{flag} = :{flag}" for flag in _FLAGS if flag in listing.where)]
    columns = {"name": "name", "created_at": "created_at"}
    return lists.Source(_COLUMNS, f"accounts WHERE {' AND '.join(terms)}", columns, listing.where)


def _account(row: Row) -> Account:
    fields = list(row)
    for flag in (3, 4, 6, 7, 12):
        fields[flag] = bool(row[flag])
    fields[10] = None if row[10] is None else Source(row[10])
    return Account(*fields)
