"""What use cases look for first: people, groups, robots and roles by name, or a refusal that says what to do."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from moorage.oci.error import Code, Refusal
from moorage.ports.records import Ledger
from moorage.rules import access, names, roles
from moorage.rules.access import Identity, Place
from moorage.rules.facts import Account, Group, Robot
from moorage.rules.roles import Action
from moorage.rules.webhooks import Webhook

NOWHERE = Place("", "")
"""Where robots of the instance are, and invitations into the registry."""


def account(ledger: Ledger, name: str) -> Account:
    """The account of this name. Raises NAME_UNKNOWN."""
    found = ledger.accounts.find(name)
    if found is None:
        raise Refusal(Code.NAME_UNKNOWN, f"there is no user {name[:128]!r}")
    return found


def group(ledger: Ledger, name: str) -> Group:
    """The group of this name. Raises NAME_UNKNOWN."""
    found = ledger.groups.find(name)
    if found is None:
        raise Refusal(Code.NAME_UNKNOWN, f"there is no group {name[:128]!r}")
    return found


def opened(ledger: Ledger, who: Identity, project: str | None, *, there: Action, everywhere: Action) -> Place:
    """The project, once it is clear that they may do this `there`; without one nowhere, if they may `everywhere`."""
    if project is None:
        access.require_instance(who, everywhere)
        return NOWHERE
    place = ledger.projects.place(project, who)
    access.require_project(who, there, place)
    return place


def may(who: Identity, action: Action, place: Place) -> bool:
    """May they do this in the project, or (nowhere) to the instance?"""
    if place.project_id is None:
        return access.may_everywhere(who, action)
    return bool(access.reasons(who, action, place))


def place_of_robots(ledger: Ledger, who: Identity, project: str | None, action: Action) -> Place:
    """The project, or nowhere for the instance, once it is clear that they may do this to its robots."""
    everywhere = Action.MANAGE_INSTANCE if action is Action.MANAGE_ROBOTS else Action.READ_INSTANCE
    return opened(ledger, who, project, there=action, everywhere=everywhere)


def robot(ledger: Ledger, project: str | None, name: str) -> Robot:
    """The robot that is called so there. Raises NAME_UNKNOWN."""
    found = ledger.robots.find(names.robot_title(project, name))
    if found is None or found.name != name:
        raise Refusal(Code.NAME_UNKNOWN, f"there is no robot {name[:80]!r} here")
    return found


def actions_of_role(ledger: Ledger, role: str) -> frozenset[Action] | None:
    """What a built-in role gives, or one of one's own; None where there is none of this name."""
    built_in = roles.ROLES.get(role)
    if built_in is not None:
        return built_in
    custom = ledger.roles.find(role)
    return custom.actions if custom is not None else None


def require_zone(name: str) -> None:
    """Refuse with QUERY_INVALID what is no time zone that is known here."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refusal(Code.QUERY_INVALID, f"{name[:64]!r} is no time zone; Europe/Berlin is one") from None


def zone(name: str) -> tzinfo:
    """The time zone of this name; UTC where there is none of it any more."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def project(ledger: Ledger, who: Identity, name: str, action: Action) -> Place:
    """The project, once it is clear that they may do this in it."""
    place = ledger.projects.place(name, who)
    access.require_project(who, action, place)
    return place


def webhook(ledger: Ledger, place: Place, number: int) -> Webhook:
    """The project's webhook with this id. Raises NAME_UNKNOWN."""
    found = ledger.webhooks.get(number)
    if found is None or found.project_id != place.project_id:
        raise Refusal(Code.NAME_UNKNOWN, f"project {place.project} has no webhook {number}")
    return found
