"""Groups, members, roles, robots, personal tokens and the search of events, as `ports.records` promises them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from moorage.oci.error import Code
from moorage.ports.records import Ledger, Records
from moorage.rules.access import ANONYMOUS, Identity, Kind, Limit
from moorage.rules.facts import (
    Account,
    CustomRole,
    Event,
    EventFilter,
    Group,
    Member,
    PersonalToken,
    Robot,
    RoleSpec,
    Subject,
)
from moorage.rules.listing import Listing
from moorage.rules.pattern import Pattern
from moorage.rules.roles import ROLES, Action
from tests.support.records import APP, NOW, ensure, manifest, put
from tests.support.refused import refused


def person(ledger: Ledger, name: str) -> Account:
    """An account."""
    account = ledger.accounts.create(name, "hash", administrator=False, now=NOW)
    assert account is not None
    return account


def subject(account: Account) -> Subject:
    """Somebody as a member."""
    return Subject(account.id, account.name)


def crew(ledger: Ledger, name: str = "crew") -> Group:
    """A group."""
    group = ledger.groups.create(name, now=NOW)
    assert group is not None
    return group


def project(ledger: Ledger, name: str = "team") -> int:
    """A private project's id."""
    made = ledger.projects.create(name, public=False, now=NOW)
    assert made is not None
    return made.id


def who(account: Account) -> Identity:
    """Somebody who asks."""
    return Identity(Kind.USER, account.name, account.id)


def epoch(ledger: Ledger, name: str = "team") -> int:
    """The project's epoch."""
    found = ledger.projects.find(name)
    assert found is not None
    return found.epoch


async def test_members(records: Records) -> None:
    """Roles are put whole, found, listed with people first, and removed; each change is a new epoch."""

    def story(ledger: Ledger) -> None:
        number, ann, group = project(ledger), person(ledger, "ann"), crew(ledger)
        specs = (RoleSpec("writer", Pattern("web-*")), RoleSpec("reader"))
        epochs = [epoch(ledger)]
        assert ledger.members.find(number, subject(ann)) is None
        ledger.members.put(number, Subject(group.id, group.name, is_group=True), [RoleSpec("owner")], now=NOW)
        epochs.append(epoch(ledger))
        ledger.members.put(number, subject(ann), [RoleSpec("maintainer")], now=NOW)
        ledger.members.put(number, subject(ann), specs, now=NOW)
        epochs.append(epoch(ledger))
        assert ledger.members.find(number, subject(ann)) == Member(subject(ann), specs)
        members = ledger.members.page(number)
        assert [(member.subject.name, member.subject.is_group) for member in members] == [
            ("ann", False),
            ("crew", True),
        ]
        assert ledger.members.remove(number, subject(ann))
        assert not ledger.members.remove(number, subject(ann))
        epochs.append(epoch(ledger))
        assert ledger.members.find(number, subject(ann)) is None
        assert epochs == sorted(set(epochs))

    await records.write(story)


async def test_roles_in_places(records: Records) -> None:
    """A place tells the roles that somebody holds there, by themselves and through groups, and of nobody else."""

    def story(ledger: Ledger) -> None:
        ensure(ledger)
        number = ledger.repositories.place(APP).project_id
        assert number is not None
        ann, bob, group = person(ledger, "ann"), person(ledger, "bob"), crew(ledger)
        ledger.members.put(number, subject(ann), [RoleSpec("writer", Pattern("a*"), Pattern("1.*"))], now=NOW)
        ledger.members.put(number, Subject(group.id, "crew", is_group=True), [RoleSpec("reader")], now=NOW)
        assert ledger.groups.join(group.id, ann.id)
        (own, through) = ledger.repositories.place(APP, who(ann)).roles
        assert (own.role, own.actions, own.through) == ("writer", ROLES["writer"], "")
        assert (own.repositories, own.tags) == (Pattern("a*"), Pattern("1.*"))
        assert (through.role, through.through) == ("reader", "crew")
        assert ledger.projects.place("team", who(ann)).roles == (own, through)
        assert ledger.repositories.place(APP, who(bob)).roles == ()
        assert ledger.repositories.place(APP, Identity(Kind.ROBOT, "ann", ann.id)).roles == ()
        assert ledger.repositories.place(APP).roles == ()

    await records.write(story)


