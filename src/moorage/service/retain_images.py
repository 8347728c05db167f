"""A project's rules of retention are carried out: repository after repository, in steps that may be cut off."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName, Tag
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.ports.retention import Footing
from moorage.ports.work import Control, Parameters
from moorage.rules.access import Place
from moorage.rules.facts import RepositoryRecord
from moorage.rules.jobs import Progress
from moorage.rules.retention import Because, Effect, Reason, Rule, TagVerdict, Verdict, in_order
from moorage.rules.retention_terms import of_pulls, sentence
from moorage.rules.telling import told
from moorage.rules.trash import Window
from moorage.service import judging
from moorage.service.foreseeing import Foreseen, plan_next, stand

MOST = 100_000
"""Tags and images that go in one run; the next goes on."""
_STEP = 50
_MOST_PLANS = 5
"""How often a repository is planned anew in one run, if tags go from it each time."""
BY = "retention"
"""Who moved tags, in their history."""


class Went(NamedTuple):
    """What a run did so far: up to the repository `last`, of so many images that it `looked` at.

    What was planned to go but has `changed` by then stays until the next run.
    """

    last: str = ""
    looked: int = 0
    tags: int = 0
    images: int = 0
    changed: int = 0

    @classmethod
    def read(cls, progress: Progress) -> "Went":
        """As `bookmark` keeps it."""
        if not progress.bookmark:
            return cls()
        *numbers, last = progress.bookmark.split(" ", 4)
        return cls(last, *map(int, numbers))

    @property
    def bookmark(self) -> str:
        """A line that tells all of it."""
        return " ".join(map(str, (*self[1:], self.last)))

    @property
    def told(self) -> dict[str, object]:
        """What came of it."""
        return {
            "images": self.looked,
            "deleted_tags": self.tags,
            "deleted_images": self.images,
            "changed": self.changed,
        }


class _Planned(NamedTuple):
    """What a plan was made of; `footing` is what was counted for it, as it was after our own last step."""

    project_id: int
    rules: tuple[Rule, ...]
    repository: RepositoryRecord
    footing: Footing | None


@dataclass(frozen=True, slots=True)
class RetainImages:
    """Nothing goes that has changed since the plan was made: each step looks again within its transaction.

    Where something that was counted has gone, as the newest of a branch, the repository is planned anew.
    """

    records: Records
    clock: Clock
    window: Window
    most: int = MOST

    async def as_job(self, _parameters: Parameters, control: Control) -> Mapping[str, object]:
        """For the project of the job; what went, and whether that was all: `whole`."""
        project_id = control.job.project_id
        if project_id is None:
            raise Refusal(Code.QUERY_INVALID, "rules of retention are a project's: ask for this in one")
        went, again, has_said = Went.read(control.job.progress), 0, False
        while True:
            rules, foreseen = await self.records.read_apart(partial(self._foresee, project_id, went.last))
            if foreseen is None:
                return {**went.told, "whole": True}
            planned = _Planned(project_id, rules, foreseen.repository, foreseen.footing)
            if foreseen.verdicts is None:
                control.say(f"{planned.repository.name} has too many images to plan for: nothing of it goes")
            if foreseen.pulls_since is not None and not has_said:
                control.say(of_pulls(foreseen.pulls_since))
                has_said = True
            went, left = await self._through(control, planned, foreseen.verdicts or (), went)
            if left and went.tags + went.images >= self.most:
                return {**went.told, "whole": False}
            again = again + 1 if left else 0
            if 0 < again < _MOST_PLANS:
                continue
            if left:
                control.say(f"{planned.repository.name} loses tags all the time: the next run goes on there")
            again, looked = 0, went.looked + len(foreseen.verdicts or ())
            went = went._replace(last=planned.repository.name, looked=looked, changed=went.changed + left)
            control.reached(went.bookmark, went.looked)

    async def _through(
        self, control: Control, planned: _Planned, verdicts: Sequence[Verdict], went: Went
    ) -> tuple[Went, int]:
        """Step by step; and how much of it is left, because the run is full or it has to be planned anew."""
        steps = list(_steps(verdicts))
        for number, step in enumerate(steps):
            done = None
            if went.tags + went.images < self.most:
                done = await self._go(control, planned, step, went)
            if done is None:
                return went, sum(map(len, steps[number:]))
            went, planned = done
            control.reached(went.bookmark, went.looked)
        return went, 0

    def _foresee(self, project_id: int, after: str, ledger: Ledger) -> tuple[tuple[Rule, ...], Foreseen | None]:
        rules = ledger.retention.policy(project_id).rules
        if not any(rule.effect is Effect.DELETE for rule in rules):
            return rules, None
        return rules, plan_next(ledger, project_id, rules, after=after, now=self.clock())

    async def _go(
        self, control: Control, planned: _Planned, step: Sequence[Verdict], went: Went
    ) -> tuple[Went, _Planned] | None:
        """One step, unless the rules or the repository are others by now; None where it has to be planned anew."""

        def story(ledger: Ledger) -> tuple[Went, _Planned] | None:
            now, place = self.clock(), _where(ledger, planned.project_id, planned.repository)
            if place is None or ledger.retention.policy(planned.project_id).rules != planned.rules:
                return went._replace(changed=went.changed + len(step)), planned
            if planned.footing is not None and not ledger.retention.holds(planned.repository.id, planned.footing):
                return None
            letting = _Letting(ledger, place, f"job:{control.job.id}", now, keep=self.window.keeps)
            for verdict in step:
                letting.go(verdict)
            done = went._replace(
                tags=went.tags + letting.tags,
                images=went.images + letting.images,
                changed=went.changed + letting.changed,
            )
            return done, planned._replace(footing=stand(ledger, planned.repository, planned.rules))

        return await control.write(story)


def _where(ledger: Ledger, project_id: int, repository: RepositoryRecord) -> Place | None:
    """The repository, if it is what it was planned as: of this project, by this name, with these labels."""
    there = ledger.repositories.find(repository.id)
    if there is None or (there.name, there.labels) != (repository.name, repository.labels):
        return None
    place = ledger.repositories.place(RepositoryName(there.name))
    return place if (place.project_id, place.repository_id) == (project_id, repository.id) else None


class _Letting:
    """One step within its transaction, and what went by it."""

    def __init__(self, ledger: Ledger, place: Place, because_of: str, now: float, *, keep: bool) -> None:
        assert place.repository_id is not None  # noqa: S101 - it was found
        self._ledger, self._place, self._because_of, self._now = ledger, place, because_of, now
        self._id, self._keep = place.repository_id, keep
        self.tags = self.images = self.changed = 0

    def go(self, verdict: Verdict) -> None:
        """Tags first, then the image if nothing needs it any more; what is not as it was planned stays."""
        if not self._is_as_planned(verdict) or not all(
            self._tag(verdict, tag) for tag in verdict.tags if not tag.stays
        ):
            self.changed += 1
            return
        if verdict.stays:
            return
        held = self._ledger.retention.held(self._id, verdict.image.digest)
        if held is None or held.needed or not self._may_go(Digest.parse(verdict.image.digest)):
            self.changed += 1
            return
        self._ledger.manifests.delete(held.manifest_id, by=BY, now=self._now, keep=self._keep)
        self._tell("manifest.deleted", verdict, verdict.why)
        self.images += 1

    def _is_as_planned(self, verdict: Verdict) -> bool:
        """Has nobody pulled or restored it since, and is what it was to follow gone?"""
        held, image = self._ledger.retention.held(self._id, verdict.image.digest), verdict.image
        if held is None or (held.pulled_at, held.restored_at) != (image.pulled_at, image.restored_at):
            return False
        follows = not verdict.stays and verdict.why.because in {Because.INDEX, Because.SUBJECT}
        return not follows or self._ledger.retention.held(self._id, verdict.why.what) is None

    def _may_go(self, digest: Digest) -> bool:
        """Have the rules of tags nothing against it by now?"""
        try:
            judging.require_loss(self._ledger, None, self._place, digest)
        except Refusal:
            return False
        return True

    def _tag(self, verdict: Verdict, judged: TagVerdict) -> bool:
        """Let a tag go; False if it has moved since, or a rule of tags forbids it by now."""
        planned = next(fact for fact in verdict.image.tags if fact.name == judged.name)
        if self._ledger.retention.tag(self._id, judged.name) != (verdict.image.digest, planned.moved_at):
            return False
        try:
            judging.require_delete(self._ledger, None, self._place, judged.name)
        except Refusal:
            return False
        self._ledger.tags.delete(self._id, Tag.parse(judged.name), by=BY, now=self._now)
        self._tell("tag.deleted", verdict, judged.why, judged.name)
        self.tags += 1
        return True

    def _tell(self, kind: str, verdict: Verdict, why: Reason, tag: str | None = None) -> None:
        event = told(
            kind,
            None,
            self._now,
            place=self._place,
            about=self._because_of,
            tag=tag,
            digest=verdict.image.digest,
            after={"reason": sentence(why, stays=False)},
        )
        self._ledger.events.record(event)


def _steps(verdicts: Sequence[Verdict]) -> Iterator[Sequence[Verdict]]:
    """Images that stay and lose a tag, then those that go, each after what needs it."""
    stripped = [verdict for verdict in verdicts if verdict.stays and not all(tag.stays for tag in verdict.tags)]
    work = (*stripped, *in_order(verdicts))
    for first in range(0, len(work), _STEP):
        yield work[first : first + _STEP]
