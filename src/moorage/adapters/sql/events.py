"""Events in SQL: appended, never changed. Ids grow with time, so each index ends in them."""

from collections.abc import Sequence

from moorage.adapters.sql.event_search import COLUMNS, EventSearch
from moorage.adapters.sql.session import Row, Session
from moorage.rules.facts import Event, EventFilter, EventsFound, Stream
from moorage.rules.listing import Total

_LAST = 2**62


class SqlEvents:
    """See `ports.events.Events`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def record(self, event: Event) -> None:
        """Insert."""
        self._session.run(
            f"INSERT INTO events ({COLUMNS}) VALUES (:kind, :repository, :project_id, :actor, :at, :tag, :digest,"
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
            f"SELECT id, {COLUMNS} FROM events WHERE id > :after ORDER BY id LIMIT :limit",
            after=after,
            limit=limit,
        )
        return _events(rows)

    def search(self, wanted: EventFilter, *, before: int | None, limit: int) -> EventsFound:
        """See `event_search`."""
        looked = EventSearch(self._session, wanted).look(before, limit)
        return EventsFound(_events(looked.rows), looked.rest)

    def count(self, wanted: EventFilter, *, most: int) -> Total:
        """See `event_search`."""
        return EventSearch(self._session, wanted).count(most)

    def newest(self) -> int:
        """The end of the table."""
        row = self._session.one("SELECT max(id) FROM events")
        return int(row[0] or 0) if row else 0

    def stream(self, stream: str) -> Stream | None:
        """By its name."""
        row = self._session.one("SELECT position, holder, until FROM streams WHERE name = :stream", stream=stream)
        return Stream(*row) if row else None

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

    def advance(self, stream: str, holder: str, position: int, *, until: float) -> bool:
        """By its name."""
        return bool(
            self._session.run(
                "UPDATE streams SET position = :position, until = :until WHERE name = :stream AND holder = :holder",
                stream=stream,
                holder=holder,
                position=position,
                until=until,
            )
        )

    def forget(self, *, before: float, limit: int, upto: int | None = None) -> int:
        """By the index on the time."""
        return self._session.run(
            "DELETE FROM events WHERE id IN (SELECT id FROM events"
            " WHERE happened_at < :before AND id <= :upto ORDER BY happened_at LIMIT :limit)",
            before=before,
            upto=_LAST if upto is None else upto,
            limit=limit,
        )


def _events(rows: Sequence[Row]) -> list[tuple[int, Event]]:
    return [(row[0], Event(*row[1:])) for row in rows]
