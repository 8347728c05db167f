"""Clients that take their time: the server does not wait for ever, and says so."""

import pytest

from tests.support import content, raw
from tests.support.examples import LONG
from tests.support.journal import faults
from tests.support.pushing import begin_upload
from tests.support.raw import Connection, basic, request
from tests.support.server import Server
from tests.support.verdict import check


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A server that gives up a body after a second without a byte, or below 100 kB a second on average."""
    settings = {"MOORAGE_IDLE_SECONDS": "1", "MOORAGE_SLOWEST_RATE": "100000"}
    return Server(tmp_path_factory.mktemp("slow") / "data", settings=settings)


@pytest.fixture
def server(hasty: Server) -> Server:
    """The same, running."""
    return hasty if hasty.process else hasty.start()


@pytest.fixture(scope="module", autouse=True)
def ended(hasty: Server) -> object:
    """At the end it stops in peace, and has told of no fault."""
    yield
    assert hasty.stop() == 0
    assert faults(hasty) == []
    hasty.log.unlink()


def stall(server: Server, method: bytes, path: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    """Send five bytes of a thousand, then nothing: 408 must come, and the connection end."""
    with Connection(server.port) as connection:
        connection.send(request(method, path, [*headers, (b"Content-Length", b"1000")]) + b"hello")
        answer = connection.answer()
        assert answer is not None
        assert answer.status == 408
        assert answer.code == "REQUEST_TIMEOUT"
        check(answer)
        assert connection.ends()


def test_a_body_that_stops_is_given_up(server: Server) -> None:
    """A chunk that stops coming is 408; what came is kept, and the upload goes on."""
    path = begin_upload(server, "slow/chunk").encode()
    stall(server, b"PATCH", path, [basic()])
    assert raw.ask(server.port, b"GET", path, [basic()]).header("range") == "0-4"
    digest = content.digest_of(b"hello world").encode()
    assert raw.ask(server.port, b"PUT", path + b"?digest=" + digest, [basic()], b" world").status == 201


def test_a_blob_that_stops_is_not_there(server: Server) -> None:
    """A blob in one request that stops coming is 408 and not kept, though what came has the stated digest."""
    digest = content.digest_of(b"hello").encode()
    stall(server, b"POST", b"/v2/slow/blob/blobs/uploads/?digest=" + digest, [basic()])
    assert raw.ask(server.port, b"HEAD", b"/v2/slow/blob/blobs/" + digest, [basic()]).status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [(b"PUT", b"/v2/slow/x/manifests/x"), (b"POST", b"/v2/token"), (b"POST", b"/api/v1/projects")],
)
def test_a_document_that_stops_is_given_up(server: Server, method: bytes, path: bytes) -> None:
    """Every route that reads a document gives it up."""
    kind = b"application/json" if b"api" in path else b"application/x-www-form-urlencoded"
    stall(server, method, path, [basic(), (b"Content-Type", kind)])


def test_a_refusal_waits_for_no_slow_body(server: Server) -> None:
    """Who is refused anyway gets to know it, though the body that they announced never comes."""
    with Connection(server.port) as connection:
        connection.send(request(b"PUT", b"/v2/slow/x/manifests/x", [(b"Content-Length", b"1000")]) + b"hello")
        answer = connection.answer()
        assert answer is not None
        assert answer.status == 401
        check(answer)
        assert connection.ends()


def test_a_body_that_trickles_is_given_up(server: Server) -> None:
    """A byte now and then, always in time, but far too slow on the whole: 408."""
    path = begin_upload(server, "slow/trickle").encode()
    with Connection(server.port) as connection:
        connection.send(request(b"PATCH", path, [basic(), (b"Content-Length", b"1000")]))
        for _ in range(100):
            connection.send(b"x")
            if connection.speaks_within(0.2):
                break
        answer = connection.answer()
    assert answer is not None
    assert answer.status == 408


@pytest.mark.skipif(not LONG, reason="takes half a minute: set HYPOTHESIS_PROFILE=long")
@pytest.mark.parametrize("begun", [b"G", b"GET /v2/ HTTP/1.1\r\nHost: x\r\n", b"GET / HTTP/1.1\r\nX: " + b"a" * 5000])
def test_headers_that_never_end_are_given_up(server: Server, begun: bytes) -> None:
    """A connection whose request does not come to its first empty line is ended."""
    with Connection(server.port, patience=60) as connection:
        connection.send(begun)
        answer = connection.answer()
        assert answer is None or answer.status == 408
        assert connection.ends()


@pytest.mark.skipif(not LONG, reason="takes half a minute: set HYPOTHESIS_PROFILE=long")
def test_headers_that_trickle_are_given_up(server: Server) -> None:
    """A header line now and then does not keep a connection for ever."""
    with Connection(server.port) as connection:
        connection.send(b"GET /v2/ HTTP/1.1\r\n")
        for number in range(40):
            connection.send(b"X-%d: y\r\n" % number)
            if connection.speaks_within(1):
                break
        assert connection.ends()
