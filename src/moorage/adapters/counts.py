"""Counts of pulls and pushes in memory, added to the records every moment: no pull writes anything itself.

A crash loses the last moment of them. When a manifest was last pulled is noted once an hour.
"""

import structlog

from moorage.oci.error import Refusal
from moorage.oci.reference import RepositoryName
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules.access import Identity, Kind
from moorage.rules.statistics import HOUR, Counts, day_of

log = structlog.get_logger("moorage.statistics")
MOST_NOTED = 20_000
"""Manifests of which it is remembered that their pull in this hour is noted; of more it is noted again."""
MOST_KEPT = 50_000
"""Repositories that are counted, and pulls that are noted, while nothing can be written."""
_EVERYBODY = Identity(Kind.USER, auditor=True)
"""Sees every place, so that what is pulled by an old name counts where that is now."""
_PULLS, _PULLED, _PUSHES, _PUSHED = range(4)


class BufferedCounts:
    """See `api.counts.Counts`. `flush` is to be called every moment, and at the end."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._counts: dict[str, list[int]] = {}
        self._hour = 0
        self._noted: set[tuple[str, str]] = set()
        self._fresh: list[tuple[str, str]] = []

    def pulled(self, repository: str, digest: str, size: int) -> None:
        """Three look-ups: it is on the way of every pull."""
        counts = self._counts.get(repository) or self._begin(repository)
        counts[_PULLS] += 1
        counts[_PULLED] += size
        if (pull := (repository, digest)) not in self._noted:
            self._noted.add(pull)
            self._fresh.append(pull)

    def sent(self, repository: str, size: int) -> None:
        """So many bytes of a blob."""
        (self._counts.get(repository) or self._begin(repository))[_PULLED] += size

    def pushed(self, repository: str, size: int) -> None:
        """A manifest."""
        counts = self._counts.get(repository) or self._begin(repository)
        counts[_PUSHES] += 1
        counts[_PUSHED] += size

    def received(self, repository: str, size: int) -> None:
        """So many bytes of a blob."""
        (self._counts.get(repository) or self._begin(repository))[_PUSHED] += size

    def _begin(self, repository: str) -> list[int]:
        counts = [0, 0, 0, 0]
        if len(self._counts) < MOST_KEPT:
            self._counts[repository] = counts
        return counts

    async def flush(self) -> None:
        """Write what there is; what cannot be written now is kept for the next time."""
        counts, self._counts = self._counts, {}
        fresh, self._fresh = self._fresh, []
        now = self._clock()
        self._begin_hour(now)
        if not counts and not fresh:
            return

        def story(ledger: Ledger) -> None:
            ids = {name: _id_of(ledger, name) for name in {*counts, *(name for name, _ in fresh)}}
            for name, counted in counts.items():
                if (repository_id := ids[name]) is not None:
                    ledger.statistics.add(repository_id, day_of(now), Counts(*counted))
            for name, digest in fresh:
                if (repository_id := ids[name]) is not None:
                    ledger.statistics.pulled(repository_id, digest, at=now)

        try:
            await self._records.write(story, durable=False)
        except Refusal as refusal:
            log.warning("the statistics have to wait", reason=refusal.sentence)
            self._take_back(counts, fresh)

    def _begin_hour(self, now: float) -> None:
        hour = int(now // HOUR)
        if hour != self._hour or len(self._noted) > MOST_NOTED:
            self._hour = hour
            self._noted = set()

    def _take_back(self, counts: dict[str, list[int]], fresh: list[tuple[str, str]]) -> None:
        for name, counted in counts.items():
            mine = self._counts.get(name) or self._begin(name)
            for which, number in enumerate(counted):
                mine[which] += number
        self._fresh = (fresh + self._fresh)[:MOST_KEPT]


def _id_of(ledger: Ledger, repository: str) -> int | None:
    """Of what has this name now, or had it before; None: it is gone."""
    place = ledger.repositories.place(RepositoryName(repository), _EVERYBODY)
    return (place.moved_to or place).repository_id
