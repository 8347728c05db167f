"""Who may do what: the decisions as tables."""

from collections.abc import Mapping

import pytest

from moorage.oci.error import Code
from moorage.oci.scope import Scope, parse_scopes
from moorage.rules import access
from moorage.rules.access import ANONYMOUS, Grant, Identity, Kind, Place
from moorage.rules.roles import Action
from tests.support.refused import refused

PULL, PUSH, DELETE = Action.PULL, Action.PUSH, Action.DELETE
ALL = frozenset({PULL, PUSH, DELETE})
NONE: frozenset[Action] = frozenset()

PRIVATE = Place("team/app", "team", 7, public=False, repository_id=1, epoch=3)
PUBLIC = Place("team/app", "team", 7, public=True, repository_id=1, epoch=3)
UNBORN = Place("team/app", "team", 7, public=True, epoch=3)
NOWHERE = Place("team/app", "team")


def narrowed(who: Identity, *actions: str, project: int | None = 7, name: str = "team/app", epoch: int = 2) -> Identity:
    """The same with a token that carries these actions there; rights in the project have changed since."""
    return Identity(
        who.kind,
        who.name,
        who.user_id,
        administrator=who.administrator,
        grants={name: Grant(frozenset(actions), project, epoch)},
    )


ADMIN = Identity(Kind.USER, "admin", 1, administrator=True)
PERSON = Identity(Kind.USER, "person", 2)
BARE = Identity(Kind.USER, "admin", 1, administrator=True, grants={})
FULL = narrowed(ADMIN, "pull", "push", "delete")

DECISIONS = [
    # who                                             private  public          unborn in public  nowhere
    ("anonymous", ANONYMOUS,                          NONE,    {PULL},         {PULL},           NONE),
    ("anonymous token, nothing", narrowed(ANONYMOUS), NONE,    {PULL},         NONE,             NONE),
    ("anonymous token, pull", narrowed(ANONYMOUS, "pull"), NONE, {PULL},       {PULL},           NONE),
    ("anonymous token, forged", narrowed(ANONYMOUS, "pull", "push", "delete"), NONE, {PULL}, {PULL}, NONE),
    ("person", PERSON,                                NONE,    {PULL},         {PULL},           NONE),
    ("person named admin", Identity(Kind.USER, "admin", 3), NONE, {PULL},      {PULL},           NONE),
    ("anonymous named admin", Identity(Kind.ANONYMOUS, "admin", administrator=True), NONE, {PULL}, {PULL}, NONE),
    ("admin", ADMIN,                                  ALL,     ALL,            ALL,              ALL),
    ("admin token, full", FULL,                       ALL,     ALL,            ALL,              NONE),
    ("admin token, pull", narrowed(ADMIN, "pull"),    {PULL},  {PULL},         {PULL},           NONE),
    ("admin token, push", narrowed(ADMIN, "push"),    {PUSH},  {PULL, PUSH},   {PUSH},           NONE),
    ("admin token, nothing", BARE,                    NONE,    {PULL},         NONE,             NONE),
    ("admin token, other repository", narrowed(ADMIN, "pull", "push", name="team"), NONE, {PULL}, NONE, NONE),
    ("admin token, longer name", narrowed(ADMIN, "pull", name="team/app/x"), NONE, {PULL}, NONE, NONE),
    ("admin token, earlier project", narrowed(ADMIN, "pull", "push", project=6), NONE, {PULL}, NONE, NONE),
    ("admin token, unborn project", narrowed(ADMIN, "push", project=None), {PUSH}, {PULL, PUSH}, {PUSH}, {PUSH}),
    ("person token, unborn project", narrowed(PERSON, "pull", project=None), NONE, {PULL}, NONE, NONE),
]  # fmt: skip


@pytest.mark.parametrize(("who", "private", "public", "unborn", "nowhere"), [row[1:] for row in DECISIONS],
                         ids=[row[0] for row in DECISIONS])  # fmt: skip
def test_may(
    who: Identity, private: set[Action], public: set[Action], unborn: set[Action], nowhere: set[Action]
) -> None:
    """Rights of the account, narrowed by its token, on each kind of place; `require` decides the same."""
    for place, expected in ((PRIVATE, private), (PUBLIC, public), (UNBORN, unborn), (NOWHERE, nowhere)):
        for action in ALL:
            assert access.may(who, action, place) is (action in expected), (action, place)
            if action in expected:
                access.require(who, action, place)


@pytest.mark.parametrize(
    ("who", "action", "code", "reason"),
    [
        (ANONYMOUS, PULL, Code.UNAUTHORIZED, None),
        (narrowed(ANONYMOUS), PULL, Code.UNAUTHORIZED, "insufficient_scope"),
        (BARE, PULL, Code.UNAUTHORIZED, "insufficient_scope"),
        (narrowed(ADMIN, "pull"), PUSH, Code.UNAUTHORIZED, "insufficient_scope"),
        (PERSON, PULL, Code.DENIED, None),
        (narrowed(PERSON, "pull"), PULL, Code.DENIED, None),
    ],
)
def test_how_it_is_refused(who: Identity, action: Action, code: Code, reason: str | None) -> None:
    """Who could log in or get a wider token is challenged with the scope; who never may is denied."""
    with refused(code, "team/app") as caught:
        access.require(who, action, PRIVATE)
    assert caught.value.reason == reason
    assert caught.value.scope == access.scope_for(action, "team/app")


