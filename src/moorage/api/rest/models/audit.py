"""What happened."""

from typing import Any

from moorage.api.rest.models.body import Shown


class EventShown(Shown):
    """What happened, or was refused: who, what, where, from where, and how it was before and after."""

    id: int
    """grows with time"""
    at: float
    """seconds since the epoch"""
    kind: str
    """what happened, as in `project.created`"""
    outcome: str
    """`done` or `refused`"""
    actor: str
    """who did it"""
    actor_kind: str
    """what they are"""
    repository: str
    """where; empty: not in one"""
    object: str
    """what it was done to, as in `user:NAME`"""
    tag: str | None
    """which tag, if one"""
    digest: str | None
    """which manifest, if one"""
    address: str
    """from where"""
    agent: str
    """with what program"""
    request_id: str
    """as in the log and in the answer"""
    before: dict[str, Any] | None
    """how it was"""
    after: dict[str, Any] | None
    """how it is now"""
