"""Many clients that do nothing good at once; those who pull and push must not notice."""

import resource
from collections.abc import Iterator

import pytest

from tests.support import content, raw
from tests.support.journal import faults
from tests.support.pushing import push_blob
from tests.support.raw import Connection, basic, request
from tests.support.server import Server

MIB = 1024 * 1024
LARGE = b"moorage!" * (4 * MIB)
CROWD = 1200


@pytest.fixture(scope="module")
def large(server: Server) -> bytes:
    """The path of a blob of 32 MiB, far more than the kernel buffers."""
    return f"/v2/crowd/large/blobs/{push_blob(server, 'crowd/large', LARGE)}".encode()


@pytest.fixture
def crowd(server: Server) -> Iterator[list[Connection]]:
    """Connections that a test opens, of which this allows many and closes all."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2 * CROWD + 1000:
        pytest.skip(f"the system allows {hard} open files only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    connections: list[Connection] = []
    yield connections
    for connection in connections:
        connection.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert faults(server) == []


def test_who_never_reads_holds_up_nobody(server: Server, large: bytes, crowd: list[Connection]) -> None:
    """Clients that ask for a large blob and read nothing keep no other from reading all of it."""
    for number in range(40):
        connection = Connection(server.port)
        crowd.append(connection)
        connection.send(request(b"GET", large, [basic(), *([(b"Range", b"bytes=1-")] if number % 2 else [])]))
    for _ in range(3):
        assert raw.ask(server.port, b"GET", large, [basic()]).body == LARGE
        assert raw.ask(server.port, b"GET", large, [basic(), (b"Range", b"bytes=8-15")]).body == b"moorage!"


def test_idle_and_slow_clients_hold_up_nobody(server: Server, large: bytes, crowd: list[Connection]) -> None:
    """A thousand connections that say nothing, half a header or half a body leave room for those who pull and push."""
    for number in range(CROWD):
        connection = Connection(server.port)
        crowd.append(connection)
        if number % 10 == 1:
            connection.send(b"GET /v2/ HTTP/1.1\r\nHost:")
        elif number % 10 == 2:
            path = f"/v2/crowd/slow/blobs/uploads/?digest={content.digest_of(b'')}".encode()
            connection.send(request(b"POST", path, [basic(), (b"Content-Length", b"100000")]) + b"a little")
    assert raw.ask(server.port, b"GET", large, [basic()]).body == LARGE
    push_blob(server, "crowd/beside", b"a blob")
