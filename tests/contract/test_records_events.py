"""The audit's searches, as `ports.records` promises them: each look is bounded, whatever is asked of how much."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from moorage.adapters.sql.event_search import BESIDE, INDEXED, LOOK, EventSearch
from moorage.adapters.sql.session import Session
from moorage.adapters.sql.sqlite import FILE, connect
from moorage.oci.error import Code
from moorage.ports.records import Ledger, Records
from moorage.rules.facts import Event, EventFilter, EventsFound
from moorage.rules.listing import Total
from tests.support.records import NOW, ensure, project_of
from tests.support.refused import refused

MANY = 2 * LOOK + 500
ODD = Event("rare", "team/rare", 7, "eve", NOW, "t", "sha256:r", "user:eve", "robot", "refused", "::1", "curl", "r-1")
"""One event that has a value of its own in every field."""
VALUES = {name: getattr(ODD, name) for name in INDEXED + BESIDE}


def fill(ledger: Ledger) -> None:
    """Many pulls, and half as many pushes, from other addresses; among the oldest the odd one."""
    ledger.events.record(ODD)
    for number in range(MANY):
        ledger.events.record(Event("pulled", "team/app", 1, "ann", NOW + number, address="192.0.2.1"))
        if number % 2:
            ledger.events.record(Event("pushed", "team/app", 1, "ann", NOW + number, address="192.0.2.2"))


async def look(records: Records, wanted: EventFilter, *, before: int | None = None, limit: int = 9) -> EventsFound:
    """One look."""
    return await records.read_aside(lambda ledger: ledger.events.search(wanted, before=before, limit=limit))


async def count(records: Records, wanted: EventFilter, most: int = 1000) -> Total:
    """How many."""
    return await records.read_aside(lambda ledger: ledger.events.count(wanted, most=most))


async def test_what_never_meets(records: Records) -> None:
    """Filters that fit many events each and none together are given up after a while, to go on from there."""
    await records.write(fill)
    wanted, looks, before = EventFilter(kind="pushed", address="192.0.2.1"), 0, None
    while True:
        found, rest = await look(records, wanted, before=before)
        looks += 1
        assert not found
        if rest is None:
            break
        assert before is None or rest < before
        before = rest
    assert looks == 2  # along the pushes, of which there are fewer
    assert await count(records, wanted) == Total(0, at_least=True)


async def test_the_rarest_leads(records: Records) -> None:
    """One look finds what one of several filters tells apart, however many events fit the others."""
    await records.write(fill)
    for name in INDEXED:
        wanted = replace(EventFilter(until=NOW + MANY), **{name: VALUES[name]}, agent="curl")
        (((_, event),), rest) = await look(records, wanted)
        assert (event, rest) == (ODD, None)
        assert await count(records, wanted) == Total(1)
    wanted = EventFilter(repository="team/app", kind="pulled", actor="eve")
    assert await look(records, wanted) == EventsFound([], None)


async def test_pages_of_a_long_search(records: Records) -> None:
    """Looks that follow one another find every event that fits once, the newest first."""
    await records.write(fill)
    wanted, found, before = EventFilter(kind="pulled", actor_kind="user"), list[int](), None
    while True:
        events, before = await look(records, wanted, before=before, limit=700)
        found += [number for number, _ in events]
        if before is None:
            break
    assert len(found) == MANY
    assert found == sorted(found, reverse=True)
    assert await count(records, wanted) == Total(LOOK, at_least=True)
    assert await count(records, EventFilter(kind="pulled")) == Total(1000, at_least=True)
    assert await count(records, EventFilter(kind="pulled"), most=MANY) == Total(MANY)


async def test_what_an_index_leaves_out(records: Records) -> None:
    """Values that nearly all events have are asked for like others."""
    await records.write(fill)
    for wanted in (EventFilter(outcome="done"), EventFilter(object=""), EventFilter(request_id="")):
        found, _ = await look(records, wanted)
        assert len(found) == 9
        assert ODD not in [event for _, event in found]
    assert await look(records, EventFilter(outcome="odd")) == EventsFound([], None)


@pytest.mark.parametrize("name", INDEXED)
def test_each_filter_has_its_index(folder: Path, name: str) -> None:
    """A search and a count by one field, alone or with others, read along an index and sort nothing."""
    connection = connect(folder / FILE)
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    for more in ({}, {"agent": "curl"}, {other: VALUES[other] for other in INDEXED}):
        search = EventSearch(Session(connection), EventFilter(since=NOW, until=NOW + 9, **{**more, name: VALUES[name]}))
        search.look(99, 9)
        search.count(9)
    connection.set_trace_callback(None)
    texts = [text for text in statements if "FROM events" in text]
    assert len(texts) > 10
    for text in texts:
        plan = _plan(connection, text)
        assert not [step for step in plan if "TEMP B-TREE" in step], (text, plan)
        assert [step for step in plan if step.startswith("SEARCH events USING") and "(rowid" not in step], (text, plan)
    connection.close()


@pytest.mark.parametrize("name", ["actor", "address", "object", "repository"])
async def test_a_project_learns_nothing_of_others(folder: Path, records: Records, name: str) -> None:
    """In a project's audit what others have many of and what nobody has are looked for in the very same way."""
    await records.write(fill)
    everywhere = {"actor": "ann", "address": "192.0.2.1", "object": "user:eve", "repository": "team/app"}
    connection = connect(folder / FILE)
    done: list[list[str]] = []
    for value in (everywhere[name], "nobody"):
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        search = EventSearch(Session(connection), replace(EventFilter(project_id=7), **dict[str, Any]({name: value})))
        assert search.look(None, 9).rest is None
        search.count(9)
        connection.set_trace_callback(None)
        done.append([text.replace(value, "VALUE") for text in statements])
    assert done[0] == done[1]
    assert not [text for text in done[0] if f"FROM events WHERE {name}" in text]
    connection.close()


