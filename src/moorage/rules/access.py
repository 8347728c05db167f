"""Who may do what: the one place that decides. Every use case asks it in its first lines.

An identity comes from a credential. What it holds comes from four sources, and never from how a name looks:
instance rights (administrator, auditor), roles in a project (`Place.roles`), the limits of a robot or of a personal
token, and what is public. A registry token may narrow all that, never widen it. Hidden and missing repositories get
the same answer, so that nobody learns of a name by asking.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import HOME_PROJECT
from moorage.oci.scope import CATALOG, REGISTRY, REPOSITORY, Scope
from moorage.rules import roles
from moorage.rules.pattern import Pattern
from moorage.rules.roles import Action


class Kind(Enum):
    """Identities are told apart by kind, never by how their name looks."""

    ANONYMOUS = "anonymous"
    USER = "user"
    ROBOT = "robot"


class HeldRole(NamedTuple):
    """A role that somebody holds in a project, by themselves or through a group.

    `repositories` are relative to the project; `tags` limits what may be pushed and deleted there.
    """

    role: str
    actions: frozenset[Action]
    repositories: Pattern
    tags: Pattern
    through: str = ""


class Place(NamedTuple):
    """A repository, or a project, as access sees it. Without ids it does not exist (yet); its project may.

    `epoch` is the project's: it grows with every change of who may do what there. `roles` are those that the
    identity holds that the place was looked up for. `moved_to` is where what had this name before is now, where
    nothing has it and that identity may see so: pulls are answered from there.
    """

    name: str
    project: str
    project_id: int | None = None
    public: bool = False
    repository_id: int | None = None
    epoch: int = 0
    roles: tuple[HeldRole, ...] = ()
    moved_to: "Place | None" = None

    @property
    def exists(self) -> bool:
        """Is there such a repository?"""
        return self.repository_id is not None

    @property
    def within(self) -> str:
        """The repository's name relative to its project, as patterns see it."""
        return self.name.removeprefix(f"{self.project}/") if self.project != HOME_PROJECT else self.name


class Grant(NamedTuple):
    """What a token carries for one repository: the actions, and the project's own id and epoch when it was made.

    A project that was deleted and made again under its old name has another id, so old grants do not fit it. While
    the epoch is still the same the grant alone decides; afterwards the account's rights are looked at again.
    """

    actions: frozenset[str]
    project_id: int | None
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Limit:
    """Actions on the repositories of one project, or of all (`project_id` None) that a pattern matches.

    The pattern is relative to the project, or a full name where there is none.
    """

    project_id: int | None
    repositories: Pattern
    actions: frozenset[Action]

    def covers(self, action: Action, place: Place) -> bool:
        """Is this action on this place within it?"""
        if action not in self.actions:
            return False
        if self.project_id is None:
            return self.repositories.matches(place.name)
        return self.project_id == place.project_id and self.repositories.matches(place.within)


class Via(NamedTuple):
    """From where a request came: the client's address, its user agent, and the request's id."""

    address: str = ""
    agent: str = ""
    request_id: str = ""


