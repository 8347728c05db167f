"""Robots and personal tokens in SQL."""

import json
from collections.abc import Sequence

from moorage.adapters.sql import lists
from moorage.adapters.sql.members import read_actions, write_actions
from moorage.adapters.sql.session import Row, Session
from moorage.rules.facts import PersonalToken, Robot
from moorage.rules.listing import Listing
from moorage.rules.names import ROBOT
from moorage.rules.pattern import Pattern

_ROBOT = (
    "id, title, name, project_id, description, actions, repositories, secret_hash, previous_hash, previous_until,"
    " expires_at, disabled, epoch, created_by, created_at, used_at, used_from"
)
_TOKEN = "id, account_id, name, scopes, repositories, expires_at, created_at, used_at, used_from"  # noqa: S105


class SqlRobots:
    """See `ports.rights.Robots`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, title: str) -> Robot | None:
        """By its unique title."""
        row = self._session.one(f"SELECT {_ROBOT} FROM robots WHERE title = :title", title=title)
        return _robot(row) if row else self._by_old_title(title)

    def _by_old_title(self, title: str) -> Robot | None:
        """By the name that its project had before."""
        project, _, name = title.removeprefix(ROBOT).partition("+")
        row = self._session.one(
            f"SELECT {_ROBOT} FROM robots WHERE name = :name AND project_id ="
            " (SELECT project_id FROM redirects WHERE name = :project AND is_project = 1)",
            name=name,
            project=project,
        )
        return _robot(row) if row else None

    def create(self, robot: Robot) -> Robot | None:
        """Insert unless the title is taken."""
        made = self._session.run(
            "INSERT INTO robots (title, name, project_id, description, actions, repositories, secret_hash, expires_at,"
            " disabled, epoch, created_by, created_at) VALUES (:title, :name, :project_id, :description, :actions,"
            " :repositories, :secret_hash, :expires_at, :disabled, :epoch, :created_by, :created_at)"
            " ON CONFLICT (title) DO NOTHING",
            **_values(robot),
            title=robot.title,
            name=robot.name,
            project_id=robot.project_id,
            epoch=robot.epoch,
            created_by=robot.created_by,
            created_at=robot.created_at,
        )
        return self.find(robot.title) if made else None

    def update(self, robot: Robot) -> None:
        """All columns that may change."""
        self._session.run(
            "UPDATE robots SET description = :description, actions = :actions, repositories = :repositories,"
            " secret_hash = :secret_hash, previous_hash = :previous_hash, previous_until = :previous_until,"
            " expires_at = :expires_at, disabled = :disabled, epoch = epoch + 1 WHERE id = :id",
            **_values(robot),
            id=robot.id,
            previous_hash=robot.previous_hash,
            previous_until=robot.previous_until,
        )

    def delete(self, robot_id: int) -> None:
        """Delete."""
        self._session.run("DELETE FROM robots WHERE id = :id", id=robot_id)

    def page(self, project_id: int | None, listing: Listing) -> Sequence[Robot]:
        """By the index on the project and what it is sorted by."""
        return [_robot(row) for row in lists.page(self._session, _source(project_id, listing), listing)]

    def count(self, project_id: int | None, listing: Listing, *, most: int) -> int:
        """The same."""
        return lists.count(self._session, _source(project_id, listing), listing, most)

    def used(self, robot_id: int, *, at: float, address: str) -> None:
        """Update the two columns."""
        self._session.run(
            "UPDATE robots SET used_at = :at, used_from = :address WHERE id = :id", id=robot_id, at=at, address=address
        )


class SqlPersonalTokens:
    """See `ports.rights.PersonalTokens`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, secret_hash: str) -> PersonalToken | None:
        """By the unique hash."""
        row = self._session.one(f"SELECT {_TOKEN} FROM personal_tokens WHERE secret_hash = :hash", hash=secret_hash)
        return _token(row) if row else None

    def get(self, token_id: int) -> PersonalToken | None:
        """By its id."""
        row = self._session.one(f"SELECT {_TOKEN} FROM personal_tokens WHERE id = :id", id=token_id)
        return _token(row) if row else None

    def create(self, token: PersonalToken, secret_hash: str) -> PersonalToken | None:
        """Insert unless the owner has the name."""
        made = self._session.run(
            "INSERT INTO personal_tokens (account_id, name, secret_hash, scopes, repositories, expires_at, created_at)"
            " VALUES (:account_id, :name, :hash, :scopes, :repositories, :expires_at, :created_at)"
            " ON CONFLICT (account_id, name) DO NOTHING",
            account_id=token.account_id,
            name=token.name,
            hash=secret_hash,
            scopes=json.dumps(sorted(token.scopes)),
            repositories=_write_patterns(token.repositories),
            expires_at=token.expires_at,
            created_at=token.created_at,
        )
        return self.find(secret_hash) if made else None

    def delete(self, account_id: int, token_id: int) -> PersonalToken | None:
        """Only the owner's."""
        row = self._session.one(
            f"DELETE FROM personal_tokens WHERE id = :id AND account_id = :account_id RETURNING {_TOKEN}",
            id=token_id,
            account_id=account_id,
        )
        return _token(row) if row else None

    def revoke(self, account_id: int) -> None:
        """Delete them."""
        self._session.run("DELETE FROM personal_tokens WHERE account_id = :account_id", account_id=account_id)

    def of_account(self, account_id: int) -> Sequence[PersonalToken]:
        """By the index on account and name."""
        rows = self._session.all(
            f"SELECT {_TOKEN} FROM personal_tokens WHERE account_id = :account_id ORDER BY id DESC",
            account_id=account_id,
        )
        return [_token(row) for row in rows]

    def used(self, token_id: int, *, at: float, address: str) -> None:
        """Update the two columns."""
        self._session.run(
            "UPDATE personal_tokens SET used_at = :at, used_from = :address WHERE id = :id",
            id=token_id,
            at=at,
            address=address,
        )


def _source(project_id: int | None, listing: Listing) -> lists.Source:
    terms = ["project_id IS NULL" if project_id is None else "project_id = :project_id"]
    values = {**listing.where} if project_id is None else {**listing.where, "project_id": project_id}
    if "disabled" in listing.where:
        terms.append("disabled = :disabled")
    columns = {"name": "name", "created_at": "created_at"}
    return lists.Source(_ROBOT, f"robots WHERE {' AND '.join(terms)}", columns, values)


def _values(robot: Robot) -> dict[str, object]:
    return {
        "description": robot.description,
        "actions": write_actions(robot.actions),
        "repositories": _write_patterns(robot.repositories),
        "secret_hash": robot.secret_hash,
        "expires_at": robot.expires_at,
        "disabled": int(robot.disabled),
    }


def _robot(row: Row) -> Robot:
    fields = list(row)
    fields[5], fields[6], fields[11] = read_actions(row[5]), _read_patterns(row[6]), bool(row[11])
    return Robot(*fields)


def _token(row: Row) -> PersonalToken:
    fields = list(row)
    fields[3], fields[4] = frozenset(json.loads(row[3])), _read_patterns(row[4])
    return PersonalToken(*fields)


def _write_patterns(patterns: tuple[Pattern, ...]) -> str:
    return json.dumps([pattern.text for pattern in patterns])


def _read_patterns(text: str) -> tuple[Pattern, ...]:
    return tuple(Pattern(pattern) for pattern in json.loads(text))
