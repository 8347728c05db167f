"""What several use cases look for first: people, groups and robots by name, or a refusal that says what to do."""

from moorage.oci.error import Code, Refusal
from moorage.ports.records import Ledger
from moorage.rules import access, names
from moorage.rules.access import Identity, Place
from moorage.rules.facts import Account, Group, Robot
from moorage.rules.roles import Action

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


def place_of_robots(ledger: Ledger, who: Identity, project: str | None, action: Action) -> Place:
    """The project, or nowhere for the instance, once it is clear that they may do this to its robots."""
    if project is None:
        access.require_instance(who, Action.MANAGE_INSTANCE if action is Action.MANAGE_ROBOTS else Action.READ_INSTANCE)
        return NOWHERE
    place = ledger.projects.place(project, who)
    access.require_project(who, action, place)
    return place


def robot(ledger: Ledger, project: str | None, name: str) -> Robot:
    """The robot that is called so there. Raises NAME_UNKNOWN."""
    found = ledger.robots.find(names.robot_title(project, name))
    if found is None or found.name != name:
        raise Refusal(Code.NAME_UNKNOWN, f"there is no robot {name[:80]!r} here")
    return found
