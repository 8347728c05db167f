"""JSON that anybody may have written, read without trust: what has the wrong type is as if it were not there.

Texts come out fit to be shown: without lone surrogates, which no encoding knows, and without the signs that turn the
direction of what follows, by which one text could pass for another.
"""

import json
from collections.abc import Mapping
from typing import Any

_WORTH = 4
LONGEST = 4096
"""Characters of one text that are shown."""
_TURNING = dict.fromkeys(
    (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0), "\N{REPLACEMENT CHARACTER}"
)


def read(content: bytes) -> Any:  # noqa: ANN401 - whatever somebody wrote
    """What the bytes say; None if they are no JSON."""
    try:
        return json.loads(content.decode())
    except (ValueError, RecursionError):
        return None


def shown(value: str) -> str:
    """The text as it can be shown."""
    return value.encode("utf-8", "replace").decode().translate(_TURNING)


def text(value: object, longest: int = LONGEST) -> str:
    """A text, cut where it is longer; nothing for what is no text."""
    if not isinstance(value, str):
        return ""
    return shown(value if len(value) <= longest else value[:longest] + "…")


def texts(value: object, most: int) -> tuple[str, ...]:
    """Up to so many texts of a list."""
    if not isinstance(value, list):
        return ()
    return tuple(text(item) for item in value[:most] if isinstance(item, str))


def keys(value: object, most: int) -> tuple[str, ...]:
    """Up to so many names of an object."""
    return tuple(text(name) for name in list(value)[:most]) if isinstance(value, dict) else ()


def pairs(value: object, most: int) -> Mapping[str, str]:
    """Up to so many names of an object and their texts."""
    if not isinstance(value, dict):
        return {}
    return {text(name): text(item) for name, item in list(value.items())[:most] if isinstance(item, str)}


def whole(value: object) -> int:
    """A number of bytes; 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else 0


def pretty(content: bytes, most: int) -> tuple[str, bool]:
    """JSON in lines, anything else as it stands; up to so many characters, and whether that is not all.

    Much more than that stands as it is, too: to lay it out would take longer than it is worth. No more is laid out than
    is shown, as what is nested deep becomes a thousand times as long by what its lines begin with.
    """
    found = read(content) if len(content) <= most * _WORTH else None
    try:
        laid = content.decode("utf-8", "replace") if found is None else _laid_out(found, most)
    except (ValueError, RecursionError):
        laid = content.decode("utf-8", "replace")
    return shown(laid[:most]), len(laid) > most


def _laid_out(found: object, most: int) -> str:
    """In lines, until they are longer than that."""
    pieces, length = list[str](), 0
    for piece in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(found):
        pieces.append(piece)
        length += len(piece)
        if length > most:
            break
    return "".join(pieces)
