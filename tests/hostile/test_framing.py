"""HTTP that is framed wrongly, twice, or too large."""

import pytest

from tests.support import content, raw
from tests.support.journal import faults
from tests.support.pushing import begin_upload, push_blob
from tests.support.raw import Connection, basic, request
from tests.support.server import Server
from tests.support.verdict import check

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
TOKEN = b"POST /v2/token HTTP/1.1\r\nHost: x\r\n"
MIB = 1024 * 1024


@pytest.mark.parametrize(
    "bytes_",
    [
        TOKEN + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        TOKEN + b"Content-Length: 4, 5\r\n\r\nabcd",
        TOKEN + b"Content-Length: -4\r\n\r\n",
        TOKEN + b"Content-Length: +4\r\n\r\nabcd",
        TOKEN + b"Content-Length: 0x4\r\n\r\nabcd",
        TOKEN + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        TOKEN + b"Content-Length : 4\r\n\r\nabcd",
        TOKEN + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        TOKEN + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        TOKEN.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /v2/ HTTP/1.1\r\nHost: x\r\nX: a\r\n folded\r\n\r\n",
        b"GET /v2/ HTTP/1.1\r\nHost: x\r\nX\x00: a\r\n\r\n",
        b"GET /v2/ HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
        b"GET /v2/ HTTP/1.1\r\nHost: x\rX: a\r\n\r\n",
        b"GET /v2/\r\n\r\n",
        b"GET  /v2/ HTTP/1.1\r\n\r\n",
        b"GET /v2/ HTTP/9.9\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
def test_ambiguous_framing_ends_the_connection(server: Server, bytes_: bytes) -> None:
    """What two readers could frame in two ways is refused with 400, and nothing more is read from there."""
    with Connection(server.port) as connection:
        connection.send(bytes_ + HEALTH)
        answer = connection.answer()
        assert answer is not None
        assert answer.status == 400
        assert connection.ends()


@pytest.mark.parametrize("order", [1, -1])
def test_no_request_is_smuggled(server: Server, order: int) -> None:
    """With both lengths one request is answered at most, and what stood in its body is not taken for another."""
    lengths = [b"Content-Length: 6\r\n", b"Transfer-Encoding: chunked\r\n"][::order]
    with Connection(server.port) as connection:
        connection.send(TOKEN + b"".join(lengths) + b"\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = connection.answer()
        assert answer is not None
        assert answer.status == 400
        assert connection.ends()
    assert "/smuggled" not in server.output()


@pytest.mark.parametrize("chunk", [b"zz\r\nabc\r\n", b"-1\r\nabc\r\n", b"3\r\nabcdef\r\n", b"f" * 20 + b"\r\nabc\r\n"])
def test_broken_chunks(server: Server, chunk: bytes) -> None:
    """A body whose chunks break is answered 400; an upload keeps what came before, and a token request buys none."""
    path = begin_upload(server, "framing/chunks").encode()
    head = [basic(), (b"Transfer-Encoding", b"chunked")]
    with Connection(server.port) as connection:
        connection.send(request(b"PATCH", path, head) + b"5\r\nhello\r\n" + chunk)
        answer = connection.answer()
    assert answer is not None
    assert answer.status == 400
    check(answer)
    told = raw.ask(server.port, b"GET", path, [basic()]).header("range")
    assert told in ({"0-4", "0-7"} if chunk.startswith(b"3") else {"0-4"})
    with Connection(server.port) as connection:
        connection.send(request(b"POST", b"/v2/token", [(b"Transfer-Encoding", b"chunked")]) + chunk)
        answer = connection.answer()
    assert answer is not None
    assert answer.status == 400
    check(answer)


def test_more_than_declared(server: Server) -> None:
    """What follows the declared length is no part of the blob, and no request."""
    path = begin_upload(server, "framing/longer")
    digest = content.digest_of(b"abc")
    with Connection(server.port) as connection:
        connection.send(request(b"PUT", f"{path}?digest={digest}".encode(), [basic()], b"abc") + b"defghi\r\n\r\n")
        first, second = connection.answer(), connection.answer()
        assert first is not None
        assert first.status == 201
        assert second is None or second.status == 400
        assert connection.ends()
    assert raw.ask(server.port, b"GET", f"/v2/framing/longer/blobs/{digest}".encode(), [basic()]).body == b"abc"


def test_pipelined_requests(server: Server) -> None:
    """Requests that do not wait for answers are answered each, in their order."""
    digests = [push_blob(server, "framing/pipeline", bytes([number])) for number in range(20)]
    with Connection(server.port) as connection:
        for digest in digests:
            connection.send(request(b"GET", f"/v2/framing/pipeline/blobs/{digest}".encode(), [basic()]))
        for number in range(20):
            answer = connection.answer()
            assert answer is not None
            assert answer.body == bytes([number])


@pytest.mark.parametrize("head", [b"GET /healthz HTTP/1.0\r\n\r\n", b"GET /healthz HTTP/1.0\r\nHost: x\r\n\r\n"])
def test_http_1_0(server: Server, head: bytes) -> None:
    """An old client is answered, with a Host or without, and the connection ends."""
    with Connection(server.port) as connection:
        connection.send(head)
        answer = connection.answer()
        assert answer is not None
        assert (answer.status, answer.body) == (200, b"ok\n")
        assert connection.ends()


def test_without_a_host(server: Server) -> None:
    """Who does not say how they call us is given addresses that need no host."""
    with Connection(server.port) as connection:
        connection.send(b"GET /v2/ HTTP/1.0\r\n\r\n")
        answer = connection.answer()
    assert answer is not None
    assert answer.status == 401
    assert 'realm="/v2/token"' in (answer.header("www-authenticate") or "")


@pytest.mark.parametrize("target", [b"http://127.0.0.1/healthz", b"http://elsewhere.example/healthz"])
def test_absolute_targets(server: Server, target: bytes) -> None:
    """A target with a scheme and host is read by its path: we are nobody's proxy."""
    answer = raw.ask(server.port, b"GET", target)
    assert (answer.status, answer.body) == (200, b"ok\n")


@pytest.mark.parametrize("method", [b"OPTIONS", b"TRACE", b"get", b"PROPFIND", b"A" * 5000])
@pytest.mark.parametrize("path", [b"/v2/", b"/v2/a/tags/list", b"/healthz"])
def test_other_methods(server: Server, method: bytes, path: bytes) -> None:
    """A method that nobody here knows is 405 with those that are known, and nothing of the request comes back."""
    answer = raw.ask(server.port, method, path, [basic(), (b"X-Canary", b"tweet-tweet")])
    assert answer.status == 405
    assert "GET" in (answer.header("allow") or "")
    check(answer)
    assert b"tweet" not in answer.body
    assert "tweet" not in str(answer.headers)


def test_no_tunnel(server: Server) -> None:
    """CONNECT opens nothing."""
    answer = raw.ask(server.port, b"CONNECT", b"127.0.0.1:22")
    assert answer.status in {400, 404, 405}


def test_who_asks_first_is_told_to_go_on(server: Server) -> None:
    """A client that may push is told to send its body."""
    path = begin_upload(server, "framing/expect").encode()
    with Connection(server.port) as connection:
        connection.send(request(b"PATCH", path, [basic(), (b"Expect", b"100-continue"), (b"Content-Length", b"3")]))
        interim = connection.answer()
        connection.send(b"abc")
        answer = connection.answer()
    assert interim is not None
    assert interim.status == 100
    assert answer is not None
    assert answer.status == 202


@pytest.mark.parametrize("path", [b"/v2/a/manifests/x", b"/v2/a/blobs/uploads/?digest=sha256:" + b"0" * 64])
def test_who_may_not_is_told_before_the_body(server: Server, path: bytes) -> None:
    """A client that asks first and may not push is refused at once: no body is called for."""
    headers = [(b"Expect", b"100-continue"), (b"Content-Length", b"1000000")]
    answer = raw.ask(server.port, b"PUT" if b"manifests" in path else b"POST", path, headers)
    assert answer.status == 401


@pytest.mark.parametrize(
    ("head", "statuses"),
    [
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", {200, 431}),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 2_000_000 + b"\r\n\r\n", {431}),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X: a\r\n" * 10_000 + b"\r\n", {431}),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", {404, 414, 431}),
        (b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", {414, 431}),
        (b"A" * 1_000_000 + b" / HTTP/1.1\r\nHost: x\r\n\r\n", {400, 414, 431}),
    ],
    ids=["long header", "longer header", "many headers", "long line", "longer line", "long method"],
)
def test_floods_of_headers(server: Server, head: bytes, statuses: set[int]) -> None:
    """Headers without end are refused, or the client is hung up on; the next one is served."""
    with Connection(server.port) as connection:
        connection.send(head)
        answer = connection.answer()
    assert answer is None or answer.status in statuses
    assert raw.ask(server.port, b"GET", b"/healthz").status == 200


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        (b"POST", b"/v2/token", b"application/x-www-form-urlencoded"),
        (b"POST", b"/api/v1/projects", b"application/json"),
        (b"PATCH", b"/api/v1/projects/framing", b"application/json"),
        (b"PUT", b"/v2/framing/large/manifests/x", b"application/vnd.oci.image.manifest.v1+json"),
    ],
)
def test_bodies_beyond_the_limit(server: Server, method: bytes, path: bytes, kind: bytes, chunked: bool) -> None:  # noqa: FBT001 - drawn
    """A document of 10 MiB is refused with 413 by every route that reads documents, declared or not."""
    begin_upload(server, "framing/large")
    body = b'{"a":"' + b"x" * 10 * MIB + b'"}'
    headers = [basic(), (b"Content-Type", kind)]
    if chunked:
        headers.append((b"Transfer-Encoding", b"chunked"))
        body = b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
    answer = raw.ask(server.port, method, path, headers, body)
    assert answer.status == 413
    check(answer)
    assert answer.code == "SIZE_INVALID"


def test_no_fault_was_logged(server: Server) -> None:
    """None of this is a fault of ours."""
    assert faults(server) == []
