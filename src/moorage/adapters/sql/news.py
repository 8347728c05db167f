"""News in SQL: along one index for each kind, or for each project, a bounded way at a time, put together by number."""

from collections.abc import Collection, Sequence
from heapq import merge
from itertools import islice

from moorage.adapters.sql.event_search import COLUMNS
from moorage.adapters.sql.members import projects_of
from moorage.adapters.sql.session import Row, Session
from moorage.ports.news import EndingRobot, FailedJob, Held, IllWebhook
from moorage.rules.access import Identity
from moorage.rules.facts import Event, EventsFound
from moorage.rules.news import LEFT_OUT
from moorage.rules.quota import Quota

LOOK = 1000
"""Events that a look compares at the most along one index."""
NEWS = f"kind NOT IN ({', '.join(repr(kind) for kind in LEFT_OUT)}) AND (kind <> 'manifest.pushed' OR tag IS NOT NULL)"
"""In the words of the index `news_of_project`."""
_OF_PROJECT = f"project_id = :along AND {NEWS}"
_OF_KIND = "kind = :along"
_KEPT = (
    "coalesce((SELECT bytes FROM usage u WHERE u.project_id = q.project_id), 0)"
    " + coalesce((SELECT sum(bytes) FROM usage_deltas d WHERE d.project_id = q.project_id), 0)"
)
_LAST = 2**62


