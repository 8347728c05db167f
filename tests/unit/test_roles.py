"""The permission matrix, and how roles, limits and patterns decide."""

from dataclasses import replace
from itertools import pairwise

import pytest

from moorage.oci.error import Code
from moorage.rules import access
from moorage.rules.access import ANONYMOUS, Grant, HeldRole, Identity, Kind, Limit, Place
from moorage.rules.pattern import EVERYTHING, Pattern
from moorage.rules.roles import ANYBODY, AUDITOR, BUILT_IN, GIVEN, MATRIX, ROLES, Action, Scope
from tests.support.refused import refused

PERSON = Identity(Kind.USER, "person", 2)
APP = Place("team/web/app", "team", 7, repository_id=1, epoch=3)
PROJECT = Place("team", "team", 7, epoch=3)


def held(role: str, repositories: str = EVERYTHING, tags: str = EVERYTHING, through: str = "") -> HeldRole:
    """A role as it is held."""
    return HeldRole(role, ROLES[role], Pattern(repositories), Pattern(tags), through)


def test_the_matrix_tells_every_action_once() -> None:
    """Each action but the listing of names has one row, with a meaning."""
    assert [row.action for row in MATRIX] == [action for action in Action if action is not Action.LIST]
    assert all(row.meaning for row in MATRIX)


def test_roles_grow() -> None:
    """Each built-in role may all that the one before may, and more."""
    for less, more in pairwise(BUILT_IN):
        assert ROLES[less] < ROLES[more]
    assert ROLES["owner"] == GIVEN


def test_auditors_only_read() -> None:
    """Nothing that an auditor may changes anything."""
    assert {action.value.rpartition(":")[2] for action in AUDITOR} == {"pull", "read"}


def test_writers_do_not_delete() -> None:
    """Who pushes cannot delete."""
    assert Action.PUSH in ROLES["writer"]
    assert Action.DELETE not in ROLES["writer"]


def test_no_role_of_a_project_reaches_the_instance() -> None:
    """Even owners have no right over the instance."""
    assert not {row.action for row in MATRIX if row.about is Scope.INSTANCE} & ROLES["owner"]


@pytest.mark.parametrize(
    ("repositories", "tags", "action", "tag", "expected"),
    [
        ("**", "**", Action.PUSH, "1.0", True),
        ("web/*", "**", Action.PUSH, None, True),
        ("web/*", "**", Action.DELETE, None, True),
        ("db/*", "**", Action.PULL, None, False),
        ("team/web/*", "**", Action.PULL, None, False),
        ("web/app", "dev-*", Action.PULL, None, True),
        ("web/app", "dev-*", Action.PUSH, None, True),
        ("web/app", "dev-*", Action.PUSH, "dev-1", True),
        ("web/app", "dev-*", Action.PUSH, "1.0", False),
        ("web/app", "dev-*", Action.DELETE, "dev-1", True),
        ("web/app", "dev-*", Action.DELETE, "1.0", False),
        ("web/app", "dev-*", Action.DELETE, None, False),
    ],
)
def test_patterns(repositories: str, tags: str, action: Action, tag: str | None, expected: bool) -> None:  # noqa: FBT001
    """A role holds on the repositories and tags of its patterns; a manifest with all its tags on every tag only."""
    place = APP._replace(roles=(held("maintainer", repositories, tags),))
    assert access.may(PERSON, action, place, tag) is expected
    wide = replace(PERSON, grants={APP.name: Grant(frozenset({"pull", "push", "delete"}), 7, 3)})
    assert access.may(wide, action, place, tag) is (expected or action is Action.PULL)


def test_a_role_with_patterns_manages_nothing() -> None:
    """Who owns some repositories owns not the project; they see it, though."""
    place = PROJECT._replace(roles=(held("owner", "web-*"),))
    assert access.require_project(PERSON, Action.READ_PROJECT, place) == 7
    for action in (Action.MANAGE_MEMBERS, Action.UPDATE_PROJECT, Action.MANAGE_ROBOTS, Action.READ_AUDIT):
        with refused(Code.DENIED, "person may not"):
            access.require_project(PERSON, action, place)


def test_reasons_name_the_group() -> None:
    """A role that comes through a group says so."""
    place = APP._replace(roles=(held("reader"), held("writer", through="crew")))
    assert access.reasons(PERSON, Action.PUSH, place) == ("person is writer in project team through group crew",)
    assert len(access.reasons(PERSON, Action.PULL, place)) == 2


