"""The audit when it is long: searches by every field and by several, and what writing and forgetting cost beside it."""

import asyncio
import multiprocessing
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import urlencode

from benchmarks import events as history
from benchmarks import push
from benchmarks.content import IMAGE_INDEX, empty_index
from benchmarks.crowd import Client, together
from benchmarks.figures import AtMost, Better, Measure, Outcome, Row
from benchmarks.ground import Ground
from benchmarks.pulls import SCOPE, after, prepare, pulls, slowest
from benchmarks.servers import Moorage, Server
from benchmarks.wire import Connection

EVENTS = 10_000_000
REPOSITORY = "bench/pushed"
PUSHERS = 4
DAY, KEEP = 86_400.0, 0.9 * history.YEAR_SECONDS
ONE_GOAL, SEVERAL_GOAL, NEVER_GOAL = AtMost(50), AtMost(250), AtMost(1500)
"""Milliseconds for a page by one field, by several, and by several that never meet: it gives up after a second."""
BESIDE_GOAL, PUSH_GOAL = AtMost(3), AtMost(200)


@dataclass(frozen=True)
class Search:
    """What is asked for; `draw` gives the parameters of the next one."""

    name: str
    draw: Callable[[Random], dict[str, object]]
    project: str = ""
    has_pages: bool = True
    """Are there pages far down? Not where hardly anything fits."""
    goal: AtMost = ONE_GOAL


def searches(now: float) -> list[Search]:
    """Every field, and several together: rare and frequent, few and none."""
    return [
        Search("everything", lambda _: {}),
        Search("actor, a robot", lambda chance: {"actor": _robot(chance)}),
        Search("actor, a person", lambda chance: {"actor": f"person-{chance.randrange(history.PEOPLE)}"}),
        Search("kind, pulls", lambda _: {"kind": "manifest.pulled"}),
        Search("kind, rare", lambda _: {"kind": "robot.rotated"}),
        Search("repository", lambda chance: {"repository": _repository(chance)}),
        Search("address of many", lambda chance: {"address": chance.choice(history.GATEWAYS)}),
        Search("address of one", lambda chance: {"address": f"10.2.{chance.randrange(8)}.{chance.randrange(250)}"}),
        Search("address, rare", lambda _: {"address": history.RARE_ADDRESS}, has_pages=False),
        Search("object", lambda chance: {"object": f"user:person-{chance.randrange(history.PEOPLE)}"}, has_pages=False),
        Search("outcome, refused", lambda _: {"outcome": "refused"}),
        Search("outcome, done", lambda _: {"outcome": "done"}),
        Search("request", lambda chance: {"request_id": f"{chance.randrange(50):010x}-000001"}, has_pages=False),
        Search("agent", lambda chance: {"agent": chance.choice(history.AGENTS)}),
        Search("a day", lambda chance: _day(chance, now), has_pages=False),
        Search("a day's refusals", lambda chance: {"outcome": "refused", **_day(chance, now)}, has_pages=False),
        Search("a large project", lambda _: {}, "project-0"),
        Search("a small project", lambda _: {}, f"project-{history.PROJECTS - 1}"),
        *(
            replace(search, goal=SEVERAL_GOAL)
            for search in (
                Search("actor and kind", lambda chance: {"actor": _robot(chance), "kind": "manifest.pushed"}),
                Search(
                    "repository and kind", lambda chance: {"repository": _repository(chance), "kind": "tag.deleted"}
                ),
                Search("a project's pulls", lambda _: {"kind": "manifest.pulled"}, "project-0"),
                Search("a project's refusals", lambda _: {"outcome": "refused"}, "project-1"),
                Search("somebody in a large project", lambda chance: {"actor": _robot(chance)}, "project-2"),
            )
        ),
        Search("address and outcome that never meet", lambda _: _never("outcome", "refused"), "", False, NEVER_GOAL),
        Search("address and kind that never meet", lambda _: _never("kind", "blob.pushed"), "", False, NEVER_GOAL),
    ]


