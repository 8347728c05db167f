"""Resident memory: idle, and while 8 clients push and then pull a layer of 5 GiB."""

import time
from collections.abc import Callable

from benchmarks import push
from benchmarks.content import Source
from benchmarks.crowd import Client, together
from benchmarks.figures import AtMost, Better, Measure, Outcome
from benchmarks.ground import Ground, row
from benchmarks.memory import Watch, resident
from benchmarks.servers import Server
from benchmarks.wire import Connection

MB = 1_000_000
MIB = 1024 * 1024
CLIENTS = 8
SETTLE_SECONDS = 3.0
IDLE_GOAL = AtMost(120)
GROWTH_GOAL = AtMost(64)


def run(ground: Ground) -> Outcome:
    """One server after the other, once: each needs up to nine times the layer's size on the disk."""
    size = ground.count(5 * 1024, 64) * MIB
    source = Source.sparse(ground.folder / "sparse", size - 32)
    idle: dict[str, Measure] = {}
    pushed: dict[str, Measure] = {}
    pulled: dict[str, Measure] = {}
    for kind in ground.kinds:
        with ground.serving(kind) as (server,):
            if server.process is None:
                raise RuntimeError("the server is not running")
            process = server.process.pid
            time.sleep(SETTLE_SECONDS)
            before = resident(process)
            idle[server.name] = Measure((before / MB,))
            tail, digest = source.variant()
            ground.say(f"memory: {CLIENTS} clients push {size // MIB} MiB to {server.name}")
            with Watch(process) as watch:
                together([pusher(server, number, source, tail, digest) for number in range(CLIENTS)])
            pushed[server.name] = Measure(((watch.peak - before) / MB,))
            ground.say(f"memory: {CLIENTS} clients pull {size // MIB} MiB from {server.name}")
            with Watch(process) as watch:
                together([puller(server, number, digest) for number in range(CLIENTS)])
            pulled[server.name] = Measure(((watch.peak - before) / MB,))
    source.path.unlink()
    what = f"{CLIENTS} clients {{}} a layer of {size // MIB} MiB"
    return Outcome(
        (
            row("resident memory, idle, one worker", "MB", Better.LOWER, idle, IDLE_GOAL),
            row(f"growth while {what.format('push')}", "MB", Better.LOWER, pushed, GROWTH_GOAL),
            row(f"growth while {what.format('pull')}", "MB", Better.LOWER, pulled, GROWTH_GOAL),
        )
    )


def repository(number: int) -> str:
    """Each client has a repository of its own."""
    return f"bench/memory-{number}"


def pusher(server: Server, number: int, source: Source, tail: bytes, digest: str) -> Client:
    """A client that pushes the layer; every second one does it as Docker does."""
    flow = push.layer_by_patch if number % 2 else push.layer_by_put
    authorization = server.repository(repository(number))

    def work(wait: Callable[[], None]) -> None:
        with Connection(server.port) as connection:
            wait()
            flow(connection, repository(number), source, tail, digest, authorization)

    return work


def puller(server: Server, number: int, digest: str) -> Client:
    """A client that reads the layer to its end."""
    authorization = server.repository(repository(number))

    def work(wait: Callable[[], None]) -> None:
        with Connection(server.port) as connection:
            wait()
            connection.drop(f"/v2/{repository(number)}/blobs/{digest}", authorization)

    return work
