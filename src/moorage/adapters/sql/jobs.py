"""Jobs in SQL. What waits and what runs has indexes of its own: the history costs them nothing."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from moorage.adapters.sql.session import Row, Session
from moorage.ports.jobs import JobCount, JobFilter, JobLine
from moorage.rules.jobs import Job, Progress, State

_STATE = (
    "state, due_at, attempt, attempts, holder, lease_until, started_at, ended_at, done, total, bookmark, cancelling,"
    " result, reason, turn"
)
_COLUMNS = ", ".join(
    f"j.{name.strip()}" for name in f"id, kind, project_id, parameters, asked_by, asked_at, {_STATE}".split(",")
)
_JOB = f"SELECT {_COLUMNS}, p.name FROM jobs j LEFT JOIN projects p ON p.id = j.project_id"
HERE = "coalesce(project_id, 0) = coalesce(:project_id, 0)"
"""In the project, or in the instance."""


class SqlJobs:
    """See `ports.jobs.Jobs`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, job: Job) -> Job:
        """Insert, unless one like it waits."""
        values = {"kind": job.kind, "project_id": job.project_id, "parameters": _json(job.parameters)}
        row = self._session.one(
            f"SELECT id FROM jobs WHERE state = 'queued' AND kind = :kind AND parameters = :parameters AND {HERE}"
            " ORDER BY id LIMIT 1",
            **values,
        ) or self._session.one(
            f"INSERT INTO jobs (kind, project_id, parameters, asked_by, asked_at, {_STATE}) VALUES"
            " (:kind, :project_id, :parameters, :asked_by, :asked_at, :state, :due_at, :attempt, :attempts, :holder,"
            " :lease_until, :started_at, :ended_at, :done, :total, :bookmark, :cancelling, :result, :reason, 0)"
            " RETURNING id",
            asked_by=job.asked_by,
            asked_at=job.asked_at,
            **values,
            **_state(job),
        )
        found = self.get(row[0]) if row else None
        assert found is not None  # noqa: S101 - it is there by now
        return found

    def get(self, job_id: int) -> Job | None:
        """By its id."""
        row = self._session.one(f"{_JOB} WHERE j.id = :id", id=job_id)
        return _job(row) if row else None

    def save(self, job: Job) -> bool:
        """Update, if its turn has not passed."""
        return bool(
            self._session.run(
                "UPDATE jobs SET state = :state, due_at = :due_at, attempt = :attempt, attempts = :attempts,"
                " holder = :holder, lease_until = :lease_until, started_at = :started_at, ended_at = :ended_at,"
                " done = :done, total = :total, bookmark = :bookmark, cancelling = :cancelling, result = :result,"
                " reason = :reason, turn = turn + 1 WHERE id = :id AND turn = :turn",
                id=job.id,
                turn=job.turn,
                **_state(job),
            )
        )

    def running(self) -> Mapping[str, int]:
        """By the index of those that run."""
        return dict(self._session.all("SELECT kind, count(*) FROM jobs WHERE state = 'running' GROUP BY kind"))

    def due(self, kinds: Sequence[str], *, alone: Sequence[str], now: float) -> Job | None:
        """By the index of those that wait."""
        of, values = among("kind", kinds)
        apart, more = among("alone", alone)
        row = self._session.one(
            f"{_JOB} WHERE j.state = 'queued' AND j.due_at <= :now AND j.kind IN ({of})"
            f" AND (j.kind NOT IN ({apart}) OR NOT EXISTS (SELECT 1 FROM jobs r WHERE r.state = 'running'"
            " AND r.kind = j.kind AND coalesce(r.project_id, 0) = coalesce(j.project_id, 0)))"
            " ORDER BY j.due_at, j.id LIMIT 1",
            now=now,
            **values,
            **more,
        )
        return _job(row) if row else None

    def lost(self, *, now: float, limit: int) -> Sequence[Job]:
        """By the index of those that run."""
        rows = self._session.all(
            f"{_JOB} WHERE j.state = 'running' AND j.lease_until < :now ORDER BY j.lease_until, j.id LIMIT :limit",
            now=now,
            limit=limit,
        )
        return [_job(row) for row in rows]

    def is_open(self, kind: str, project_id: int | None) -> bool:
        """By the index on the state."""
        row = self._session.one(
            f"SELECT 1 FROM jobs WHERE state IN ('queued', 'running') AND kind = :kind AND {HERE} LIMIT 1",
            kind=kind,
            project_id=project_id,
        )
        return row is not None

    def page(self, wanted: JobFilter, *, before: int | None, limit: int) -> Sequence[Job]:
        """By the index on the id, or on what narrows."""
        terms, values = _narrowed(wanted)
        rows = self._session.all(
            f"{_JOB} WHERE {terms}{'' if before is None else ' AND j.id < :before'} ORDER BY j.id DESC LIMIT :limit",
            before=before,
            limit=limit,
            **values,
        )
        return [_job(row) for row in rows]

    def count(self, wanted: JobFilter, *, most: int) -> int:
        """The same."""
        terms, values = _narrowed(wanted)
        row = self._session.one(
            f"SELECT count(*) FROM (SELECT 1 FROM jobs j WHERE {terms} LIMIT :most) AS counted", most=most, **values
        )
        return int(row[0]) if row else 0

    def tally(self) -> Sequence[JobCount]:
        """By the index on the state."""
        rows = self._session.all(
            "SELECT kind, state, count(*), min(due_at) FROM jobs WHERE state IN ('queued', 'running', 'failed')"
            " GROUP BY kind, state ORDER BY kind, state"
        )
        return [JobCount(row[0], State(row[1]), row[2], row[3]) for row in rows]

    def forget(self, *, ended_before: float, limit: int) -> int:
        """By the index on the end."""
        return self._session.run(
            "DELETE FROM jobs WHERE id IN"
            " (SELECT id FROM jobs WHERE ended_at < :moment ORDER BY ended_at LIMIT :limit)",
            moment=ended_before,
            limit=limit,
        )

    def write(self, job_id: int, lines: Sequence[str], *, now: float, most: int) -> None:
        """Insert behind the last one; delete what is too much."""
        row = self._session.one("SELECT coalesce(max(number), 0) FROM job_lines WHERE job_id = :id", id=job_id)
        last = int(row[0]) if row else 0
        self._session.run_many(
            "INSERT INTO job_lines (job_id, number, at, text) VALUES (:id, :number, :at, :text)",
            [{"id": job_id, "number": last + place, "at": now, "text": text} for place, text in enumerate(lines, 1)],
        )
        self._session.run(
            "DELETE FROM job_lines WHERE job_id = :id AND number <= :number", id=job_id, number=last + len(lines) - most
        )

    def lines(self, job_id: int, *, after: int, limit: int) -> Sequence[JobLine]:
        """By job and number."""
        rows = self._session.all(
            "SELECT number, at, text FROM job_lines WHERE job_id = :id AND number > :after"
            " ORDER BY number LIMIT :limit",
            id=job_id,
            after=after,
            limit=limit,
        )
        return [JobLine(*row) for row in rows]