async def test_what_is_of_the_project_may_lead(records: Records) -> None:
    """By its own repositories and robots a project is searched along their index, however much else happened in it."""

    def story(ledger: Ledger) -> int | None:
        ensure(ledger)
        ledger.events.record(Event("pulled", "team/app", project_of(ledger), "robot$team+ci", NOW))
        for _ in range(LOOK + 9):
            ledger.events.record(Event("pulled", "team/other", project_of(ledger), "ann", NOW))
        return project_of(ledger)

    project_id = await records.write(story)
    found, rest = await look(records, EventFilter(project_id=project_id, repository="team/app"))
    assert ([event.kind for _, event in found], rest) == (["pulled", "repository.created"], None)
    found, rest = await look(records, EventFilter(project_id=project_id, actor="robot$team+ci"))
    assert ([event.actor for _, event in found], rest) == (["robot$team+ci"], None)
    for wanted in (EventFilter(repository="tea"), EventFilter(actor="robot$teams+ci"), EventFilter(actor="ci")):
        _, rest = await look(records, replace(wanted, project_id=project_id))
        assert rest is not None


def _plan(connection: sqlite3.Connection, text: str) -> Sequence[str]:
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]


async def test_forgetting_up_to_an_event(records: Records) -> None:
    """What is newer than the event named stays, however old it is; the plan reads old events alone."""
    await records.write(fill)
    assert await records.write(lambda ledger: ledger.events.forget(before=NOW + 99, limit=9, upto=3)) == 3
    assert await records.write(lambda ledger: ledger.events.forget(before=NOW + 99, limit=9, upto=3)) == 0
    first, _ = (await records.read(lambda ledger: ledger.events.page(after=0, limit=1)))[0]
    assert first == 4


async def test_reading_aside(records: Records) -> None:
    """Beside the others is seen all that was acknowledged, what the story refuses is raised, and nothing is changed."""
    await records.write(lambda ledger: ledger.events.record(ODD))
    assert len((await look(records, EventFilter())).events) == 1
    await records.write(lambda ledger: ledger.events.record(ODD))
    assert len((await look(records, EventFilter())).events) == 2
    with refused(Code.UNAVAILABLE):
        await records.read_aside(lambda ledger: ledger.events.record(ODD))
    with pytest.raises(ZeroDivisionError):
        await records.read_aside(lambda _: 1 // 0)