NOWHERE = Via()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks. `grants` is what a registry token narrows them to, by repository name; None narrows nothing.

    `limits` are all that a robot holds, and what a personal token leaves of its owner's rights. `epoch` is the
    account's when it was looked at: what is issued to this identity ends with that epoch. `personal` is the id of
    the personal token that was shown, `admin_scope` whether that token reaches our own API.
    """

    kind: Kind
    name: str = ""
    user_id: int | None = None
    administrator: bool = False
    epoch: int = 0
    grants: Mapping[str, Grant] | None = field(default=None, hash=False)
    auditor: bool = False
    limits: tuple[Limit, ...] | None = None
    personal: int | None = None
    admin_scope: bool = True
    must_change: bool = False
    via: Via = field(default=NOWHERE, compare=False)

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
MUST_CHANGE = "an administrator set this password: change it first (moorage password, or PUT /api/v1/me/password)"
_VERBS = {Action.PULL: "pull from", Action.PUSH: "push to", Action.DELETE: "delete from"}


def vouches(who: Identity, place: Place) -> bool:
    """Does a token say all about this place, so that nobody need look up roles there?"""
    if who.kind is not Kind.USER or who.administrator or who.auditor:
        return True  # their rights are in the identity itself
    grant = who.grants.get(place.name) if who.grants is not None else None
    return grant is not None and (grant.project_id, grant.epoch) == (place.project_id, place.epoch)


def sees(who: Identity, place: Place) -> bool:
    """May they know that a repository has this place, whatever token they show?"""
    return place.public or bool(reasons(who, Action.PULL, place))


def answering(action: Action, place: Place) -> Place:
    """From where this is answered: a pull by an old name from where that repository is now, else from here."""
    moved = place.moved_to
    return moved if action is Action.PULL and moved is not None and moved.exists else place


def may(who: Identity, action: Action, place: Place, tag: str | None = None) -> bool:
    """May they do this here? With `tag`, to this very tag. A token names what it grants as it was asked for."""
    asked, place = place.name, answering(action, place)
    if action is Action.PULL and place.public and place.exists:
        return True  # what everybody may do needs no grant
    if who.grants is None:
        return bool(reasons(who, action, place, tag))
    grant = who.grants.get(asked)
    if grant is None or action.value not in grant.actions:
        return False
    if grant.project_id != place.project_id:
        return grant.project_id is None and who.administrator and bool(reasons(who, action, place, tag))
    if action is Action.PULL and who.kind is Kind.USER and place.project_id is not None and grant.epoch == place.epoch:
        return True  # nothing has changed since the token was made: its roles need no look
    return bool(reasons(who, action, place, tag))


def reasons(who: Identity, action: Action, place: Place, tag: str | None = None) -> tuple[str, ...]:
    """Why they may do this here, in words, whatever token they show; nothing where they may not."""
    if who.must_change or (who.limits is not None and not any(limit.covers(action, place) for limit in who.limits)):
        return ("it is public",) if place.public and action is Action.PULL else ()
    if who.kind is Kind.ROBOT:
        if place.project_id is None:
            return ()  # robots make no projects
        return (f"the robot {who.name} was made with {action.value}",)
    found: list[str] = []
    if place.public and action in roles.ANYBODY:
        found.append("it is public")
    if who.kind is not Kind.USER:
        return tuple(found)
    if who.administrator:
        found.append(f"{who.name} is an administrator")
    if who.auditor and action in roles.AUDITOR:
        found.append(f"{who.name} is an auditor")
    found += [
        f"{who.name} is {held.role} in project {place.project}{held.through and f' through group {held.through}'}"
        for held in place.roles
        if _gives(held, action, place, tag)
    ]
    return tuple(found)


def _gives(held: HeldRole, action: Action, place: Place, tag: str | None) -> bool:
    if action not in held.actions:
        return False
    if action in _OF_PROJECTS:
        return action is Action.READ_PROJECT or (held.repositories.is_everything and held.tags.is_everything)
    if not held.repositories.matches(place.within):
        return False
    if action is Action.PULL or held.tags.is_everything:
        return True
    if tag is not None:
        return held.tags.matches(tag)
    return action is Action.PUSH  # blobs and manifests before a tag names them


_OF_PROJECTS = frozenset(row.action for row in roles.MATRIX if row.about is not roles.Scope.REPOSITORY)


def require(who: Identity, action: Action, place: Place, tag: str | None = None) -> None:
    """Refuse unless `may`: UNAUTHORIZED to those who could log in or get a wider token, DENIED to the rest."""
    if place.moved_to is not None and action is not Action.PULL and not who.must_change:
        raise Refusal(Code.DENIED, f"{place.name} is now {place.moved_to.name}: {_VERBS[action]} that")
    if may(who, action, place, tag):
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
    if who.grants is not None and reasons(who, action, answering(action, place), tag):
        raise Refusal(
            Code.UNAUTHORIZED,
            f"this token of {who.title} does not cover '{action.value}' on {place.name}: ask for a token "
            f"with the scope {scope}",
            scope=scope,
            reason="insufficient_scope",
        )
    if who.must_change:
        raise Refusal(Code.DENIED, MUST_CHANGE, scope=scope)
    if tag is not None and may(who, action, place):
        raise Refusal(
            Code.DENIED,
            f"{who.title} may not {'move' if action is Action.PUSH else 'delete'} the tag {tag} of {place.name}: "
            f"ask an owner of project {place.project} for a role that covers it, or choose another tag",
            scope=scope,
        )
    raise Refusal(
        Code.DENIED,
        f"{who.title} may not {verb} {place.name}: ask an owner of project {place.project} for the right, "
        "or check the name",
        scope=scope,
    )


def ended(who: Identity) -> Refusal:
    """They were disabled, deleted, or changed since they began this."""
    return Refusal(
        Code.TOKEN_REFUSED, f"the login of {who.title} has ended meanwhile: log in again", reason="invalid_token"
    )


def require_open(who: Identity, action: Action, place: Place, tag: str | None = None) -> int:
    """The id of a repository in which they may do this; NAME_UNKNOWN where they may and there is none."""
    require(who, action, place, tag)
    repository_id = answering(action, place).repository_id
    if repository_id is None:
        raise Refusal(Code.NAME_UNKNOWN, f"there is no repository {place.name}")
    return repository_id


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
    """Does their catalogue hold every project, whoever is a member?"""
    return who.kind is Kind.USER and (who.administrator or who.auditor) and who.limits is None


def require_api(who: Identity) -> None:
    """May they use our own API at all? A registry token may not, nor a personal token without the scope `admin`."""
    if who.kind is Kind.ANONYMOUS:
        raise Refusal(Code.UNAUTHORIZED, "log in with a user name and a password, or with a personal token")
    if who.grants is not None or not who.admin_scope:
        raise Refusal(
            Code.DENIED,
            f"this token of {who.title} is for images only: use the password, or a personal token with the scope admin",
        )
    if who.must_change:
        raise Refusal(Code.DENIED, MUST_CHANGE)


def require_person(who: Identity) -> None:
    """For what people do to themselves, also those who have to change their password first."""
    if who.kind is not Kind.USER or who.grants is not None or not who.admin_scope:
        raise Refusal(
            Code.UNAUTHORIZED if who.kind is Kind.ANONYMOUS else Code.DENIED,
            "this is for people who log in with their own password",
        )


def is_guest(who: Identity, action: Action, place: Place) -> bool:
    """Do they do what everybody may where it is public, without having logged in?

    Pages show that to whoever comes by. Our own API asks for a login all the same, before it asks anything else.
    """
    return who.kind is Kind.ANONYMOUS and who.grants is None and place.public and action in roles.ANYBODY


def require_project(who: Identity, action: Action, place: Place) -> int:
    """The id of a project in which they may do this.

    NAME_UNKNOWN where there is none, and to those who may not even see it; DENIED to those who see it.
    """
    if not is_guest(who, action, place):
        require_api(who)
    if place.project_id is None or not reasons(who, Action.READ_PROJECT, place):
        raise Refusal(Code.NAME_UNKNOWN, f"there is no project {place.project[:80]!r}, or {who.title} may not see it")
    if not reasons(who, action, place):
        able = [role for role in roles.BUILT_IN if action in roles.ROLES[role]]
        raise Refusal(
            Code.DENIED,
            f"{who.title} may not {roles.MEANING[action]}: ask an owner of project {place.project} "
            f"for the role {' or '.join(able)}",
        )
    return place.project_id


def require_repository(who: Identity, action: Action, place: Place) -> int:
    """The id of a repository in which they may do this; refused like `require_project`."""
    if not is_guest(who, action, place):
        require_api(who)
    if not place.exists or not reasons(who, Action.PULL, place):
        raise Refusal(Code.NAME_UNKNOWN, f"there is no repository {place.name[:255]!r}, or {who.title} may not see it")
    if not reasons(who, action, place):
        raise Refusal(
            Code.DENIED,
            f"{who.title} may not {roles.MEANING[action]}: ask an owner of project {place.project} for the right",
        )
    assert place.repository_id is not None  # noqa: S101 - it exists
    return place.repository_id


def require_place(who: Identity, action: Action, place: Place) -> None:
    """May they do this to a repository that has this name, or would have it? In a project that they see."""
    if not reasons(who, action, place):
        raise Refusal(
            Code.DENIED,
            f"{who.title} may not {roles.MEANING[action]} as {place.name}: ask an owner of project {place.project}",
        )


def require_instance(who: Identity, action: Action) -> None:
    """May they do this to the instance as a whole?"""
    require_api(who)
    if not may_everywhere(who, action):
        able = "an administrator or auditor" if action in roles.AUDITOR else "an administrator"
        raise Refusal(Code.DENIED, f"{who.title} may not {roles.MEANING[action]}: that takes {able}")


def may_everywhere(who: Identity, action: Action) -> bool:
    """May they do this to the instance as a whole? It says nothing of whether they may use our API at all."""
    if who.kind is not Kind.USER or not all(action in limit.actions for limit in who.limits or ()):
        return False
    return who.administrator or (who.auditor and action in roles.AUDITOR)


def holds_throughout(who: Identity, place: Place, actions: Iterable[Action]) -> bool:
    """Do they hold all these actions on every repository and tag of the project, so that they may give them on?"""
    if who.kind is Kind.USER and who.administrator:
        return True
    held = frozenset[Action]().union(
        *(role.actions for role in place.roles if role.repositories.is_everything and role.tags.is_everything)
    )
    return held.issuperset(actions)


def require_delete_throughout(who: Identity, place: Place, what: str) -> None:
    """Whoever sets a rule that deletes by itself may delete themselves, everywhere in the project; DENIED."""
    if not holds_throughout(who, place, [Action.DELETE]):
        raise Refusal(
            Code.DENIED,
            f"{what} deletes by itself, and {who.title} may not delete in all of project {place.project}: "
            "ask an owner to set it",
        )


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
        held = {action.value for action in roles.CONTENT if action.value in wanted and _could(who, action, place)}
        if earlier := granted.get(scope.name):
            held |= earlier.actions
        if held:
            there = answering(Action.PULL, place)
            granted[scope.name] = Grant(frozenset(held), there.project_id, there.epoch)
    return granted


def _could(who: Identity, action: Action, place: Place) -> bool:
    """Here, at least to some tag; by an old name nothing but to pull."""
    if place.moved_to is not None and action is not Action.PULL:
        return False
    place = answering(action, place)
    if reasons(who, action, place):
        return True
    return any(action in held.actions and held.repositories.matches(place.within) for held in place.roles) and (
        who.limits is None or any(limit.covers(action, place) for limit in who.limits)
    )
