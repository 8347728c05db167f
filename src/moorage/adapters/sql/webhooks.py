"""Webhooks in SQL."""

import json
from collections.abc import Sequence

from moorage.adapters.sql.session import Row, Session
from moorage.rules.pattern import Pattern
from moorage.rules.webhooks import Form, Webhook

_CHANGING = (
    "url, form, events, repositories, tags, description, sealed, previous_sealed, previous_until, disabled, since,"
    " failing_since"
)
_SELECT = (
    f"SELECT w.id, w.project_id, p.name, {', '.join(f'w.{name}' for name in _CHANGING.split(', '))}, w.created_by,"
    " w.created_at FROM webhooks w JOIN projects p ON p.id = w.project_id"
)
_VALUES = ", ".join(f":{name}" for name in _CHANGING.split(", "))


class SqlWebhooks:
    """See `ports.webhooks.Webhooks`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, hook: Webhook) -> Webhook:
        """Insert."""
        row = self._session.one(
            f"INSERT INTO webhooks (project_id, {_CHANGING}, created_by, created_at)"
            f" VALUES (:project_id, {_VALUES}, :created_by, :created_at) RETURNING id",
            project_id=hook.project_id,
            created_by=hook.created_by,
            created_at=hook.created_at,
            **_changing(hook),
        )
        made = self.get(row[0]) if row else None
        assert made is not None  # noqa: S101 - RETURNING gives a row or raises
        return made

    def get(self, webhook_id: int) -> Webhook | None:
        """By its id."""
        row = self._session.one(f"{_SELECT} WHERE w.id = :id", id=webhook_id)
        return _webhook(row) if row else None

    def update(self, hook: Webhook) -> None:
        """All columns that may change."""
        setting = ", ".join(f"{name} = :{name}" for name in _CHANGING.split(", "))
        self._session.run(f"UPDATE webhooks SET {setting} WHERE id = :id", id=hook.id, **_changing(hook))

    def delete(self, webhook_id: int) -> None:
        """Its deliveries go with it."""
        self._session.run("DELETE FROM webhooks WHERE id = :id", id=webhook_id)

    def page(self, project_id: int, *, after: int, limit: int) -> Sequence[Webhook]:
        """By the index on the project."""
        rows = self._session.all(
            f"{_SELECT} WHERE w.project_id = :project_id AND w.id > :after ORDER BY w.id LIMIT :limit",
            project_id=project_id,
            after=after,
            limit=limit,
        )
        return [_webhook(row) for row in rows]

    def count(self, project_id: int, *, most: int) -> int:
        """The same."""
        row = self._session.one(
            "SELECT count(*) FROM (SELECT 1 FROM webhooks WHERE project_id = :project_id LIMIT :most) AS counted",
            project_id=project_id,
            most=most,
        )
        return int(row[0]) if row else 0

    def first_wanted(self) -> int | None:
        """The first entry of the index on those that are enabled."""
        row = self._session.one("SELECT since FROM webhooks WHERE disabled = 0 ORDER BY since LIMIT 1")
        return int(row[0]) if row else None

    def note(self, webhook_id: int, *, failing_since: float | None) -> None:
        """One column."""
        self._session.run(
            "UPDATE webhooks SET failing_since = :since WHERE id = :id", id=webhook_id, since=failing_since
        )


def _changing(hook: Webhook) -> dict[str, object]:
    return {
        "url": hook.url,
        "form": hook.form.value,
        "events": json.dumps(hook.events),
        "repositories": _write(hook.repositories),
        "tags": _write(hook.tags),
        "description": hook.description,
        "sealed": hook.sealed,
        "previous_sealed": hook.previous_sealed,
        "previous_until": hook.previous_until,
        "disabled": int(hook.disabled),
        "since": hook.since,
        "failing_since": hook.failing_since,
    }


def _webhook(row: Row) -> Webhook:
    fields = list(row)
    fields[4], fields[5], fields[12] = Form(row[4]), tuple(json.loads(row[5])), bool(row[12])
    fields[6], fields[7] = _read(row[6]), _read(row[7])
    return Webhook(*fields)


def _write(patterns: tuple[Pattern, ...]) -> str:
    return json.dumps([pattern.text for pattern in patterns])


def _read(text: str) -> tuple[Pattern, ...]:
    return tuple(Pattern(pattern) for pattern in json.loads(text))