async def test_a_token_spares_the_look(records: Records) -> None:
    """Finding a manifest looks roles up only where the identity does not say all."""

    def story(ledger: Ledger) -> None:
        repository_id = ensure(ledger)
        made = manifest()
        put(ledger, repository_id, made, "latest")
        place = ledger.repositories.place(APP)
        ann = person(ledger, "ann")
        assert place.project_id is not None
        ledger.members.put(place.project_id, subject(ann), [RoleSpec("reader")], now=NOW)
        from moorage.oci.reference import Tag
        from moorage.rules.access import Grant

        found, _ = ledger.manifests.find(APP, Tag("latest"), who(ann))
        assert [held.role for held in found.roles] == ["reader"]
        grants = {APP.text: Grant(frozenset({"pull"}), place.project_id, found.epoch)}
        vouched, _ = ledger.manifests.find(APP, Tag("latest"), replace(who(ann), grants=grants))
        assert vouched == found._replace(roles=())

    await records.write(story)


async def test_groups(records: Records) -> None:
    """A group is made once, people join and leave it, and each change is a new epoch where the group holds a role."""

    def story(ledger: Ledger) -> None:
        number, other = project(ledger), project(ledger, "other")
        ann, bob, group = person(ledger, "ann"), person(ledger, "bob"), crew(ledger)
        assert ledger.groups.create("crew", now=NOW) is None
        ledger.members.put(number, Subject(group.id, "crew", is_group=True), [RoleSpec("reader")], now=NOW)
        before, elsewhere = epoch(ledger), epoch(ledger, "other")
        assert ledger.groups.join(group.id, bob.id)
        assert ledger.groups.join(group.id, ann.id)
        assert not ledger.groups.join(group.id, ann.id)
        assert [one.name for one in ledger.groups.people(group.id, Listing(9))] == ["ann", "bob"]
        assert [one.name for one in ledger.groups.people(group.id, Listing(9, "ann"))] == ["bob"]
        assert ledger.groups.find("crew") == Group(group.id, "crew", 2)
        assert epoch(ledger) > before
        joined = epoch(ledger)
        assert ledger.groups.leave(group.id, ann.id)
        assert not ledger.groups.leave(group.id, ann.id)
        assert epoch(ledger) > joined
        left = epoch(ledger)
        ledger.groups.delete(group.id)
        assert epoch(ledger) > left
        assert epoch(ledger, "other") == elsewhere
        assert ledger.members.page(number) == []
        assert ledger.groups.page(Listing(9)) == []
        assert other

    await records.write(story)


async def test_a_leaver_leaves_nothing(records: Records) -> None:
    """A deleted account takes its roles, groups and tokens along, and where it held a role an epoch begins."""

    def story(ledger: Ledger) -> None:
        number, ann, group = project(ledger), person(ledger, "ann"), crew(ledger)
        ledger.members.put(number, subject(ann), [RoleSpec("owner")], now=NOW)
        ledger.groups.join(group.id, ann.id)
        assert ledger.personal_tokens.create(token(ann.id), "secret") is not None
        before = epoch(ledger)
        ledger.accounts.delete(ann.id)
        assert epoch(ledger) > before
        assert ledger.accounts.find("ann") is None
        assert ledger.members.page(number) == []
        assert ledger.groups.people(group.id, Listing(9)) == []
        assert ledger.personal_tokens.find("secret") is None
        assert person(ledger, "ann").id != ann.id

    await records.write(story)


