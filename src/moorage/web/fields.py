"""What the fields of a form hold, read as what they are to be; what is none of it is refused with a sentence."""

import re

from moorage.oci.error import Code, Refusal
from moorage.rules.identities import MOST_DAYS
from moorage.rules.pattern import EVERYTHING, Pattern
from moorage.web.screen import Fields


def needed(fields: Fields, name: str, sentence: str) -> str:
    """What a field holds. Raises QUERY_INVALID with the sentence where it holds nothing."""
    value = fields.get(name, "").strip()
    if not value:
        raise Refusal(Code.QUERY_INVALID, sentence)
    return value


def number(fields: Fields, name: str, sentence: str) -> int:
    """A number of a field, from 0 on. Raises QUERY_INVALID with the sentence where it is none."""
    value = fields.get(name, "").strip()
    if not re.fullmatch(r"[0-9]{1,18}", value):
        raise Refusal(Code.QUERY_INVALID, sentence)
    return int(value)


def days(fields: Fields, name: str = "days") -> int | None:
    """Days of a field; None where it is empty, which means for ever. Raises QUERY_INVALID."""
    if not fields.get(name, "").strip():
        return None
    found = number(fields, name, "days are a whole number")
    if not 1 <= found <= MOST_DAYS:
        raise Refusal(Code.QUERY_INVALID, f"days are a number from 1 to {MOST_DAYS}")
    return found


def patterns(text: str) -> tuple[Pattern, ...]:
    """Patterns with blanks between; everything where there is none. Raises QUERY_INVALID."""
    return tuple(dict.fromkeys(Pattern.parse(word) for word in (text.split() or [EVERYTHING])))
