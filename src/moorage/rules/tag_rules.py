"""What a project asks of its tags: its rules, and what they say of one change of one tag.

Of each kind the first rule that matches repository and tag counts, and all kinds are asked. The rules hold for
everybody, administrators too. A change that leaves a tag where it is, is none, and nobody asks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from moorage.oci.error import Code, Refusal
from moorage.rules.access import Identity, Place
from moorage.rules.expression import Expression
from moorage.rules.tag_forms import SHAPES
from moorage.rules.tag_rule import Effect, RuleKind, TagRule

MOST_RULES = 50
"""Rules of one project."""
MOST_PLACES = 512
"""What all expressions of one project may cost together: see `expression.Expression.places`."""
MOST_STEPS = 200_000
"""What may be asked at once of rules that many tags are held against: see `RuleBook.cost`."""
DAY = 86_400.0
LATEST = "latest"


class Change(Enum):
    """What is about to happen to a tag."""

    MAKE = "make"
    MOVE = "move"
    ALTER = "alter"
    """It stays where it is, and what it gives becomes something else."""
    DELETE = "delete"


class Found(NamedTuple):
    """A rule and its number in the list, from 1 on."""

    number: int
    rule: TagRule


@dataclass(frozen=True, slots=True)
class RuleBook:
    """A project's rules in their order. One that is not `readable` lets nothing change."""

    rules: tuple[TagRule, ...] = ()
    readable: bool = True

    def first(self, kind: RuleKind, within: str, tag: str) -> Found | None:
        """The rule of this kind that counts, or the exception that does."""
        for number, rule in enumerate(self.rules, 1):
            if rule.kind is kind and rule.is_about(within, tag):
                return Found(number, rule)
        return None

    def holding(self, kind: RuleKind, within: str, tag: str) -> Found | None:
        """The same, but for exceptions."""
        found = self.first(kind, within, tag)
        return None if found is None or found.rule.effect is Effect.ALLOW else found

    def has(self, kinds: Iterable[RuleKind], within: str) -> bool:
        """May a rule of these kinds matter to any tag of this repository? True where the rules cannot be read."""
        wanted = frozenset(kinds)
        return not self.readable or any(
            rule.kind in wanted and rule.effect is not Effect.ALLOW and rule.repositories.matches(within)
            for rule in self.rules
        )

    def cost(self, within: str) -> int:
        """Steps for each letter of a tag of this repository, at most."""
        return sum(
            1 + (rule.tags.places if isinstance(rule.tags, Expression) else 0)
            for rule in self.rules
            if rule.repositories.matches(within)
        )

    def ends_at(self, within: str, tag: str, moved_at: float) -> float | None:
        """When a tag ends that moved last at this time; None: never, as where it is immutable."""
        found = self.holding(RuleKind.EXPIRES, within, tag)
        if found is None or found.rule.days is None or not self.readable:
            return None
        if self.holding(RuleKind.IMMUTABLE, within, tag) is not None:
            return None
        return moved_at + found.rule.days * DAY

    def soonest(self, within: str) -> float | None:
        """Seconds after which the first tag of this repository may end that moved now; None: none ever does."""
        days = [
            rule.days
            for rule in self.rules
            if rule.kind is RuleKind.EXPIRES and rule.days is not None and rule.repositories.matches(within)
        ]
        return min(days) * DAY if days and self.readable else None


PROTECTING = (RuleKind.IMMUTABLE, RuleKind.RESERVED)
"""Kinds that may keep a tag from going."""
_ASKED = {
    Change.MAKE: (RuleKind.RESERVED, RuleKind.FORBIDDEN, RuleKind.REQUIRED),
    Change.MOVE: (RuleKind.IMMUTABLE, RuleKind.RESERVED, RuleKind.FORBIDDEN, RuleKind.REQUIRED),
    Change.ALTER: PROTECTING,
    Change.DELETE: PROTECTING,
}
_DONE = {Change.MAKE: "made", Change.MOVE: "moved", Change.ALTER: "changed", Change.DELETE: "deleted"}
_MOST_NAMED = 5


def judge(book: RuleBook, who: Identity | None, place: Place, tag: str, change: Change) -> tuple[str, ...]:
    """Refuse with DENIED if a rule is against this change; else what whoever makes it should be warned of.

    `place` is the repository with the roles of `who`; None is the registry itself, for which nothing is reserved.
    """
    if not book.readable:
        raise Refusal(
            Code.DENIED,
            f"the tag rules of project {place.project} cannot be read, so no tag of it can change: "
            "an owner has to set them anew",
        )
    told = []
    for kind in _ASKED[change]:
        found = book.holding(kind, place.within, tag)
        if found is not None and _is_broken(found.rule, who, place, tag):
            sentence = _sentence(found, place, tag, change)
            if found.rule.effect is Effect.REFUSE:
                raise Refusal(Code.DENIED, sentence)
            told.append(sentence)
    return (*told, *_of_latest(book, place, tag, change))


def _is_broken(rule: TagRule, who: Identity | None, place: Place, tag: str) -> bool:
    """Is what the rule asks not so?"""
    if rule.kind is RuleKind.RESERVED:
        return who is not None and not rule.only.include(who, place, tag)
    if rule.kind is RuleKind.REQUIRED:
        return not rule.has_form(tag)
    return True


def _of_latest(book: RuleBook, place: Place, tag: str, change: Change) -> list[str]:
    """Where no rule says anything of `latest`."""
    if (
        tag != LATEST
        or change not in {Change.MAKE, Change.MOVE}
        or book.first(RuleKind.FORBIDDEN, place.within, tag) is not None
    ):
        return []
    return [
        f"{LATEST} does not say which version it names, and moves: push {place.name} under a tag of its version, too"
    ]


def _sentence(found: Found, place: Place, tag: str, change: Change) -> str:
    """What is so, by which rule, and what to do."""
    rule, whole = found.rule, f"the tag {tag} of {place.name}"
    by = f"(rule {found.number} of project {place.project}, {_origin(rule)})"
    done = _DONE[change]
    match rule.kind:
        case RuleKind.IMMUTABLE:
            way = "leave it" if change is Change.DELETE else "push another tag"
            return f"{whole} is immutable and cannot be {done} {by}: {way}, or ask an owner to change the rule"
        case RuleKind.RESERVED:
            named = rule.only.titles(place.project)
            able = ", ".join(named[:_MOST_NAMED]) + (" and others" if len(named) > _MOST_NAMED else "")
            return f"{whole} can only be {done} by {able} {by}: ask one of them, or choose another tag"
        case RuleKind.REQUIRED:
            shape = SHAPES.get(rule.form) if rule.form is not None else None
            looks = f"of the form {rule.regex}" if shape is None else f"{shape.words}, as {shape.example}"
            return f"{whole} is not {looks} {by}: push a tag of this form"
        case _:
            return f"{whole} is not wanted {by}: push another tag"


def _origin(rule: TagRule) -> str:
    return f"set by {rule.set_by}: {rule.reason}" if rule.reason else f"set by {rule.set_by}"
