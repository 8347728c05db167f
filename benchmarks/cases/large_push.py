"""Push of a 1 GiB layer, as containerd does it and as Docker does it, and what its bare work costs alone."""

import hashlib
import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from mmap import ACCESS_READ, mmap
from pathlib import Path

from benchmarks import push
from benchmarks.content import PIECE, Source
from benchmarks.figures import AtLeast, AtMost, Better, Measure, Outcome
from benchmarks.ground import Ground, row
from benchmarks.servers import Moorage, Server
from benchmarks.wire import Connection

MIB = 1024 * 1024
REPOSITORY = "bench/layer"
GOAL = AtLeast(1.0)
BARE_GOAL = AtMost(1.3)
FLOWS: dict[str, Callable[[Connection, str, Source, bytes, str, str], None]] = {
    "one PUT": push.layer_by_put,
    "chunked PATCH as Docker does": push.layer_by_patch,
}


def run(ground: Ground) -> Outcome:
    """Both flows on both servers and the bare work in turns, the disk quiet before each."""
    size = ground.count(1024, 32) * MIB
    source = Source.random(ground.folder / "layer", size - 32)
    seconds: dict[str, dict[str, list[float]]] = {flow: {} for flow in FLOWS}
    bare: dict[str, list[float]] = {"side by side": [], "one after the other": []}
    with ground.serving() as servers:
        for turn in range(ground.rounds):
            ground.say(f"large-push: round {turn + 1} of {ground.rounds}, {size // MIB} MiB each")
            for flow in FLOWS:
                for server in servers:
                    took = pushing(server, source, flow)
                    seconds[flow].setdefault(server.name, []).append(took)
            bare["side by side"].append(writing(source, ground.folder / "bare", side_by_side))
            bare["one after the other"].append(writing(source, ground.folder / "bare", one_after_the_other))
    source.path.unlink()
    name = f"push of a {size // MIB} MiB layer"
    rows = []
    for flow, by_server in seconds.items():
        measures = {server: Measure(tuple(samples)) for server, samples in by_server.items()}
        rows.append(row(f"{name}, {flow}", "s", Better.LOWER, measures, GOAL))
    for way, samples in bare.items():
        alone = Measure(tuple(samples))
        rows.append(
            replace(row(f"write, fsync and sha256 of it alone, {way}", "s", Better.LOWER, {}), alone=alone)
        )
        for flow, by_server in seconds.items():
            shares = {
                server: Measure(tuple(sample / alone.median for sample in samples))
                for server, samples in by_server.items()
                if server == Moorage.name
            }
            rows.append(row(f"{name}, {flow} : alone, {way}", "x", Better.LOWER, shares, BARE_GOAL))
    return Outcome(tuple(rows))


def pushing(server: Server, source: Source, flow: str) -> float:
    """Seconds from the first byte of the POST to the answer of the PUT."""
    tail, digest = source.variant()
    authorization = server.repository(REPOSITORY)
    os.sync()
    with Connection(server.port) as connection:
        started = time.perf_counter()
        FLOWS[flow](connection, REPOSITORY, source, tail, digest, authorization)
        return time.perf_counter() - started


def writing(source: Source, target: Path, way: Callable[[memoryview, int], str]) -> float:
    """Seconds to write the source to a new file, hash it and fsync it; the bytes come from the page cache."""
    os.sync()
    with source.path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as pages:
        view = memoryview(pages)
        started = time.perf_counter()
        out = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        way(view, out)
        os.fsync(out)
        took = time.perf_counter() - started
        os.close(out)
        view.release()
    target.unlink()
    return took


def one_after_the_other(view: memoryview, out: int) -> str:
    """Piece by piece: hash, then write."""
    state = hashlib.sha256()
    for start in range(0, len(view), PIECE):
        piece = view[start : start + PIECE]
        state.update(piece)
        os.write(out, piece)
    return state.hexdigest()


def side_by_side(view: memoryview, out: int) -> str:
    """A thread hashes while this one writes, at most 16 pieces apart."""
    state = hashlib.sha256()
    pieces: queue.Queue[memoryview | None] = queue.Queue(16)

    def digest() -> None:
        while (piece := pieces.get()) is not None:
            state.update(piece)

    thread = threading.Thread(target=digest)
    thread.start()
    for start in range(0, len(view), PIECE):
        piece = view[start : start + PIECE]
        pieces.put(piece)
        os.write(out, piece)
    pieces.put(None)
    thread.join()
    return state.hexdigest()
