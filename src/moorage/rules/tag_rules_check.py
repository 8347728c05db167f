"""Whether rules that somebody wrote are rules: each says what its kind asks, and nothing that it does not."""

from collections.abc import Mapping, Sequence
from typing import Any

from moorage.oci.error import Code, Refusal
from moorage.rules.expression import Expression
from moorage.rules.pattern import Pattern
from moorage.rules.tag_forms import Form
from moorage.rules.tag_rule import ALL, Effect, Holders, Named, RuleKind, TagRule, Tags
from moorage.rules.tag_rules import MOST_PLACES, MOST_RULES

_LONGEST_REASON = 200
MOST_HOLDERS = 50
"""Roles, people and robots that one rule reserves tags for."""
_WARNING = frozenset({RuleKind.FORBIDDEN, RuleKind.REQUIRED})


def parse_rule(fields: Mapping[str, Any]) -> TagRule:
    """One rule in the words of the API, all of them; holders by name. Raises QUERY_INVALID."""
    form, regex = fields["form"], fields["regex"]
    return TagRule(
        RuleKind(fields["kind"]),
        Pattern.parse(fields["repositories"]),
        _tags(fields["tags"], fields["tags_regex"]),
        Effect(fields["action"]),
        fields["reason"],
        Form(form) if form is not None else None,
        Expression.parse(regex) if regex is not None else None,
        Holders(tuple(fields["roles"]), _named(fields["users"]), _named(fields["robots"])),
        fields["days"],
    )


def _tags(glob: str | None, regex: str | None) -> Tags:
    if regex is None:
        return ALL if glob is None else Pattern.parse(glob)
    if glob is not None:
        raise Refusal(Code.QUERY_INVALID, "give either tags, a pattern, or tags_regex, a regular expression")
    return Expression.parse(regex)


def _named(names: Sequence[str]) -> tuple[Named, ...]:
    return tuple(Named(0, name) for name in names)


def require_rules(rules: Sequence[TagRule]) -> None:
    """All rules of a project, or QUERY_INVALID with the number of the one that is none."""
    if len(rules) > MOST_RULES:
        raise Refusal(Code.QUERY_INVALID, f"a project has at most {MOST_RULES} tag rules")
    for number, rule in enumerate(rules, 1):
        fault = _fault(rule)
        if fault is not None:
            raise Refusal(Code.QUERY_INVALID, f"rule {number} ({rule.kind.value}): {fault}")
    if sum(_places(rule) for rule in rules) > MOST_PLACES:
        raise Refusal(
            Code.QUERY_INVALID,
            f"the regular expressions of a project have at most {MOST_PLACES} letters, with their counts: "
            "use globs, as v*, where they do",
        )


def _fault(rule: TagRule) -> str | None:
    if len(rule.reason) > _LONGEST_REASON or not rule.reason.isprintable():
        return f"a reason is one line of at most {_LONGEST_REASON} characters"
    if rule.effect is Effect.WARN and rule.kind not in _WARNING:
        return "only forbidden and required warn: use refuse, or allow for an exception"
    return _of_form(rule) or _of_holders(rule) or _of_days(rule)


def _of_form(rule: TagRule) -> str | None:
    is_asked = rule.kind is RuleKind.REQUIRED and rule.effect is not Effect.ALLOW
    if not is_asked:
        return None if rule.form is None and rule.regex is None else "form and regex are for required tags"
    if rule.form is None:
        return f"say which form: {', '.join(form.value for form in Form)}"
    if (rule.form is Form.REGEX) != (rule.regex is not None):
        return "regex goes with the form regex, and that with it"
    return None


def _of_holders(rule: TagRule) -> str | None:
    is_asked = rule.kind is RuleKind.RESERVED and rule.effect is not Effect.ALLOW
    if bool(rule.only) != is_asked:
        return "name the roles, users or robots who may" if is_asked else "roles, users and robots are for reserved"
    if len(rule.only.roles) + len(rule.only.users) + len(rule.only.robots) > MOST_HOLDERS:
        return f"it is reserved for at most {MOST_HOLDERS} roles, users and robots"
    return None


def _of_days(rule: TagRule) -> str | None:
    is_asked = rule.kind is RuleKind.EXPIRES and rule.effect is not Effect.ALLOW
    if (rule.days is not None) != is_asked:
        return "say after how many days" if is_asked else "days are for expires"
    return None


def _places(rule: TagRule) -> int:
    tags = rule.tags.places if isinstance(rule.tags, Expression) else 0
    return tags + (rule.regex.places if rule.regex is not None else 0)
