"""Who did what, when, and from where: read by those who may, forgotten when the time has come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from moorage.oci.page import Page
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access, pagination
from moorage.rules.access import Identity
from moorage.rules.facts import Event, EventFilter
from moorage.rules.roles import Action

_STEP = 1000


@dataclass(frozen=True, slots=True)
class ReadAudit:
    """`keep` is how many seconds events are kept; None for ever."""

    records: Records
    clock: Clock
    keep: float | None

    async def search(
        self, who: Identity, project: str | None, wanted: EventFilter, *, before: int | None, size: int
    ) -> Page[tuple[int, Event]]:
        """Events of a project, or of the whole instance, the newest first, with their numbers."""

        def story(ledger: Ledger) -> Sequence[tuple[int, Event]]:
            narrowed = wanted
            if project is None:
                access.require_instance(who, Action.READ_INSTANCE)
            else:
                place = ledger.projects.place(project, who)
                narrowed = replace(wanted, project_id=access.require_project(who, Action.READ_AUDIT, place))
            return ledger.events.search(narrowed, before=before, limit=size + 1)

        return pagination.cut(await self.records.read(story), size)

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
