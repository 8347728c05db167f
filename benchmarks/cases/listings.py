"""A page of 100 of the catalogue and of tags/list, while they grow from 10 to 100,000 entries."""

from collections.abc import Callable, Sequence
from random import Random

from benchmarks import push
from benchmarks.content import IMAGE_INDEX, empty_index
from benchmarks.crowd import Client, together
from benchmarks.figures import AtMost, Better, Curve, Measure, Outcome, Row
from benchmarks.ground import Ground, row
from benchmarks.load import Target, latency
from benchmarks.servers import Moorage, Peer, Server
from benchmarks.tree import Tree
from benchmarks.wire import Connection

PAGE = 100
SIZES = (10, 1_000, 10_000, 100_000)
SMALL_SIZES = (10, 200, 2_000)
SEEDERS = 8
TAGS_AT_ONCE = 50
FLAT = AtMost(1.5)
"""Flat means: a page of the longest list takes at most 1.5 times one of the shortest full list."""


def run(ground: Ground) -> Outcome:
    """The catalogue first, measured as it grows; then one repository for each number of tags."""
    sizes = tuple(size for size in SIZES if size <= SIZES[-1] * ground.scale)
    if len(sizes) < len(SMALL_SIZES):
        sizes = SMALL_SIZES
    with ground.serving() as servers:
        catalogue: dict[int, dict[str, Measure]] = {}
        there = 0
        for size in sizes:
            for server in servers:
                ground.say(f"listings: {server.name} to {size:,} repositories")
                add_repositories(server, range(there, size))
            there = size
            catalogue[size] = pages(ground, servers, size, lambda _: "/v2/_catalog", "c", "registry:catalog:*")
        tags: dict[int, dict[str, Measure]] = {}
        for size in sizes:
            name = f"bench/tags-{size}"
            for server in servers:
                ground.say(f"listings: {server.name} to {size:,} tags in a repository")
                add_tags(server, name, size)
            tags[size] = pages(
                ground,
                servers,
                size,
                lambda size: f"/v2/bench/tags-{size}/tags/list",
                "t",
                f"repository:{name}:pull",
            )
    both = (("catalogue", "repositories", catalogue), ("tags/list", "tags", tags))
    return Outcome(
        tuple(line for name, noun, found in both for line in lines(name, noun, found)),
        tuple(curve for name, _, found in both for curve in curves(name, found)),
    )


def pages(
    ground: Ground,
    servers: Sequence[Server],
    size: int,
    path: Callable[[int], str],
    letter: str,
    scope: str,
) -> dict[str, Measure]:
    """Milliseconds a page takes, each after a random entry that leaves a full page to come."""

    def act(server: Server, turn: int) -> float:
        chance = Random(turn)
        authorization = server.authorization(scope)
        prefix = "bench/" if letter == "c" else ""
        targets = []
        for _ in range(500):
            query = f"?n={PAGE}"
            if size > PAGE:
                query += f"&last={prefix}{letter}{chance.randrange(size - PAGE):06}"
            targets.append(Target(path(size) + query, authorization))
        return latency(server.port, targets, seconds=ground.seconds / 3)

    return ground.compare(servers, act)


def lines(name: str, noun: str, found: dict[int, dict[str, Measure]]) -> list[Row]:
    """A line per size, and one that says how flat it was."""
    table = [
        row(f"{name}, page of {PAGE} of {size:,} {noun}", "ms", Better.LOWER, measures)
        for size, measures in found.items()
    ]
    shortest, longest = sorted(found)[1], max(found)
    flatness = {
        server: Measure((found[longest][server].median / found[shortest][server].median,)) for server in found[longest]
    }
    case = f"{name}, page of {longest:,} : page of {shortest:,}"
    return [*table, row(case, "x", Better.LOWER, flatness, FLAT)]


def curves(name: str, found: dict[int, dict[str, Measure]]) -> list[Curve]:
    """The same for the plot."""
    names = [server for server in (Moorage.name, Peer.name) if server in found[max(found)]]
    return [
        Curve(f"{name}, {server}", tuple(found), tuple(found[size][server].median for size in found))
        for server in names
    ]


def add_repositories(server: Server, numbers: range) -> None:
    """Repositories "bench/c000000" and on."""
    names = [f"bench/c{number:06}" for number in numbers]
    if isinstance(server, Peer):
        for name in names:
            Tree(server.data).repository(name)
        return
    index = empty_index("catalogue")
    authorization = server.password()

    def client(mine: list[str]) -> Client:
        def work(wait: Callable[[], None]) -> None:
            wait()
            with Connection(server.port) as connection:
                for name in mine:
                    push.manifest(connection, name, "latest", index, authorization, IMAGE_INDEX)

        return work

    together([client(names[n::SEEDERS]) for n in range(SEEDERS)])


def add_tags(server: Server, name: str, size: int) -> None:
    """Tags "t000000" and on, all on one manifest."""
    index = empty_index("tags")
    names = [f"t{number:06}" for number in range(size)]
    if isinstance(server, Peer):
        tree = Tree(server.data)
        tree.repository(name)
        tree.blob(index)
        tree.manifest(name, index.digest)
        for tag in names:
            tree.tag(name, tag, index.digest)
        return
    authorization = server.repository(name)
    with Connection(server.port) as connection:
        for start in range(0, size, TAGS_AT_ONCE):
            query = "&".join(f"tag={tag}" for tag in names[start : start + TAGS_AT_ONCE])
            push.manifest(connection, name, f"{index.digest}?{query}", index, authorization, IMAGE_INDEX)
