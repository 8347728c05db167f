"""What is kept, by project and over time: for who runs the registry."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access, statistics
from moorage.rules.access import Identity
from moorage.rules.quota import TOTAL, Standing
from moorage.rules.roles import Action
from moorage.rules.statistics import DayBytes, Span
from moorage.service.room import Room

MOST = 100
"""Projects that are told each, the largest first."""


class OneOf(NamedTuple):
    """How a project stands; `own`: by a quota of its own."""

    standing: Standing
    own: bool


@dataclass(frozen=True, slots=True)
class SurveyStorage:
    """Reads what others count."""

    records: Records
    clock: Clock
    room: Room

    async def note(self) -> None:
        """Let what is kept now be what was kept today."""

        def story(ledger: Ledger) -> None:
            used = ledger.quotas.usage(TOTAL).used
            ledger.statistics.note_stored(DayBytes(statistics.day_of(self.clock()), used))

        await self.records.write(story, durable=False)

    async def grown(self, who: Identity, days: int) -> tuple[DayBytes, ...]:
        """Up to today, a value for each day from the first that is known; today's is that of this moment."""
        access.require_instance(who, Action.READ_INSTANCE)
        today = statistics.day_of(self.clock())
        span = Span(today - days + 1, today)

        def story(ledger: Ledger) -> Sequence[DayBytes]:
            now = DayBytes(today, ledger.quotas.usage(TOTAL).used)
            return [*(found for found in ledger.statistics.stored(span) if found.day != today), now]

        return statistics.without_gaps(await self.records.read(story), span)

    async def projects(self, who: Identity) -> Sequence[OneOf]:
        """The largest, and how each stands."""
        access.require_instance(who, Action.READ_INSTANCE)

        def story(ledger: Ledger) -> Sequence[OneOf]:
            found = []
            for share in ledger.quotas.projects(limit=MOST):
                project = ledger.projects.find(share.name)
                if project is not None:
                    own = ledger.quotas.own(project.id) is not None
                    found.append(OneOf(self.room.standing(ledger, project.id, project.name), own))
            return found

        return await self.records.read(story)
