"""What somebody may do in a place: pages show nothing else."""

from dataclasses import dataclass

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName
from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import Identity, Place
from moorage.rules.roles import MATRIX, Action, Scope
from moorage.service import finding


@dataclass(frozen=True, slots=True)
class Rights:
    """The place as it is for them, and what they may do there."""

    place: Place
    actions: frozenset[Action]

    def may(self, word: str) -> bool:
        """May they do this? In the matrix's own word for it, as `member:manage`. Raises ValueError for no action."""
        return Action(word) in self.actions


_INSTANCE = tuple(row.action for row in MATRIX if row.about is Scope.INSTANCE)
_WITHIN = tuple(row.action for row in MATRIX if row.about is not Scope.INSTANCE)


@dataclass(frozen=True, slots=True)
class ReadRights:
    """Each verb asks the rules that the use cases ask; none of them decides anything."""

    records: Records

    async def in_project(self, who: Identity, project: str) -> Rights:
        """In the whole project. Raises NAME_UNKNOWN if they may not see it."""

        def story(ledger: Ledger) -> Rights:
            place = finding.project(ledger, who, project, Action.READ_PROJECT)
            return Rights(place, _there(who, place))

        return await self.records.read(story)

    async def require(self, who: Identity, project: str, action: Action) -> None:
        """May they do this in the project? Raises NAME_UNKNOWN and DENIED: a form asks before it reads its fields."""

        def story(ledger: Ledger) -> None:
            finding.project(ledger, who, project, action)

        await self.records.read(story)

    async def in_repository(self, who: Identity, name: RepositoryName) -> Rights:
        """In a repository. Raises NAME_UNKNOWN if they may not see it."""

        def story(ledger: Ledger) -> Rights:
            place = ledger.repositories.place(name, who)
            if place.repository_id is None:
                raise Refusal(Code.NAME_UNKNOWN, f"there is no repository {name}")
            access.require_repository(who, Action.PULL, place)
            return Rights(place, _there(who, place))

        return await self.records.read(story)

    async def require_in_repository(self, who: Identity, name: RepositoryName, *actions: Action) -> None:
        """They may do one of these in it, whatever they send. Raises NAME_UNKNOWN, DENIED."""

        def story(ledger: Ledger) -> None:
            place = ledger.repositories.place(name, who)
            held = [action for action in actions if place.exists and access.reasons(who, action, place)]
            access.require_repository(who, (held or actions)[0], place)

        await self.records.read(story)


def everywhere(who: Identity) -> frozenset[Action]:
    """What they may do to the whole registry."""
    return frozenset(action for action in _INSTANCE if access.may_everywhere(who, action))


def _there(who: Identity, place: Place) -> frozenset[Action]:
    return frozenset(action for action in _WITHIN if access.reasons(who, action, place))
