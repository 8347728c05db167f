"""A story is one transaction, whoever else tells one at the same time."""

import asyncio
from collections.abc import Callable

import pytest

from moorage.oci.error import Code, Refusal
from moorage.ports.records import Ledger, Records
from moorage.rules.facts import Event
from moorage.rules.listing import Listing
from tests.support.records import APP, NOW, ensure, manifest, put, upload


def note(name: str) -> Event:
    """An event of this kind."""
    return Event(name, "team/app", None, "admin", NOW)


async def kinds(records: Records) -> list[str]:
    """The kinds of all events, in order."""
    return [event.kind for _, event in await records.read(lambda ledger: ledger.events.page(after=0, limit=9999))]


@pytest.mark.parametrize(
    "trouble",
    [Refusal(Code.DENIED, "no"), ValueError("a fault"), KeyError("a fault"), AssertionError("a fault")],
    ids=lambda error: type(error).__name__,
)
async def test_all_or_nothing(records: Records, trouble: Exception) -> None:
    """A story that is refused or fails leaves no trace, and what it raised is raised where it was told."""

    def story(ledger: Ledger) -> None:
        repository_id = ensure(ledger)
        put(ledger, repository_id, manifest(), "latest")
        ledger.uploads.start(upload(repository_id))
        ledger.events.record(note("never"))
        raise trouble

    with pytest.raises(type(trouble)) as caught:
        await records.write(story)
    assert caught.value is trouble
    assert await kinds(records) == []
    assert await records.read(lambda ledger: ledger.projects.page(Listing(9), visible_to=None)) == []
    assert not (await records.read(lambda ledger: ledger.repositories.place(APP))).exists
    assert await records.read(lambda ledger: ledger.uploads.find("upload")) is None


async def test_a_story_sees_what_it_did(records: Records) -> None:
    """Within a story later verbs see what earlier ones did; nobody else does before its end."""
    outside: list[bool] = []

    def story(ledger: Ledger) -> bool:
        ensure(ledger)
        return ledger.repositories.place(APP).exists

    assert await records.write(story)
    outside.append((await records.read(lambda ledger: ledger.repositories.place(APP))).exists)
    assert outside == [True]


async def test_one_of_many(records: Records) -> None:
    """Of many stories told at once only the failing ones are undone, and each hears its own outcome."""

    def story(number: int) -> Callable[[Ledger], int]:
        def tell(ledger: Ledger) -> int:
            ledger.events.record(note(str(number)))
            if number % 7 == 3:
                raise ValueError(number)
            if number % 7 == 5:
                raise Refusal(Code.CONFLICT, str(number))
            return number * 2

        return tell

    outcomes = await asyncio.gather(
        *(records.write(story(number), durable=number % 2 == 0) for number in range(200)), return_exceptions=True
    )
    for number, outcome in enumerate(outcomes):
        if number % 7 == 3:
            assert isinstance(outcome, ValueError)
            assert outcome.args == (number,)
        elif number % 7 == 5:
            assert isinstance(outcome, Refusal)
            assert outcome.sentence == str(number)
        else:
            assert outcome == number * 2
    assert sorted(map(int, await kinds(records))) == [number for number in range(200) if number % 7 not in {3, 5}]


async def test_stories_that_want_the_same(records: Records) -> None:
    """Many who make the same repository at once all get the one that was made."""
    ids = await asyncio.gather(*(records.write(ensure) for _ in range(50)))
    assert len(set(ids)) == 1
    made = await asyncio.gather(
        *(records.write(lambda ledger: ledger.projects.create("new", public=False, now=NOW)) for _ in range(50))
    )
    assert len([project for project in made if project is not None]) == 1


async def test_a_broken_rule_of_the_database_undoes_its_story_only(records: Records) -> None:
    """A story that breaks a constraint fails alone; its neighbours stand."""

    def broken(ledger: Ledger) -> None:
        ledger.events.record(note("broken"))
        ledger.uploads.start(upload(repository_id=999_999))

    async def tell(number: int) -> None:
        await records.write(lambda ledger: ledger.events.record(note(str(number))))

    outcomes = await asyncio.gather(tell(0), tell(1), records.write(broken), tell(2), tell(3), return_exceptions=True)
    assert [isinstance(outcome, Exception) for outcome in outcomes] == [False, False, True, False, False]
    assert sorted(await kinds(records)) == ["0", "1", "2", "3"]


async def test_who_does_not_wait(records: Records) -> None:
    """A story whose teller was cancelled happens wholly or not at all, and the next is told as ever."""

    async def tell(number: int) -> None:
        def story(ledger: Ledger) -> None:
            ledger.events.record(note(str(number)))
            ledger.events.record(note(str(number)))

        await records.write(story)

    tasks = [asyncio.create_task(tell(number)) for number in range(20)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    assert await records.write(ensure) > 0
    told = [kind for kind in await kinds(records) if kind.isdigit()]
    assert told == [str(number // 2) for number in range(len(told))]
    assert len(told) % 2 == 0


async def test_reading_changes_nothing(records: Records) -> None:
    """A story told by `read` cannot change what is."""
    with pytest.raises(Refusal):
        await records.read(lambda ledger: ledger.projects.create("team", public=False, now=NOW))
    assert await records.read(lambda ledger: ledger.projects.find("team")) is None


async def test_values_are_never_text_of_a_statement(records: Records) -> None:
    """Quotes, semicolons, wildcards and zero bytes are content like any other."""
    names = ("'; DROP TABLE projects; --", '"', "%", "_", "a\x00b", ":name", "?")
    made = await records.write(lambda ledger: [ledger.projects.create(name, public=False, now=NOW) for name in names])
    assert [project and project.name for project in made] == list(names)
    assert await records.read(lambda ledger: [ledger.projects.find(name) for name in names]) == made
    assert await records.read(lambda ledger: ledger.projects.find("%%")) is None
