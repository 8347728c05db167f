"""Schedules in SQL."""

from collections.abc import Sequence

from moorage.adapters.sql.jobs import HERE, among
from moorage.adapters.sql.session import Row, Session
from moorage.rules.schedules import Schedule

_SCHEDULE = (
    "SELECT s.kind, s.cron, s.next_at, s.project_id, p.name, s.zone, p.time_zone, s.enabled, s.set_by"
    " FROM schedules s LEFT JOIN projects p ON p.id = s.project_id"
)


class SqlSchedules:
    """See `ports.jobs.Schedules`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, kind: str, project_id: int | None) -> Schedule | None:
        """By the unique index."""
        row = self._session.one(
            f"{_SCHEDULE} WHERE s.kind = :kind AND coalesce(s.project_id, 0) = coalesce(:project_id, 0)",
            kind=kind,
            project_id=project_id,
        )
        return _schedule(row) if row else None

    def put(self, schedule: Schedule) -> None:
        """Insert or update."""
        self._session.run(
            "INSERT INTO schedules (kind, project_id, cron, zone, next_at, enabled, set_by)"
            " VALUES (:kind, :project_id, :cron, :zone, :next_at, :enabled, :set_by)"
            " ON CONFLICT (kind, coalesce(project_id, 0)) DO UPDATE SET cron = :cron, zone = :zone,"
            " next_at = :next_at, enabled = :enabled, set_by = :set_by",
            kind=schedule.kind,
            project_id=schedule.project_id,
            cron=schedule.cron,
            zone=schedule.zone,
            next_at=schedule.next_at,
            enabled=int(schedule.enabled),
            set_by=schedule.set_by,
        )

    def remove(self, kind: str, project_id: int | None) -> bool:
        """Delete."""
        return bool(
            self._session.run(f"DELETE FROM schedules WHERE kind = :kind AND {HERE}", kind=kind, project_id=project_id)
        )

    def due(self, kinds: Sequence[str], *, now: float, limit: int) -> Sequence[Schedule]:
        """By the index on the time."""
        of, values = among("kind", kinds)
        rows = self._session.all(
            f"{_SCHEDULE} WHERE s.next_at <= :now AND s.enabled = 1 AND s.kind IN ({of}) ORDER BY s.next_at, s.id"
            " LIMIT :limit",
            now=now,
            limit=limit,
            **values,
        )
        return [_schedule(row) for row in rows]

    def page(self, project_id: int | None) -> Sequence[Schedule]:
        """By the index on the project; they are as many as there are kinds."""
        of = "s.project_id IS NULL" if project_id is None else "s.project_id = :project_id"
        return [
            _schedule(row)
            for row in self._session.all(f"{_SCHEDULE} WHERE {of} ORDER BY s.kind", project_id=project_id)
        ]


def _schedule(row: Row) -> Schedule:
    kind, cron, next_at, project_id, project, zone, own_zone, enabled, set_by = row
    return Schedule(kind, cron, next_at, project_id, project, zone, own_zone, bool(enabled), set_by)