async def test_roles_of_ones_own(records: Records) -> None:
    """A role of one's own gives what it is made of, also when that changes; a held one is not deleted."""

    def story(ledger: Ledger) -> None:
        number, ann = project(ledger), person(ledger, "ann")
        ledger.roles.put(CustomRole("pusher", frozenset({Action.PUSH})), now=NOW)
        ledger.members.put(number, subject(ann), [RoleSpec("pusher"), RoleSpec("unknown")], now=NOW)
        assert [held.actions for held in ledger.projects.place("team", who(ann)).roles] == [{Action.PUSH}, frozenset()]
        before = epoch(ledger)
        ledger.roles.put(CustomRole("pusher", frozenset({Action.PULL})), now=NOW)
        assert epoch(ledger) > before
        assert ledger.projects.place("team", who(ann)).roles[0].actions == {Action.PULL}
        assert ledger.roles.find("pusher") == CustomRole("pusher", frozenset({Action.PULL}))
        assert not ledger.roles.delete("pusher")
        ledger.members.remove(number, subject(ann))
        assert ledger.roles.delete("pusher")
        assert not ledger.roles.delete("pusher")
        assert ledger.roles.page() == []

    await records.write(story)


def robot(project_id: int | None, name: str = "ci") -> Robot:
    """A robot to be made."""
    title = f"robot$team+{name}" if project_id is not None else f"robot${name}"
    return Robot(
        id=0,
        title=title,
        name=name,
        project_id=project_id,
        description="of CI",
        actions=frozenset({Action.PULL, Action.PUSH}),
        repositories=(Pattern("web-*"), Pattern("db")),
        secret_hash="hash",
        previous_hash=None,
        previous_until=None,
        expires_at=NOW + 10,
        disabled=False,
        epoch=1,
        created_by="ann",
        created_at=NOW,
    )


async def test_robots(records: Records) -> None:
    """A robot is made once per title, found as it was made, changed, used, listed by project, and deleted."""

    def story(ledger: Ledger) -> None:
        number = project(ledger)
        made = ledger.robots.create(robot(number))
        assert made is not None
        assert made == replace(robot(number), id=made.id)
        assert ledger.robots.create(robot(number)) is None
        assert ledger.robots.create(robot(None)) is not None
        changed = replace(made, secret_hash="new", previous_hash="hash", previous_until=NOW + 5, disabled=True)
        ledger.robots.update(changed)
        assert ledger.robots.find(made.title) == replace(changed, epoch=made.epoch + 1)
        ledger.robots.used(made.id, at=NOW + 1, address="192.0.2.1")
        used = ledger.robots.find(made.title)
        assert used is not None
        assert (used.used_at, used.used_from) == (NOW + 1, "192.0.2.1")
        assert used.epoch == made.epoch + 1
        assert [found.title for found in ledger.robots.page(number, Listing(9))] == ["robot$team+ci"]
        assert [found.title for found in ledger.robots.page(None, Listing(9))] == ["robot$ci"]
        ledger.robots.delete(made.id)
        assert ledger.robots.find(made.title) is None
        again = ledger.robots.create(robot(number))
        assert again is not None
        assert again.id != made.id
        assert ledger.projects.delete(number)
        assert ledger.robots.find(made.title) is None

    await records.write(story)


def token(account_id: int, name: str = "laptop") -> PersonalToken:
    """A token to be made."""
    return PersonalToken(0, account_id, name, frozenset({"pull"}), (Pattern("team/*"),), NOW + 9, NOW)


async def test_personal_tokens(records: Records) -> None:
    """A token is found by its hash alone, belongs to one account, and is deleted by that account only."""

    def story(ledger: Ledger) -> None:
        ann, bob = person(ledger, "ann"), person(ledger, "bob")
        made = ledger.personal_tokens.create(token(ann.id), "hash")
        assert made is not None
        assert made == replace(token(ann.id), id=made.id)
        assert ledger.personal_tokens.create(token(ann.id), "other") is None
        assert ledger.personal_tokens.create(token(bob.id), "bobs") is not None
        assert ledger.personal_tokens.find("hash") == ledger.personal_tokens.get(made.id) == made
        ledger.personal_tokens.used(made.id, at=NOW + 1, address="192.0.2.1")
        (used,) = ledger.personal_tokens.of_account(ann.id)
        assert (used.used_at, used.used_from) == (NOW + 1, "192.0.2.1")
        assert ledger.personal_tokens.delete(bob.id, made.id) is None
        assert ledger.personal_tokens.delete(ann.id, made.id) == used
        assert ledger.personal_tokens.find("hash") is None

    await records.write(story)


