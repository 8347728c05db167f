"""Collecting the same garbage beside few images and beside many: the cost is that of the garbage, not of the store."""

import json
import time
from random import Random

from benchmarks import images
from benchmarks.figures import AtMost, Better, Measure, Outcome, Row
from benchmarks.ground import Ground
from benchmarks.servers import Moorage, Server
from benchmarks.wire import Connection

FEW, MANY, DELETED = 1_000, 100_000, 1_000
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
    for live in (ground.count(FEW, 50), ground.count(MANY, 500)):
        asked, took, status = _measure(ground, live, deleted)
        collected.append(took)
        beside = f"{deleted:,} of {live + ground.rounds * deleted:,} images"
        rows += [
            Row(f"delete {beside}", "s", Better.LOWER, asked),
            Row(f"collect {beside}", "s", Better.LOWER, took),
            Row("status, with that much garbage", "ms", Better.LOWER, status),
        ]
    flat = collected[1].over(collected[0])
    return Outcome((*rows, Row("collect, many images : few", "x", Better.LOWER, flat, goal=FLAT_GOAL)))


def _measure(ground: Ground, live: int, deleted: int) -> tuple[Measure, Measure, Measure]:
    """Seconds to delete, seconds to collect, milliseconds of a status before that; round by round."""
    server = ForGood(ground.folder / f"garbage-{live}")
    server.folder.mkdir()
    with server:
        server.stop()
        every = live + ground.rounds * deleted
        ground.say(f"garbage: {every:,} images")
        images.fill(server.data, every, time.time())
        server.start()
        chosen = Random("garbage").sample(range(every), ground.rounds * deleted)
        samples = []
        for turn in range(ground.rounds):
            ground.say(f"garbage: round {turn + 1} of {ground.rounds}")
            samples.append(_round(server, chosen[turn * deleted : (turn + 1) * deleted]))
        asked, took, status = zip(*samples, strict=True)
        return Measure(asked), Measure(took), Measure(status)


def _round(server: Server, numbers: list[int]) -> tuple[float, float, float]:
    with Connection(server.port) as connection:
        started = time.perf_counter()
        for number in numbers:
            path = f"/v2/{images.repository_of(number)}/manifests/{images.digest_of(images.manifest_of(number))}"
            connection.ask("DELETE", path, server.password()).must_be(202)
        asked = time.perf_counter() - started
        started = time.perf_counter()
        connection.ask("GET", "/api/v1/gc", server.password()).must_be(200)
        status = (time.perf_counter() - started) * 1000
        started = time.perf_counter()
        gone = 0
        while gone < images.OWN * len(numbers):
            gone += _collect(connection, server)
        return asked, time.perf_counter() - started, status


def _collect(connection: Connection, server: Server) -> int:
    wish, kind = json.dumps({"grace_hours": 0}).encode(), "application/json"
    answer = connection.ask("POST", "/api/v1/gc", server.password(), body=wish, Content_Type=kind).must_be(200)
    return int(json.loads(answer.body)["took"]["blobs"])
