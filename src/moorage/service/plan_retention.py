"""People set a project's rules of retention, and see beforehand what these would let go."""

from dataclasses import dataclass
from typing import NamedTuple

from moorage.oci.reference import RepositoryName
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import Identity, Place
from moorage.rules.condition import Condition, always
from moorage.rules.facts import RepositoryRecord
from moorage.rules.retention import Effect, Rule
from moorage.rules.retention_terms import JOB, Policy, fields_of
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.service.foreseeing import Foreseen, plan_for, plan_next

_MOST_LOOKED = 50_000
_EACH = 100
"""Images that a repository counts for at least, so that a look at many empty ones ends too."""


class Preview(NamedTuple):
    """What rules would do; `rest` is the repository after which another look goes on, None at the end."""

    repositories: tuple[Foreseen, ...]
    rest: str | None

    @property
    def pulls_since(self) -> float | None:
        """When pulls began to be noted, where a rule asks for earlier ones."""
        return next((found.pulls_since for found in self.repositories if found.pulls_since is not None), None)


class Standing(NamedTuple):
    """A project's rules, and when they are carried out next; None: by itself never."""

    policy: Policy
    next_at: float | None


@dataclass(frozen=True, slots=True)
class PlanRetention:
    """What is shown is made by the function that is carried out: `rules.retention.plan`."""

    records: Records
    clock: Clock

    async def find(self, who: Identity, project: str) -> Standing:
        """The project's rules. Raises NAME_UNKNOWN, DENIED."""
        return await self.records.read(
            lambda ledger: _standing(ledger, _open(ledger, who, project, Action.READ_RETENTION)[1])
        )

    async def put(
        self, who: Identity, project: str, rules: tuple[Rule, ...], still: Condition[Standing] = always
    ) -> Standing:
        """Let these be all of its rules. Nothing goes by that: a job carries them out."""

        def story(ledger: Ledger) -> Standing:
            place, project_id = _open(ledger, who, project, Action.MANAGE_RETENTION)
            standing = _standing(ledger, project_id)
            still(standing)
            was, policy = standing.policy, Policy(rules, who.name, self.clock())
            if was.rules == rules:
                return standing
            if any(rule.effect is Effect.DELETE for rule in rules):
                access.require_delete_throughout(who, place, "a rule of retention")
            ledger.retention.put(project_id, policy)
            ledger.events.record(
                told("retention.updated", who, self.clock(), place=place, before=_shown(was), after=_shown(policy))
            )
            return standing._replace(policy=policy)

        return await self.records.write(story, by=who)

    async def preview(self, who: Identity, project: str, rules: tuple[Rule, ...] | None, *, after: str) -> Preview:
        """What rules would do, or (None) those that are set: repository after repository, for a bounded look."""
        project_id, chosen = await self._begin(who, project, rules)
        found: list[Foreseen] = []
        looked = 0
        while looked < _MOST_LOOKED:
            foreseen = await self._next(project_id, chosen, after)
            if foreseen is None:
                return Preview(tuple(found), None)
            found.append(foreseen)
            looked += max(_EACH, len(foreseen.verdicts or ()))
            after = foreseen.repository.name
        return Preview(tuple(found), after)

    async def preview_one(self, who: Identity, name: RepositoryName, rules: tuple[Rule, ...] | None) -> Preview:
        """The same for one repository alone."""
        project_id, chosen = await self._begin(who, name.project, rules)

        def find(ledger: Ledger) -> RepositoryRecord | None:
            place = ledger.repositories.place(name, who)
            return ledger.repositories.find(access.require_repository(who, Action.PULL, place))

        repository = await self.records.read(find)
        if repository is None:
            return Preview((), None)
        now = self.clock()
        foreseen = await self.records.read_aside(lambda ledger: plan_for(ledger, project_id, repository, chosen, now))
        return Preview((foreseen,), None)

    async def _begin(self, who: Identity, project: str, rules: tuple[Rule, ...] | None) -> tuple[int, tuple[Rule, ...]]:
        def story(ledger: Ledger) -> tuple[int, tuple[Rule, ...]]:
            _, project_id = _open(ledger, who, project, Action.READ_RETENTION)
            return project_id, ledger.retention.policy(project_id).rules if rules is None else rules

        return await self.records.read(story)

    async def _next(self, project_id: int, rules: tuple[Rule, ...], after: str) -> Foreseen | None:
        now = self.clock()
        return await self.records.read_aside(lambda ledger: plan_next(ledger, project_id, rules, after=after, now=now))


def _open(ledger: Ledger, who: Identity, project: str, action: Action) -> tuple[Place, int]:
    place = ledger.projects.place(project, who)
    return place, access.require_project(who, action, place)


def _standing(ledger: Ledger, project_id: int) -> Standing:
    schedule = ledger.schedules.find(JOB, project_id)
    next_at = schedule.next_at if schedule is not None and schedule.enabled else None
    return Standing(ledger.retention.policy(project_id), next_at)


def _shown(policy: Policy) -> dict[str, object]:
    return {"rules": [fields_of(rule) for rule in policy.rules]}
