"""GET of blobs of 64 MiB over 1 and 16 connections; the client drops the bytes inside the kernel."""

import hashlib
import itertools
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks import push
from benchmarks.content import Source
from benchmarks.figures import AtLeast, Better, Outcome
from benchmarks.ground import Ground, row
from benchmarks.servers import Server
from benchmarks.wire import Connection

MIB = 1024 * 1024
BLOB_MIB = 64
BLOBS = 4
REPOSITORY = "bench/large"
CONNECTIONS = (1, 16)
GOAL = AtLeast(1.0)


def run(ground: Ground) -> Outcome:
    """Push the same blobs to each server, read each back once to check it, then GET them in turn."""
    size = ground.count(BLOB_MIB, 8) * MIB
    source = Source.random(ground.folder / "large", size - 32)
    variants = [source.variant() for _ in range(BLOBS)]
    paths = [f"/v2/{REPOSITORY}/blobs/{digest}" for _, digest in variants]
    gets = {1: ground.count(48, 8), 16: ground.count(128, 32)}
    rows = []
    with ground.serving() as servers:
        for server in servers:
            ground.say(f"large-reads: {BLOBS} blobs of {size // MIB} MiB into {server.name}")
            with Connection(server.port) as connection:
                authorization = server.repository(REPOSITORY)
                for tail, digest in variants:
                    push.layer_by_put(connection, REPOSITORY, source, tail, digest, authorization)
                for path in paths:
                    body = connection.ask("GET", path, authorization).must_be(200).body
                    if not path.endswith(hashlib.sha256(body).hexdigest()):
                        raise ValueError(f"{server.name} served other bytes than were pushed: {path}")
        for connections in CONNECTIONS:
            plural = "s" if connections > 1 else ""
            case = f"GET blobs of {size // MIB} MiB, {connections} connection{plural}"
            ground.say(f"large-reads: {case}")

            def act(server: Server, _turn: int, connections: int = connections) -> float:
                return read(server, paths, connections, gets[connections])

            rows.append(row(case, "MiB/s", Better.HIGHER, ground.compare(servers, act), GOAL))
    source.path.unlink()
    return Outcome(tuple(rows))


def read(server: Server, paths: list[str], connections: int, gets: int) -> float:
    """MiB per second over so many GETs, shared among so many connections."""
    authorization = server.repository(REPOSITORY)
    tickets = iter(range(gets))
    turns = itertools.cycle(paths)
    opened = [Connection(server.port) for _ in range(connections)]

    def client(connection: Connection) -> int:
        return sum(connection.drop(next(turns), authorization) for _ in tickets)

    with ThreadPoolExecutor(connections) as pool:
        started = time.perf_counter()
        total = sum(pool.map(client, opened))
        took = time.perf_counter() - started
    for connection in opened:
        connection.close()
    return total / MIB / took
