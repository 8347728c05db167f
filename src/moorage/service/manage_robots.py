"""Owners make robots: identities of machines, with chosen rights, for a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.identity import Secrets
from moorage.ports.records import Ledger, Records
from moorage.rules import access, names, roles
from moorage.rules.access import Identity, Place
from moorage.rules.condition import Condition, always
from moorage.rules.facts import Robot
from moorage.rules.identities import ROBOT_PREFIX
from moorage.rules.listing import Listed, Listing, cut
from moorage.rules.pattern import Pattern
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.service import finding

DAYS = 30
"""Days that a robot lives unless said otherwise."""
OVERLAP = 24 * 3600.0
"""Seconds for which the old secret still opens after a rotation, unless said otherwise."""
_DAY = 86_400
_MOST_PATTERNS = 50
_DAYS_FROM_NOW = "days"
Change: TypeAlias = Callable[[Robot, float], Robot]
"""What a robot becomes, at this time."""


class Wanted(NamedTuple):
    """What a robot shall be: `days` until it expires, None for never."""

    name: str
    actions: frozenset[Action]
    repositories: tuple[Pattern, ...]
    days: int | None = DAYS
    description: str = ""


@dataclass(frozen=True, slots=True)
class ManageRobots:
    """Secrets are shown once, by the verb that draws them. `project` None is the instance itself."""

    records: Records
    secrets: Secrets
    clock: Clock

    async def page(self, who: Identity, project: str | None, listing: Listing) -> Listed[Robot]:
        """The robots."""

        def story(ledger: Ledger) -> Listed[Robot]:
            place = finding.place_of_robots(ledger, who, project, Action.READ_ROBOTS)
            return cut(
                listing,
                ledger.robots.page(place.project_id, listing),
                lambda most: ledger.robots.count(place.project_id, listing, most=most),
            )

        return await self.records.read(story)

    async def find(self, who: Identity, project: str | None, name: str) -> Robot:
        """One of them. Raises NAME_UNKNOWN."""

        def story(ledger: Ledger) -> Robot:
            finding.place_of_robots(ledger, who, project, Action.READ_ROBOTS)
            return finding.robot(ledger, project, name)

        return await self.records.read(story)

    async def create(self, who: Identity, project: str | None, wanted: Wanted) -> tuple[Robot, str]:
        """The robot and its secret. Raises NAME_INVALID, CONFLICT, and DENIED if it would hold more than its maker."""
        names.require_short(wanted.name, "robot")
        _require_possible(wanted.actions, wanted.repositories, wanted.description)
        secret, hashed = self.secrets.draw(ROBOT_PREFIX)

        def story(ledger: Ledger) -> Robot:
            place = finding.place_of_robots(ledger, who, project, Action.MANAGE_ROBOTS)
            _require_held(who, place, wanted.actions)
            now = self.clock()
            robot = ledger.robots.create(
                Robot(
                    id=0,
                    title=names.robot_title(project, wanted.name),
                    name=wanted.name,
                    project_id=place.project_id,
                    description=wanted.description,
                    actions=wanted.actions,
                    repositories=wanted.repositories,
                    secret_hash=hashed,
                    previous_hash=None,
                    previous_until=None,
                    expires_at=_expiry(wanted.days, now),
                    disabled=False,
                    epoch=1,
                    created_by=who.name,
                    created_at=now,
                )
            )
            if robot is None:
                raise Refusal(Code.CONFLICT, f"there is a robot {wanted.name} here already")
            ledger.events.record(told("robot.created", who, now, place=place, about=robot.title, after=_shown(robot)))
            return robot

        return await self.records.write(story, by=who), secret

    async def rotate(
        self, who: Identity, project: str | None, name: str, *, overlap: float, days: int | None
    ) -> tuple[Robot, str]:
        """Draw a new secret; the old one opens for `overlap` seconds more. The robot lives on for `days` from now."""
        secret, hashed = self.secrets.draw(ROBOT_PREFIX)

        def change(was: Robot, now: float) -> Robot:
            return replace(
                was,
                secret_hash=hashed,
                previous_hash=was.secret_hash if overlap else None,
                previous_until=now + overlap if overlap else None,
                expires_at=_expiry(days, now),
            )

        return await self._change(who, project, name, "robot.rotated", change), secret

    async def update(
        self,
        who: Identity,
        project: str | None,
        name: str,
        wanted: Mapping[str, Any],
        still: Condition[Robot] = always,
    ) -> Robot:
        """Change what is given: `disabled`, `description`, `actions`, `repositories`, `days` from now (None: never).

        The secret stays, and tokens end that were made before. Raises DENIED like making the robot.
        """

        def change(was: Robot, now: float) -> Robot:
            still(was)
            given = {field: value for field, value in wanted.items() if field != _DAYS_FROM_NOW}
            if _DAYS_FROM_NOW in wanted:
                given["expires_at"] = _expiry(wanted[_DAYS_FROM_NOW], now)
            robot = replace(was, **given)
            _require_possible(robot.actions, robot.repositories, robot.description)
            return robot

        return await self._change(who, project, name, "robot.updated", change)

    async def delete(self, who: Identity, project: str | None, name: str, still: Condition[Robot] = always) -> None:
        """Forget it; its tokens end within seconds."""

        def story(ledger: Ledger) -> None:
            place = finding.place_of_robots(ledger, who, project, Action.MANAGE_ROBOTS)
            was = finding.robot(ledger, project, name)
            still(was)
            ledger.robots.delete(was.id)
            ledger.events.record(
                told("robot.deleted", who, self.clock(), place=place, about=was.title, before=_shown(was))
            )

        await self.records.write(story, by=who)

    async def _change(self, who: Identity, project: str | None, name: str, kind: str, change: Change) -> Robot:
        def story(ledger: Ledger) -> Robot:
            place = finding.place_of_robots(ledger, who, project, Action.MANAGE_ROBOTS)
            was = finding.robot(ledger, project, name)
            _require_held(who, place, was.actions)
            now = self.clock()
            changed = change(was, now)
            _require_held(who, place, changed.actions)
            ledger.robots.update(changed)
            robot = finding.robot(ledger, project, name)
            ledger.events.record(
                told(
                    kind,
                    who,
                    now,
                    place=place,
                    about=robot.title,
                    before=_shown(was),
                    after=_shown(robot),
                )
            )
            return robot

        return await self.records.write(story, by=who)


def _require_possible(actions: frozenset[Action], repositories: Sequence[Pattern], description: str) -> None:
    names.require_description(description)
    if not actions or not actions <= frozenset(roles.CONTENT):
        raise Refusal(Code.QUERY_INVALID, "a robot's actions are one or more of pull, push, delete")
    if not repositories or len(repositories) > _MOST_PATTERNS:
        raise Refusal(Code.QUERY_INVALID, f"give from 1 to {_MOST_PATTERNS} patterns of repositories")


def _require_held(who: Identity, place: Place, actions: frozenset[Action]) -> None:
    """A robot never gets more than its maker holds in the whole project."""
    if place.project_id is None:
        return  # only administrators get here, who hold everything
    lacking = [
        action.value
        for action in sorted(actions, key=lambda action: action.value)
        if not access.holds_throughout(who, place, [action])
    ]
    if lacking:
        raise Refusal(Code.DENIED, f"{who.title} may not {', '.join(lacking)} here, so no robot of theirs may")


def _expiry(days: int | None, now: float) -> float | None:
    return None if days is None else now + days * _DAY


def _shown(robot: Robot) -> dict[str, object]:
    return {
        "actions": sorted(action.value for action in robot.actions),
        "repositories": [pattern.text for pattern in robot.repositories],
        "expires_at": robot.expires_at,
        "disabled": robot.disabled,
        "description": robot.description,
    }
