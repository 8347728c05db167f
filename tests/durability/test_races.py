"""Many clients change the same things at once: every answer is a proper one, and the outcome one that they tell of."""

import json
import random
from collections import Counter

from tests.durability.support.client import WAYS, Client
from tests.durability.support.crowd import together
from tests.durability.support.folder import mislabelled, rows
from tests.support.content import CONFIG, digest_of, image
from tests.support.server import Server


def give_config(server: Server, repository: str) -> None:
    """The config that all images share."""
    with Client(server) as client:
        assert WAYS[0](client, repository, CONFIG).status == 201


def numbered(number: int) -> bytes:
    """An image like no other."""
    return image(annotations={"number": str(number)})


def moves(server: Server, repository: str, tag: str) -> list[tuple[str | None, str | None]]:
    """From where to where the tag went, the oldest move first."""
    found = rows(
        server.data,
        "SELECT moved_from, moved_to FROM tag_moves m JOIN repositories r ON r.id = m.repository_id"
        f" WHERE r.name = '{repository}' AND m.tag = '{tag}' ORDER BY m.id",
    )
    return [(before, after) for before, after in found]


def is_chain(history: list[tuple[str | None, str | None]]) -> bool:
    """Each move begins where the one before ended, the first from nowhere; none stays in place."""
    ends: list[str | None] = [None, *(after for _, after in history)]
    return all(before == end and before != after for (before, after), end in zip(history, ends, strict=False))


def test_one_blob(server: Server, repository: str) -> None:
    """A blob that many push at once in every way is theirs all, and there once."""
    for size in (1, 300_000, 3_000_000):
        content = random.Random(size).randbytes(size)

        def push(client: Client, number: int, content: bytes = content) -> list[int]:
            return [WAYS[number % len(WAYS)](client, f"{repository}-{number % 3}", content).status]

        assert together(server, 8, push) == [201] * 8
        digest = digest_of(content)
        for number in range(3):
            with Client(server) as client:
                assert client.blob(f"{repository}-{number}", digest).body == content
        assert rows(server.data, f"SELECT count(*) FROM blobs WHERE digest = '{digest}'") == [(1,)]
    assert not mislabelled(server.data)


def test_push_and_delete(server: Server, repository: str) -> None:
    """A manifest pushed by some and deleted by others is there or not; its tag's history tells of all that happened."""
    give_config(server, repository)
    content = numbered(0)

    def push_or_delete(client: Client, number: int) -> list[int]:
        if number % 2:
            return [client.manifest(repository, digest_of(content), "DELETE").status for _ in range(30)]
        return [client.put_manifest(repository, "moving", content).status for _ in range(30)]

    statuses = Counter(together(server, 6, push_or_delete))
    assert statuses[201] == 90
    assert statuses.keys() <= {201, 202, 404}
    history = moves(server, repository, "moving")
    assert is_chain(history)
    assert len([after for _, after in history if after is None]) == statuses[202]
    with Client(server) as client:
        found = client.manifest(repository, "moving")
    assert (found.status, found.body) == (200, content) if history[-1][1] else found.status == 404


def test_one_tag(server: Server, repository: str) -> None:
    """A tag that 16 clients move a thousand times names what was last put there, and its history is a chain."""
    give_config(server, repository)

    def move(client: Client, number: int) -> list[int]:
        return [client.put_manifest(repository, "latest", numbered(step)).status for step in range(number, 1000, 16)]

    assert together(server, 16, move) == [201] * 1000
    history = moves(server, repository, "latest")
    assert is_chain(history)
    assert len(history) == 1000
    with Client(server) as client:
        assert client.manifest(repository, "latest").headers["docker-content-digest"] == history[-1][1]


def test_a_thousand_tags(server: Server, repository: str) -> None:
    """A thousand tags that are made at once are all there, and so is each one's image."""
    give_config(server, repository)

    def tag(client: Client, number: int) -> list[int]:
        return [
            client.put_manifest(repository, f"tag-{step:04}", numbered(step % 7)).status
            for step in range(number, 1000, 16)
        ]

    assert together(server, 16, tag) == [201] * 1000
    with Client(server) as client:
        listed = json.loads(client.ask("GET", f"/v2/{repository}/tags/list").body)["tags"]
        assert listed == [f"tag-{step:04}" for step in range(1000)]
        assert client.manifest(repository, "tag-0123").body == numbered(123 % 7)


def test_delete_a_repository(server: Server, repository: str) -> None:
    """A repository that is deleted while images go into it takes them or tells what is missing, and breaks nothing."""
    path = f"/api/v1/projects/durable/repositories/{repository.removeprefix('durable/')}"

    def push_or_delete(client: Client, number: int) -> list[int]:
        statuses = []
        for step in range(25):
            if number == 0:
                statuses.append(client.ask("DELETE", path).status)
                continue
            content = random.Random(f"{number}/{step}").randbytes(100 * step)
            statuses.append(WAYS[step % len(WAYS)](client, repository, content).status)
            WAYS[number % len(WAYS)](client, repository, CONFIG)
            statuses.append(client.put_manifest(repository, f"tag-{number}", image(content)).status)
        return statuses

    statuses = Counter(together(server, 5, push_or_delete))
    assert statuses.keys() <= {201, 204, 404}, statuses
    assert statuses[201] > 0
    assert statuses[204] > 0
    give_config(server, repository)
    with Client(server) as client:
        assert client.put_manifest(repository, "after", numbered(0)).status == 201
        assert client.manifest(repository, "after").body == numbered(0)
