"""A project's rules of retention in words: as fields that people write, and as sentences that people read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moorage.oci.error import Code, Refusal
from moorage.rules.labels import require_labels
from moorage.rules.pattern import EVERYTHING, Pattern
from moorage.rules.retention import Because, Effect, Reason, Rule
from moorage.rules.semantic_version import Range

JOB = "retention"
"""The kind of job that carries rules out."""
MOST_RULES = 100
MOST_KEPT = 1_000_000
MOST_DAYS = 36_500
_LONGEST_GROUP = 8


@dataclass(frozen=True, slots=True)
class Policy:
    """A project's rules, in their order; without any nothing goes. `by` set them last."""

    rules: tuple[Rule, ...] = ()
    by: str = ""
    at: float | None = None


def rule_of(number: int, fields: Mapping[str, Any]) -> Rule:
    """A rule from its fields, which have the right types; refuses with QUERY_INVALID what would choose oddly."""
    tags, versions = fields.get("tags"), fields.get("versions")
    rule = Rule(
        effect=Effect(fields["effect"]),
        repositories=Pattern.parse(fields.get("repositories", EVERYTHING)),
        labels=tuple(require_labels(fields.get("labels") or {}).items()),
        tags=None if tags is None else Pattern.parse(tags),
        versions=None if versions is None else Range.parse(versions),
        untagged=fields.get("untagged", False),
        newest=fields.get("newest"),
        group_before=fields.get("group_before", ""),
        pushed_days=fields.get("pushed_days"),
        pulled_days=fields.get("pulled_days"),
        annotations=tuple((fields.get("annotations") or {}).items()),
    )
    _require_sense(number, rule)
    return rule


def _require_sense(number: int, rule: Rule) -> None:
    if rule.untagged and (rule.tags is not None or rule.versions is not None or rule.group_before):
        raise _odd(number, "untagged images have no names: leave tags, versions and group_before out, or untagged")
    if rule.group_before and rule.newest is None:
        raise _odd(number, "group_before says what newest counts together: give newest as well")
    if len(rule.group_before) > _LONGEST_GROUP:
        raise _odd(number, f"group_before has at most {_LONGEST_GROUP} characters, as - or _")


def _odd(number: int, why: str) -> Refusal:
    return Refusal(Code.QUERY_INVALID, f"rule {number}: {why}")


def rules_of(entries: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """All rules from their fields, or QUERY_INVALID."""
    if len(entries) > MOST_RULES:
        raise Refusal(Code.QUERY_INVALID, f"a project has at most {MOST_RULES} rules of retention")
    return tuple(rule_of(number, fields) for number, fields in enumerate(entries, 1))


def fields_of(rule: Rule) -> dict[str, Any]:
    """What `rule_of` reads; what chooses nothing is left out."""
    fields: dict[str, Any] = {
        "effect": rule.effect.value,
        "repositories": str(rule.repositories),
        "labels": dict(rule.labels),
        "tags": None if rule.tags is None else str(rule.tags),
        "versions": None if rule.versions is None else str(rule.versions),
        "untagged": rule.untagged,
        "newest": rule.newest,
        "group_before": rule.group_before,
        "pushed_days": rule.pushed_days,
        "pulled_days": rule.pulled_days,
        "annotations": dict(rule.annotations),
    }
    return {name: value for name, value in fields.items() if value is not False and value not in (None, "", {})}


def of_pulls(since: float) -> str:
    """What rules take for granted that ask for pulls of before `since`, when none were noted, for people."""
    return f"pulls are known since {datetime.fromtimestamp(since, UTC):%Y-%m-%d}: what is older counts as pulled then"


def sentence(why: Reason, *, stays: bool) -> str:
    """Why it stays or goes, for people."""
    does, follows = ("keeps", "stays") if stays else ("deletes", "goes")
    match why.because:
        case Because.RULE:
            return f"rule {why.rule} {does} it"
        case Because.NO_RULE:
            return "no rule chooses it"
        case Because.PROTECTED:
            return why.what
        case Because.TAG:
            return f"its tag {why.what} stays" + (f", by rule {why.rule}" if why.rule else ", as no rule chooses that")
        case Because.INDEX:
            return f"it belongs to {why.what}, which {follows}"
        case Because.SUBJECT:
            return f"it was made for {why.what}, which {follows}"
        case Because.REFERRER:
            return f"{why.what} was made for it, and stays"
