"""Webhooks: which events a project's owner has sent to an address.

Pure. What is sent is what the project's audit tells of content and of the project itself; logins, people, roles,
robots and the webhooks themselves are not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import HOME_PROJECT
from moorage.rules.facts import DONE, Event
from moorage.rules.pattern import Pattern

STREAM = "webhooks"
"""The name under which the records keep how far events were looked at."""
PING = "ping"
"""The kind of what is sent to try a webhook; no event has it."""
KINDS = (
    "manifest.pushed",
    "manifest.deleted",
    "manifest.restored",
    "manifest.erased",
    "tag.promoted",
    "tag.restored",
    "tag.deleted",
    "image.copied",
    "image.copied_out",
    "repository.created",
    "repository.forgotten",
    "repository.updated",
    "repository.deleted",
    "repository.restored",
    "repository.erased",
    "repository.renamed",
    "repository.moved_out",
    "repository.moved_in",
    "redirect.removed",
    "redirect.ended",
    "project.updated",
    "project.renamed",
    "quota.changed",
    "quota.warned",
    "retention.updated",
    "job.failed",
)
"""The kinds of event that can be sent; `noun.*` and `*` mean these."""
LOUD = ("manifest.pulled", "blob.pushed", "blob.mounted", "blob.deleted")
"""Kinds that are sent to who asks for them by their own name: there are many times as many of them."""
WITHHELD = frozenset(
    {
        "access",
        "admin",
        "collection",
        "factor",
        "group",
        "invitation",
        "issuer",
        "job.asked",
        "job.cancelled",
        "job.retried",
        "key",
        "login",
        "member",
        "project.created",
        "project.deleted",
        "quota.recounted",
        "quota.refused",
        "robot",
        "role",
        "schedule",
        "session",
        "token",
        "trust",
        "user",
        "webhook",
    }
)
"""What is never sent, by the first word of its kind or by all of it."""
ALL = "*"
MOST_HOOKS = 20
"""Of one project."""
LONGEST_URL = 2048
_MOST_PATTERNS = 50
_MOST_EVENTS = len(KINDS) + len(LOUD)


class Form(Enum):
    """In which form an event is told."""

    CLOUDEVENTS = "cloudevents"
    DOCKER = "docker"
    SLACK = "slack"


DOCKER_ACTIONS = {
    "manifest.pushed": "push",
    "manifest.pulled": "pull",
    "manifest.deleted": "delete",
    "manifest.restored": "push",
    "tag.deleted": "delete",
    "blob.pushed": "push",
    "blob.mounted": "mount",
    "blob.deleted": "delete",
    "repository.deleted": "delete",
}
"""What Docker's notifications can tell of, and as which action."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where events of a project are sent; `project` is its name now. `repositories` are relative to it, secrets sealed.

    The previous secret signs as well until `previous_until`. Events after the number `since` are sent. It has failed
    without end from `failing_since` on; None: what it was sent last arrived.
    """

    id: int
    project_id: int
    project: str
    url: str = field(repr=False)
    form: Form
    events: tuple[str, ...]
    repositories: tuple[Pattern, ...]
    tags: tuple[Pattern, ...]
    description: str
    sealed: str = field(repr=False)
    previous_sealed: str | None = field(repr=False)
    previous_until: float | None
    disabled: bool
    since: int
    failing_since: float | None
    created_by: str
    created_at: float


def wants(hook: Webhook, number: int, event: Event) -> bool:
    """Is this event, with its number, sent there?"""
    if hook.disabled or number <= hook.since or event.outcome != DONE or event.project_id != hook.project_id:
        return False
    if not _covers(hook.events, event.kind) or not _can_tell(hook.form, event.kind):
        return False
    if not _matches(hook.repositories, _within(event.repository, hook.project)):
        return False
    return _matches(hook.tags, event.tag)


def _covers(events: Sequence[str], kind: str) -> bool:
    if kind in LOUD:
        return kind in events
    return kind in KINDS and any(word in {ALL, kind, f"{kind.partition('.')[0]}.*"} for word in events)


def _can_tell(form: Form, kind: str) -> bool:
    return form is not Form.DOCKER or kind in DOCKER_ACTIONS


def _matches(patterns: Sequence[Pattern], name: str | None) -> bool:
    """What has no such name is meant where every name is."""
    if name is None:
        return any(pattern.is_everything for pattern in patterns)
    return any(pattern.matches(name) for pattern in patterns)


def _within(repository: str, project: str) -> str | None:
    """The repository's name within the project; None if the event is about the whole project."""
    name = repository if project == HOME_PROJECT else repository.partition("/")[2]
    return None if not name or repository == project else name


