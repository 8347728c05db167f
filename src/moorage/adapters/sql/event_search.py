"""Searches among events: backwards, along the index of the rarest filter, a bounded way at a time.

No engine knows without statistics which of several filters is rare, and filters that fit millions of events each may
fit none together. So each look first asks every filter's index how far back its next entries reach, goes along the one
that reaches furthest, and compares the rest event by event. Where it had to stop is told: the next look goes on.

In a project's audit no look goes along what other projects may have too, such as a person's name: how long it takes,
and where it stops, would tell whether they do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from moorage.adapters.sql.session import Row, Session
from moorage.rules.facts import DONE, EventFilter
from moorage.rules.listing import Total
from moorage.rules.names import ROBOT

COLUMNS = (
    "kind, repository, project_id, actor, happened_at, tag, digest, object, actor_kind, outcome, address, agent,"
    " request_id, was, became"
)
LOOK = 1000
"""Events that a look compares at the most: some two milliseconds, or a hundred where each comes from the disk."""
INDEXED = ("request_id", "object", "outcome", "address", "repository", "actor", "project_id", "kind")
BESIDE = ("actor_kind", "agent", "tag", "digest")
"""Columns without an index: they are compared event by event."""
_LEFT_OUT = {"request_id": "", "object": "", "outcome": DONE}
"""What nearly all events have, and what the index on the column therefore leaves out."""
_OPEN = {"project_id", "kind", "outcome", "request_id"}
"""Along these a look tells nothing of other projects; along the project's own repositories and robots neither."""
_OWN = {"repository": "name || '/'", "actor": f"'{ROBOT}' || name || '+'"}
"""How the names of what belongs to a project begin, by the project's name."""
_END = 2**62


class Looked(NamedTuple):
    """Rows that fit, the newest first; of the events before the number `rest` nothing is known yet, None: of all."""

    rows: Sequence[Row]
    rest: int | None


class _Way(NamedTuple):
    """Along which condition, which others stand beside it, and the number of the last event within one look, if any."""

    along: str
    beside: str
    last: int | None


@dataclass(frozen=True, slots=True)
class EventSearch:
    """The events that a filter wants."""

    session: Session
    wanted: EventFilter

    def look(self, before: int | None, limit: int) -> Looked:
        """Up to `limit` rows of id and `COLUMNS`, of events before this number."""
        values = self._values(before)
        way = self._way(values)
        text = f"SELECT id, {COLUMNS} FROM {_walk(way.along, f'id, {COLUMNS}')}"
        if not way.beside:
            rows = self.session.all(text, **values, look=limit)
            return Looked(rows, rows[-1][0] if len(rows) == limit else None)
        # Both engines give the rows in the order of the select within, and stop when there are enough.
        rows = self.session.all(f"{text} WHERE {way.beside} LIMIT :limit", **values, look=LOOK, limit=limit)
        return Looked(rows, rows[-1][0] if len(rows) == limit else way.last)

    def count(self, most: int) -> Total:
        """Up to `most`; where several filters narrow, those within one look."""
        values = self._values(None)
        way = self._way(values)
        if not way.beside:
            row = self.session.one(f"SELECT count(*) FROM {_walk(way.along, 'id')}", **values, look=most + 1)
            number = int(row[0]) if row else 0
            return Total(min(number, most), at_least=number > most)
        text = f"SELECT count(*) FROM {_walk(way.along, f'id, {COLUMNS}')} WHERE {way.beside}"
        row = self.session.one(text, **values, look=LOOK)
        return Total(min(int(row[0]), most) if row else 0, at_least=way.last is not None)

    def _way(self, values: dict[str, object]) -> _Way:
        equal = {name: f"{name} = :{name}" for name in values if name not in {"first", "before"}}
        ways = {name: _indexed(name) for name in INDEXED if name in equal and self._may_lead(name)}
        if len(equal) == len(ways) <= 1:
            return _Way("".join(ways.values()), "", None)
        reached = {name: self._reach(along, values) for name, along in ways.items()} or {"": self._reach("", values)}
        best = min(reached, key=lambda name: reached[name] or 0)
        beside = " AND ".join(text for name, text in equal.items() if name != best)
        return _Way(ways.get(best, ""), beside, reached[best])

    def _may_lead(self, name: str) -> bool:
        wanted = self.wanted
        if getattr(wanted, name) == _LEFT_OUT.get(name):
            return False
        return wanted.project_id is None or name in _OPEN or (name in _OWN and self._is_own(name))

    def _is_own(self, name: str) -> bool:
        row = self.session.one(
            "SELECT 1 FROM projects WHERE id = :project_id"
            f" AND substr(:value || '/', 1, length({_OWN[name]})) = {_OWN[name]}",
            project_id=self.wanted.project_id,
            value=getattr(self.wanted, name),
        )
        return row is not None

    def _reach(self, along: str, values: dict[str, object]) -> int | None:
        text = f"SELECT id FROM {_walk(along, 'id')} LIMIT 1 OFFSET :skipped"
        row = self.session.one(text, **values, look=LOOK, skipped=LOOK - 1)
        return int(row[0]) if row else None

    def _values(self, before: int | None) -> dict[str, object]:
        """What the statements are given: the filter's values, and all bounds as bounds of ids."""
        wanted = self.wanted
        names = INDEXED + BESIDE
        values: dict[str, object] = {name: value for name in names if (value := getattr(wanted, name)) is not None}
        ends = [_END if before is None else before]
        if wanted.until is not None:
            ends.append(self._first_since(wanted.until))
        first = 0 if wanted.since is None else self._first_since(wanted.since)
        return {**values, "first": first, "before": min(ends)}

    def _first_since(self, moment: float) -> int:
        row = self.session.one(
            "SELECT id FROM events WHERE happened_at >= :moment ORDER BY happened_at, id LIMIT 1", moment=moment
        )
        return int(row[0]) if row else _END


def _indexed(name: str) -> str:
    """The condition in the words of the column's index."""
    left_out = f"{name} <> '{_LEFT_OUT[name]}' AND " if name in _LEFT_OUT else ""
    return f"{left_out}{name} = :{name}"


def _walk(along: str, columns: str) -> str:
    """The next `look` events; a limit within is what keeps an engine on this very way."""
    where = f"{along} AND " if along else ""
    bounds = "id >= :first AND id < :before"
    return f"(SELECT {columns} FROM events WHERE {where}{bounds} ORDER BY id DESC LIMIT :look) AS looked"
