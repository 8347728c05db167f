"""Statistics in SQL: a row for each repository and day on which something happened."""

from collections.abc import Collection, Mapping, Sequence

from moorage.adapters.sql.session import Row, Session
from moorage.oci.digest import Digest
from moorage.rules.listing import Listing
from moorage.rules.quota import TOTAL
from moorage.rules.statistics import Counts, DayBytes, DayCounts, PartCounts, Span

_OTHER_SUMS = "sum(s.pulled_bytes), sum(s.pushes), sum(s.pushed_bytes)"
_SUMS = f"sum(s.pulls), {_OTHER_SUMS}"


class SqlStatistics:
    """See `ports.quotas.Statistics`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, repository_id: int, day: int, counts: Counts) -> None:
        """Insert, or add to what there is."""
        self._session.run(
            "INSERT INTO daily_statistics (repository_id, day, pulls, pulled_bytes, pushes, pushed_bytes)"
            " VALUES (:repository_id, :day, :pulls, :pulled_bytes, :pushes, :pushed_bytes)"
            " ON CONFLICT (repository_id, day) DO UPDATE SET pulls = daily_statistics.pulls + :pulls,"
            " pulled_bytes = daily_statistics.pulled_bytes + :pulled_bytes, pushes = daily_statistics.pushes + :pushes,"
            " pushed_bytes = daily_statistics.pushed_bytes + :pushed_bytes",
            repository_id=repository_id,
            day=day,
            **counts._asdict(),
        )

    def pulled(self, repository_id: int, digest: str, *, at: float) -> None:
        """Insert, or move on; marked where the manifest is gone by now."""
        self._session.run(
            "INSERT INTO last_pulls (repository_id, digest, pulled_at, gone) VALUES (:repository_id, :digest, :at,"
            " CASE WHEN EXISTS (SELECT 1 FROM manifests WHERE repository_id = :repository_id AND digest = :digest)"
            " THEN 0 ELSE 1 END)"
            " ON CONFLICT (repository_id, digest) DO UPDATE SET pulled_at = :at WHERE last_pulls.pulled_at < :at",
            repository_id=repository_id,
            digest=digest,
            at=at,
        )

    def last_pull(self, repository_id: int, digest: Digest) -> float | None:
        """By its key."""
        row = self._session.one(
            "SELECT pulled_at FROM last_pulls WHERE repository_id = :repository_id AND digest = :digest",
            repository_id=repository_id,
            digest=str(digest),
        )
        return row[0] if row else None

    def known_since(self) -> float:
        """The one row that says it."""
        row = self._session.one("SELECT since FROM pulls_known")
        assert row is not None  # noqa: S101 - the schema came with it
        return float(row[0])

    def days(self, span: Span, *, project_id: int, among: Collection[int] | None = None) -> Sequence[DayCounts]:
        """By the index on the day, or by the key of each repository."""
        if project_id == TOTAL:
            source = "daily_statistics s WHERE s.day"
        else:
            source = f"repositories r JOIN daily_statistics s ON s.repository_id = r.id WHERE {_of(among)} AND s.day"
        rows = self._session.all(
            f"SELECT s.day, {_SUMS} FROM {source} BETWEEN :first AND :last GROUP BY s.day ORDER BY s.day",
            id=project_id,
            **span._asdict(),
        )
        return [DayCounts(row[0], Counts(*row[1:])) for row in rows]

    def of_repositories(
        self, span: Span, listing: Listing, *, project_id: int, among: Collection[int] | None = None
    ) -> Sequence[PartCounts]:
        """By the key of each repository."""
        return self._parts(
            f"SELECT r.name AS name, coalesce(sum(s.pulls), 0) AS pulls, {_OTHER_SUMS}, r.bytes,"
            " (SELECT max(pulled_at) FROM last_pulls WHERE repository_id = r.id) FROM repositories r"
            " LEFT JOIN daily_statistics s ON s.repository_id = r.id AND s.day BETWEEN :first AND :last"
            f" WHERE {_of(among)} GROUP BY r.id",
            listing,
            id=project_id,
            **span._asdict(),
        )

    def pulls(self, span: Span, repositories: Collection[int]) -> Mapping[int, int]:
        """By the key of each; ids are numbers that the records gave."""
        rows = self._session.all(
            "SELECT repository_id, sum(pulls) FROM daily_statistics WHERE day BETWEEN :first AND :last AND"
            f" repository_id IN ({', '.join(str(int(number)) for number in repositories)})"
            " GROUP BY repository_id HAVING sum(pulls) > 0",
            **span._asdict(),
        )
        return {row[0]: row[1] for row in rows}

    def of_projects(self, span: Span, listing: Listing) -> Sequence[PartCounts]:
        """What was counted in the span, then the projects of it."""
        return self._parts(
            "SELECT p.name AS name, coalesce(c.pulls, 0) AS pulls, c.pulled_bytes, c.pushes, c.pushed_bytes,"
            " coalesce((SELECT bytes FROM usage WHERE project_id = p.id), 0)"
            " + coalesce((SELECT sum(bytes) FROM usage_deltas WHERE project_id = p.id), 0), NULL FROM projects p"
            " LEFT JOIN (SELECT r.project_id, sum(s.pulls) AS pulls, sum(s.pulled_bytes) AS pulled_bytes,"
            " sum(s.pushes) AS pushes, sum(s.pushed_bytes) AS pushed_bytes FROM daily_statistics s"
            " JOIN repositories r ON r.id = s.repository_id WHERE s.day BETWEEN :first AND :last GROUP BY r.project_id)"
            " c ON c.project_id = p.id",
            listing,
            **span._asdict(),
        )

    def _parts(self, source: str, listing: Listing, **values: object) -> Sequence[PartCounts]:
        """In order of the pulls, of which there is no index: they are those of the days that were asked for."""
        pulls, after = listing.begins()
        beyond = "" if pulls is None else " WHERE pulls < :pulls OR (pulls = :pulls AND name > :after)"
        rows = self._session.all(
            f"SELECT * FROM ({source}) AS parts{beyond} ORDER BY pulls DESC, name LIMIT :limit",
            **values,
            pulls=pulls,
            after=after,
            limit=listing.size + 1,
        )
        return [_part(row) for row in rows]

    def note_stored(self, stored: DayBytes) -> None:
        """Insert or update."""
        self._session.run(
            "INSERT INTO storage_days (day, bytes) VALUES (:day, :bytes)"
            " ON CONFLICT (day) DO UPDATE SET bytes = :bytes",
            **stored._asdict(),
        )

    def stored(self, span: Span) -> Sequence[DayBytes]:
        """By the key."""
        rows = self._session.all(
            "SELECT day, bytes FROM storage_days WHERE day BETWEEN :first AND :last ORDER BY day", **span._asdict()
        )
        return [DayBytes(*row) for row in rows]

    def forget(self, *, before_day: int, pulled_before: float, limit: int) -> int:
        """By the index on the day, and that on the time of pulls whose manifest went."""
        gone = self._session.run(
            "DELETE FROM daily_statistics WHERE (repository_id, day) IN"
            " (SELECT repository_id, day FROM daily_statistics WHERE day < :before LIMIT :limit)",
            before=before_day,
            limit=limit,
        )
        gone += self._session.run("DELETE FROM storage_days WHERE day < :before", before=before_day)
        return gone + self._forget_pulls(pulled_before, limit)

    def _forget_pulls(self, before: float, limit: int) -> int:
        """What came back since its mark loses that; how many rows either became of."""
        rows = self._session.all(
            "SELECT l.repository_id, l.digest, m.id IS NULL FROM last_pulls l"
            " LEFT JOIN manifests m ON m.repository_id = l.repository_id AND m.digest = l.digest"
            " WHERE l.gone = 1 AND l.pulled_at < :before ORDER BY l.pulled_at LIMIT :limit",
            before=before,
            limit=limit,
        )
        this = "WHERE repository_id = :repository_id AND digest = :digest"
        for change, is_gone in (
            (f"DELETE FROM last_pulls {this}", True),
            (f"UPDATE last_pulls SET gone = 0 {this}", False),
        ):
            some = [{"repository_id": row[0], "digest": row[1]} for row in rows if bool(row[2]) is is_gone]
            self._session.run_many(change, some)
        return len(rows)


def _of(among: Collection[int] | None) -> str:
    """Which repositories; ids are numbers that the records gave."""
    only = "" if among is None else f" AND r.id IN ({', '.join(str(int(number)) for number in among) or 'NULL'})"
    return f"r.project_id = :id{only}"


def _part(row: Row) -> PartCounts:
    return PartCounts(row[0], Counts(*(count or 0 for count in row[1:5])), row[5], row[6])
