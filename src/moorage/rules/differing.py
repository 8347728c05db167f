"""What a change changed: the fields of before and after, side by side."""

import json
from collections.abc import Mapping
from typing import NamedTuple


class Line(NamedTuple):
    """A field by its whole name, as `quota.bytes`; None where it was not there."""

    name: str
    before: str | None
    after: str | None

    @property
    def is_changed(self) -> bool:
        """Is it another than before?"""
        return self.before != self.after


def lines(before: str | None, after: str | None) -> list[Line]:
    """Of two values of JSON; each may be missing. What differs comes first, each part by name."""
    was, now = _flat(before), _flat(after)
    found = [Line(name, was.get(name), now.get(name)) for name in sorted(was.keys() | now.keys())]
    return sorted(found, key=lambda line: not line.is_changed)


def _flat(text: str | None) -> dict[str, str]:
    if not text:
        return {}
    found: dict[str, str] = {}
    waiting = [("", json.loads(text))]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, Mapping) and value:
            waiting += [(f"{name}.{key}" if name else str(key), inner) for key, inner in value.items()]
        else:
            found[name] = value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
    return found
