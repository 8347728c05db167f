"""What was kept on each day, as it is noted and forgotten."""

from moorage.ports.records import Ledger, Records
from moorage.rules.facts import Holding, RoleSpec, Subject
from moorage.rules.statistics import DayBytes, Span


async def test_the_last_of_a_day_stays(records: Records) -> None:
    """A later look at a day counts alone; old days go with other statistics."""

    def story(ledger: Ledger) -> None:
        for noted in (DayBytes(10, 1), DayBytes(11, 5), DayBytes(11, 3), DayBytes(12, 4)):
            ledger.statistics.note_stored(noted)

    await records.write(story)
    assert await records.read(lambda ledger: ledger.statistics.stored(Span(11, 12))) == [(11, 3), (12, 4)]
    gone = await records.write(lambda ledger: ledger.statistics.forget(before_day=12, pulled_before=0.0, limit=10))
    assert gone == 2
    assert await records.read(lambda ledger: ledger.statistics.stored(Span(0, 99))) == [(12, 4)]


async def test_where_somebody_has_roles(records: Records) -> None:
    """Their own and those of their groups, in every project; a group's are its own alone."""

    def story(ledger: Ledger) -> tuple[object, ...]:
        person = ledger.accounts.create("wanda", "", administrator=False, now=1.0)
        group = ledger.groups.create("crew", now=1.0)
        team = ledger.projects.create("team", public=False, now=1.0)
        shop = ledger.projects.create("shop", public=False, now=1.0)
        assert person
        assert group
        assert team
        assert shop
        ledger.groups.join(group.id, person.id)
        someone, crew = Subject(person.id, "wanda"), Subject(group.id, "crew", is_group=True)
        ledger.members.put(team.id, someone, [RoleSpec("writer")], now=1.0)
        ledger.members.put(team.id, crew, [RoleSpec("reader")], now=1.0)
        ledger.members.put(shop.id, crew, [RoleSpec("owner")], now=1.0)
        return (
            ledger.groups.of(person.id, limit=9),
            ledger.members.held(someone, limit=9),
            ledger.members.held(someone, limit=1),
            ledger.members.held(crew, limit=9),
        )

    groups, own, first, of_group = await records.write(story)
    shop = Holding("shop", RoleSpec("owner"), "crew")
    assert groups == ["crew"]
    assert own == [shop, Holding("team", RoleSpec("writer")), Holding("team", RoleSpec("reader"), "crew")]
    assert first == [shop]
    assert of_group == [Holding("shop", RoleSpec("owner")), Holding("team", RoleSpec("reader"))]
