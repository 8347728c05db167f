"""Doubts and rounds of the collector in SQL. Triggers note and forget doubts: migration 0014."""

from collections.abc import Sequence

from moorage.adapters.sql.session import Row, Session
from moorage.oci.digest import Digest
from moorage.rules.garbage import Amount, BlobInDoubt, Collections, Held, LinkInDoubt, Position, Survey

_LINKS = (
    "SELECT d.repository_id, d.blob_id, b.digest, b.size, d.since, l.linked_at, EXISTS (SELECT 1 FROM manifest_links m"
    " WHERE m.digest = b.digest AND m.repository_id = d.repository_id) FROM doubtful_links d"
    " JOIN blob_links l ON l.repository_id = d.repository_id AND l.blob_id = d.blob_id JOIN blobs b ON b.id = d.blob_id"
)
_BLOBS = (
    "SELECT b.id, b.digest, b.size, d.since, b.stored_at,"
    " EXISTS (SELECT 1 FROM blob_links l WHERE l.blob_id = b.id),"
    " EXISTS (SELECT 1 FROM buried_links u WHERE u.digest = b.digest),"
    " EXISTS (SELECT 1 FROM commits c WHERE c.digest = b.digest)"
    " FROM doubtful_blobs d JOIN blobs b ON b.id = d.blob_id"
)
_IN_DOUBT = "SELECT 1 FROM doubtful_links d WHERE d.repository_id = l.repository_id AND d.blob_id = l.blob_id"
_HELD = "SELECT 1 FROM blob_links l WHERE l.blob_id = :blob_id AND NOT EXISTS ({needless})"
_BURIED = "SELECT 1 FROM blobs b JOIN buried_links u ON u.digest = b.digest WHERE b.id = :blob_id"
_COUNTED = ("links", "blobs", "bytes")


