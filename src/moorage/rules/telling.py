"""How what somebody does is told: an event with who it was and from where they came."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from moorage.rules.access import NOWHERE, Identity, Place
from moorage.rules.facts import DONE, REFUSED, Event

MACHINE = "machine"
"""The kind of actor that the registry itself is."""


def told(
    kind: str,
    who: Identity | None,
    at: float,
    *,
    place: Place | None = None,
    about: str = "",
    tag: str | None = None,
    digest: str | None = None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    outcome: str = DONE,
) -> Event:
    """The event; `about` names what else than the place was changed. `who` is None for the registry itself."""
    via = who.via if who is not None else NOWHERE
    return Event(
        kind,
        place.name if place is not None else "",
        place.project_id if place is not None else None,
        who.name if who is not None else "",
        at,
        tag=tag,
        digest=digest,
        object=about,
        actor_kind=who.kind.value if who is not None else MACHINE,
        outcome=outcome,
        address=via.address,
        agent=via.agent,
        request_id=via.request_id,
        before=as_json(before),
        after=as_json(after),
    )


class Line(NamedTuple):
    """An event for those who watch, as JSON without an end of line; does it tell of something that was refused?"""

    text: bytes
    is_refusal: bool


def as_fields(number: int, event: Event) -> dict[str, Any]:
    """An event in the words of the API and of the stream; `at` is seconds since the epoch."""
    return {
        "id": number,
        "at": event.at,
        "kind": event.kind,
        "outcome": event.outcome,
        "actor": event.actor,
        "actor_kind": event.actor_kind,
        "repository": event.repository,
        "object": event.object,
        "tag": event.tag,
        "digest": event.digest,
        "address": event.address,
        "agent": event.agent,
        "request_id": event.request_id,
        "before": json.loads(event.before) if event.before else None,
        "after": json.loads(event.after) if event.after else None,
    }


def as_line(number: int, event: Event) -> Line:
    """An event as a line; `time` is RFC 3339 in UTC, for those who read it by eye."""
    moment = datetime.fromtimestamp(event.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Line(json.dumps({"time": moment, **as_fields(number, event)}).encode(), event.outcome == REFUSED)


def as_json(fields: Mapping[str, object] | None) -> str | None:
    """How an event keeps what was before and is after."""
    return None if fields is None else json.dumps(fields, sort_keys=True, default=str)
