"""Is there room for what somebody pushes, mounts or moves? Asked within their story, so that no two fill it twice."""

from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from moorage.oci.digest import Digest
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access, quota
from moorage.rules.access import Identity, Place
from moorage.rules.quota import TOTAL, Limits, QuotaExceeded, Share, Standing
from moorage.rules.telling import told

_LOOKED_AT = 20
"""Largest repositories among which those are looked for that somebody may see."""


class Kept(NamedTuple):
    """Bytes that a project and the registry keep; 0 where there is no quota."""

    project: int
    everything: int


@dataclass(frozen=True, slots=True)
class Room:
    """What the settings allow; projects have quotas of their own besides."""

    clock: Clock
    limits: Limits

    def require(self, ledger: Ledger, who: Identity, place: Place, *, more: int, new: int) -> None:
        """Refuse with QUOTA_EXCEEDED `more` bytes for the project, or `new` ones for the registry, without room.

        What the project has already costs it nothing, what any project has costs the registry nothing.
        """
        for standing, bytes_more in ((self._of_project(ledger, place), more), (self._of_all(ledger), new)):
            if standing is not None and not quota.fits(standing, bytes_more):
                raise _exceeded(ledger, who, place, standing, bytes_more)

    def kept(self, ledger: Ledger, place: Place) -> Kept:
        """To be asked before bytes come, for `require_kept`."""
        project, everything = self._of_project(ledger, place), self._of_all(ledger)
        return Kept(0 if project is None else project.used, 0 if everything is None else everything.used)

    def require_kept(self, ledger: Ledger, who: Identity, place: Place, before: Kept) -> None:
        """The same where bytes have come since `before` within this very story: QUOTA_EXCEEDED undoes it.

        What brought none is never refused, also where there is more already than may be.
        """
        for now, was in zip((self._of_project(ledger, place), self._of_all(ledger)), before, strict=True):
            if now is not None and now.used > was and now.free is not None and now.free < 0:
                raise _exceeded(ledger, who, place, now, 0)

    def warn(self, ledger: Ledger, who: Identity, place: Place) -> str | None:
        """To be called after bytes have come: tell of it once when a threshold is crossed.

        The sentence for who pushed, where their project is near its quota.
        """
        project, everything = self._of_project(ledger, place), self._of_all(ledger)
        self._tell(ledger, who, project, place._replace(name=place.project))
        self._tell(ledger, who, everything, None)
        return project.sentence if project is not None and project.is_near else None

    def ease(self, ledger: Ledger) -> None:
        """Where somebody was warned, and it has gone well below since, a next crossing is news again."""
        for project_id, name in ledger.quotas.warned():
            if self.standing(ledger, project_id, name).is_eased:
                ledger.quotas.warn(project_id, warned=False)

    def standing(self, ledger: Ledger, project_id: int, name: str | None) -> Standing:
        """How a project stands, or TOTAL, which has no name."""
        usage = ledger.quotas.usage(project_id)
        if project_id == TOTAL:
            return quota.standing(None, usage, self.limits.for_all())
        return quota.standing(name, usage, self.limits.for_project(ledger.quotas.own(project_id)))

    def most(self, ledger: Ledger, place: Place, digest: Digest | None) -> float:
        """The bytes that a blob may have that is coming in; infinite for any number.

        `digest` names it where that is known already: what is there costs nothing.
        """
        project = None if digest and _holds(ledger, place, digest) else self._of_project(ledger, place)
        everything = None if digest and ledger.blobs.known(digest) else self._of_all(ledger)
        room = [standing.free for standing in (project, everything) if standing is not None]
        return min((free for free in room if free is not None), default=inf)

    def _of_project(self, ledger: Ledger, place: Place) -> Standing | None:
        """None where there is no quota, as it mostly is: then nothing else is looked up."""
        if place.project_id is None:
            return quota.standing(place.project, quota.Usage(0), self.limits.for_project(None))
        own = ledger.quotas.own(place.project_id)
        if self.limits.for_project(own).bytes is None:
            return None
        return quota.standing(place.project, ledger.quotas.usage(place.project_id), self.limits.for_project(own))

    def _of_all(self, ledger: Ledger) -> Standing | None:
        return None if self.limits.total is None else self.standing(ledger, TOTAL, None)

    def _tell(self, ledger: Ledger, who: Identity, standing: Standing | None, place: Place | None) -> None:
        if standing is None or not standing.is_near or standing.warned:
            return
        project_id = place.project_id if place is not None else TOTAL
        assert project_id is not None  # noqa: S101 - something has come into it
        ledger.quotas.warn(project_id, warned=True)
        after = {"used": standing.used, "quota": standing.limit, "warn_at": standing.warn_at}
        about = "instance" if place is None else ""
        ledger.events.record(told("quota.warned", who, self.clock(), place=place, about=about, after=after))


class Incoming:
    """A blob that is coming in: how large it may become, looked up when it matters, and judged before it is all here.

    Without a `digest` nobody knows yet whether it is one that the project has and that would cost nothing: then it may
    become as large as the largest of those. The last word is `Room.require` within the transaction that keeps it.
    """

    def __init__(self, records: Records, room: Room, who: Identity, place: Place, digest: Digest | None) -> None:
        self._records = records
        self._room = room
        self._who = who
        self._place = place
        self._digest = digest
        self.most: float = -1
        """Bytes that need no look."""

    async def require(self, size: int) -> None:
        """Refuse with QUOTA_EXCEEDED so many bytes of it; to be called where there are more than `most`."""
        room, place, digest = self._room, self._place, self._digest
        self.most = await self._records.read(lambda ledger: room.most(ledger, place, digest))
        project_id = place.project_id
        if size <= self.most:
            return
        if digest is None and project_id is not None:
            largest = await self._records.read_aside(lambda ledger: ledger.quotas.largest_blob(project_id))
            self.most = max(self.most, largest)
        if size > self.most:
            await self._records.read(lambda ledger: self._refuse(ledger, size))

    def _refuse(self, ledger: Ledger, size: int) -> None:
        self._room.require(
            ledger,
            self._who,
            self._place,
            more=0 if self._digest and _holds(ledger, self._place, self._digest) else size,
            new=0 if self._digest and ledger.blobs.known(self._digest) else size,
        )


def cost(ledger: Ledger, place: Place, digest: Digest, size: int) -> tuple[int, int]:
    """What a blob would cost the project and the registry, in bytes; to be asked before it is recorded or linked."""
    return (
        0 if _holds(ledger, place, digest) else size,
        0 if ledger.blobs.known(digest) is not None else size,
    )


def _holds(ledger: Ledger, place: Place, digest: Digest) -> bool:
    return place.project_id is not None and ledger.quotas.holds(place.project_id, digest)


def _exceeded(ledger: Ledger, who: Identity, place: Place, standing: Standing, more: int) -> QuotaExceeded:
    if standing.project is None or place.project_id is None:
        return quota.exceeded(standing, more, ())
    return quota.exceeded(standing, more, seen_shares(ledger, who, place))


def seen_shares(ledger: Ledger, who: Identity, place: Place) -> list[Share]:
    """The project's largest repositories, of those that they may pull from."""
    there = ledger.projects.place(place.project, who)
    if there.project_id is None:
        return []
    return [
        found.share
        for found in ledger.quotas.repositories(there.project_id, limit=_LOOKED_AT)
        if access.sees(
            who, there._replace(name=found.share.name, public=found.public, repository_id=found.repository_id)
        )
    ]
