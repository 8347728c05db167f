"""A part of stories in which tags end: which of them rules of retention keep all the same."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from moorage.oci.reference import RepositoryName
from moorage.ports.records import Ledger
from moorage.ports.retention import Footing
from moorage.rules.facts import RepositoryRecord
from moorage.rules.retention import Because, Effect, Rule
from moorage.service.foreseeing import plan_for, stand


class Spared(NamedTuple):
    """Tags that stay, by which rules, and what was counted for that, if anything was."""

    tags: frozenset[str] = frozenset()
    rules: tuple[Rule, ...] = ()
    footing: Footing | None = None


def spared(ledger: Ledger, project_id: int, repository: RepositoryRecord, tags: Sequence[str], now: float) -> Spared:
    """Those of these tags that a rule keeps; where there are too many images to tell, all that one may keep.

    It takes as long as a plan of the whole repository only if a rule asks more of them than their names.
    """
    rules = tuple(rule for rule in ledger.retention.policy(project_id).rules if rule.effect is Effect.KEEP)
    within = RepositoryName.parse(repository.name).inner
    about = [rule for rule in rules if rule.is_about(within, repository.labels)]
    kept = _named(tags, (rule for rule in about if rule.asks_names_alone))
    doubtful = _named(tags, (rule for rule in about if not rule.asks_names_alone)) - kept
    if not doubtful:
        return Spared(kept, rules)
    foreseen = plan_for(ledger, project_id, repository, rules, now)
    if foreseen.verdicts is None:
        return Spared(kept | doubtful, rules)
    chosen = {tag.name for verdict in foreseen.verdicts for tag in verdict.tags if tag.why.because is Because.RULE}
    return Spared(kept | (doubtful & chosen), rules, foreseen.footing)


def is_still_so(ledger: Ledger, project_id: int, repository: RepositoryRecord, spared: Spared) -> bool:
    """Are the rules the same, and what was counted still there? Else who is spared has to be found anew."""
    rules = tuple(rule for rule in ledger.retention.policy(project_id).rules if rule.effect is Effect.KEEP)
    return rules == spared.rules and (spared.footing is None or ledger.retention.holds(repository.id, spared.footing))


def as_it_stands(ledger: Ledger, repository: RepositoryRecord, spared: Spared) -> Spared:
    """The same after our own step: what went by it was not counted for anybody who is spared."""
    return spared if spared.footing is None else spared._replace(footing=stand(ledger, repository, spared.rules))


def _named(tags: Iterable[str], rules: Iterable[Rule]) -> frozenset[str]:
    chosen = list(rules)
    return frozenset(tag for tag in tags if any(rule.names(tag) for rule in chosen))
