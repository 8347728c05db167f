"""The form of a tag rule: what its fields hold, and the rule that they say."""

import re
from collections.abc import Mapping

from moorage.oci.error import Code, Refusal
from moorage.rules.identities import MOST_DAYS
from moorage.rules.tag_rule import Effect, RuleKind, TagRule, shown
from moorage.rules.tag_rules_check import parse_rule

_FIELDS = ("kind", "repositories", "match", "tags", "action", "reason", "form", "regex", "roles", "users", "robots")


def filled(rule: TagRule | None, project: str, typed: Mapping[str, str], *, is_typed: bool) -> dict[str, str]:
    """What stands in the fields: what was typed, or the rule that is changed, or nothing much."""
    if not is_typed:
        typed = flat(shown([rule], project)[0] if rule is not None else {})
    found = {name: typed.get(name, "") for name in (*_FIELDS, "days")}
    return found | {"action": found["action"] or "refuse", "repositories": found["repositories"] or "**"}


def flat(rule: Mapping[str, object]) -> dict[str, str]:
    """A rule in the words of the API as the fields of the form."""
    named = {name: " ".join(value) if isinstance(value, list) else str(value) for name, value in rule.items()}
    tags = named.get("tags_regex") or named.get("tags", "")
    return {**named, "match": "regex" if rule.get("tags_regex") else "glob", "tags": tags}


def whole(rule: Mapping[str, object]) -> dict[str, object]:
    """The same with what it does not say, for templates."""
    empty = dict.fromkeys((*_FIELDS, "tags_regex", "days"), "")
    return {**empty, "roles": [], "users": [], "robots": [], **rule}


def read(fields: Mapping[str, str]) -> TagRule:
    """The rule that the form says; what is not its kind's matter is left out. Raises QUERY_INVALID."""
    kind = _one_of(fields, "kind", RuleKind, "choose what the rule asks")
    action = _one_of({"action": fields.get("action") or "refuse"}, "action", Effect, "choose what the rule does")
    asks = action != Effect.ALLOW.value
    tags = fields.get("tags", "").strip() or None
    is_regex = fields.get("match") == "regex"
    form = fields.get("form") or None
    held = asks and kind == RuleKind.RESERVED.value
    return parse_rule(
        {
            "kind": kind,
            "repositories": fields.get("repositories", "").strip() or "**",
            "tags": None if is_regex else tags,
            "tags_regex": tags if is_regex else None,
            "action": action,
            "reason": fields.get("reason", "").strip(),
            "form": _form(form) if asks and kind == RuleKind.REQUIRED.value else None,
            "regex": fields.get("regex", "").strip() or None
            if asks and kind == RuleKind.REQUIRED.value and form == "regex"
            else None,
            **{name: _words(fields, name) if held else [] for name in ("roles", "users", "robots")},
            "days": _days(fields) if asks and kind == RuleKind.EXPIRES.value else None,
        }
    )


def _one_of(fields: Mapping[str, str], name: str, known: type[RuleKind] | type[Effect], sentence: str) -> str:
    value = fields.get(name, "")
    if value not in {one.value for one in known}:
        raise Refusal(Code.QUERY_INVALID, sentence)
    return value


def _form(form: str | None) -> str | None:
    if form not in {None, "semver", "calendar", "git-sha", "regex"}:
        raise Refusal(Code.QUERY_INVALID, "choose the form that tags shall have")
    return form


def _words(fields: Mapping[str, str], name: str) -> list[str]:
    return fields.get(name, "").replace(",", " ").split()


def _days(fields: Mapping[str, str]) -> int | None:
    text = fields.get("days", "").strip()
    if not text:
        return None
    if not (re.fullmatch(r"[0-9]{1,4}", text) and 1 <= int(text) <= MOST_DAYS):
        raise Refusal(Code.QUERY_INVALID, f"days are a whole number from 1 to {MOST_DAYS}")
    return int(text)
