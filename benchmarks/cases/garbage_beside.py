"""What others notice while garbage goes: the slowest of their pulls and pushes, and those with nothing to collect."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from benchmarks import push
from benchmarks.content import config, manifest
from benchmarks.figures import AtMost, Better, Measure, Row
from benchmarks.pulls import REPOSITORY, SCOPE, after, prepare, pulls, slowest
from benchmarks.servers import Server
from benchmarks.wire import Connection

PACE_SECONDS = 0.01
GOAL = AtMost(3)


class Slowest(NamedTuple):
    """Milliseconds that 99 of 100 pulls, and of 100 pushes, took at most."""

    pull: float
    push: float


class Noticed(NamedTuple):
    """Of one round: while nothing was collected, and while garbage was."""

    idle: Slowest
    busy: Slowest


def notice(server: Server, seconds: float, collect: Callable[[], object], turn: int) -> Noticed:
    """One client pulls and another pushes, for so long, and then until `collect` has ended."""
    prepare(server)
    with ThreadPoolExecutor(3) as pool:
        idle = _both(pool, server, after(seconds), f"idle {turn}")
        collecting = pool.submit(collect)
        busy = _both(pool, server, collecting.done, f"busy {turn}")
        collecting.result()
    return Noticed(idle, busy)


def _both(pool: ThreadPoolExecutor, server: Server, is_over: Callable[[], bool], salt: str) -> Slowest:
    pulling = pool.submit(pulls, server, server.authorization(SCOPE), is_over)
    pushed = _pushes(server, is_over, salt)
    return Slowest(slowest(pulling.result()), slowest(pushed))


def _pushes(server: Server, is_over: Callable[[], bool], salt: str) -> list[float]:
    """Milliseconds of each push of a manifest, whose config is there and named by another: no collection takes that."""
    token, about, took = server.repository(REPOSITORY), config(REPOSITORY, []), list[float]()
    with Connection(server.port) as connection:
        while len(took) < 2 or not is_over():
            content = manifest(about, [], f"{salt} {len(took)}")
            started = time.perf_counter()
            push.manifest(connection, REPOSITORY, f"t{len(took)}", content, token)
            took.append((time.perf_counter() - started) * 1000)
            time.sleep(PACE_SECONDS)
    return took


def rows(found: list[Noticed], deleted: int) -> list[Row]:
    """Each kind of request, then how many times as long it took."""
    told = []
    for what, place in (("pulls", 0), ("pushes of manifests", 1)):
        idle = Measure(tuple(one.idle[place] for one in found))
        busy = Measure(tuple(one.busy[place] for one in found))
        case = f"99th percentile of {what}"
        told += [
            Row(f"{case}, nothing to collect", "ms", Better.LOWER, idle),
            Row(f"{case} while {deleted:,} images are collected", "ms", Better.LOWER, busy),
            Row(f"{case}, collecting : not", "x", Better.LOWER, busy.over(idle), goal=GOAL),
        ]
    return told
