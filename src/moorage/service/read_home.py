"""What somebody wants to know when they come in: their projects, how much is kept, and what needs them."""

from dataclasses import dataclass
from typing import NamedTuple

from moorage.ports.blobs import BlobStore, Space
from moorage.ports.clock import Clock
from moorage.ports.news import Held
from moorage.ports.records import Ledger, Records
from moorage.rules import access, quota, webhooks
from moorage.rules.access import Identity, Place
from moorage.rules.quota import TOTAL, Standing, Usage
from moorage.rules.roles import Action
from moorage.service.room import Room

_SHOWN = 8
_MOST_HELD = 100
"""Projects of somebody's that are looked at: those to which something was pushed last."""
_EACH = 5
"""Things of one sort that are told to need somebody."""
_LOOKED = 50
_DAY = 86_400.0
_FAILED_SINCE, _ENDS_WITHIN = 7 * _DAY, 14 * _DAY
_NEARLY_FULL = 10
"""Percent of the disk that should be free."""


class Mine(NamedTuple):
    """A project; nothing was pushed to it where `pushed_at` is 0, and None where nobody looked."""

    name: str
    public: bool
    standing: Standing
    pushed_at: float | None


class Care(NamedTuple):
    """Something that needs somebody: `what` is job, quota, total, disk, robot or webhook.

    `project` is empty for what is of the instance. `at` is when it happened or will, `number` a job's or a webhook's,
    `used` and `limit` are bytes. `is_over`: a quota that is full, a robot that has ended, a webhook that was given up.
    """

    what: str
    project: str = ""
    name: str = ""
    number: int = 0
    at: float = 0.0
    used: int = 0
    limit: int = 0
    is_over: bool = False


class Home(NamedTuple):
    """`are_theirs`: they hold a role in these projects; else these are the largest of all.

    `total` and `disk` are for who may read the instance. `can_push` is a project of theirs to which they may push.
    """

    projects: tuple[Mine, ...]
    are_theirs: bool
    used: int
    total: Standing | None
    disk: Space | None
    care: tuple[Care, ...]
    can_push: str


@dataclass(frozen=True, slots=True)
class ReadHome:
    """Everything is asked of the rules that the pages behind the links ask."""

    records: Records
    blobs: BlobStore
    clock: Clock
    room: Room

    async def __call__(self, who: Identity) -> Home:
        """As it is now."""
        access.require_api(who)
        everything = access.may_everywhere(who, Action.READ_INSTANCE)
        disk = await self.blobs.space() if everything else None
        return await self.records.read(lambda ledger: self._home(ledger, who, disk))

    def _home(self, ledger: Ledger, who: Identity, disk: Space | None) -> Home:
        everything = access.may_everywhere(who, Action.READ_INSTANCE)
        held = ledger.news.held(who, limit=_MOST_HELD)
        mine = [self._of(one) for one in held]
        looking = _Looking(ledger, who, None if everything else frozenset(one.project_id for one in held))
        total = self.room.standing(ledger, TOTAL, None) if everything else None
        care = [*_of_instance(total, disk), *self._quotas(ledger, mine, everything=everything), *self._others(looking)]
        shown = mine[:_SHOWN] if mine or not everything else self._largest(ledger)
        return Home(
            tuple(shown),
            bool(mine) or not everything,
            sum(one.standing.used for one in mine),
            total,
            disk,
            tuple(care),
            next((one.name for one in held if looking.may(Action.PUSH, one.project_id)), ""),
        )

    def _of(self, held: Held) -> Mine:
        limits = self.room.limits.for_project(held.quota)
        return Mine(held.name, held.public, quota.standing(held.name, Usage(held.used), limits), held.pushed_at)

    def _largest(self, ledger: Ledger) -> list[Mine]:
        found = []
        for share in ledger.quotas.projects(limit=_SHOWN):
            project = ledger.projects.find(share.name)
            if project is not None:
                standing = self.room.standing(ledger, project.id, project.name)
                found.append(Mine(project.name, project.public, standing, None))
        return found

    def _quotas(self, ledger: Ledger, mine: list[Mine], *, everything: bool) -> list[Care]:
        found = {one.name: one.standing for one in mine}
        if everything:
            for name in ledger.news.near_quota(warn_at=self.room.limits.warn_at, limit=_LOOKED):
                project = ledger.projects.find(name)
                if project is not None:
                    found.setdefault(name, self.room.standing(ledger, project.id, name))
        near = [standing for standing in found.values() if standing.is_near]
        near.sort(key=lambda standing: standing.free or 0)
        return [
            Care("quota", one.project or "", used=one.used, limit=one.limit or 0, is_over=(one.free or 0) <= 0)
            for one in near[:_EACH]
        ]

    def _others(self, looking: "_Looking") -> list[Care]:
        news, among, now = looking.ledger.news, looking.among, self.clock()
        failed = news.failed_jobs(among, since=now - _FAILED_SINCE, limit=_LOOKED)
        ending = news.ending_robots(among, before=now + _ENDS_WITHIN, limit=_LOOKED)
        ill = news.ill_webhooks(among, limit=_LOOKED)
        jobs = [
            Care("job", job.project or "", job.kind, job.id, job.ended_at)
            for job in failed
            if looking.may(Action.READ_JOBS, job.project_id)
        ]
        robots = [
            Care("robot", robot.project or "", robot.title, at=robot.expires_at, is_over=robot.expires_at <= now)
            for robot in ending
            if looking.may(Action.READ_ROBOTS, robot.project_id)
        ]
        hooks = [
            Care("webhook", hook.project, webhooks.masked(hook.url), hook.id, is_over=hook.given_up)
            for hook in ill
            if looking.may(Action.READ_WEBHOOKS, hook.project_id)
        ]
        return [*jobs[:_EACH], *robots[:_EACH], *hooks[:_EACH]]


class _Looking:
    """Somebody's look around; `among` are the projects in which they hold a role, None: they may look everywhere."""

    def __init__(self, ledger: Ledger, who: Identity, among: frozenset[int] | None) -> None:
        self.ledger = ledger
        self.among = among
        self._who = who
        self._places: dict[int, Place | None] = {}

    def may(self, action: Action, project_id: int | None) -> bool:
        """May they do this there? None is the instance, which nobody looks at without the right to all of it."""
        if project_id is None:
            return self.among is None
        if project_id not in self._places:
            self._places[project_id] = self.ledger.projects.located(project_id, self._who)
        place = self._places[project_id]
        return place is not None and bool(access.reasons(self._who, action, place))


def _of_instance(total: Standing | None, disk: Space | None) -> list[Care]:
    care = []
    if disk is not None and disk.free * 100 < disk.all * _NEARLY_FULL:
        care.append(Care("disk", used=disk.all - disk.free, limit=disk.all))
    if total is not None and total.is_near:
        care.append(Care("total", used=total.used, limit=total.limit or 0, is_over=(total.free or 0) <= 0))
    return care
