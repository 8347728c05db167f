"""Manifests by tag, and blobs of 4 KiB, at random among 1,000 repositories with 200 tags each."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from benchmarks import push
from benchmarks.content import Blob, config, manifest
from benchmarks.crowd import Client, together
from benchmarks.figures import AtLeast, Better, Outcome
from benchmarks.ground import Ground, row
from benchmarks.load import Target, heads, write_targets, wrk
from benchmarks.servers import Peer, Server
from benchmarks.tree import Tree
from benchmarks.wire import Connection

BLOB_BYTES = 4096
MANIFESTS = 10
"""Manifests in each repository; its tags are spread over them evenly."""

CONNECTIONS = 16
SEEDERS = 8
GOAL = AtLeast(8)


@dataclass(frozen=True)
class Shelf:
    """What one repository holds: a layer, a config, manifests; tag t<n> points at manifest n mod 10."""

    name: str
    layer: Blob
    config: Blob
    manifests: tuple[Blob, ...]

    @classmethod
    def number(cls, number: int) -> "Shelf":
        """The content of the repository with this number, the same for both servers."""
        name = f"bench/r{number:04}"
        layer = Blob.of(Random(number).randbytes(BLOB_BYTES))
        about = config(name, [layer.digest])
        described = [(BLOB_BYTES, layer.digest)]
        return cls(name, layer, about, tuple(manifest(about, described, f"{name} {n}") for n in range(MANIFESTS)))


def run(ground: Ground) -> Outcome:
    """Seed both servers alike, then GET manifests, HEAD and GET blobs."""
    tags = ground.count(200, MANIFESTS)
    shelves = [Shelf.number(number) for number in range(ground.count(1000, 20))]
    with ground.serving() as servers:
        for server in servers:
            ground.say(f"small-reads: {len(shelves)} repositories x {tags} tags into {server.name}")
            seed(server, shelves, tags)
        manifests = {
            server.name: [Target(f"/v2/{s.name}/manifests/t", server.repository(s.name)) for s in shelves]
            for server in servers
        }
        blobs = {
            server.name: [Target(f"/v2/{s.name}/blobs/{s.layer.digest}", server.repository(s.name)) for s in shelves]
            for server in servers
        }

        def gets(of: dict[str, list[Target]], tags: int) -> Callable[[Server, int], float]:
            def act(server: Server, turn: int) -> float:
                path = write_targets(server.folder / "targets", of[server.name])
                return wrk(server.port, path, tags=tags, connections=CONNECTIONS, seconds=ground.seconds, seed=turn)

            return act

        def act_heads(server: Server, turn: int) -> float:
            return heads(server.port, blobs[server.name], connections=CONNECTIONS, seconds=ground.seconds, seed=turn)

        kept = f"{len(shelves):,} repositories x {tags} tags"
        loads = (
            (f"GET manifest by tag, {CONNECTIONS} connections, {kept}", gets(manifests, tags)),
            (f"HEAD blob of 4 KiB, {CONNECTIONS} connections", act_heads),
            (f"GET blob of 4 KiB, {CONNECTIONS} connections", gets(blobs, 0)),
        )
        rows = []
        for case, act in loads:
            ground.say(f"small-reads: {case}")
            rows.append(row(case, "requests/s", Better.HIGHER, ground.compare(servers, act), GOAL))
        return Outcome(tuple(rows))


def seed(server: Server, shelves: list[Shelf], tags: int) -> None:
    """Put the shelves into a server: through HTTP, or straight into the peer's tree."""
    if isinstance(server, Peer):
        plant(Tree(server.data), shelves, tags)
        return

    def client(mine: list[Shelf]) -> Client:
        authorizations = [server.repository(shelf.name) for shelf in mine]

        def work(wait: Callable[[], None]) -> None:
            wait()
            with Connection(server.port) as connection:
                for shelf, authorization in zip(mine, authorizations, strict=True):
                    stock(connection, shelf, tags, authorization)

        return work

    together([client(shelves[n::SEEDERS]) for n in range(SEEDERS)])


def stock(connection: Connection, shelf: Shelf, tags: int, authorization: str) -> None:
    """Push one repository; each manifest brings its tags along."""
    push.blob(connection, shelf.name, shelf.layer, authorization)
    push.blob(connection, shelf.name, shelf.config, authorization)
    for number, content in enumerate(shelf.manifests):
        query = "&".join(f"tag=t{tag}" for tag in range(number, tags, MANIFESTS))
        push.manifest(connection, shelf.name, f"{content.digest}?{query}", content, authorization)


def plant(tree: Tree, shelves: list[Shelf], tags: int) -> None:
    """The same content as files of the peer."""
    for shelf in shelves:
        for content in (shelf.layer, shelf.config):
            tree.blob(content)
            tree.layer(shelf.name, content.digest)
        for content in shelf.manifests:
            tree.blob(content)
            tree.manifest(shelf.name, content.digest)
        for tag in range(tags):
            tree.tag(shelf.name, f"t{tag}", shelf.manifests[tag % MANIFESTS].digest)
