"""When jobs come by themselves: whoever may ask for a kind of job may have it come at times as well."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.ports.work import Kind, Kinds
from moorage.rules import access, schedules
from moorage.rules.access import Identity, Place
from moorage.rules.condition import Condition, always
from moorage.rules.roles import Action
from moorage.rules.schedules import Schedule
from moorage.rules.telling import told
from moorage.service import finding


class Wish(NamedTuple):
    """`zone` None is the project's own time zone, or the instance's."""

    cron: str
    zone: str | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ManageSchedules:
    """`project` None is the instance. `zone` is the instance's time zone."""

    records: Records
    clock: Clock
    kinds: Kinds
    zone: str

    async def list(self, who: Identity, project: str | None) -> Sequence[Schedule]:
        """Those of the project, or of the instance, by kind."""
        return await self.records.read(
            lambda ledger: ledger.schedules.page(_open(ledger, who, project).project_id),
        )

    async def offered(self, who: Identity, project: str | None) -> tuple[str, ...]:
        """The kinds whose times they may change there, by name."""

        def story(ledger: Ledger) -> tuple[str, ...]:
            place = _open(ledger, who, project)
            actions = ((kind.name, _action(kind, place)) for kind in self.kinds)
            return tuple(name for name, action in actions if action is not None and finding.may(who, action, place))

        return await self.records.read(story)

    def is_own(self, schedule: Schedule) -> bool:
        """Does it come by itself as nobody has said otherwise?"""
        kind = self.kinds.find(schedule.kind)
        return schedule.project_id is None and kind is not None and kind.cron == schedule.cron

    async def find(self, who: Identity, project: str | None, name: str) -> Schedule:
        """The schedule of this kind there. Raises NAME_UNKNOWN."""
        return await self.records.read(lambda ledger: _there(ledger, _open(ledger, who, project), name))

    async def put(
        self, who: Identity, project: str | None, name: str, wish: Wish, still: Condition[Schedule | None] = always
    ) -> Schedule:
        """Let this kind come then. Raises QUERY_INVALID for what is no cron expression, time zone or kind."""
        schedules.require_cron(wish.cron)
        if wish.zone is not None:
            finding.require_zone(wish.zone)

        def story(ledger: Ledger) -> Schedule:
            place = _open(ledger, who, project)
            kind = self._kind(who, place, name)
            was = ledger.schedules.find(kind.name, place.project_id)
            still(was)
            own = ledger.projects.find(place.project) if place.project_id is not None else None
            zone = finding.zone(wish.zone or (own.time_zone if own else None) or self.zone)
            following = schedules.following(wish.cron, zone, self.clock())
            ledger.schedules.put(
                Schedule(
                    kind.name,
                    wish.cron,
                    following,
                    place.project_id,
                    zone=wish.zone,
                    enabled=wish.enabled,
                    set_by=who.name,
                )
            )
            now = _there(ledger, place, kind.name)
            self._tell(ledger, "schedule.set", who, place, kind.name, was, now)
            return now

        return await self.records.write(story, by=who)

    async def remove(self, who: Identity, project: str | None, name: str, still: Condition[Schedule] = always) -> None:
        """Let it come no more; what comes by itself comes as it did before anybody said otherwise."""

        def story(ledger: Ledger) -> None:
            place = _open(ledger, who, project)
            kind = self._kind(who, place, name)
            was = _there(ledger, place, kind.name)
            still(was)
            ledger.schedules.remove(kind.name, place.project_id)
            now = None
            if place.project_id is None and kind.cron is not None:
                following = schedules.following(kind.cron, finding.zone(self.zone), self.clock())
                now = Schedule(kind.name, kind.cron, following)
                ledger.schedules.put(now)
            self._tell(ledger, "schedule.removed", who, place, kind.name, was, now)

        await self.records.write(story, by=who)

    def _kind(self, who: Identity, place: Place, name: str) -> Kind:
        """The kind, once it is clear that they may. An administrator may move what comes by itself."""
        kind = self.kinds.find(name)
        action = None if kind is None else _action(kind, place)
        if kind is None or action is None:
            raise Refusal(Code.QUERY_INVALID, f"there is no kind of job {name[:64]!r} that can come at times here")
        if place.project_id is None:
            access.require_instance(who, action)
        else:
            access.require_project(who, action, place)
        return kind

    def _tell(
        self,
        ledger: Ledger,
        event: str,
        who: Identity,
        place: Place,
        name: str,
        was: Schedule | None,
        now: Schedule | None,
    ) -> None:
        ledger.events.record(
            told(
                event,
                who,
                self.clock(),
                place=place if place.project_id is not None else None,
                about=f"schedule:{name}",
                before=None if was is None else schedules.told(was),
                after=None if now is None else schedules.told(now),
            )
        )


def _open(ledger: Ledger, who: Identity, project: str | None) -> Place:
    return finding.opened(ledger, who, project, there=Action.READ_JOBS, everywhere=Action.READ_INSTANCE)


def _action(kind: Kind, place: Place) -> Action | None:
    """What it takes to say when it comes there; None where nobody may."""
    action = kind.asked_by(place.project_id)
    if action is None and kind.cron is not None and place.project_id is None:
        return Action.MANAGE_INSTANCE
    return action


def _there(ledger: Ledger, place: Place, name: str) -> Schedule:
    found = ledger.schedules.find(name, place.project_id)
    if found is None:
        raise Refusal(Code.NAME_UNKNOWN, f"there is no schedule for {name[:64]!r} here")
    return found