async def test_accounts_change(records: Records) -> None:
    """What somebody is to the instance changes with a new epoch; disabled administrators are not counted."""

    def story(ledger: Ledger) -> None:
        ann = person(ledger, "ann")
        ledger.accounts.update(ann.id, administrator=True, auditor=True, disabled=False)
        now = ledger.accounts.get(ann.id)
        assert now == replace(ann, administrator=True, auditor=True, epoch=ann.epoch + 1)
        assert ledger.accounts.administrators(NOW) == 1
        ledger.accounts.update(ann.id, administrator=True, auditor=False, disabled=True)
        assert ledger.accounts.administrators(NOW) == 0
        ledger.accounts.renew_password(ann.id, "new", must_change=True)
        ledger.accounts.seen(ann.id, at=NOW + 3)
        now = ledger.accounts.find("ann")
        assert now is not None
        assert (now.must_change, now.disabled, now.seen_at) == (True, True, NOW + 3)
        person(ledger, "bob")
        assert [account.name for account in ledger.accounts.page(Listing(9))] == ["ann", "bob"]
        assert [account.name for account in ledger.accounts.page(Listing(9, "ann"))] == ["bob"]

    await records.write(story)


async def test_what_somebody_sees(records: Records) -> None:
    """Pages of projects and of repositories hold what is public and where somebody holds something."""

    def story(ledger: Ledger) -> None:
        from moorage.oci.reference import RepositoryName

        for name in ("open/a", "team/a", "other/a", "third/a"):
            put(ledger, ensure(ledger, RepositoryName(name)), manifest())
        ids = {name: found.id for name in ("open", "team", "other", "third") if (found := ledger.projects.find(name))}
        ledger.projects.update(ids["open"], public=True, description="")
        ann, group = person(ledger, "ann"), crew(ledger)
        ledger.members.put(ids["team"], subject(ann), [RoleSpec("reader")], now=NOW)
        ledger.members.put(ids["other"], Subject(group.id, "crew", is_group=True), [RoleSpec("reader")], now=NOW)
        ledger.groups.join(group.id, ann.id)
        robot_of = Identity(Kind.ROBOT, "r", 1, limits=(Limit(ids["third"], Pattern("**"), frozenset({Action.PULL})),))
        everywhere = replace(robot_of, limits=(Limit(None, Pattern("**"), frozenset({Action.PULL})),))
        for identity, expected in (
            (who(ann), ["open", "other", "team"]),
            (who(person(ledger, "bob")), ["open"]),
            (robot_of, ["open", "third"]),
            (everywhere, ["open", "other", "team", "third"]),
        ):
            seen = ledger.projects.page(Listing(9), visible_to=identity)
            assert [found.name for found in seen] == expected
            places = ledger.repositories.page(identity, after="", limit=9)
            assert [place.name for place in places] == [f"{name}/a" for name in expected]

    await records.write(story)


async def test_a_repository_chooses_for_itself(records: Records) -> None:
    """A repository's own visibility wins over its project's, by every way to it; changing it is a new epoch."""

    def story(ledger: Ledger) -> None:
        repository_id = ensure(ledger)
        made = manifest()
        put(ledger, repository_id, made, "latest")
        before = epoch(ledger)
        ledger.repositories.update(repository_id, public=True, description="open")
        assert epoch(ledger) == before + 1
        ledger.repositories.update(repository_id, public=True, description="still open")
        assert epoch(ledger) == before + 1
        assert ledger.repositories.place(APP).public
        from moorage.oci.reference import Tag

        assert ledger.manifests.find(APP, Tag("latest"))[0].public
        record = ledger.repositories.find(repository_id)
        assert record is not None
        assert (record.public, record.description) == (True, "still open")
        ledger.repositories.update(repository_id, public=None, description="")
        assert not ledger.repositories.place(APP).public

    await records.write(story)


EVENTS = [
    Event("a", "team/app", 1, "ann", NOW, address="192.0.2.1"),
    Event("b", "team/app", 1, "bob", NOW + 1, outcome="refused", request_id="r1"),
    Event("a", "team/db", 1, "ann", NOW + 2, object="user:bob", before='{"x": 1}', after='{"x": 2}'),
    Event("a", "other/app", 2, "ann", NOW + 3, agent="docker", actor_kind="robot"),
]


