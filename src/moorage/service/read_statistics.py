"""What was pulled and pushed on which day, for those who may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from moorage.oci.reference import RepositoryName
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access, statistics
from moorage.rules.access import Identity, Place
from moorage.rules.facts import RepositoryRecord
from moorage.rules.listing import Listing
from moorage.rules.quota import TOTAL
from moorage.rules.roles import Action
from moorage.rules.statistics import DAY, Told

MOST_PARTS = 100
"""Repositories or projects that are told each; the sums hold all of them."""
_MOST_JUDGED = 1000
"""Repositories that are looked at where each has to be judged."""
_PULLS_KEPT = 90
"""Days for which the last pull of a manifest is remembered that is gone."""
_STEP = 1000


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
    ) -> Told:
        """Of those repositories that they may pull from, or of one of them, by its name within the project."""
        span = statistics.span_of(first, last, self.clock())

        def story(ledger: Ledger) -> Told:
            place = ledger.projects.place(project, who)
            project_id = access.require_project(who, Action.READ_PROJECT, place)
            among = _among(ledger, who, place, repository)
            days = ledger.statistics.days(span, project_id=project_id, among=among)
            parts = ledger.statistics.of_repositories(span, project_id=project_id, limit=MOST_PARTS, among=among)
            return Told(span, tuple(days), tuple(parts))

        return await self.records.read_aside(story)

    async def of_all(self, who: Identity, *, first: date | None = None, last: date | None = None) -> Told:
        """Of the whole registry."""
        access.require_instance(who, Action.READ_INSTANCE)
        span = statistics.span_of(first, last, self.clock())

        def story(ledger: Ledger) -> Told:
            days = ledger.statistics.days(span, project_id=TOTAL)
            return Told(span, tuple(days), tuple(ledger.statistics.of_projects(span, limit=MOST_PARTS)))

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


def _among(ledger: Ledger, who: Identity, place: Place, repository: str | None) -> Sequence[int] | None:
    """Ids of the repositories that count; None for all of the project's."""
    if repository is not None:
        named = ledger.repositories.place(RepositoryName.within(place.project, repository), who)
        return [access.require_repository(who, Action.PULL, named)]
    if access.holds_throughout(who, place, [Action.PULL]):
        return None
    assert place.project_id is not None  # noqa: S101 - it was found
    found = ledger.repositories.of_project(place.project_id, Listing(_MOST_JUDGED))
    return [record.id for record in found if access.may(who, Action.PULL, _of(place, record))]


def _of(project: Place, record: RepositoryRecord) -> Place:
    public = project.public if record.public is None else record.public
    return project._replace(name=record.name, public=public, repository_id=record.id)
