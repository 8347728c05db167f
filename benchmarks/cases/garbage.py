"""Collecting the same garbage beside few images and beside many: the cost is that of the garbage, not of the store.

Then once more beside the many, while others pull and push.
"""

import json
import time
from itertools import islice
from random import Random

from benchmarks import images
from benchmarks.cases import garbage_beside
from benchmarks.cases.garbage_beside import Noticed
from benchmarks.figures import AtMost, Better, Measure, Outcome, Row
from benchmarks.ground import Ground
from benchmarks.servers import Moorage, Server
from benchmarks.wire import Connection

FEW, MANY, DELETED = 1_000, 100_000, 1_000
LOUD = 3
"""So many times as many are deleted for a collection that lasts long enough for others to notice it."""
FLAT_GOAL = AtMost(1.5)


class ForGood(Moorage):
    """What is deleted there cannot be brought back, so that it is garbage at once."""

    def environment(self) -> dict[str, str]:
        """As ever, without a trash."""
        return {**super().environment(), "MOORAGE_UNDELETE_DAYS": "0"}


def run(ground: Ground) -> Outcome:
    """Delete so many images of each store by the protocol, and have them collected with no time to rest."""
    deleted = ground.count(DELETED, 50)
    rows: list[Row] = []
    collected: list[Measure] = []
    noticed: list[Noticed] = []
    for live in (ground.count(FEW, 50), ground.count(MANY, 500)):
        asked, took, status, noticed = _measure(ground, live, deleted)
        collected.append(took)
        beside = f"{deleted:,} of {_every(ground, live, deleted):,} images"
        rows += [
            Row(f"delete {beside}", "s", Better.LOWER, asked),
            Row(f"collect {beside}", "s", Better.LOWER, took),
            Row("status, with that much garbage", "ms", Better.LOWER, status),
        ]
    flat = collected[1].over(collected[0])
    rows.append(Row("collect, many images : few", "x", Better.LOWER, flat, goal=FLAT_GOAL))
    return Outcome((*rows, *garbage_beside.rows(noticed, LOUD * deleted)))


def _every(ground: Ground, live: int, deleted: int) -> int:
    """How many images there are to begin with."""
    return live + ground.rounds * (1 + LOUD) * deleted


def _measure(ground: Ground, live: int, deleted: int) -> tuple[Measure, Measure, Measure, list[Noticed]]:
    """Seconds to delete, seconds to collect, milliseconds of a status before that; round by round.

    And what others notice of larger collections.
    """
    server = ForGood(ground.folder / f"garbage-{live}")
    server.folder.mkdir()
    with server:
        server.stop()
        every = _every(ground, live, deleted)
        ground.say(f"garbage: {every:,} images")
        images.fill(server.data, every, time.time())
        server.start()
        chosen = iter(Random("garbage").sample(range(every), every - live))
        samples, noticed = [], []
        for turn in range(ground.rounds):
            ground.say(f"garbage: round {turn + 1} of {ground.rounds}")
            samples.append(_round(server, list(islice(chosen, deleted))))
            noticed.append(_notice(server, list(islice(chosen, LOUD * deleted)), ground.seconds, turn))
        asked, took, status = zip(*samples, strict=True)
        return Measure(asked), Measure(took), Measure(status), noticed


def _round(server: Server, numbers: list[int]) -> tuple[float, float, float]:
    with Connection(server.port) as connection:
        started = time.perf_counter()
        _delete(connection, server, numbers)
        asked = time.perf_counter() - started
        started = time.perf_counter()
        connection.ask("GET", "/api/v1/gc", server.password()).must_be(200)
        status = (time.perf_counter() - started) * 1000
        started = time.perf_counter()
        _collect_all(connection, server, numbers)
        return asked, time.perf_counter() - started, status


def _notice(server: Server, numbers: list[int], seconds: float, turn: int) -> Noticed:
    with Connection(server.port) as connection:

        def collect() -> None:
            _collect_all(connection, server, numbers)

        _delete(connection, server, numbers)
        return garbage_beside.notice(server, seconds, collect, turn)


def _delete(connection: Connection, server: Server, numbers: list[int]) -> None:
    for number in numbers:
        path = f"/v2/{images.repository_of(number)}/manifests/{images.digest_of(images.manifest_of(number))}"
        connection.ask("DELETE", path, server.password()).must_be(202)


def _collect_all(connection: Connection, server: Server, numbers: list[int]) -> None:
    gone = 0
    while gone < images.OWN * len(numbers):
        gone += _collect(connection, server)


def _collect(connection: Connection, server: Server) -> int:
    wish, kind = json.dumps({"grace_hours": 0}).encode(), "application/json"
    answer = connection.ask("POST", "/api/v1/gc", server.password(), body=wish, Content_Type=kind).must_be(200)
    return int(json.loads(answer.body)["took"]["blobs"])