def require_possible(hook: Webhook) -> None:
    """Refuse what would tell nothing, or cannot be. Raises QUERY_INVALID."""
    require_url(hook.url)
    for word in hook.events:
        require_event(word)
    if not 1 <= len(hook.events) <= _MOST_EVENTS:
        raise Refusal(Code.QUERY_INVALID, f"give from 1 to {_MOST_EVENTS} events, as manifest.pushed or {ALL}")
    if not any(_covers(hook.events, kind) and _can_tell(hook.form, kind) for kind in (*KINDS, *LOUD)):
        raise Refusal(
            Code.QUERY_INVALID,
            f"the form {hook.form.value} tells of none of these events: choose of {', '.join(DOCKER_ACTIONS)}",
        )
    for patterns, what in ((hook.repositories, "repositories"), (hook.tags, "tags")):
        if not 1 <= len(patterns) <= _MOST_PATTERNS:
            raise Refusal(Code.QUERY_INVALID, f"give from 1 to {_MOST_PATTERNS} patterns of {what}")


def require_form(word: str) -> str:
    """The name of a form, or QUERY_INVALID."""
    if word not in {form.value for form in Form}:
        raise Refusal(
            Code.QUERY_INVALID, f"there is no form {word[:64]!r}: use {', '.join(form.value for form in Form)}"
        )
    return word


def require_event(word: str) -> str:
    """What a webhook may want, or QUERY_INVALID."""
    nouns = {kind.partition(".")[0] for kind in KINDS}
    if word not in {ALL, *KINDS, *LOUD, *(f"{noun}.*" for noun in nouns)}:
        raise Refusal(
            Code.QUERY_INVALID,
            f"{word[:64]!r} is no event that is sent: use {ALL}, {', '.join(f'{noun}.*' for noun in sorted(nouns))}, "
            f"or one of {', '.join((*KINDS, *LOUD))}",
        )
    return word


def require_url(url: str) -> str:
    """An address that something may be sent to, as far as its letters tell, or QUERY_INVALID."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    is_plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_URL
    if not is_plain or parts.scheme not in {"https", "http"} or not host or port == 0 or parts.fragment:
        raise Refusal(
            Code.QUERY_INVALID,
            f"a webhook's url begins with https:// and names a host, in at most {LONGEST_URL} plain characters",
        )
    if "@" in parts.netloc:
        raise Refusal(
            Code.QUERY_INVALID,
            "a webhook's url holds no user and no password: the receiver knows us by the signature",
        )
    return url


def masked(url: str) -> str:
    """The address for those who may not know what is secret in it: some receivers know senders by their path."""
    parts = urlsplit(url)
    is_bare = parts.path in {"", "/"} and not parts.query
    return f"{parts.scheme}://{parts.netloc}{parts.path}" if is_bare else f"{parts.scheme}://{parts.netloc}/..."


def called(hook: Webhook) -> str:
    """How an event names it."""
    return f"webhook:{hook.id}"


def told(hook: Webhook) -> dict[str, object]:
    """How an event shows it: without its secret, and with no more of its address than the host."""
    return {
        "url": masked(hook.url),
        "form": hook.form.value,
        "events": list(hook.events),
        "repositories": [pattern.text for pattern in hook.repositories],
        "tags": [pattern.text for pattern in hook.tags],
        "description": hook.description,
        "disabled": hook.disabled,
    }