def _never(name: str, value: str) -> dict[str, object]:
    """Each of the two fits very many events, both together none."""
    return {"address": history.BROWSING, name: value}


def _robot(chance: Random) -> str:
    number = chance.randrange(history.ROBOTS)
    return f"robot$project-{number % history.PROJECTS}+ci-{number}"


def _repository(chance: Random) -> str:
    number = chance.randrange(history.REPOSITORIES)
    return f"project-{number % history.PROJECTS}/app-{number}"


def _day(chance: Random, now: float) -> dict[str, object]:
    since = now - chance.randrange(2, 364) * DAY
    return {"since": since, "until": since + DAY}


def run(ground: Ground) -> Outcome:
    """Pushes into an empty audit; then it is filled, and everything else is measured."""
    events = ground.count(EVENTS, 20_000)
    server = Moorage(ground.folder / "audit")
    server.folder.mkdir()
    with server:
        prepare(server)
        empty = pushing(ground, server, "empty")
        server.stop()
        now = time.time()
        began = time.perf_counter()
        ground.say(f"audit: {events:,} events")
        history.fill(server.data / "moorage.db", events, now)
        size = (server.data / "moorage.db").stat().st_size / 1e9
        ground.say(f"audit: filled in {time.perf_counter() - began:.0f} s, {size:.2f} GB")
        server.start()
        full = pushing(ground, server, "full")
        return Outcome(
            (
                Row(f"database with {events:,} events", "GB", Better.LOWER, Measure((size,))),
                *found(ground, server, searches(now), events),
                *searched_beside(ground, server),
                Row(f"pushes of a manifest, {PUSHERS} clients, no events yet", "pushes/s", Better.HIGHER, empty),
                Row(f"the same, {events:,} events", "pushes/s", Better.HIGHER, full),
                *forgotten_beside(ground, server),
            )
        )


def found(ground: Ground, server: Server, wanted: list[Search], events: int) -> list[Row]:
    """Milliseconds of a page of 100 by each search, from the newest on and from somewhere far down."""
    rows = []
    for search in wanted:
        ground.say(f"audit: {search.name}")
        for where in ("newest", "far down")[: 1 + search.has_pages]:
            samples = [asked(server, search, events, ground.seconds / 5, turn, where) for turn in range(ground.rounds)]
            rows.append(
                Row(f"page by {search.name}, {where}", "ms", Better.LOWER, Measure(tuple(samples)), goal=search.goal)
            )
    return rows


