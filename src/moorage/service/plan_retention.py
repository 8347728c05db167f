"""People set a project's rules of retention, and see beforehand what these would let go."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import Identity, Place
from moorage.rules.condition import Condition, always
from moorage.rules.facts import RepositoryRecord
from moorage.rules.retention import Effect, Rule
from moorage.rules.retention_summary import Summary
from moorage.rules.retention_terms import JOB, Policy, fields_of
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.service.foreseeing import plan_for, plan_next

_MOST_LOOKED = 50_000
_EACH = 100
"""Images that a repository counts for at least, so that a look at many empty ones ends too."""
MOST_WAITING = 8
"""Previews that wait or are made in one process: each may take seconds, one after another."""


class Preview(NamedTuple):
    """What rules would do; `rest` is the repository after which another look goes on, None at the end."""

    summary: Summary
    rest: str | None


@dataclass(slots=True)
class Turns:
    """How many previews wait or are made."""

    taken: int = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """One more. Raises TOOMANYREQUESTS."""
        if self.taken >= MOST_WAITING:
            raise Refusal(
                Code.TOOMANYREQUESTS,
                f"{self.taken} previews of retention are being made already, one after another: ask again in a minute",
            )
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1


class Standing(NamedTuple):
    """A project's rules, and when they are carried out next; None: by itself never."""

    policy: Policy
    next_at: float | None


@dataclass(frozen=True, slots=True)
class PlanRetention:
    """What is shown is made by the function that is carried out: `rules.retention.plan`."""

    records: Records
    clock: Clock
    turns: Turns = field(default_factory=Turns)

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

    async def preview(
        self, who: Identity, project: str, rules: tuple[Rule, ...] | None, *, after: str, most: int
    ) -> Preview:
        """What rules would do, or (None) those that are set: repository after repository, for a bounded look.

        Up to `most` images are told. Raises TOOMANYREQUESTS.
        """
        project_id, chosen = await self._begin(who, project, rules)
        summary, looked = Summary(most), 0
        with self.turns.one():
            while looked < _MOST_LOOKED:
                name = await self._next(project_id, chosen, after, summary)
                if name is None:
                    return Preview(summary, None)
                looked, after = max(looked + _EACH, summary.images), name
        return Preview(summary, after)

    async def preview_one(
        self, who: Identity, name: RepositoryName, rules: tuple[Rule, ...] | None, *, most: int
    ) -> Preview:
        """The same for one repository alone."""
        project_id, chosen = await self._begin(who, name.project, rules)

        def find(ledger: Ledger) -> RepositoryRecord | None:
            place = ledger.repositories.place(name, who)
            return ledger.repositories.find(access.require_repository(who, Action.PULL, place))

        repository, summary = await self.records.read(find), Summary(most)
        if repository is None:
            return Preview(summary, None)
        now = self.clock()

        def story(ledger: Ledger) -> None:
            foreseen = plan_for(ledger, project_id, repository, chosen, now)
            summary.add(repository.name, foreseen.verdicts, foreseen.pulls_since)

        with self.turns.one():
            await self.records.read_apart(story)
        return Preview(summary, None)

    async def _begin(self, who: Identity, project: str, rules: tuple[Rule, ...] | None) -> tuple[int, tuple[Rule, ...]]:
        def story(ledger: Ledger) -> tuple[int, tuple[Rule, ...]]:
            _, project_id = _open(ledger, who, project, Action.READ_RETENTION)
            return project_id, ledger.retention.policy(project_id).rules if rules is None else rules

        return await self.records.read(story)

    async def _next(self, project_id: int, rules: tuple[Rule, ...], after: str, summary: Summary) -> str | None:
        """One repository more, counted where it is planned; its name, None behind the last."""
        now = self.clock()

        def story(ledger: Ledger) -> str | None:
            foreseen = plan_next(ledger, project_id, rules, after=after, now=now)
            if foreseen is None:
                return None
            summary.add(foreseen.repository.name, foreseen.verdicts, foreseen.pulls_since)
            return foreseen.repository.name

        return await self.records.read_apart(story)


def _open(ledger: Ledger, who: Identity, project: str, action: Action) -> tuple[Place, int]:
    place = ledger.projects.place(project, who)
    return place, access.require_project(who, action, place)


def _standing(ledger: Ledger, project_id: int) -> Standing:
    schedule = ledger.schedules.find(JOB, project_id)
    next_at = schedule.next_at if schedule is not None and schedule.enabled else None
    return Standing(ledger.retention.policy(project_id), next_at)


def _shown(policy: Policy) -> dict[str, object]:
    return {"rules": [fields_of(rule) for rule in policy.rules]}
