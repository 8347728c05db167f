"""Events in SQL: appended, never changed. Ids grow with time, so each index ends in them."""

from collections.abc import Sequence

from moorage.adapters.sql.session import Session
from moorage.rules.facts import Event, EventFilter

_COLUMNS = (
    "kind, repository, project_id, actor, happened_at, tag, digest, object, actor_kind, outcome, address, agent,"
    " request_id, was, became"
)
_EXACT = ("project_id", "kind", "actor", "repository", "object", "outcome", "address", "request_id")


class SqlEvents:
    """See `ports.records.Events`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def record(self, event: Event) -> None:
        """Insert."""
        self._session.run(
            f"INSERT INTO events ({_COLUMNS}) VALUES (:kind, :repository, :project_id, :actor, :at, :tag, :digest,"
            " :object, :actor_kind, :outcome, :address, :agent, :request_id, :before, :after)",
            kind=event.kind,
            repository=event.repository,
            project_id=event.project_id,
            actor=event.actor,
            at=event.at,
            tag=event.tag,
            digest=event.digest,
            object=event.object,
            actor_kind=event.actor_kind,
            outcome=event.outcome,
            address=event.address,
            agent=event.agent,
            request_id=event.request_id,
            before=event.before,
            after=event.after,
        )

    def page(self, *, after: int, limit: int) -> Sequence[tuple[int, Event]]:
        """By id."""
        rows = self._session.all(
            f"SELECT id, {_COLUMNS} FROM events WHERE id > :after ORDER BY id LIMIT :limit",
            after=after,
            limit=limit,
        )
        return [(row[0], Event(*row[1:])) for row in rows]

    def search(self, wanted: EventFilter, *, before: int | None, limit: int) -> Sequence[tuple[int, Event]]:
        """Backwards along the index of the narrowest filter; times become bounds of ids, by one look each."""
        where, values = self._where(wanted, before)
        rows = self._session.all(
            f"SELECT id, {_COLUMNS} FROM events{where} ORDER BY id DESC LIMIT :limit", limit=limit, **values
        )
        return [(row[0], Event(*row[1:])) for row in rows]

    def count(self, wanted: EventFilter, *, most: int) -> int:
        """Along the index of the narrowest filter."""
        where, values = self._where(wanted)
        row = self._session.one(
            f"SELECT count(*) FROM (SELECT 1 FROM events{where} LIMIT :most) AS c", most=most, **values
        )
        return int(row[0]) if row else 0

    def _where(self, wanted: EventFilter, before: int | None = None) -> tuple[str, dict[str, object]]:
        values: dict[str, object] = {name: value for name in _EXACT if (value := getattr(wanted, name)) is not None}
        terms = [f"{name} = :{name}" for name in values]
        for term, name, bound in (
            ("id >= :first", "first", None if wanted.since is None else self._first_since(wanted.since)),
            ("id < :end", "end", None if wanted.until is None else self._first_since(wanted.until)),
            ("id < :before", "before", before),
        ):
            if bound is not None:
                terms.append(term)
                values[name] = bound
        return (f" WHERE {' AND '.join(terms)}" if terms else ""), values

    def _first_since(self, moment: float) -> int:
        row = self._session.one(
            "SELECT id FROM events WHERE happened_at >= :moment ORDER BY happened_at, id LIMIT 1", moment=moment
        )
        return int(row[0]) if row else 2**62

    def claim(self, stream: str, holder: str, *, now: float, until: float) -> int | None:
        """One statement, so that of two at once one has it."""
        row = self._session.one(
            "INSERT INTO streams (name, position, holder, until)"
            " VALUES (:stream, coalesce((SELECT max(id) FROM events), 0), :holder, :until)"
            " ON CONFLICT (name) DO UPDATE SET holder = :holder, until = :until"
            " WHERE streams.holder = :holder OR streams.until < :now RETURNING position",
            stream=stream,
            holder=holder,
            now=now,
            until=until,
        )
        return int(row[0]) if row else None

    def advance(self, stream: str, holder: str, position: int) -> bool:
        """By its name."""
        return bool(
            self._session.run(
                "UPDATE streams SET position = :position WHERE name = :stream AND holder = :holder",
                stream=stream,
                holder=holder,
                position=position,
            )
        )

    def forget(self, *, before: float, limit: int) -> int:
        """By the index on the time."""
        return self._session.run(
            "DELETE FROM events WHERE id IN"
            " (SELECT id FROM events WHERE happened_at < :before ORDER BY happened_at LIMIT :limit)",
            before=before,
            limit=limit,
        )
