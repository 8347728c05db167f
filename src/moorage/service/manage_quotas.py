"""Quotas: who sees how much is kept, who says how much may be, and what is counted anew."""

from dataclasses import dataclass
from functools import partial

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import Identity, Place
from moorage.rules.condition import Condition, always
from moorage.rules.quota import TOTAL, Quota, Recounted, Share, Standing
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.service.room import Room, seen_shares

_SHOWN = 10
"""Repositories and projects that are named as the largest."""
_STEP = 100
_MOST_FOLDED = 1000


@dataclass(frozen=True, slots=True)
class Shown:
    """How a project stands, or the registry; whether the quota is its own, and what uses most."""

    standing: Standing
    own: bool
    largest: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class ManageQuotas:
    """Administrators of the registry set quotas; who sees a project sees its own."""

    records: Records
    clock: Clock
    room: Room

    async def find(self, who: Identity, project: str) -> Shown:
        """How the project stands. Raises NAME_UNKNOWN."""

        def story(ledger: Ledger) -> Shown:
            place = ledger.projects.place(project, who)
            access.require_project(who, Action.READ_PROJECT, place)
            return self._shown(ledger, who, place)

        return await self.records.read(story)

    async def find_total(self, who: Identity) -> Shown:
        """How the whole registry stands."""
        access.require_instance(who, Action.READ_INSTANCE)

        def story(ledger: Ledger) -> Shown:
            largest = ledger.quotas.projects(limit=_SHOWN)
            return Shown(self.room.standing(ledger, TOTAL, None), own=False, largest=tuple(largest))

        return await self.records.read(story)

    async def set(self, who: Identity, project: str, quota: Quota, still: Condition[Shown] = always) -> Shown:
        """Let the project have a quota of its own; what is there already stays. Raises NAME_UNKNOWN."""
        return await self.records.write(partial(self._change, who=who, project=project, to=quota, still=still), by=who)

    async def remove(self, who: Identity, project: str, still: Condition[Shown] = always) -> Shown:
        """Let the settings say again how much the project may have."""
        return await self.records.write(partial(self._change, who=who, project=project, to=None, still=still), by=who)

    def _change(self, ledger: Ledger, who: Identity, project: str, to: Quota | None, still: Condition[Shown]) -> Shown:
        access.require_instance(who, Action.MANAGE_INSTANCE)
        place = ledger.projects.place(project, who)
        if place.project_id is None:
            raise Refusal(Code.NAME_UNKNOWN, f"there is no project {project[:80]!r}")
        still(self._shown(ledger, who, place))
        was = ledger.quotas.own(place.project_id)
        if was != to:
            if to is None:
                ledger.quotas.remove(place.project_id)
            else:
                ledger.quotas.keep(place.project_id, to)
            before, after = _told(was), _told(to)
            ledger.events.record(told("quota.changed", who, self.clock(), place=place, before=before, after=after))
            self.room.ease(ledger)
        return self._shown(ledger, who, place)

    def _shown(self, ledger: Ledger, who: Identity, place: Place) -> Shown:
        assert place.project_id is not None  # noqa: S101 - it was found
        return Shown(
            self.room.standing(ledger, place.project_id, place.project),
            ledger.quotas.own(place.project_id) is not None,
            tuple(seen_shares(ledger, who, place)[:_SHOWN]),
        )

    async def recount(self, who: Identity | None) -> tuple[Recounted, ...]:
        """Count everything anew, mend what was wrong and tell of it; the counts of all projects, that of all first.

        `who` is None for whoever holds the machine. Each project is looked at in one moment, beside all requests.
        """
        if who is not None:
            access.require_instance(who, Action.MANAGE_INSTANCE)
        found, after = [await self._recount(who, TOTAL)], TOTAL
        while ids := await self.records.read_aside(partial(_ids, after=after)):
            found += [await self._recount(who, project_id) for project_id in ids]
            after = ids[-1]
        return tuple(counted for counted in found if counted is not None)

    async def _recount(self, who: Identity | None, project_id: int) -> Recounted | None:
        counted = await self.records.read_aside(lambda ledger: ledger.quotas.recount(project_id))
        if counted is None or counted.is_right:
            return counted
        return await self.records.write(partial(self._mend, who=who, project_id=project_id), by=who)

    def _mend(self, ledger: Ledger, who: Identity | None, project_id: int) -> Recounted | None:
        """Somebody may have pushed meanwhile: what counts is how it is now."""
        counted = ledger.quotas.recount(project_id)
        if counted is None or counted.is_right:
            return counted
        ledger.quotas.mend(project_id)
        place = None if project_id == TOTAL else Place(counted.name, counted.name, project_id)
        about = "instance" if place is None else ""
        before, after = {"used": counted.kept}, {"used": counted.counted}
        ledger.events.record(
            told("quota.recounted", who, self.clock(), place=place, about=about, before=before, after=after)
        )
        return counted

    async def fold(self) -> int:
        """Put together what was counted since the last round; how much that was of whose."""
        if not await self.records.read(lambda ledger: ledger.quotas.unfolded()):
            return 0

        def story(ledger: Ledger) -> int:
            touched = ledger.quotas.fold(limit=_MOST_FOLDED)
            self.room.ease(ledger)
            return len(touched)

        return await self.records.write(story, durable=False)

    async def stored(self) -> int:
        """Bytes that the whole registry keeps."""
        return await self.records.read(lambda ledger: ledger.quotas.usage(TOTAL).used)


def _ids(ledger: Ledger, after: int) -> list[int]:
    return list(ledger.quotas.ids(after=after, limit=_STEP))


def _told(quota: Quota | None) -> dict[str, object] | None:
    return None if quota is None else quota._asdict()
