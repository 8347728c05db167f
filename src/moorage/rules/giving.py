"""Roles that somebody gives to others: never more than they hold themselves, in the whole project."""

from moorage.oci.error import Code, Refusal
from moorage.rules import access, roles
from moorage.rules.access import Identity, Place
from moorage.rules.facts import Member, Subject
from moorage.rules.roles import Action

MOST_ROLES = 50
"""Roles, each with its patterns, that one member may hold in one project."""


def require_held(who: Identity, place: Place, role: str, actions: frozenset[Action] | None) -> None:
    """Is there such a role, and do they hold all that it gives, in the whole project?"""
    if actions is None:
        raise Refusal(
            Code.QUERY_INVALID, f"there is no role {role[:80]!r}: use {', '.join(roles.BUILT_IN)} or a custom one"
        )
    if not access.holds_throughout(who, place, actions):
        raise Refusal(Code.DENIED, f"{who.title} cannot give the role {role}: it may more than they may themselves")


def called(subject: Subject) -> str:
    """How an event names a member."""
    return f"{'group' if subject.is_group else 'user'}:{subject.name}"


def told(member: Member | None) -> dict[str, object] | None:
    """How an event shows what a member holds; None where they hold nothing."""
    if member is None:
        return None
    return {
        "roles": [
            {"role": spec.role, "repositories": spec.repositories.text, "tags": spec.tags.text} for spec in member.roles
        ]
    }
