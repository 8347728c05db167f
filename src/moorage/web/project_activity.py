"""/projects/{project}/-/activity: what happened in a project, by whom, and what it changed."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.rules.facts import DONE, REFUSED, Event, EventFilter
from moorage.rules.roles import Action
from moorage.service.read_audit import ReadAudit
from moorage.service.sign_in import SignIn
from moorage.web.lists import ROWS
from moorage.web.rendering import answer, exactly
from moorage.web.screen import screen
from moorage.web.visitor import Visitor
from moorage.web.within import Within, numbered, project_of

_BELOW = "/-/activity"
_LONGEST = 512
_MOST_SHOWN = 400
"""Letters of a value before or after a change; the whole one is in the audit."""
_FILTERS = ("kind", "actor", "repository", "object", "tag", "digest", "outcome", "since", "until")


_MANY = "blob."


class Difference(NamedTuple):
    """A field of what was changed, as text; None where there was none, or is none."""

    name: str
    before: str | None
    after: str | None


def routes(sign_in: SignIn, within: Within, audit: ReadAudit) -> list[Route]:
    """It only reads."""

    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        await within.rights.require(seen.who, project_of(seen), Action.READ_AUDIT)
        values = await within.shown(seen, _BELOW, refusal)
        asked = {name: seen.request.query_params.get(name, "").strip() for name in _FILTERS}
        values |= {"asked": asked, "found": None, "differences": differences, "outcomes": (DONE, REFUSED)}
        try:
            found = await audit.search(
                seen.who, project_of(seen), _wanted(asked), before=numbered(seen) or None, size=ROWS
            )
        except Refusal as refused:
            return answer("project_activity.html", refused, **values)
        return answer("project_activity.html", refusal, **{**values, "found": found, "rows": folded(found.items)})

    return screen(sign_in, f"/projects/{{project}}{_BELOW}", show)


def folded(found: Sequence[tuple[int, Event]]) -> list[tuple[Event, int]]:
    """Events, and how many like it each stands for: blobs that one push brought are told once."""
    rows: list[tuple[Event, int]] = []
    for _, event in found:
        if rows and event.kind.startswith(_MANY) and _like(event) == _like(rows[-1][0]):
            rows[-1] = (rows[-1][0], rows[-1][1] + 1)
        else:
            rows.append((event, 1))
    return rows


def _like(event: Event) -> tuple[str, ...]:
    return event.kind, event.actor, event.repository, event.outcome, event.address


def differences(event: Event) -> list[Difference]:
    """What a change changed, field by field."""
    before, after = _fields(event.before), _fields(event.after)
    names = dict.fromkeys([*before, *after])
    return [
        Difference(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    ]


def _fields(kept: str | None) -> dict[str, str]:
    fields = json.loads(kept) if kept else {}
    return {str(name): _text(name, value) for name, value in fields.items()} if isinstance(fields, dict) else {}


def _text(name: str, value: object) -> str:
    if name.endswith("_at") and isinstance(value, float):
        return exactly(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _wanted(asked: dict[str, str]) -> EventFilter:
    if any(len(value) > _LONGEST for value in asked.values()):
        raise Refusal(Code.QUERY_INVALID, f"what is looked for has at most {_LONGEST} characters")
    until = _day(asked["until"])
    return EventFilter(
        kind=asked["kind"] or None,
        actor=asked["actor"] or None,
        repository=asked["repository"] or None,
        object=asked["object"] or None,
        tag=asked["tag"] or None,
        digest=asked["digest"] or None,
        outcome=asked["outcome"] or None,
        since=_begin(_day(asked["since"])),
        until=_begin(until + timedelta(days=1)) if until is not None and until < date.max else None,
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Refusal(Code.QUERY_INVALID, f"{text[:20]!r} is no day: write it as 2026-11-30")


def _begin(day: date | None) -> float | None:
    return None if day is None else max(0.0, datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