class SqlGarbage:
    """See `ports.garbage.Garbage`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def stamp(self, *, now: float, limit: int) -> int:
        """By the indexes on the time."""
        links = self._session.run(
            "UPDATE doubtful_links SET since = :now WHERE (repository_id, blob_id) IN"
            " (SELECT repository_id, blob_id FROM doubtful_links WHERE since IS NULL LIMIT :limit)",
            now=now,
            limit=limit,
        )
        return links + self._session.run(
            "UPDATE doubtful_blobs SET since = :now WHERE blob_id IN"
            " (SELECT blob_id FROM doubtful_blobs WHERE since IS NULL LIMIT :limit)",
            now=now,
            limit=limit - links,
        )

    def links(self, *, after: Position | None, before: float, limit: int) -> Sequence[LinkInDoubt]:
        """By the index on the time, which goes on with the key."""
        key = ("since", "repository_id", "blob_id")
        rows = self._doubts(_LINKS, "d.since, d.repository_id, d.blob_id", key, after, before, limit)
        return [LinkInDoubt(row[0], row[1], Digest(row[2]), row[3], row[4], row[5], bool(row[6])) for row in rows]

    def blobs(self, *, after: Position | None, before: float, limit: int) -> Sequence[BlobInDoubt]:
        """The same."""
        rows = self._doubts(_BLOBS, "d.since, d.blob_id", ("since", "blob_id"), after, before, limit)
        return [BlobInDoubt(row[0], Digest(row[1]), row[2], row[3], row[4], *map(bool, row[5:])) for row in rows]

    def _doubts(
        self, select: str, order: str, key: tuple[str, ...], after: Position | None, before: float, limit: int
    ) -> list[Row]:
        """Those that nobody has seen come first, by themselves: nothing is equal to their time."""
        rows: list[Row] = []
        if after is None or not after.since:
            unseen = (
                f" AND ({order.partition(', ')[2]}) > ({', '.join(f':{name}' for name in key[1:])})" if after else ""
            )
            rows = self._session.all(
                f"{select} WHERE d.since IS NULL{unseen} ORDER BY {order} LIMIT :limit",
                limit=limit,
                **({} if after is None else {name: getattr(after, name) for name in key[1:]}),
            )
            after = Position()
        if len(rows) < limit:
            rows += self._session.all(
                f"{select} WHERE ({order}) > ({', '.join(f':{name}' for name in key)}) AND d.since <= :before"
                f" ORDER BY {order} LIMIT :limit",
                before=before,
                limit=limit - len(rows),
                **{name: getattr(after, name) for name in key},
            )
        return rows

    def link_since(self, repository_id: int, blob_id: int) -> float | None:
        """By the key."""
        row = self._session.one(
            "SELECT since FROM doubtful_links WHERE repository_id = :repository_id AND blob_id = :blob_id",
            repository_id=repository_id,
            blob_id=blob_id,
        )
        return None if row is None else row[0]

    def held(self, blob_id: int, *, before: float) -> Held:
        """The first link that stays tells; only where there is none all of them are looked at."""
        if self._session.one(f"{_HELD.format(needless=_IN_DOUBT)} UNION ALL {_BURIED}", blob_id=blob_id):
            return Held.NEEDED
        due = f"{_IN_DOUBT} AND d.since <= :before"
        awaited = self._session.one(_HELD.format(needless=due), blob_id=blob_id, before=before)
        return Held.AWAITED if awaited else Held.FREE

    def inherit(self, blob_id: int, *, since: float) -> None:
        """Update."""
        self._session.run("UPDATE doubtful_blobs SET since = :since WHERE blob_id = :id", id=blob_id, since=since)

    def acquit_link(self, repository_id: int, blob_id: int) -> None:
        """Delete."""
        self._session.run(
            "DELETE FROM doubtful_links WHERE repository_id = :repository_id AND blob_id = :blob_id",
            repository_id=repository_id,
            blob_id=blob_id,
        )

    def acquit_blob(self, blob_id: int) -> None:
        """Delete."""
        self._session.run("DELETE FROM doubtful_blobs WHERE blob_id = :id", id=blob_id)

    def forget(self, blob_id: int) -> None:
        """Delete; a link that names it would make the database refuse."""
        self._session.run("DELETE FROM blobs WHERE id = :id", id=blob_id)

    def collections(self) -> Collections:
        """The one row."""
        amounts = ", ".join(f"{when}_{what}" for when in ("last", "total", "due", "waiting") for what in _COUNTED)
        row = self._session.one(
            f"SELECT held_until, asked_by, started_at, ended_at, rounds, {amounts} FROM collections WHERE id = 1"
        )
        assert row is not None  # noqa: S101 - the schema begins with it
        last, total, due, waiting = (Amount(*row[first : first + 3]) for first in (5, 8, 11, 14))
        held_until, asked_by, started_at, ended_at, rounds = row[:5]
        return Collections(held_until, asked_by, started_at, ended_at, rounds, last, total, found=Survey(due, waiting))

    def begin(self, holder: str, *, asked_by: str, now: float, until: float) -> bool:
        """Update, unless somebody holds it."""
        return bool(
            self._session.run(
                "UPDATE collections SET holder = :holder, held_until = :until, asked_by = :asked_by,"
                " started_at = :now, ended_at = NULL, rounds = rounds + 1, last_links = 0, last_blobs = 0,"
                " last_bytes = 0 WHERE id = 1 AND held_until <= :now",
                holder=holder,
                asked_by=asked_by,
                now=now,
                until=until,
            )
        )

    def distrust(self) -> None:
        """Let go."""
        self._session.run("UPDATE collections SET holder = '', held_until = 0 WHERE id = 1")

    def proceed(self, holder: str, done: Amount, *, until: float) -> bool:
        """Update, if it is still held."""
        more = ", ".join(f"{when}_{what} = {when}_{what} + :{what}" for when in ("last", "total") for what in _COUNTED)
        return bool(
            self._session.run(
                f"UPDATE collections SET held_until = :until, {more} WHERE id = 1 AND holder = :holder",
                holder=holder,
                until=until,
                **_values(done),
            )
        )

    def end(self, holder: str, left: Survey, *, now: float) -> None:
        """Update, and let go."""
        found = ", ".join(f"{when}_{what} = :{when}_{what}" for when in ("due", "waiting") for what in _COUNTED)
        self._session.run(
            f"UPDATE collections SET holder = '', held_until = 0, ended_at = :now, {found}"
            " WHERE id = 1 AND holder = :holder",
            holder=holder,
            now=now,
            **{f"due_{name}": value for name, value in _values(left.due).items()},
            **{f"waiting_{name}": value for name, value in _values(left.waiting).items()},
        )


def _values(amount: Amount) -> dict[str, int]:
    return {name: getattr(amount, name) for name in _COUNTED}
