"""Push of a 1 GiB layer, as containerd does it and as Docker does it, and what its bare work costs alone."""

import hashlib
import os
import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import push
from benchmarks.content import PIECE, Source
from benchmarks.figures import AtLeast, AtMost, Better, Measure, Outcome, Row
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


WAYS = ("side by side", "one after the other")


def run(ground: Ground) -> Outcome:
    """Both flows on both servers and the bare work, in an order that turns with each round.

    A disk may be slower where it was never written, so every job keeps what it wrote until the end, and a
    push is set against the bare work of the same round.
    """
    size = ground.count(1024, 32) * MIB
    rounds = 2 * ground.rounds - 1
    source = Source.random(ground.folder / "layer", size - 32)
    seconds: dict[tuple[str, str], list[float]] = {}
    with ground.serving() as servers, TemporaryDirectory(dir=ground.folder) as bare:
        jobs: dict[tuple[str, str], Callable[[int], float]] = {
            (server.name, flow): partial(pushing, server, source, flow) for flow in FLOWS for server in servers
        }
        jobs |= {("alone", way): partial(writing, source, Path(bare), way) for way in WAYS}
        for turn in range(rounds):
            ground.say(f"large-push: round {turn + 1} of {rounds}, {size // MIB} MiB each")
            order = [*jobs][turn:] + [*jobs][:turn]
            for job in order:
                seconds.setdefault(job, []).append(jobs[job](turn))
    source.path.unlink()
    measures = {job: Measure(tuple(samples)) for job, samples in seconds.items()}
    return Outcome(tuple(lines(f"push of a {size // MIB} MiB layer", measures)))


def lines(name: str, measures: dict[tuple[str, str], Measure]) -> list[Row]:
    """A line for each flow, for each bare way, and for each flow set against each bare way."""

    def line(flow: str) -> Row:
        by_server = {server: measure for (server, what), measure in measures.items() if what == flow}
        return row(f"{name}, {flow}", "s", Better.LOWER, by_server, GOAL)

    def alone(way: str) -> Row:
        case = f"write, fsync and sha256 of it alone, {way}"
        return Row(case, "s", Better.LOWER, alone=measures["alone", way])

    def share(flow: str, way: str) -> Row:
        pairs = {
            server: measure.over(measures["alone", way])
            for (server, what), measure in measures.items()
            if what == flow and server == Moorage.name
        }
        return row(f"{name}, {flow} : alone, {way}", "x", Better.LOWER, pairs, BARE_GOAL)

    return [
        *(line(flow) for flow in FLOWS),
        *(alone(way) for way in WAYS),
        *(share(flow, way) for way in WAYS for flow in FLOWS),
    ]


def pushing(server: Server, source: Source, flow: str, _turn: int) -> float:
    """Seconds from the first byte of the POST to the answer of the PUT."""
    tail, digest = source.variant()
    authorization = server.repository(REPOSITORY)
    os.sync()
    with Connection(server.port) as connection:
        started = time.perf_counter()
        FLOWS[flow](connection, REPOSITORY, source, tail, digest, authorization)
        return time.perf_counter() - started


def writing(source: Source, folder: Path, way: str, turn: int) -> float:
    """Seconds to write the source to a new file, hash it and fsync it; the bytes come from the page cache."""
    work = side_by_side if way == WAYS[0] else one_after_the_other
    os.sync()
    with source.path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as pages:
        view = memoryview(pages)
        started = time.perf_counter()
        out = os.open(folder / f"{way} {turn}", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        work(view, out)
        os.fsync(out)
        took = time.perf_counter() - started
        os.close(out)
        view.release()
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
