"""An upload that was broken off goes on where it stood, whatever broke it."""

import random

from tests.durability.support.client import Client
from tests.durability.support.folder import wait_until
from tests.support.content import digest_of
from tests.support.server import Server

MIB = 1024 * 1024
CHECKPOINT = 64 * MIB
REPOSITORY = "durable/resumed"


def go_on(server: Server, session: str, content: bytes, at_least: int) -> None:
    """As a client does: ask how far it is, send the rest, close, and read it back."""
    with Client(server) as client:
        found = client.status(session)
        assert found.status == 204
        assert at_least <= found.received <= len(content)
        assert client.append(session, content[found.received :], found.received).status == 202
        digest = digest_of(content)
        assert client.finish(session, digest).status == 201
        assert client.blob(REPOSITORY, digest).body == content


def test_after_a_kill(mortal: Server) -> None:
    """Chunks that were acknowledged before a SIGKILL are there after the restart, and what follows fits them."""
    content = random.Random(1).randbytes(5 * MIB)
    mortal.start()
    with Client(mortal) as client:
        session = client.begin(REPOSITORY)
        for start in range(0, 3 * MIB, MIB):
            assert client.append(session, content[start : start + MIB], start).status == 202
    mortal.kill()
    mortal.start()
    go_on(mortal, session, content, at_least=3 * MIB)


def test_after_a_broken_connection(server: Server) -> None:
    """What arrived before a connection broke in the middle of a PATCH is kept."""
    content = random.Random(2).randbytes(5 * MIB)
    with Client(server) as client:
        session = client.begin(REPOSITORY)
        client.begin_append(session, len(content), content[: 2 * MIB])
    with Client(server) as client:
        wait_until(lambda: client.status(session).received == 2 * MIB, lambda: client.status(session))
    go_on(server, session, content, at_least=2 * MIB)


def test_after_a_kill_in_the_middle(mortal: Server) -> None:
    """Of a long PATCH that a SIGKILL cuts off, the bytes up to the last checkpoint are kept."""
    content = random.Random(3).randbytes(CHECKPOINT + 20 * MIB)
    mortal.start()
    with Client(mortal) as sender, Client(mortal) as watcher:
        session = sender.begin(REPOSITORY)
        sender.begin_append(session, len(content), content[: CHECKPOINT + 10 * MIB])
        wait_until(lambda: watcher.status(session).received >= CHECKPOINT, lambda: watcher.status(session))
    mortal.kill()
    mortal.start()
    go_on(mortal, session, content, at_least=CHECKPOINT)


def test_of_other_bytes(mortal: Server) -> None:
    """Bytes of before a restart count in the digest: an upload that goes on with others than it says is refused."""
    content = random.Random(4).randbytes(3 * MIB)
    mortal.start()
    with Client(mortal) as client:
        session = client.begin(REPOSITORY)
        assert client.append(session, bytes(MIB)).status == 202
    mortal.kill()
    mortal.start()
    with Client(mortal) as client:
        assert client.append(session, content[MIB:], MIB).status == 202
        assert client.finish(session, digest_of(content)).status == 400
        assert client.blob(REPOSITORY, digest_of(content)).status == 404
