"""Who did what, when, and from where: read by those who may, forgotten when the time has come."""

from dataclasses import dataclass, replace

from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import Identity
from moorage.rules.facts import Event, EventFilter
from moorage.rules.listing import Listed, page_of
from moorage.rules.roles import Action

_STEP = 1000
_MOST_COUNTED = 1000
"""Events that are counted: where several filters narrow, each may cost many rows of an index."""


@dataclass(frozen=True, slots=True)
class ReadAudit:
    """`keep` is how many seconds events are kept; None for ever."""

    records: Records
    clock: Clock
    keep: float | None

    async def search(
        self, who: Identity, project: str | None, wanted: EventFilter, *, before: int | None, size: int
    ) -> Listed[tuple[int, Event]]:
        """Events of a project, or of the whole instance, the newest first, with their numbers."""

        def story(ledger: Ledger) -> Listed[tuple[int, Event]]:
            narrowed = wanted
            if project is None:
                access.require_instance(who, Action.READ_INSTANCE)
            else:
                place = ledger.projects.place(project, who)
                narrowed = replace(wanted, project_id=access.require_project(who, Action.READ_AUDIT, place))
            found = ledger.events.search(narrowed, before=before, limit=size + 1)
            return page_of(
                found,
                size,
                lambda told: str(told[0]),
                lambda most: ledger.events.count(narrowed, most=most),
                _MOST_COUNTED,
                is_first=before is None,
            )

        return await self.records.read(story)

    async def forget(self) -> int:
        """A round of forgetting what is older than it should be; how many events went."""
        if self.keep is None:
            return 0
        before, gone = self.clock() - self.keep, 0
        while went := await self.records.write(
            lambda ledger: ledger.events.forget(before=before, limit=_STEP), durable=False
        ):
            gone += went
        return gone
