"""Deliveries in SQL. Only the first of a line has a time when it is due: one short index holds what is to be done."""

from collections.abc import Collection, Mapping, Sequence

from moorage.adapters.sql.session import Row, Session
from moorage.rules.deliveries import Delivery, Due, State

_COLUMNS = (
    "id, webhook_id, event, kind, repository, line, body, state, attempts, due_at, created_at, begun_at, tried_at,"
    " ended_at, status, reason, answer, seconds"
)
_LAST = 2**62


class SqlDeliveries:
    """See `ports.webhooks.Deliveries`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, delivery: Delivery) -> Delivery | None:
        """One statement: it is due now unless another of its line waits, or it has ended already."""
        row = self._session.one(
            "INSERT INTO deliveries (webhook_id, event, kind, repository, line, body, state, attempts, due_at,"
            " created_at, begun_at, ended_at, reason, answer) VALUES (:webhook_id, :event, :kind, :repository, :line,"
            " :body, :state, 0, CASE WHEN :state = 'waiting' AND NOT EXISTS (SELECT 1 FROM deliveries"
            " WHERE webhook_id = :webhook_id AND line = :line AND state = 'waiting') THEN :due_at END,"
            " :created_at, :begun_at, :ended_at, :reason, '')"
            f" ON CONFLICT (webhook_id, event) DO NOTHING RETURNING {_COLUMNS}",
            webhook_id=delivery.webhook_id,
            event=delivery.event,
            kind=delivery.kind,
            repository=delivery.repository,
            line=delivery.line,
            body=delivery.body,
            state=delivery.state.value,
            due_at=delivery.due_at,
            created_at=delivery.created_at,
            begun_at=delivery.begun_at,
            ended_at=delivery.ended_at,
            reason=delivery.reason,
        )
        return _delivery(row) if row else None

    def get(self, delivery_id: int) -> Delivery | None:
        """By its id."""
        row = self._session.one(f"SELECT {_COLUMNS} FROM deliveries WHERE id = :id", id=delivery_id)
        return _delivery(row) if row else None

    def page(self, webhook_id: int, *, state: State | None, before: int | None, limit: int) -> Sequence[Delivery]:
        """By the index on the webhook, or on its state too."""
        of, values = _of(webhook_id, state)
        rows = self._session.all(
            f"SELECT {_COLUMNS} FROM deliveries WHERE {of} AND id < :before ORDER BY id DESC LIMIT :limit",
            before=_LAST if before is None else before,
            limit=limit,
            **values,
        )
        return [_delivery(row) for row in rows]

    def count(self, webhook_id: int, *, state: State | None, most: int) -> int:
        """The same."""
        of, values = _of(webhook_id, state)
        row = self._session.one(
            f"SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE {of} LIMIT :most) AS counted", most=most, **values
        )
        return int(row[0]) if row else 0

    def due(self, *, now: float, hooks: Collection[int], projects: Collection[int], limit: int) -> Sequence[Due]:
        """By the index on when they are due."""
        spared, values = _spared({"d.webhook_id": hooks, "w.project_id": projects})
        rows = self._session.all(
            "SELECT d.id, d.webhook_id, w.project_id FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id"
            f" WHERE d.due_at IS NOT NULL AND d.due_at <= :now{spared} ORDER BY d.due_at LIMIT :limit",
            now=now,
            limit=limit,
            **values,
        )
        return [Due(*row) for row in rows]

    def is_any_due(self, *, now: float) -> bool:
        """The first entry of that index."""
        return (
            self._session.one("SELECT 1 FROM deliveries WHERE due_at IS NOT NULL AND due_at <= :now LIMIT 1", now=now)
            is not None
        )

    def claim(self, delivery_id: int, *, now: float, until: float) -> Delivery | None:
        """It is due again at the end of the claim: whoever is gone by then has not sent it."""
        row = self._session.one(
            "UPDATE deliveries SET attempts = attempts + 1, due_at = :until, tried_at = :now"
            f" WHERE id = :id AND state = 'waiting' AND due_at <= :now RETURNING {_COLUMNS}",
            id=delivery_id,
            now=now,
            until=until,
        )
        return _delivery(row) if row else None

    def record(self, delivery: Delivery, *, now: float) -> bool:
        """Only the attempt that began last tells."""
        recorded = self._session.run(
            "UPDATE deliveries SET state = :state, due_at = :due_at, ended_at = :ended_at, status = :status,"
            " reason = :reason, answer = :answer, seconds = :seconds"
            " WHERE id = :id AND state = 'waiting' AND attempts = :attempts",
            id=delivery.id,
            attempts=delivery.attempts,
            state=delivery.state.value,
            due_at=delivery.due_at,
            ended_at=delivery.ended_at,
            status=delivery.status,
            reason=delivery.reason,
            answer=delivery.answer,
            seconds=delivery.seconds,
        )
        if recorded and delivery.state is not State.WAITING:
            self._go_on(delivery, now)
        return bool(recorded)

    def _go_on(self, delivery: Delivery, now: float) -> None:
        self._session.run(
            "UPDATE deliveries SET due_at = :now WHERE due_at IS NULL AND id = (SELECT min(id) FROM deliveries"
            " WHERE webhook_id = :webhook_id AND line = :line AND state = 'waiting')",
            webhook_id=delivery.webhook_id,
            line=delivery.line,
            now=now,
        )

    def revive(self, delivery: Delivery, *, now: float) -> None:
        """The line is named after the delivery, which no repository is."""
        self._session.run(
            "UPDATE deliveries SET state = 'waiting', line = :line, due_at = :now, begun_at = :now, ended_at = NULL"
            " WHERE id = :id AND state <> 'waiting'",
            id=delivery.id,
            line=f"#{delivery.id}",
            now=now,
        )

    def stop(self, webhook_id: int, *, reason: str, now: float) -> int:
        """By the index on those that wait."""
        return self._session.run(
            "UPDATE deliveries SET state = 'dead', due_at = NULL, ended_at = :now, reason = :reason"
            " WHERE webhook_id = :id AND state = 'waiting'",
            id=webhook_id,
            reason=reason,
            now=now,
        )

    def oldest(self) -> float | None:
        """The first entry of the index on those that wait."""
        row = self._session.one("SELECT created_at FROM deliveries WHERE state = 'waiting' ORDER BY id LIMIT 1")
        return row[0] if row else None

    def forget(self, *, ended_before: float, limit: int) -> int:
        """By the index on the end."""
        return self._session.run(
            "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries"
            " WHERE ended_at IS NOT NULL AND ended_at < :before ORDER BY ended_at LIMIT :limit)",
            before=ended_before,
            limit=limit,
        )

    def trim(self, *, most: int, limit: int) -> int:
        """By the index on the state: for each webhook the entry behind which those lie that are too many."""
        return self._session.run(
            "DELETE FROM deliveries WHERE id IN (SELECT d.id FROM webhooks w JOIN deliveries d ON d.webhook_id = w.id"
            " WHERE d.state <> 'waiting' AND d.id <= (SELECT id FROM deliveries WHERE webhook_id = w.id"
            " ORDER BY id DESC LIMIT 1 OFFSET :most) LIMIT :limit)",
            most=most,
            limit=limit,
        )


def _of(webhook_id: int, state: State | None) -> tuple[str, dict[str, object]]:
    """The condition, and the values in it."""
    if state is None:
        return "webhook_id = :webhook_id", {"webhook_id": webhook_id}
    return "webhook_id = :webhook_id AND state = :state", {"webhook_id": webhook_id, "state": state.value}


def _spared(without: Mapping[str, Collection[int]]) -> tuple[str, dict[str, object]]:
    """Conditions that leave these values of columns out, and the values in them."""
    text, values = "", dict[str, object]()
    for column, ids in without.items():
        names = {f"{column.replace('.', '_')}_{place}": one for place, one in enumerate(sorted(ids))}
        if names:
            text += f" AND {column} NOT IN ({', '.join(f':{name}' for name in names)})"
            values |= names
    return text, values


def _delivery(row: Row) -> Delivery:
    fields = list(row)
    fields[7] = State(row[7])
    return Delivery(*fields)
