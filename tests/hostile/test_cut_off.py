"""Clients that hang up in the middle: what they sent is kept or nothing is, what they asked is let go."""

import os
from pathlib import Path

import pytest

from tests.support import content, raw
from tests.support.journal import faults, logged
from tests.support.processes import memory_of, workers_of
from tests.support.pushing import begin_upload, push_blob
from tests.support.raw import Connection, basic, request
from tests.support.server import Server
from tests.support.waiting import until

MIB = 1024 * 1024
LARGE = b"moorage!" * (4 * MIB)
TIMES = 200


@pytest.fixture(scope="module")
def large(server: Server) -> bytes:
    """The path of a blob of 32 MiB, far more than the kernel buffers."""
    return f"/v2/cut/large/blobs/{push_blob(server, 'cut/large', LARGE)}".encode()


def received(server: Server, path: bytes) -> str | None:
    """How far an upload is, by its own account."""
    return raw.ask(server.port, b"GET", path, [basic()]).header("range")


def cut(server: Server, method: bytes, path: bytes, *, chunked: bool, whole: bytes, sent: int) -> None:
    """Send a part of a body, wait until it must have been read, and hang up."""
    head = [basic(), (b"Transfer-Encoding", b"chunked") if chunked else (b"Content-Length", b"%d" % len(whole))]
    frame = b"%x\r\n" % len(whole) if chunked else b""
    before = len(faults(server))
    with Connection(server.port) as connection:
        connection.send(request(method, path, head) + frame + whole[:sent])
        until(lambda: _unread(connection) == 0, "the server has read what was sent")
        connection.hang_up()
    assert len(faults(server)) == before


def _unread(connection: Connection) -> int:
    """Bytes that wait in the server's end of this connection."""
    port: int = connection.socket.getsockname()[1]
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[2].endswith(f":{port:04X}"):
            return int(words[4].partition(":")[2], 16)
    return 0


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_an_upload_keeps_what_came(server: Server, chunked: bool) -> None:  # noqa: FBT001 - drawn
    """Half a chunk is kept, the session says so, and the rest makes the blob whole."""
    path = begin_upload(server, "cut/upload").encode()
    cut(server, b"PATCH", path, chunked=chunked, whole=LARGE[:1000], sent=400)
    until(lambda: received(server, path) == "0-399", "the half chunk is recorded")
    rest = [basic(), (b"Content-Range", b"400-999")]
    assert raw.ask(server.port, b"PATCH", path, rest, LARGE[400:1000]).status == 202
    digest = content.digest_of(LARGE[:1000]).encode()
    assert raw.ask(server.port, b"PUT", path + b"?digest=" + digest, [basic()], b"").status == 201


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_a_closing_request_keeps_what_came(server: Server, chunked: bool) -> None:  # noqa: FBT001 - drawn
    """Half of the last chunk makes no blob, and the session goes on."""
    repository = f"cut/closing-{chunked}".lower()
    path = begin_upload(server, repository).encode()
    whole = LARGE[:1000]
    digest = content.digest_of(whole).encode()
    cut(server, b"PUT", path + b"?digest=" + digest, chunked=chunked, whole=whole, sent=700)
    until(lambda: received(server, path) == "0-699", "the half chunk is recorded")
    blob = f"/v2/{repository}/blobs/".encode() + digest
    assert raw.ask(server.port, b"HEAD", blob, [basic()]).status == 404
    assert raw.ask(server.port, b"PUT", path + b"?digest=" + digest, [basic()], whole[700:]).status == 201


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
@pytest.mark.parametrize("sent", [0, 1, 999])
def test_a_whole_blob_is_whole_or_not_there(server: Server, chunked: bool, sent: int) -> None:  # noqa: FBT001 - drawn
    """A blob in one request that breaks off is not there, even if what came has the digest of what was meant."""
    repository = f"cut/once-{chunked}-{sent}".lower()
    digest = content.digest_of(LARGE[:sent])
    query = f"/v2/{repository}/blobs/uploads/?digest={digest}".encode()
    cut(server, b"POST", query, chunked=chunked, whole=LARGE[:1000], sent=sent)
    ended = until(lambda: _ended(server, repository), "the broken request is logged")
    assert ended["status"] == 499
    assert raw.ask(server.port, b"HEAD", f"/v2/{repository}/blobs/{digest}".encode(), [basic()]).status == 404


def _ended(server: Server, repository: str) -> dict[str, object]:
    """The line of the log about a push to this repository."""
    lines = [line for line in logged(server) if line.get("path") == f"/v2/{repository}/blobs/uploads/"]
    return lines[-1] if lines else {}


def test_a_manifest_is_whole_or_not_there(server: Server) -> None:
    """A manifest that breaks off sets no tag, even if what came is a manifest."""
    push_blob(server, "cut/manifest", content.CONFIG)
    manifest = content.image()
    head = [basic(), (b"Content-Type", b"application/vnd.oci.image.manifest.v1+json")]
    with Connection(server.port) as connection:
        length = (b"Content-Length", b"%d" % (len(manifest) + 1))
        connection.send(request(b"PUT", b"/v2/cut/manifest/manifests/latest", [*head, length]) + manifest)
        until(lambda: _unread(connection) == 0, "the server has read what was sent")
        connection.hang_up()
    assert raw.ask(server.port, b"GET", b"/v2/cut/manifest/manifests/latest", [basic()]).status == 404


@pytest.mark.parametrize("span", [b"", b"bytes=1000-", b"bytes=0-"], ids=["whole", "range", "all as a range"])
def test_broken_downloads_leave_nothing_behind(server: Server, large: bytes, span: bytes) -> None:
    """Hundreds of downloads that break off are read no further, leave no file open, no memory taken and no fault."""
    [worker] = workers_of(server)
    headers = [basic(), *([(b"Range", span)] if span else [])]
    _break_off(server, large, headers, TIMES // 4)
    files = until(lambda: _settled(worker), "all files are closed")
    resident, _ = memory_of(worker)
    read = _read_by(worker)
    _break_off(server, large, headers, TIMES)
    until(lambda: _open_files(worker) <= files, "all files are closed again")
    assert _read_by(worker) - read < TIMES * len(LARGE) // 2
    assert memory_of(worker)[0] < resident + 24 * MIB
    assert faults(server) == []
    assert raw.ask(server.port, b"GET", large, [basic()]).body == LARGE


def _break_off(server: Server, path: bytes, headers: list[tuple[bytes, bytes]], times: int) -> None:
    for _ in range(times):
        with Connection(server.port) as connection:
            connection.send(request(b"GET", path, headers))
            assert len(connection.read(20_000)) == 20_000
            connection.hang_up()


def _read_by(process: int) -> int:
    """Bytes that it has read in its life, from wherever."""
    counts = dict(line.split(": ") for line in Path(f"/proc/{process}/io").read_text().splitlines())
    return int(counts["rchar"])


def _open_files(process: int) -> int:
    return len(os.listdir(f"/proc/{process}/fd"))  # noqa: PTH208 - counted, not walked


def _settled(process: int) -> int:
    """How many files are open, once no blob is among them."""
    names = [_target(link) for link in Path(f"/proc/{process}/fd").iterdir()]
    return 0 if any("/blobs/" in name for name in names) else len(names)


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:
        return ""
