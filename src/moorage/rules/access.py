"""Who may do what: the one place that decides. Every use case asks it in its first lines.

An identity comes from a credential; a token may narrow what its owner may do, never widen it. Hidden and missing
repositories get the same answer, so that nobody learns of a name by asking.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from moorage.oci.error import Code, Refusal
from moorage.oci.scope import CATALOG, REGISTRY, REPOSITORY, Scope


class Action(Enum):
    """What can be done; the value is the action's name in a token's scope."""

    PULL = "pull"
    PUSH = "push"
    DELETE = "delete"
    LIST = "*"
    ADMINISTER = "administer"


class Kind(Enum):
    """Identities are told apart by kind, never by how their name looks."""

    ANONYMOUS = "anonymous"
    USER = "user"


class Place(NamedTuple):
    """A repository as access sees it. Without ids it does not exist (yet); its project may."""

    name: str
    project: str
    project_id: int | None = None
    public: bool = False
    repository_id: int | None = None

    @property
    def exists(self) -> bool:
        """Is there such a repository?"""
        return self.repository_id is not None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token carries for one repository: the actions, and the project's own id when it was made.

    A project that was deleted and made again under its old name has another id, so old grants do not fit it.
    """

    actions: frozenset[str]
    project_id: int | None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks. `grants` is what a token narrows them to, by repository name; None narrows nothing.

    `epoch` is the account's when it was looked at: what is issued to this identity ends with that epoch.
    """

    kind: Kind
    name: str = ""
    user_id: int | None = None
    administrator: bool = False
    epoch: int = 0
    grants: Mapping[str, Grant] | None = field(default=None, hash=False)

    @property
    def key(self) -> str:
        """Names this identity among all others; what an upload session belongs to."""
        return f"{self.kind.value}:{self.user_id or ''}"

    @property
    def title(self) -> str:
        """How to speak of them in a sentence."""
        return "anonymous" if self.kind is Kind.ANONYMOUS else self.name


ANONYMOUS = Identity(Kind.ANONYMOUS)
_CATALOG_GRANT = f"{REGISTRY}:{CATALOG}"
_VERBS = {Action.PULL: "pull from", Action.PUSH: "push to", Action.DELETE: "delete from"}


def may(who: Identity, action: Action, place: Place) -> bool:
    """May they do this here? Rights of the account first, then what its token narrows them to."""
    if not _has_right(who, action, place):
        return False
    if who.grants is None:
        return True
    if action is Action.PULL and place.public and place.exists:
        return True  # what everybody may do needs no grant
    grant = who.grants.get(place.name)
    if grant is None or action.value not in grant.actions:
        return False
    return grant.project_id == place.project_id or (grant.project_id is None and who.administrator)


def _has_right(who: Identity, action: Action, place: Place) -> bool:
    if who.kind is Kind.USER and who.administrator:
        return True
    return action is Action.PULL and place.public


def require(who: Identity, action: Action, place: Place) -> None:
    """Refuse unless `may`: UNAUTHORIZED to those who could log in or get a wider token, DENIED to the rest."""
    if may(who, action, place):
        return
    scope = scope_for(action, place.name)
    verb = _VERBS[action]
    if who.kind is Kind.ANONYMOUS:
        raise Refusal(
            Code.UNAUTHORIZED,
            f"anonymous may not {verb} {place.name}: log in with an account that may, or check the name",
            scope=scope,
            reason="insufficient_scope" if who.grants is not None else None,
        )
    if who.grants is not None and _has_right(who, action, place):
        raise Refusal(
            Code.UNAUTHORIZED,
            f"this token of {who.title} does not cover '{action.value}' on {place.name}: ask for a token "
            f"with the scope {scope}",
            scope=scope,
            reason="insufficient_scope",
        )
    raise Refusal(
        Code.DENIED,
        f"{who.title} may not {verb} {place.name}: ask an owner of project {place.project} for the right, "
        "or check the name",
        scope=scope,
    )


def require_open(who: Identity, action: Action, place: Place) -> int:
    """The id of a repository in which they may do this; NAME_UNKNOWN where they may and there is none."""
    require(who, action, place)
    if place.repository_id is None:
        raise Refusal(Code.NAME_UNKNOWN, f"there is no repository {place.name}")
    return place.repository_id


def scope_for(action: Action, name: str) -> str:
    """The scope that a client should ask for. A push comes with pull, as clients look before they push."""
    actions = {Action.PULL: "pull", Action.PUSH: "pull,push", Action.DELETE: "delete"}[action]
    return f"{REPOSITORY}:{name}:{actions}"


def require_listing(who: Identity) -> None:
    """May they ask for the catalogue at all? It then holds only what they may pull."""
    scope = f"{REGISTRY}:{CATALOG}:{Action.LIST.value}"
    if who.grants is None:
        if who.kind is Kind.ANONYMOUS:
            raise Refusal(Code.UNAUTHORIZED, "log in to list the repositories", scope=scope)
        return
    grant = who.grants.get(_CATALOG_GRANT)
    if grant is None or Action.LIST.value not in grant.actions:
        raise Refusal(
            Code.UNAUTHORIZED,
            f"this token of {who.title} does not cover the catalogue: ask for a token with the scope {scope}",
            scope=scope,
            reason="insufficient_scope",
        )


def sees_all(who: Identity) -> bool:
    """Does their catalogue hold private projects too?"""
    return who.kind is Kind.USER and who.administrator


def require_administrator(who: Identity) -> None:
    """Only instance administrators, by a credential that is not narrowed."""
    if who.kind is Kind.ANONYMOUS:
        raise Refusal(Code.UNAUTHORIZED, "log in as an administrator")
    if not who.administrator or who.grants is not None:
        raise Refusal(Code.DENIED, f"{who.title} may not do this: it takes an administrator's user name and password")


def grant(who: Identity, asked: Iterable[Scope], places: Mapping[str, Place]) -> dict[str, Grant]:
    """What a new token of theirs carries: for each scope the asked actions that they have, and no more.

    `places` holds what is known of each repository asked for; a scope that grants nothing is left out.
    """
    granted: dict[str, Grant] = {}
    for scope in asked:
        if scope.kind == REGISTRY and scope.name == CATALOG:
            if Action.LIST.value in scope.actions:
                granted[_CATALOG_GRANT] = Grant(frozenset({Action.LIST.value}), None)
            continue
        place = places.get(scope.name)
        if scope.kind != REPOSITORY or place is None:
            continue
        wanted = {"pull", "push", "delete"} if "*" in scope.actions else scope.actions
        held = {
            action.value
            for action in (Action.PULL, Action.PUSH, Action.DELETE)
            if action.value in wanted and _has_right(who, action, place)
        }
        if earlier := granted.get(scope.name):
            held |= earlier.actions
        if held:
            granted[scope.name] = Grant(frozenset(held), place.project_id)
    return granted
