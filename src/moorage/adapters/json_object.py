"""JSON that others have written: an object, or the reason why it is none."""

import json
from typing import Any

from moorage.ports.federation import NotProven


def object_of(raw: bytes, what: str = "this") -> dict[str, Any]:
    """The object. Raises NotProven, of `what`; also for halves of letters, which JSON can hold and nothing else can."""
    try:
        found = json.loads(raw)
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as fault:
        raise NotProven(f"{what} is no JSON") from fault
    if not isinstance(found, dict):
        raise NotProven(f"{what} is no JSON object")
    return found