def test_a_changed_right_bites_before_the_token_ends() -> None:
    """A token of before the change is looked at again: what was taken away is gone, what stayed stays."""
    token = replace(PERSON, grants={APP.name: Grant(frozenset({"pull", "push"}), 7, 2)})
    assert not access.vouches(token, APP)
    assert not access.may(token, Action.PUSH, APP)
    reader = APP._replace(roles=(held("reader"),))
    assert access.may(token, Action.PULL, reader)
    assert not access.may(token, Action.PUSH, reader)
    assert access.may(token, Action.PUSH, APP._replace(roles=(held("writer"),)))


def test_a_fresh_token_needs_no_look() -> None:
    """While nothing has changed in the project, a token to pull is enough by itself; for other projects it is not."""
    token = replace(PERSON, grants={APP.name: Grant(frozenset({"pull"}), 7, 3)})
    assert access.vouches(token, APP)
    assert access.may(token, Action.PULL, APP)
    again = APP._replace(project_id=8)
    assert not access.vouches(token, again)
    assert not access.may(token, Action.PULL, again)
    nowhere = Place("team/web/app", "team")
    unborn = replace(PERSON, grants={APP.name: Grant(frozenset({"pull"}), None, 0)})
    assert not access.may(unborn, Action.PULL, nowhere)


def test_robots_hold_their_limits_and_nothing_else() -> None:
    """Whatever its name and whatever roles there are: a robot may what it was made for, in its project."""
    limit = Limit(7, Pattern("web/*"), frozenset({Action.PULL}))
    robot = Identity(Kind.ROBOT, "admin", 1, administrator=True, auditor=True, limits=(limit,))
    rich = APP._replace(roles=(held("owner"),))
    assert access.may(robot, Action.PULL, rich)
    assert not access.may(robot, Action.PUSH, rich)
    assert not access.may(robot, Action.PULL, rich._replace(project_id=8))
    assert not access.may(robot, Action.PULL, rich._replace(name="team/db"))
    assert access.may(robot, Action.PULL, rich._replace(name="team/db", public=True))
    assert not access.sees_all(robot)
    with refused(Code.DENIED):
        access.require_instance(replace(robot, admin_scope=True), Action.READ_PEOPLE)


def test_personal_tokens_are_within_their_owners_rights() -> None:
    """A personal token may what its owner may and it was made for: neither alone is enough."""
    limit = Limit(None, Pattern("team/**"), frozenset({Action.PULL, Action.PUSH}))
    token = replace(PERSON, limits=(limit,), admin_scope=False)
    assert not access.may(token, Action.PUSH, APP)
    writer = APP._replace(roles=(held("owner"),))
    assert access.may(token, Action.PUSH, writer)
    assert not access.may(token, Action.DELETE, writer)
    assert not access.may(token, Action.PUSH, writer._replace(name="other/app", project="other"))
    with refused(Code.DENIED, "personal token with the scope admin"):
        access.require_api(token)


def test_who_has_to_change_the_password_may_nothing_else() -> None:
    """A password that an administrator set opens only what is public, and says what to do."""
    new = Identity(Kind.USER, "new", 3, administrator=True, must_change=True)
    assert access.may(new, Action.PULL, APP._replace(public=True))
    with refused(Code.DENIED, "change it first"):
        access.require(new, Action.PULL, APP)
    with refused(Code.DENIED, "change it first"):
        access.require_api(new)


def test_hidden_and_missing_projects_answer_alike() -> None:
    """Who may not see a project reads the same of it as of one that is not there."""
    told = set()
    for place in (PROJECT, Place("team", "team")):
        with refused(Code.NAME_UNKNOWN) as caught:
            access.require_project(PERSON, Action.MANAGE_MEMBERS, place)
        told.add(caught.value.sentence)
    assert len(told) == 1


def test_whoever_comes_by_sees_what_is_public_and_nothing_more() -> None:
    """Without a login only what the matrix gives to anybody, only where it is public, and by no token."""
    public = PROJECT._replace(public=True)
    assert access.require_project(ANONYMOUS, Action.READ_PROJECT, public) == public.project_id
    for action in set(Action) - ANYBODY:
        with refused(Code.UNAUTHORIZED):
            access.require_project(ANONYMOUS, action, public)
    with refused(Code.UNAUTHORIZED):
        access.require_project(ANONYMOUS, Action.READ_PROJECT, PROJECT)
    with refused(Code.UNAUTHORIZED):
        access.require_project(replace(ANONYMOUS, grants={}), Action.READ_PROJECT, public)
    shown = APP._replace(public=True)
    assert access.require_repository(ANONYMOUS, Action.PULL, shown) == shown.repository_id
    with refused(Code.UNAUTHORIZED):
        access.require_repository(ANONYMOUS, Action.PULL, APP)


def test_names_within_projects() -> None:
    """Patterns see a name relative to its project; in the home project the whole name."""
    assert APP.within == "web/app"
    assert Place("alone", "library").within == "alone"
    assert Place("library/alone", "library").within == "library/alone"
