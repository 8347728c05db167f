"""What rules of retention would do to the next repository of a project: a part of stories that show it, and do it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from moorage.oci.reference import RepositoryName
from moorage.ports.records import Ledger
from moorage.ports.retention import Footing
from moorage.rules import retention
from moorage.rules.facts import RepositoryRecord
from moorage.rules.listing import Listing
from moorage.rules.retention import Counting, ImageFact, Rule, Verdict
from moorage.rules.tag_rule import RuleKind
from moorage.rules.tag_rules import RuleBook

MOST_IMAGES = 200_000
"""Images of one repository that are planned for at once; of one that has more nothing goes."""


class Foreseen(NamedTuple):
    """A repository, and what would become of each of its images; None where there are too many to say.

    `pulls_since` is when pulls began to be noted, where a rule asks for earlier ones; `footing` is what was counted for
    the plan, if anything was.
    """

    repository: RepositoryRecord
    verdicts: tuple[Verdict, ...] | None
    pulls_since: float | None = None
    footing: Footing | None = None


def plan_next(ledger: Ledger, project_id: int, rules: Sequence[Rule], *, after: str, now: float) -> Foreseen | None:
    """The repository after this name; None behind the last. It takes about a second for 100,000 images."""
    (repository, *_) = ledger.repositories.of_project(project_id, Listing(1, after)) or (None,)
    return None if repository is None else plan_for(ledger, project_id, repository, rules, now)


def plan_for(
    ledger: Ledger, project_id: int, repository: RepositoryRecord, rules: Sequence[Rule], now: float
) -> Foreseen:
    """The same of this repository."""
    within = RepositoryName.parse(repository.name).inner
    footing = stand(ledger, repository, rules)  # first, so that whatever goes meanwhile is noticed
    images = ledger.retention.images(
        repository.id, most=MOST_IMAGES, annotations=any(rule.annotations for rule in rules)
    )
    if images is None:
        return Foreseen(repository, None)
    book = ledger.tag_rules.of_project(project_id)
    images = [_protected(image, book, within) for image in images]
    since = ledger.statistics.known_since()
    verdicts = retention.plan(rules, within, repository.labels, images, now, pulls_since=since)
    return Foreseen(repository, verdicts, since if retention.look_behind(rules, since, now) else None, footing)


def stand(ledger: Ledger, repository: RepositoryRecord, rules: Sequence[Rule]) -> Footing | None:
    """What these rules count in it stands on now; None where they count nothing."""
    counting = retention.counting(rules, RepositoryName.parse(repository.name).inner, repository.labels)
    if counting is Counting.NOTHING:
        return None
    return ledger.retention.footing(repository.id, images=counting is Counting.IMAGES)


def _protected(image: ImageFact, book: RuleBook, within: str) -> ImageFact:
    """Its tags with what the project's rules of tags have against their going."""
    if not book.rules or not image.tags:
        return image
    held = ((tag, book.holding(RuleKind.IMMUTABLE, within, tag.name)) for tag in image.tags)
    return replace(
        image,
        tags=tuple(
            tag if rule is None else tag._replace(protected="a tag rule keeps it as it is") for tag, rule in held
        ),
    )