class SqlNews:
    """See `ports.news.News`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(
        self, among: Collection[int] | None, kinds: Sequence[str], *, before: int | None, limit: int
    ) -> EventsFound:
        """By the index on the kind, or by that on the project."""
        start = _LAST if before is None else before
        ways = [
            self._way(_OF_KIND if among is None else _OF_PROJECT, along, kinds, start, limit)
            for along in among or kinds
        ]
        known = max((rest for _, rest in ways if rest is not None), default=0)
        rows = list(islice(merge(*(rows for rows, _ in ways), key=_newest_first), limit))
        rows = [row for row in rows if row[0] >= known]
        rest = rows[-1][0] if len(rows) == limit else known or None
        return EventsFound([(row[0], Event(*row[1:])) for row in rows], rest)

    def _way(
        self, where: str, along: object, kinds: Sequence[str], before: int, limit: int
    ) -> tuple[list[Row], int | None]:
        """Rows along one index, and the number before which nothing is known yet; None where there is no more."""
        walk = f"FROM events WHERE {where} AND id < :before ORDER BY id DESC"
        values = {"along": along, "before": before, "look": LOOK, "limit": limit}
        named = {f"kind{number}": kind for number, kind in enumerate(kinds)}
        rows = self._session.all(
            f"SELECT id, {COLUMNS} FROM (SELECT id, {COLUMNS} {walk} LIMIT :look) AS looked"
            f" WHERE kind IN ({', '.join(f':{name}' for name in named)})"
            " AND (kind <> 'manifest.pushed' OR tag IS NOT NULL) LIMIT :limit",
            **values,
            **named,
        )
        if len(rows) == limit:
            return rows, int(rows[-1][0])
        if where == _OF_KIND and along != "manifest.pushed":  # then nothing was passed over
            return rows, None
        last = self._session.one(f"SELECT id {walk} LIMIT 1 OFFSET :skipped", skipped=LOOK - 1, **values)
        return rows, int(last[0]) if last else None

    def since(self, number: int, *, limit: int) -> Sequence[tuple[int, Event]]:
        """By the number."""
        rows = self._session.all(
            f"SELECT id, {COLUMNS} FROM events WHERE id > :after ORDER BY id LIMIT :limit", after=number, limit=limit
        )
        return [(row[0], Event(*row[1:])) for row in rows]

    def made_at(self, repository_id: int | None) -> float | None:
        """By its id."""
        row = self._session.one("SELECT created_at FROM repositories WHERE id = :id", id=repository_id)
        return row[0] if row else None

    def in_reach(self, who: Identity, *, most: int) -> Sequence[int]:
        """Every project is looked at, and no repository but those that are public by themselves."""
        rows = self._session.all(
            f"SELECT id FROM projects WHERE public = 1 OR id IN ({projects_of(who)})"
            " OR id IN (SELECT project_id FROM repositories WHERE public = 1) LIMIT :most",
            account_id=who.user_id,
            most=most,
        )
        return [row[0] for row in rows]

    def held(self, who: Identity, *, limit: int) -> Sequence[Held]:
        """By the index on the member, and of each project by that on the push."""
        rows = self._session.all(
            f"SELECT q.project_id, q.name, q.public, {_KEPT}, k.project_id IS NOT NULL, k.bytes, k.warn_at,"
            " coalesce((SELECT max(r.pushed_at) FROM repositories r WHERE r.project_id = q.project_id), 0) AS pushed"
            " FROM (SELECT id AS project_id, name, public FROM projects"
            f" WHERE id IN ({projects_of(who)})) AS q LEFT JOIN quotas k ON k.project_id = q.project_id"
            " ORDER BY pushed DESC, q.name LIMIT :limit",
            account_id=who.user_id,
            limit=limit,
        )
        return [
            Held(row[0], row[1], bool(row[2]), row[3], Quota(row[5], row[6]) if row[4] else None, row[7])
            for row in rows
        ]

    def failed_jobs(self, among: Collection[int] | None, *, since: float, limit: int) -> Sequence[FailedJob]:
        """By the index on the state."""
        rows = self._session.all(
            "SELECT j.id, j.kind, j.project_id, p.name, j.ended_at FROM jobs j LEFT JOIN projects p"
            " ON p.id = j.project_id WHERE j.state = 'failed' AND j.ended_at >= :since ORDER BY j.id DESC LIMIT :look",
            since=since,
            look=LOOK,
        )
        return [FailedJob(*row) for row in _those(rows, among, 2)][:limit]

    def ending_robots(self, among: Collection[int] | None, *, before: float, limit: int) -> Sequence[EndingRobot]:
        """By the index on the end."""
        rows = self._session.all(
            "SELECT r.name, r.title, r.project_id, p.name, r.expires_at FROM robots r LEFT JOIN projects p"
            " ON p.id = r.project_id WHERE r.expires_at IS NOT NULL AND r.expires_at < :before AND r.disabled = 0"
            " ORDER BY r.expires_at LIMIT :look",
            before=before,
            look=LOOK,
        )
        return [EndingRobot(*row) for row in _those(rows, among, 2)][:limit]

    def ill_webhooks(self, among: Collection[int] | None, *, limit: int) -> Sequence[IllWebhook]:
        """Of the first webhooks, by the index on the state of their deliveries."""
        rows = self._session.all(
            "SELECT w.id, w.project_id, p.name, w.url, w.disabled = 1 FROM webhooks w"
            " JOIN projects p ON p.id = w.project_id WHERE (w.disabled = 1 AND w.failing_since IS NOT NULL)"
            " OR (w.disabled = 0 AND EXISTS"
            " (SELECT 1 FROM deliveries d WHERE d.webhook_id = w.id AND d.state = 'dead'))"
            " ORDER BY w.id LIMIT :look",
            look=LOOK,
        )
        return [IllWebhook(row[0], row[1], row[2], row[3], bool(row[4])) for row in _those(rows, among, 1)][:limit]

    def near_quota(self, *, warn_at: int, limit: int) -> Sequence[str]:
        """Of the projects with a quota of their own, and those that were warned: few."""
        rows = self._session.all(
            "SELECT name FROM projects WHERE id IN (SELECT project_id FROM usage WHERE warned = 1"
            f" UNION SELECT q.project_id FROM quotas q WHERE q.bytes IS NOT NULL AND ({_KEPT}) * 100"
            " >= q.bytes * coalesce(q.warn_at, :warn_at)) LIMIT :limit",
            warn_at=warn_at,
            limit=limit,
        )
        return [row[0] for row in rows]


def _newest_first(row: Row) -> int:
    return -int(row[0])


def _those(rows: Sequence[Row], among: Collection[int] | None, column: int) -> list[Row]:
    return [row for row in rows if among is None or row[column] in among]