def _narrowed(wanted: JobFilter) -> tuple[str, dict[str, object]]:
    given: dict[str, object] = {
        "project_id": wanted.project_id,
        "kind": wanted.kind,
        "state": wanted.state.value if wanted.state is not None else None,
    }
    values = {name: value for name, value in given.items() if value is not None}
    return " AND ".join(["1 = 1", *(f"j.{name} = :{name}" for name in values)]), values


def among(word: str, values: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The inside of an IN, which nothing is in where there are no values, and what is bound there."""
    bound = {f"{word}{place}": value for place, value in enumerate(values)}
    return ", ".join(f":{name}" for name in bound) or "''", bound


def _state(job: Job) -> dict[str, object]:
    return {
        "state": job.state.value,
        "due_at": job.due_at,
        "attempt": job.attempt,
        "attempts": job.attempts,
        "holder": job.holder,
        "lease_until": job.lease_until,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
        "done": job.progress.done,
        "total": job.progress.total,
        "bookmark": job.progress.bookmark,
        "cancelling": int(job.cancelling),
        "result": None if job.result is None else _json(job.result),
        "reason": job.reason,
    }


def _job(row: Row) -> Job:
    job_id, kind, project_id, parameters, asked_by, asked_at, state = row[:7]
    due_at, attempt, attempts, holder, lease_until, started_at, ended_at = row[7:14]
    done, total, bookmark, cancelling, result, reason, turn, project = row[14:]
    return Job(
        kind,
        asked_at,
        job_id,
        project_id,
        project,
        json.loads(parameters),
        asked_by,
        State(state),
        due_at,
        attempt,
        attempts,
        holder,
        lease_until,
        started_at,
        ended_at,
        Progress(done, total, bookmark),
        bool(cancelling),
        None if result is None else json.loads(result),
        reason,
        turn,
    )


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True)