def tell_all(ledger: Ledger) -> None:
    """All of them, in order."""
    for event in EVENTS:
        ledger.events.record(event)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (EventFilter(), [3, 2, 1, 0]),
        (EventFilter(project_id=1), [2, 1, 0]),
        (EventFilter(kind="a"), [3, 2, 0]),
        (EventFilter(actor="bob"), [1]),
        (EventFilter(repository="team/app"), [1, 0]),
        (EventFilter(object="user:bob"), [2]),
        (EventFilter(outcome="refused"), [1]),
        (EventFilter(address="192.0.2.1"), [0]),
        (EventFilter(request_id="r1"), [1]),
        (EventFilter(since=NOW + 1, until=NOW + 3), [2, 1]),
        (EventFilter(since=NOW + 9), []),
        (EventFilter(until=NOW), []),
        (EventFilter(project_id=1, actor="ann", kind="a"), [2, 0]),
    ],
)
async def test_search(records: Records, wanted: EventFilter, expected: list[int]) -> None:
    """Every field can be asked for, alone and together; the newest come first."""
    await records.write(tell_all)
    found, rest = await records.read(lambda ledger: ledger.events.search(wanted, before=None, limit=9))
    assert rest is None
    assert [event for _, event in found] == [EVENTS[number] for number in expected]
    if len(found) > 1:
        more, rest = await records.read(lambda ledger: ledger.events.search(wanted, before=found[0][0], limit=1))
        assert list(more) == [found[1]]
        assert rest == found[1][0]


async def test_forgetting(records: Records) -> None:
    """What is older goes, the oldest first and so many at a time; the rest stays."""
    await records.write(tell_all)

    async def left() -> Sequence[Event]:
        return [event for _, event in await records.read(lambda ledger: ledger.events.page(after=0, limit=9))]

    forget: Callable[[Ledger], int] = lambda ledger: ledger.events.forget(before=NOW + 2, limit=1)  # noqa: E731
    assert await records.write(forget) == 1
    assert await left() == EVENTS[1:]
    assert [await records.write(forget), await records.write(forget)] == [1, 0]
    assert await left() == EVENTS[2:]


async def test_who_has_ended_changes_nothing(records: Records) -> None:
    """A story told by somebody who was disabled, changed or deleted meanwhile is refused before it begins."""

    def hire(ledger: Ledger) -> tuple[Identity, Identity, Identity]:
        ann, bob = person(ledger, "ann"), person(ledger, "bob")
        made = ledger.robots.create(robot(project(ledger)))
        kept = ledger.personal_tokens.create(token(bob.id), "hash")
        assert made is not None
        assert kept is not None
        return (
            Identity(Kind.USER, "ann", ann.id, epoch=ann.epoch),
            Identity(Kind.USER, "bob", bob.id, epoch=bob.epoch, personal=kept.id),
            Identity(Kind.ROBOT, made.title, made.id, epoch=made.epoch),
        )

    def note(ledger: Ledger) -> None:
        ledger.events.record(Event("noted", "", None, "", NOW))

    ann, by_token, machine = await records.write(hire)
    for identity in (ann, by_token, machine, ANONYMOUS):
        await records.write(note, by=identity)

    def dismiss(ledger: Ledger) -> None:
        assert ann.user_id is not None
        ledger.accounts.update(ann.user_id, administrator=True, auditor=False, disabled=False)
        assert by_token.user_id is not None
        assert by_token.personal is not None
        assert ledger.personal_tokens.delete(by_token.user_id, by_token.personal) is not None
        found = ledger.robots.find(machine.name)
        assert found is not None
        ledger.robots.update(replace(found, disabled=True))

    await records.write(dismiss)
    for identity in (ann, by_token, machine, Identity(Kind.USER, "nobody", 999)):
        with refused(Code.TOKEN_REFUSED, "has ended meanwhile"):
            await records.write(note, by=identity)
    events, _ = await records.read(
        lambda ledger: ledger.events.search(EventFilter(kind="noted"), before=None, limit=99)
    )
    assert len(events) == 4