def asked(server: Server, search: Search, events: int, seconds: float, turn: int, where: str) -> float:
    """The median of so many seconds of one request after another, each with values of its own."""
    chance = Random(f"{search.name} {turn} {where}")
    took: list[float] = []
    with Connection(server.port) as connection:
        end = time.perf_counter() + seconds
        while len(took) < 5 or time.perf_counter() < end:
            cursor = {"after": chance.randrange(events // 10, events)} if where == "far down" else {}
            took.append(_ask(connection, server, search.project, {**search.draw(chance), **cursor}))
    return median(took)


def _ask(connection: Connection, server: Server, project: str, query: dict[str, object]) -> float:
    path = f"/api/v1/projects/{project}/audit" if project else "/api/v1/audit"
    started = time.perf_counter()
    connection.ask("GET", f"{path}?{urlencode(query)}", server.password()).must_be(200)
    return (time.perf_counter() - started) * 1000


def searched_beside(ground: Ground, server: Server) -> list[Row]:
    """Pulls while somebody asks again and again for what never meets."""
    token = server.authorization(SCOPE)
    idle, busy = [], []
    for turn in range(ground.rounds):
        ground.say(f"audit: pulls beside a search, round {turn + 1} of {ground.rounds}")
        idle.append(slowest(pulls(server, token, after(ground.seconds))))
        with beside(lambda: _search_forever(server)):
            busy.append(slowest(pulls(server, token, after(ground.seconds))))
    calm, crowded = Measure(tuple(idle)), Measure(tuple(busy))
    return [
        Row("99th percentile of pulls, nobody else there", "ms", Better.LOWER, calm),
        Row("99th percentile of pulls beside a search that never ends", "ms", Better.LOWER, crowded),
        Row("the same : nobody there", "x", Better.LOWER, crowded.over(calm), goal=BESIDE_GOAL),
    ]


def _search_forever(server: Server) -> None:
    with Connection(server.port) as connection:
        while True:
            _ask(connection, server, "", _never("kind", "blob.pushed"))


def pushing(ground: Ground, server: Server, name: str) -> Measure:
    """Manifests a second, each with a tag and an event, into one repository."""
    each = ground.count(500, 20)
    authorization = server.repository(REPOSITORY)

    def client(turn: int, number: int) -> Client:
        def work(wait: Callable[[], None]) -> None:
            with Connection(server.port) as connection:
                contents = [empty_index(f"{name} {turn} {number} {at}") for at in range(each)]
                wait()
                for at, content in enumerate(contents):
                    push.manifest(connection, REPOSITORY, f"t{number}-{at}", content, authorization, IMAGE_INDEX)

        return work

    ground.say(f"audit: pushes, {name}")
    rates = [
        PUSHERS * each / together([client(turn, number) for number in range(PUSHERS)]) for turn in range(ground.rounds)
    ]
    return Measure(tuple(rates))


def forgotten_beside(ground: Ground, server: Server) -> list[Row]:
    """Pulls and pushes while a tenth of the events is old enough to be forgotten."""
    token, authorization = server.authorization(SCOPE), server.repository(REPOSITORY)
    quiet, pulled, pushed, rates = [], [], [], []
    for turn in range(ground.rounds):
        ground.say(f"audit: forgetting, round {turn + 1} of {ground.rounds}")
        quiet.append(slowest(_pushes(server, authorization, f"quiet {turn}", after(ground.seconds))))
        before, began = _old(server.data), time.perf_counter()
        with beside(lambda: _forget(server.data)):
            pulled.append(slowest(pulls(server, token, after(ground.seconds))))
            pushed.append(slowest(_pushes(server, authorization, f"beside {turn}", after(ground.seconds))))
        rates.append((before - _old(server.data)) / (time.perf_counter() - began))
    return [
        Row("events forgotten while others pull and push", "events/s", Better.HIGHER, Measure(tuple(rates))),
        Row("99th percentile of pulls meanwhile", "ms", Better.LOWER, Measure(tuple(pulled))),
        Row("99th percentile of pushes, one client, nothing else", "ms", Better.LOWER, Measure(tuple(quiet))),
        Row("99th percentile of pushes meanwhile", "ms", Better.LOWER, Measure(tuple(pushed)), goal=PUSH_GOAL),
    ]


def _old(data: Path) -> int:
    """How many events are to be forgotten."""
    old = time.time() - KEEP
    with closing(sqlite3.connect(data / "moorage.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM events WHERE happened_at < ?", (old,)).fetchone()[0])


def _forget(data: Path) -> None:
    """A round as a second worker of the server would take it."""
    from moorage.adapters.sql.sqlite import SqliteRecords
    from moorage.service.read_audit import ReadAudit

    asyncio.run(ReadAudit(SqliteRecords(data), time.time, KEEP).forget())


def _pushes(server: Server, authorization: str, name: str, is_over: Callable[[], bool]) -> list[float]:
    took: list[float] = []
    with Connection(server.port) as connection:
        while not is_over():
            content = empty_index(f"{name} {len(took)}")
            started = time.perf_counter()
            push.manifest(connection, REPOSITORY, "beside", content, authorization, IMAGE_INDEX)
            took.append((time.perf_counter() - started) * 1000)
    return took


@contextmanager
def beside(work: Callable[[], None]) -> Iterator[None]:
    """Let it work in a process of its own meanwhile."""
    process = multiprocessing.get_context("fork").Process(target=work, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()
