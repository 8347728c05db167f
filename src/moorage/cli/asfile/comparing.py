"""Whether what is stated differs from what there is, field by field."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from moorage.cli.asfile.step import Difference

_DAY = 86_400
_SLACK = 3600
"""Seconds by which clocks and a slow run may differ."""


def differences(stated: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Those fields that are stated and are not so; lists are compared without regard to their order."""
    return tuple(
        Difference(name, now[name], value) for name, value in stated.items() if _whole(now[name]) != _whole(value)
    )


def made(stated: Mapping[str, Any]) -> tuple[Difference, ...]:
    """All fields of what is new, but those that say nothing."""
    return tuple(Difference(name, None, value) for name, value in stated.items() if value not in ("", [], {}))


def bodies(changes: Iterable[Difference]) -> dict[str, Any]:
    """What a change sends."""
    return {change.field: change.after for change in changes}


def ending(stated: Mapping[str, Any], now: Mapping[str, Any], moment: float) -> tuple[Difference, ...]:
    """When a robot ends is wrong only if that is later than its days from now, or if one of both is never.

    So a robot that lives on towards its end differs from its file on no day.
    """
    if "expires_in_days" not in stated:
        return ()
    days, ends = stated["expires_in_days"], now["expires_at"]
    if days is None and ends is None:
        return ()
    if days is not None and ends is not None and ends - moment <= days * _DAY + _SLACK:
        return ()
    return (Difference("expires_in_days", None if ends is None else _date(ends), days),)


def same(one: object, other: object) -> bool:
    """Are both the same, whatever the order of their lists?"""
    return bool(_whole(one) == _whole(other))


def _whole(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return sorted((_whole(entry) for entry in value), key=_written)
    if isinstance(value, dict):
        return {name: _whole(entry) for name, entry in value.items()}
    return value


def _written(value: Any) -> str:  # noqa: ANN401 - JSON
    return json.dumps(value, sort_keys=True)


def _date(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("until %Y-%m-%d")
