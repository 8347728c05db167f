"""What was pulled and pushed on which day, for those who may see it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from moorage.oci.reference import RepositoryName
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access, statistics
from moorage.rules.access import Identity, Place
from moorage.rules.facts import RepositoryRecord
from moorage.rules.listing import MOST_COUNTED, Listing, cut
from moorage.rules.quota import TOTAL
from moorage.rules.roles import Action
from moorage.rules.statistics import DAY, Counts, DayCounts, PartCounts, Told, by_pulls

PAGE = 100
"""Repositories or projects that are told each at a time; the sums hold all of them."""
_JUDGED = 1000
"""Repositories that are looked at at a time where each has to be judged."""
_PULLS_KEPT = 90
"""Days for which the last pull of a manifest is remembered that is gone."""
_STEP = 1000
_FIRST = by_pulls(PAGE)


@dataclass(frozen=True, slots=True)
class ReadStatistics:
    """Counts are kept for `keep_days` days."""

    records: Records
    clock: Clock
    keep_days: float

    async def of_project(
        self,
        who: Identity,
        project: str,
        *,
        first: date | None = None,
        last: date | None = None,
        repository: str | None = None,
        parts: Listing = _FIRST,
    ) -> Told:
        """Of those repositories that they may pull from, or of one of them, by its name within the project.

        `parts` says which page of them is told each.
        """
        span = statistics.span_of(first, last, self.clock())

        def story(ledger: Ledger) -> Told:
            place = ledger.projects.place(project, who)
            project_id = access.require_project(who, Action.READ_PROJECT, place)
            days, found, seen = list[DayCounts](), list[PartCounts](), 0
            for among in _seen(ledger, who, place, repository):
                days += ledger.statistics.days(span, project_id=project_id, among=among)
                found += ledger.statistics.of_repositories(span, parts, project_id=project_id, among=among)
                found = statistics.first_of(found, parts.size + 1)
                seen += _count(ledger, project_id) if among is None else len(among)
            return Told(span, _by_day(days), cut(parts, found, lambda _: seen))

        return await self.records.read_aside(story)

    async def pulls(self, who: Identity, project: str, found: Sequence[RepositoryRecord]) -> Mapping[int, int]:
        """Pulls of the last thirty days from these repositories of the project, by their ids; without those of none."""
        span = statistics.span_of(None, None, self.clock())

        def story(ledger: Ledger) -> Mapping[int, int]:
            place = ledger.projects.place(project, who)
            access.require_project(who, Action.READ_PROJECT, place)
            return ledger.statistics.pulls(
                span, [record.id for record in found if access.reasons(who, Action.PULL, _of(place, record))]
            )

        return await self.records.read(story)

    async def of_all(
        self, who: Identity, *, first: date | None = None, last: date | None = None, parts: Listing = _FIRST
    ) -> Told:
        """Of the whole registry."""
        access.require_instance(who, Action.READ_INSTANCE)
        span = statistics.span_of(first, last, self.clock())

        def story(ledger: Ledger) -> Told:
            days = ledger.statistics.days(span, project_id=TOTAL)
            found = ledger.statistics.of_projects(span, parts)

            def count(most: int) -> int:
                return ledger.projects.count(Listing(1), visible_to=None, most=most)

            return Told(span, tuple(days), cut(parts, found, count))

        return await self.records.read_aside(story)

    async def forget(self) -> int:
        """Forget what is older than it shall be; how many rows went."""
        now = self.clock()
        before = statistics.day_of(now - self.keep_days * DAY)
        gone = 0
        while more := await self.records.write(
            lambda ledger: ledger.statistics.forget(
                before_day=before, pulled_before=now - _PULLS_KEPT * DAY, limit=_STEP
            ),
            durable=False,
        ):
            gone += more
        return gone


def _seen(ledger: Ledger, who: Identity, place: Place, repository: str | None) -> Iterator[Sequence[int] | None]:
    """Ids of the repositories that count, some at a time; None for all of the project's."""
    if repository is not None:
        named = ledger.repositories.place(RepositoryName.within(place.project, repository), who)
        yield [access.require_repository(who, Action.PULL, named)]
        return
    if access.holds_throughout(who, place, [Action.PULL]):
        yield None
        return
    assert place.project_id is not None  # noqa: S101 - it was found
    after, more = "", True
    while more:
        found = ledger.repositories.of_project(place.project_id, Listing(_JUDGED, after))
        yield [record.id for record in found[:_JUDGED] if access.may(who, Action.PULL, _of(place, record))]
        more = len(found) > _JUDGED
        after = found[_JUDGED - 1].name if more else ""


def _count(ledger: Ledger, project_id: int) -> int:
    return ledger.repositories.count(project_id, Listing(1), most=MOST_COUNTED + 1)


def _by_day(found: Sequence[DayCounts]) -> tuple[DayCounts, ...]:
    """Those of one day together."""
    days: defaultdict[int, list[Counts]] = defaultdict(list)
    for each in found:
        days[each.day].append(each.counts)
    return tuple(DayCounts(day, statistics.sum_of(days[day])) for day in sorted(days))


def _of(project: Place, record: RepositoryRecord) -> Place:
    public = project.public if record.public is None else record.public
    return project._replace(name=record.name, public=public, repository_id=record.id)
