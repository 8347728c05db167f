"""How what somebody does is told: an event with who it was and from where they came."""

import json
from collections.abc import Mapping

from moorage.rules.access import Identity, Place
from moorage.rules.facts import DONE, Event


def told(
    kind: str,
    who: Identity,
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
    """The event; `about` names what else than the place was changed."""
    return Event(
        kind,
        place.name if place is not None else "",
        place.project_id if place is not None else None,
        who.name,
        at,
        tag=tag,
        digest=digest,
        object=about,
        actor_kind=who.kind.value,
        outcome=outcome,
        address=who.via.address,
        agent=who.via.agent,
        request_id=who.via.request_id,
        before=as_json(before),
        after=as_json(after),
    )


def as_json(fields: Mapping[str, object] | None) -> str | None:
    """How an event keeps what was before and is after."""
    return None if fields is None else json.dumps(fields, sort_keys=True, default=str)
