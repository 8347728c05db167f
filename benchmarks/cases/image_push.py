"""Push of images of 1 MiB by 10 clients at once, into one repository and into a new one for each image."""

import os
from collections.abc import Callable
from random import Random

from benchmarks import push
from benchmarks.content import Image, image
from benchmarks.crowd import Client, together
from benchmarks.figures import AtLeast, Better, Outcome
from benchmarks.ground import Ground, row
from benchmarks.servers import Server
from benchmarks.wire import Connection

MIB = 1024 * 1024
CLIENTS = 10
GOAL = AtLeast(1.0)


def run(ground: Ground) -> Outcome:
    """Layer, config and manifest of every image are new; tokens are fetched before the clock runs."""
    each = ground.count(40, 5)
    rows = []
    with ground.serving() as servers:
        for many in (False, True):
            where = "a repository each" if many else "one repository"
            ground.say(f"image-push: {CLIENTS * each} images into {where}")

            def act(server: Server, turn: int, many: bool = many) -> float:  # noqa: FBT001 - bound, never passed
                return pushing(server, turn, each, many=many)

            case = f"push of 1 MiB images, {CLIENTS} clients, {where}"
            rows.append(row(case, "images/s", Better.HIGHER, ground.compare(servers, act), GOAL))
    return Outcome(tuple(rows))


def pushing(server: Server, turn: int, each: int, *, many: bool) -> float:
    """Images per second over all clients."""

    def client(number: int) -> Client:
        chance = Random(f"{turn} {number} {many}")
        jobs: list[tuple[str, str, Image]] = []
        for at in range(each):
            name = f"bench/many-{turn}-{number}-{at}" if many else "bench/one"
            jobs.append((name, server.repository(name), image(chance, MIB)))

        def work(wait: Callable[[], None]) -> None:
            with Connection(server.port) as connection:
                wait()
                for at, (name, authorization, content) in enumerate(jobs):
                    push.image(connection, name, f"t{turn}-{number}-{at}", content, authorization)

        return work

    clients = [client(number) for number in range(CLIENTS)]
    os.sync()
    return CLIENTS * each / together(clients)
