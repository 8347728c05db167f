"""Every route asked in every odd way: an answer, a specified refusal, and nothing outside of the data folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moorage.oci import media_type as types
from tests.support import content, odd, raw
from tests.support.examples import examples
from tests.support.journal import faults
from tests.support.odd import KNOWN, Odd
from tests.support.pushing import push_blob
from tests.support.raw import Answer, Connection, basic, request
from tests.support.server import Server
from tests.support.verdict import check, strangers


@pytest.fixture(scope="module", autouse=True)
def known(server: Server) -> None:
    """A repository for those requests that are odd in one place only."""
    push_blob(server, KNOWN, content.CONFIG)
    status, _, _ = server.call(
        "PUT", f"/v2/{KNOWN}/manifests/latest", body=content.image(), Content_Type=types.OCI_MANIFEST
    )
    assert status == 201


def final(connection: Connection, method: bytes) -> Answer | None:
    """The answer after those that only say to go on."""
    while (answer := connection.answer(bodiless=method == b"HEAD")) is not None and answer.status < 200:
        pass
    return answer


@given(odd.requests())
@example(Odd(b"GET", b"/v2/", ((b"Host", b"["),)))
@example(Odd(b"GET", b"/v2/?ns=x", ((b"Host", b"["), basic())))
@examples(300)
def test_every_route_answers_odd_requests(server: Server, asked: Odd) -> None:
    """Whatever is asked, the answer is no fault of ours, and a refusal has the specified form."""
    with Connection(server.port) as connection:
        connection.send(request(asked.method, asked.target, asked.headers, asked.body))
        answer = final(connection, asked.method)
    assert answer is not None
    check(answer, asked.method)


@given(st.binary(max_size=300), st.sampled_from([b"", b"GET ", b"GET /v2/ HTTP/1.1\r\n", b"PRI * HTTP/2.0\r\n\r\n"]))
@examples(100)
def test_any_bytes_are_survived(server: Server, garbage: bytes, start: bytes) -> None:
    """Bytes that are no HTTP get a refusal or a hang-up, and the next client is served."""
    with Connection(server.port) as connection:
        connection.send(start + garbage + b"\r\n\r\n")
        if not start.startswith(b"PRI") and (answer := _anything(connection)) is not None:
            check(answer)
    assert raw.ask(server.port, b"GET", b"/healthz").status == 200


def _anything(connection: Connection) -> Answer | None:
    """An answer if one comes within a moment: half a request waits for its other half."""
    return connection.answer() if connection.speaks_within(0.2) else None


@pytest.fixture
def secret(server: Server) -> Iterator[Path]:
    """A file beside the data folder."""
    file = server.data.parent / "secret.txt"
    file.write_bytes(b"root:not for you")
    yield file
    file.unlink()


@pytest.mark.parametrize("method", [b"GET", b"PUT", b"DELETE", b"PATCH", b"POST"])
@pytest.mark.parametrize(
    "path",
    [
        b"/v2/../../../../etc/passwd",
        b"/v2/%2e%2e/%2e%2e/blobs/uploads/%2e%2e%2f%2e%2e%2fsecret.txt",
        b"/v2/odd/known/blobs/../../../secret.txt",
        b"/v2/odd/known/blobs/sha256:..%2f..%2fsecret.txt",
        b"/v2/odd/known/blobs/sha256:../../../secret.txt",
        b"/v2/odd/known/blobs/uploads/../../secret.txt",
        b"/v2/odd/known/blobs/uploads/..%2f..%2fsecret.txt",
        b"/v2/odd%2f..%2f../blobs/uploads/x",
        b"/v2/odd/known/manifests/..%2f..%2f..%2fsecret.txt",
        b"/v2/%2F%2Fetc%2Fpasswd/manifests/latest",
        b"/static/../../secret.txt",
        b"/static/%2e%2e/%2e%2e/secret.txt",
        b"/../secret.txt",
        b"//secret.txt",
        b"/%2F%2Fsecret.txt",
        b"/..%5c..%5csecret.txt",
        b"/api/v1/projects/..%2f..%2fsecret.txt",
        b"/api/v1/projects/odd/repositories/..%2f..%2fsecret.txt",
    ],
)
def test_no_path_leads_out(server: Server, secret: Path, method: bytes, path: bytes) -> None:
    """A path with a way out in it is refused by every method, and nothing of it is read or written."""
    digest = content.digest_of(b"abc").encode()
    answer = raw.ask(server.port, method, path + b"?digest=" + digest, [basic()], b"abc")
    check(answer, method)
    assert answer.status in {400, 404, 405, 415}
    assert b"root:" not in answer.body
    assert secret.read_bytes() == b"root:not for you"


def test_nothing_lies_outside(server: Server) -> None:
    """After all of this the data folder holds its own files and nothing else, and the log tells of no fault."""
    assert strangers(server.data) == []
    assert faults(server) == []