@pytest.mark.parametrize("who", [ANONYMOUS, narrowed(ANONYMOUS), PERSON, BARE])
@pytest.mark.parametrize("action", [PULL, PUSH, DELETE])
def test_hidden_and_missing_answer_alike(who: Identity, action: Action) -> None:
    """Nobody learns from a refusal whether a private repository exists."""
    told = []
    for place in (PRIVATE, NOWHERE, Place("team/app", "team", 7, epoch=3)):
        with refused(Code.UNAUTHORIZED if who is not PERSON else Code.DENIED) as caught:
            access.require(who, action, place)
        told.append((caught.value.sentence, caught.value.scope, caught.value.detail))
    assert told[0] == told[1] == told[2]


def test_scopes_to_ask_for() -> None:
    """A push asks for pull as well, as clients look before they push."""
    assert access.scope_for(PULL, "a/b") == "repository:a/b:pull"
    assert access.scope_for(PUSH, "a/b") == "repository:a/b:pull,push"
    assert access.scope_for(DELETE, "a/b") == "repository:a/b:delete"


PLACES = {"team/app": PRIVATE, "open/app": Place("open/app", "open", 8, public=True, repository_id=2)}
GRANTS: list[tuple[Identity, str, Mapping[str, tuple[set[str], int | None]]]] = [
    (ADMIN, "repository:team/app:pull", {"team/app": ({"pull"}, 7)}),
    (ADMIN, "repository:team/app:*", {"team/app": ({"pull", "push", "delete"}, 7)}),
    (ADMIN, "repository:team/app:administer,fly", {}),
    (ADMIN, "repository:team/app:pull,fly", {"team/app": ({"pull"}, 7)}),
    (ADMIN, "repository:team/app:", {}),
    (ADMIN, "repository:team/app:pull repository:team/app:push", {"team/app": ({"pull", "push"}, 7)}),
    (
        ADMIN,
        "repository:team/app:pull repository:open/app:push",
        {"team/app": ({"pull"}, 7), "open/app": ({"push"}, 8)},
    ),
    (ADMIN, "repository:unknown/app:pull", {}),
    (ADMIN, "plugin:team/app:pull", {}),
    (ADMIN, "registry:catalog:*", {"registry:catalog": ({"*"}, None)}),
    (ADMIN, "registry:catalog:pull", {}),
    (ADMIN, "registry:other:*", {}),
    (PERSON, "repository:team/app:pull,push", {}),
    (PERSON, "repository:open/app:pull,push", {"open/app": ({"pull"}, 8)}),
    (ANONYMOUS, "repository:team/app:pull", {}),
    (ANONYMOUS, "repository:open/app:*", {"open/app": ({"pull"}, 8)}),
]


@pytest.mark.parametrize(("who", "asked", "expected"), GRANTS)
def test_grant(who: Identity, asked: str, expected: Mapping[str, tuple[set[str], int | None]]) -> None:
    """A token carries what was asked and is held, with the project's own id; what grants nothing is left out."""
    scopes: tuple[Scope, ...] = parse_scopes([asked])
    granted = access.grant(who, scopes, PLACES)
    assert granted == {
        name: Grant(frozenset(actions), project, PLACES[name].epoch if name in PLACES else 0)
        for name, (actions, project) in expected.items()
    }


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (ADMIN, None),
        (PERSON, None),
        (ANONYMOUS, Code.UNAUTHORIZED),
        (BARE, Code.UNAUTHORIZED),
        (FULL, Code.UNAUTHORIZED),
        (narrowed(ADMIN, "*", project=None, name="registry:catalog"), None),
        (narrowed(ADMIN, "pull", project=None, name="registry:catalog"), Code.UNAUTHORIZED),
        (narrowed(ANONYMOUS, "*", project=None, name="registry:catalog"), None),
    ],
)
def test_listing(who: Identity, code: Code | None) -> None:
    """The catalogue is for who logged in, and for tokens with its scope."""
    if code is None:
        access.require_listing(who)
        return
    with refused(code) as caught:
        access.require_listing(who)
    assert caught.value.scope == "registry:catalog:*"


def test_what_a_catalogue_holds() -> None:
    """Only an administrator's catalogue holds private projects."""
    assert access.sees_all(ADMIN)
    assert not access.sees_all(PERSON)
    assert not access.sees_all(ANONYMOUS)
    assert not access.sees_all(Identity(Kind.ANONYMOUS, "admin", administrator=True))


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (ADMIN, None),
        (ANONYMOUS, Code.UNAUTHORIZED),
        (narrowed(ANONYMOUS, "pull"), Code.UNAUTHORIZED),
        (PERSON, Code.DENIED),
        (BARE, Code.DENIED),
        (FULL, Code.DENIED),
    ],
)
def test_administrators(who: Identity, code: Code | None) -> None:
    """Administration takes an administrator's password; a token, however wide, does not reach."""
    if code is None:
        access.require_instance(who, Action.MANAGE_PEOPLE)
        return
    with refused(code):
        access.require_instance(who, Action.MANAGE_PEOPLE)


def test_keys_tell_identities_apart() -> None:
    """What an upload belongs to is a kind and an id, never a name; a token does not change it."""
    assert ADMIN.key == FULL.key
    assert len({ADMIN.key, PERSON.key, ANONYMOUS.key, Identity(Kind.USER, "admin", 3).key}) == 4
    assert ANONYMOUS.title == "anonymous"
    assert ADMIN.title == "admin"
