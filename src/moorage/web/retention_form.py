"""The form of a rule of retention, and rules that are tried: as text that an address can hold."""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from moorage.oci.error import Code, Refusal
from moorage.rules.pattern import EVERYTHING
from moorage.rules.retention import Rule
from moorage.rules.retention_terms import MOST_DAYS, MOST_KEPT, MOST_RULES, fields_of, rule_of

_TEXTS = ("effect", "repositories", "what", "tags", "versions", "group_before")
_NUMBERS = ("newest", "pushed_days", "pulled_days")
_NAMED = ("labels", "annotations")
_LONGEST, _LARGEST = 6000, 200_000
"""Characters of an address for rules, and bytes of what they unpack to."""
_TOO_LONG = "these rules are too long for an address: set them by `moorage retention`, or by the API"
Typed = Mapping[str, str]


def filled(rule: Rule | None) -> dict[str, str]:
    """The fields of the form as this rule has them; of none as one might begin."""
    if rule is None:
        empty = dict.fromkeys((*_TEXTS, *_NUMBERS, *_NAMED), "")
        return {**empty, "effect": "keep", "repositories": EVERYTHING, "what": "tags"}
    fields = whole(rule)
    lines = {name: "\n".join(f"{key}={value}" for key, value in fields[name].items()) for name in _NAMED}
    numbers = {name: _plain(fields[name]) for name in _NUMBERS}
    return {
        **{name: str(fields[name]) for name in _TEXTS if name != "what"},
        "what": "untagged" if rule.untagged else "tags",
        **numbers,
        **lines,
    }


def whole(rule: Rule) -> dict[str, Any]:
    """What it says, and nothing where it says nothing, for templates."""
    empty = dict.fromkeys((*_TEXTS, *_NUMBERS), "")
    return {**empty, "untagged": False, "labels": {}, "annotations": {}, **fields_of(rule)}


def read(number: int, typed: Typed) -> Rule:
    """The rule that the form says, the so many-th. Raises QUERY_INVALID."""
    text = {name: value.strip() for name, value in typed.items()}
    if text.get("effect") not in {"keep", "delete"}:
        raise Refusal(Code.QUERY_INVALID, "choose whether the rule keeps or deletes")
    untagged = text.get("what") == "untagged"
    fields: dict[str, Any] = {
        "effect": text["effect"],
        "repositories": text.get("repositories") or EVERYTHING,
        "tags": (text.get("tags") or None) if not untagged else None,
        "versions": (text.get("versions") or None) if not untagged else None,
        "untagged": untagged,
        "newest": _newest(text.get("newest", "")),
        "group_before": text.get("group_before", "") if not untagged else "",
        "pushed_days": _days(text.get("pushed_days", "")),
        "pulled_days": _days(text.get("pulled_days", "")),
        **{name: _named(text.get(name, "")) for name in _NAMED},
    }
    return rule_of(number, fields)


def packed(rules: Sequence[Rule]) -> str:
    """Rules as an address holds them. Raises QUERY_INVALID where they are too many for one."""
    text = json.dumps([{k: v for k, v in filled(rule).items() if v} for rule in rules], separators=(",", ":"))
    found = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    if len(found) > _LONGEST:
        raise Refusal(Code.QUERY_INVALID, _TOO_LONG)
    return found


def unpacked(text: str) -> tuple[Rule, ...]:
    """The rules. Raises QUERY_INVALID for what `packed` has not made."""
    odd = Refusal(Code.QUERY_INVALID, "the rules in this address cannot be read: begin with those that are set")
    if len(text) > _LONGEST:
        raise odd
    try:
        content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unpacking = zlib.decompressobj()
        entries = json.loads(unpacking.decompress(content, _LARGEST))
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        raise odd from None
    if not isinstance(entries, list) or len(entries) > MOST_RULES or not all(map(_is_typed, entries)):
        raise odd
    return tuple(read(number, entry) for number, entry in enumerate(entries, 1))


def _is_typed(entry: object) -> bool:
    return isinstance(entry, dict) and all(isinstance(value, str) for value in entry.values())


def _plain(number: object) -> str:
    """As people write it: 7 and not 7.0."""
    return f"{number:.6f}".rstrip("0").rstrip(".") if isinstance(number, float) else str(number)


def _newest(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,7}", text) or int(text) > MOST_KEPT:
        raise Refusal(Code.QUERY_INVALID, f"the newest are a whole number, {MOST_KEPT} at most")
    return int(text)


def _days(text: str) -> float | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,6})?", text) or float(text) > MOST_DAYS:
        raise Refusal(Code.QUERY_INVALID, f"days are a number, {MOST_DAYS} at most")
    return float(text)


def _named(text: str) -> dict[str, str]:
    """Lines of NAME=VALUE."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if not equals and name:
            raise Refusal(Code.QUERY_INVALID, f"{name[:80]!r} is no name with a value: write NAME=VALUE, one a line")
        if equals:
            found[name] = value
    return found
