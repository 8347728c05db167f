"""One client that pulls an image at a steady pace, and what the slowest of its pulls took."""

import time
from collections.abc import Callable
from statistics import quantiles

from benchmarks import push
from benchmarks.content import config, manifest
from benchmarks.servers import Server
from benchmarks.wire import Connection

REPOSITORY = "bench/pulled"
SCOPE = f"repository:{REPOSITORY}:pull"
PACE_SECONDS = 0.002


def prepare(server: Server) -> None:
    """An image that everybody may pull."""
    pushing = server.repository(REPOSITORY)
    with Connection(server.port) as connection:
        about = config(REPOSITORY, [])
        push.blob(connection, REPOSITORY, about, pushing)
        push.manifest(connection, REPOSITORY, "latest", manifest(about, [], "pulled"), pushing)


def after(seconds: float) -> Callable[[], bool]:
    """Is this time over?"""
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() >= end


def pulls(server: Server, token: str, is_over: Callable[[], bool]) -> list[float]:
    """Milliseconds of each pull of a manifest, one after another at a pace that leaves the server idle between."""
    took: list[float] = []
    with Connection(server.port) as connection:
        while not is_over():
            started = time.perf_counter()
            connection.ask("GET", f"/v2/{REPOSITORY}/manifests/latest", token).must_be(200)
            took.append((time.perf_counter() - started) * 1000)
            time.sleep(PACE_SECONDS)
    return took


def slowest(took: list[float]) -> float:
    """The 99th percentile."""
    return quantiles(took, n=100)[-1]
