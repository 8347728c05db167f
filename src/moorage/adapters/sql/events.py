"""Events in SQL: appended, never changed."""

from collections.abc import Sequence

from moorage.adapters.sql.session import Session
from moorage.rules.facts import Event


class SqlEvents:
    """See `ports.records.Events`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def record(self, event: Event) -> None:
        """Insert."""
        self._session.run(
            "INSERT INTO events (kind, repository, project_id, actor, happened_at, tag, digest)"
            " VALUES (:kind, :repository, :project_id, :actor, :at, :tag, :digest)",
            kind=event.kind,
            repository=event.repository,
            project_id=event.project_id,
            actor=event.actor,
            at=event.at,
            tag=event.tag,
            digest=event.digest,
        )

    def page(self, *, after: int, limit: int) -> Sequence[tuple[int, Event]]:
        """By id."""
        rows = self._session.all(
            "SELECT id, kind, repository, project_id, actor, happened_at, tag, digest FROM events"
            " WHERE id > :after ORDER BY id LIMIT :limit",
            after=after,
            limit=limit,
        )
        return [(row[0], Event(*row[1:])) for row in rows]
