"""News: what happened that people want to hear of, and who may hear of it.

Pure. Who may read a project's audit hears of all that happened there; who may pull from a repository hears of what was
pushed to it, and of who did it only where they may push too, or see who is a member.
"""

from collections.abc import Mapping
from types import MappingProxyType

from moorage.rules import access
from moorage.rules.access import Identity, Place
from moorage.rules.facts import DONE, Event
from moorage.rules.roles import Action

PUSHED = ("manifest.pushed", "image.copied", "tag.promoted", "tag.restored")
"""What brings an image to a tag: who may pull it hears of it."""
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "pushes": PUSHED,
        "deletions": (
            "tag.deleted",
            "manifest.deleted",
            "manifest.restored",
            "manifest.erased",
            "repository.deleted",
            "repository.restored",
            "repository.erased",
        ),
        "repositories": (
            "repository.created",
            "repository.forgotten",
            "repository.updated",
            "repository.renamed",
            "repository.moved_out",
            "repository.moved_in",
            "image.copied_out",
            "redirect.removed",
            "redirect.ended",
        ),
        "projects": (
            "project.created",
            "project.updated",
            "project.renamed",
            "project.deleted",
            "tag-rules.set",
            "retention.updated",
            "quota.changed",
            "quota.warned",
            "quota.refused",
            "quota.recounted",
        ),
        "access": (
            "member.set",
            "member.removed",
            "role.set",
            "role.deleted",
            "robot.created",
            "robot.updated",
            "robot.rotated",
            "robot.deleted",
            "trust.created",
            "trust.deleted",
            "issuer.created",
            "issuer.updated",
            "issuer.deleted",
            "invitation.created",
            "invitation.revoked",
            "invitation.accepted",
        ),
        "people": (
            "user.created",
            "user.updated",
            "user.deleted",
            "user.password_set",
            "user.password_changed",
            "user.shut_out",
            "group.created",
            "group.deleted",
            "group.joined",
            "group.left",
            "token.created",
            "token.deleted",
            "session.ended",
            "factor.enabled",
            "factor.codes_renewed",
            "factor.recovery_used",
            "factor.removed",
            "factor.reset",
        ),
        "jobs": (
            "job.asked",
            "job.cancelled",
            "job.retried",
            "job.failed",
            "schedule.set",
            "schedule.removed",
            "collection.started",
            "collection.ended",
        ),
        "webhooks": (
            "webhook.created",
            "webhook.updated",
            "webhook.rotated",
            "webhook.deleted",
            "webhook.tested",
            "webhook.redelivered",
            "webhook.disabled",
        ),
        "machine": ("admin.recovered", "key.renewed", "key.revoked"),
    }
)
"""Kinds of events by what they are about."""
KINDS = tuple(kind for kinds in GROUPS.values() for kind in kinds)
LEFT_OUT = (
    "manifest.pulled",
    "blob.pushed",
    "blob.mounted",
    "blob.deleted",
    "login",
    "login.failed",
    "access.refused",
)
"""There are too many of these, and the audit has them. So has it what was pushed without a tag."""
_OF_REPOSITORIES = frozenset({"manifest", "tag", "image", "repository"})


def is_news(event: Event) -> bool:
    """Does anybody want to hear of it?"""
    return event.kind in _KNOWN and (event.kind != "manifest.pushed" or event.tag is not None)


_KNOWN = frozenset(KINDS)


def is_of_repository(event: Event) -> bool:
    """Is it about a repository, so that it has the name of one?"""
    return event.kind.partition(".")[0] in _OF_REPOSITORIES


def hears_all(who: Identity, project: Place | None) -> bool:
    """May they hear of whatever happens there? None is the instance."""
    if project is None:
        return access.may_everywhere(who, Action.READ_INSTANCE)
    return bool(access.reasons(who, Action.READ_AUDIT, project))


def hears(who: Identity, event: Event, project: Place | None, repository: Place | None, made_at: float | None) -> bool:
    """May they hear of it? `repository` is what has the name now, `made_at` when it was made; None: nothing has it.

    What happened under this name before the repository was made, happened to another one.
    """
    if hears_all(who, project):
        return True
    if repository is None or made_at is None or event.kind not in PUSHED or event.outcome != DONE:
        return False
    is_same = repository.project_id == event.project_id and made_at <= event.at
    return is_same and bool(access.reasons(who, Action.PULL, repository))


def hears_who(who: Identity, event: Event, project: Place | None, repository: Place | None) -> bool:
    """May they hear who did it? Of themselves in any case; as in the history of a tag, who may push there."""
    if who.name == event.actor or hears_all(who, project):
        return True
    places = [(project, Action.READ_MEMBERS), (repository, Action.PUSH)]
    return any(place is not None and access.reasons(who, action, place) for place, action in places)
