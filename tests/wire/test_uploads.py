"""Upload sessions on the wire (end-4 to end-6, end-11, end-14)."""

import re
from collections.abc import Iterator

import httpx
import pytest

from tests.support.content import digest_of
from tests.support.wire import Wire, fresh, refusal

ONE, TWO, THREE = b"first chunk,", b"second chunk,", b"third"
WHOLE = ONE + TWO + THREE
OCTETS = {"Content-Type": "application/octet-stream"}


def chunk(who: Wire, location: str, content: bytes, start: int, method: str = "PATCH") -> httpx.Response:
    """Send a chunk that claims to start there."""
    return who.ask(
        method, location, content=content, headers={**OCTETS, "Content-Range": f"{start}-{start + len(content) - 1}"}
    )


def at_hand(who: Wire, location: str, received: int) -> None:
    """The session must be alive and hold this many bytes."""
    answer = who.get(location)
    assert answer.status_code == 204
    assert answer.headers["range"] == f"0-{max(0, received - 1)}"
    assert answer.headers["location"] == location


def gone(who: Wire, location: str) -> None:
    """Every verb must say that the session is unknown."""
    for method in ("GET", "PATCH", "DELETE"):
        refusal(who.ask(method, location), 404, "BLOB_UPLOAD_UNKNOWN")
    refusal(who.ask("PUT", f"{location}?digest={digest_of(b'')}"), 404, "BLOB_UPLOAD_UNKNOWN")


def created(who: Wire, answer: httpx.Response, name: str, blob: bytes, algorithm: str = "sha256") -> None:
    """A push must be answered with where the blob is, and the blob be there."""
    digest = digest_of(blob, algorithm)
    assert answer.status_code == 201, answer.text
    assert answer.headers["docker-content-digest"] == digest
    assert answer.headers["location"].endswith(f"/v2/{name}/blobs/{digest}")
    assert answer.headers["content-length"] == "0"
    assert who.get(answer.headers["location"]).content == blob


@pytest.mark.parametrize("slash", ["/", ""])
def test_begun(admin: Wire, name: str, slash: str) -> None:
    """A session is opened at an address that needs no query, and tells its id and that it holds nothing."""
    answer = admin.ask("POST", f"/v2/{name}/blobs/uploads{slash}")
    assert answer.status_code == 202
    session = answer.headers["docker-upload-uuid"]
    assert re.fullmatch(r"[0-9a-f-]{36}", session)
    assert answer.headers["location"] == admin.address(f"/v2/{name}/blobs/uploads/{session}")
    assert answer.headers["range"] == "0-0"
    assert answer.headers["content-length"] == "0"
    assert answer.headers["docker-distribution-api-version"] == "registry/2.0"
    at_hand(admin, answer.headers["location"], 0)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("blob", [b"", b"{}", b"x" * 3_000_000], ids=["empty", "small", "large"])
class TestWaysOfPushing:
    """Each way to push, with each algorithm, of each size."""

    def test_in_one_request(self, admin: Wire, name: str, blob: bytes, algorithm: str) -> None:
        """end-4b: POST with the digest and the bytes."""
        query = f"?digest={digest_of(blob, algorithm)}"
        answer = admin.ask("POST", f"/v2/{name}/blobs/uploads/{query}", content=blob, headers=OCTETS)
        created(admin, answer, name, blob, algorithm)

    def test_in_two_requests(self, admin: Wire, name: str, blob: bytes, algorithm: str) -> None:
        """POST, then PUT with all the bytes; the digest's colon may be encoded."""
        location = admin.begin(name)
        digest = digest_of(blob, algorithm).replace(":", "%3A")
        answer = admin.ask("PUT", f"{location}?digest={digest}", content=blob, headers=OCTETS)
        created(admin, answer, name, blob, algorithm)
        gone(admin, location)

    def test_streamed(self, admin: Wire, name: str, blob: bytes, algorithm: str) -> None:
        """POST, one PATCH without lengths, PUT without a body."""
        location = admin.begin(name, f"?digest-algorithm={algorithm}")
        answer = admin.ask("PATCH", location, content=pieces(blob))
        assert answer.status_code == 202
        assert answer.headers["range"] == f"0-{max(0, len(blob) - 1)}"
        answer = admin.ask("PUT", f"{answer.headers['location']}?digest={digest_of(blob, algorithm)}")
        created(admin, answer, name, blob, algorithm)

    def test_algorithm_told_late(self, admin: Wire, name: str, blob: bytes, algorithm: str) -> None:
        """A session that did not say its algorithm takes either at its end."""
        location = admin.begin(name)
        assert admin.ask("PATCH", location, content=blob).status_code == 202
        answer = admin.ask("PUT", f"{location}?digest={digest_of(blob, algorithm)}")
        created(admin, answer, name, blob, algorithm)


def pieces(blob: bytes) -> Iterator[bytes]:
    """The bytes as a stream of unknown length."""
    for start in range(0, len(blob), 100_000):
        yield blob[start : start + 100_000]


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("last_in_put", [True, False])
def test_chunks(admin: Wire, name: str, algorithm: str, last_in_put: bool) -> None:  # noqa: FBT001 - a column
    """Chunks in order, the last by PATCH or within the closing PUT; each answer tells how far it is."""
    location = admin.begin(name, f"?digest-algorithm={algorithm}")
    answer = chunk(admin, location, ONE, 0)
    assert (answer.status_code, answer.headers["range"]) == (202, f"0-{len(ONE) - 1}")
    answer = chunk(admin, answer.headers["location"], TWO, len(ONE))
    assert (answer.status_code, answer.headers["range"]) == (202, f"0-{len(ONE + TWO) - 1}")
    at_hand(admin, location, len(ONE + TWO))
    closing = f"{location}?digest={digest_of(WHOLE, algorithm)}"
    if last_in_put:
        answer = chunk(admin, closing, THREE, len(ONE + TWO), "PUT")
    else:
        assert chunk(admin, location, THREE, len(ONE + TWO)).status_code == 202
        answer = admin.ask("PUT", closing)
    created(admin, answer, name, WHOLE, algorithm)


@pytest.mark.parametrize("start", [0, 1, len(ONE) - 1, len(ONE) + 1, 10_000])
def test_out_of_order(admin: Wire, name: str, start: int) -> None:
    """A chunk that does not continue is 416, by PATCH and by PUT, and the session goes on where it was."""
    location = admin.begin(name)
    chunk(admin, location, ONE, 0)
    error = refusal(chunk(admin, location, TWO, start), 416, "BLOB_UPLOAD_INVALID")
    assert error["detail"]["received"] == len(ONE)
    at_hand(admin, location, len(ONE))
    closing = f"{location}?digest={digest_of(WHOLE)}"
    refusal(chunk(admin, closing, TWO + THREE, start, "PUT"), 416, "BLOB_UPLOAD_INVALID")
    at_hand(admin, location, len(ONE))
    assert chunk(admin, location, TWO, len(ONE)).status_code == 202
    created(admin, chunk(admin, closing, THREE, len(ONE + TWO), "PUT"), name, WHOLE)


@pytest.mark.parametrize(
    ("claimed", "code"),
    [("0-2", "SIZE_INVALID"), ("nonsense", "BLOB_UPLOAD_INVALID"), ("9-5", "BLOB_UPLOAD_INVALID")],
)
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_claims_that_cannot_be(admin: Wire, name: str, method: str, claimed: str, code: str) -> None:
    """A Content-Range that is none, or is not as long as the body, is 400, and nothing is kept of the chunk."""
    location = admin.begin(name)
    answer = admin.ask(
        method, f"{location}?digest={digest_of(ONE)}", content=ONE, headers={**OCTETS, "Content-Range": claimed}
    )
    refusal(answer, 400, code)
    at_hand(admin, location, 0)


@pytest.mark.parametrize("stated", [digest_of(b"other"), digest_of(b"other", "sha512")])
def test_wrong_digest(admin: Wire, name: str, stated: str) -> None:
    """Content that is not what its digest says is refused by every way of pushing, and kept under no name."""
    answers = [admin.ask("POST", f"/v2/{name}/blobs/uploads/?digest={stated}", content=WHOLE)]
    location = admin.begin(name)
    answers.append(admin.ask("PUT", f"{location}?digest={stated}", content=WHOLE))
    gone(admin, location)
    location = admin.begin(name)
    chunk(admin, location, ONE, 0)
    answers.append(admin.ask("PUT", f"{location}?digest={stated}"))
    gone(admin, location)
    for answer in answers:
        assert digest_of(b"") not in refusal(answer, 400, "DIGEST_INVALID")["message"]
    for digest in (stated, digest_of(WHOLE), digest_of(WHOLE, "sha512"), digest_of(ONE)):
        refusal(admin.head(f"/v2/{name}/blobs/{digest}"), 404)


@pytest.mark.parametrize(
    "query",
    ["", "?digest=", "?digest=sha256", "?digest=sha256:abc", f"?digest=sha384:{'a' * 96}", f"?digest=md5:{'a' * 32}"],
)
def test_digests_that_cannot_be(admin: Wire, name: str, query: str) -> None:
    """A closing request without a digest that can be is 400, and the session goes on."""
    location = admin.begin(name)
    chunk(admin, location, ONE, 0)
    refusal(admin.ask("PUT", location + query), 400, "DIGEST_INVALID")
    at_hand(admin, location, len(ONE))
    created(admin, admin.ask("PUT", f"{location}?digest={digest_of(ONE)}"), name, ONE)


def test_cancelled(admin: Wire, name: str) -> None:
    """end-14: a cancelled session is gone, with what it held."""
    location = admin.begin(name)
    chunk(admin, location, ONE, 0)
    answer = admin.ask("DELETE", location)
    assert (answer.status_code, answer.content) == (204, b"")
    gone(admin, location)
    refusal(admin.head(f"/v2/{name}/blobs/{digest_of(ONE)}"), 404)
    refusal(admin.get(f"/v2/{name}/tags/list"), 404, "NAME_UNKNOWN")


@pytest.mark.parametrize("session", ["no-uuid", "00000000-0000-4000-8000-000000000000", "%2e%2e", "A" * 300])
def test_unknown_sessions(admin: Wire, name: str, session: str) -> None:
    """A session that never was is unknown, whatever its name looks like."""
    admin.push_blob(name, b"{}")
    gone(admin, f"/v2/{name}/blobs/uploads/{session}")


def test_sessions_belong_to_their_repository(admin: Wire, name: str) -> None:
    """A session cannot be reached through another repository, or through one that does not exist."""
    location, other = admin.begin(name), fresh()
    admin.push_blob(other, b"{}")
    for elsewhere in (location.replace(name, other), location.replace(name, fresh())):
        gone(admin, elsewhere)
    at_hand(admin, location, 0)


def test_sessions_belong_to_who_began_them(
    admin: Wire, colleague: Wire, person: Wire, anonymous: Wire, open_name: str
) -> None:
    """Nobody else reaches a session, whatever their rights; its owner does by password and by token."""
    location = admin.begin(open_name)
    gone(colleague, location)
    gone(colleague.narrowed(f"repository:{open_name}:pull,push"), location)
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        refusal(person.ask(method, f"{location}?digest={digest_of(b'')}"), 403, "DENIED")
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        refusal(anonymous.ask(method, f"{location}?digest={digest_of(b'')}"), 401, "UNAUTHORIZED")
    pushing = admin.narrowed(f"repository:{open_name}:pull,push")
    at_hand(pushing, location, 0)
    assert chunk(pushing, location, ONE, 0).status_code == 202
    created(admin, admin.ask("PUT", f"{location}?digest={digest_of(ONE)}"), open_name, ONE)


def mount(who: Wire, name: str, blob: bytes, source: str | None) -> httpx.Response:
    """Ask for a mount, with a body that some clients send along."""
    query = {"mount": digest_of(blob)} | ({} if source is None else {"from": source})
    return who.ask("POST", f"/v2/{name}/blobs/uploads/", params=query)


def opened(answer: httpx.Response) -> None:
    """Instead of a mount a session must be opened."""
    assert answer.status_code == 202, answer.text
    assert "/blobs/uploads/" in answer.headers["location"]
    assert "docker-content-digest" not in answer.headers


@pytest.mark.parametrize("with_source", [True, False])
@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_mounted(admin: Wire, name: str, with_source: bool, algorithm: str) -> None:  # noqa: FBT001 - a column
    """end-11: a blob of another repository is linked without its bytes, with its name or without."""
    source, blob = fresh(), name.encode()
    digest = admin.push_blob(source, blob, algorithm)
    query = f"?mount={digest}" + (f"&from={source}" if with_source else "")
    answer = admin.ask("POST", f"/v2/{name}/blobs/uploads/{query}")
    created(admin, answer, name, blob, algorithm)
    admin.ask("DELETE", f"/v2/{source}/blobs/{digest}")
    assert admin.get(f"/v2/{name}/blobs/{digest}").content == blob


def test_nothing_to_mount(admin: Wire, name: str) -> None:
    """Where there is nothing to mount a session is opened, by which the blob can be pushed."""
    source = fresh()
    admin.push_blob(source, b"{}")
    for given in (None, source, fresh(), "registry.example:5000/other", "UPPER"):
        opened(mount(admin, name, b"never pushed", given))
    answer = mount(admin, name, name.encode(), source)
    created(
        admin,
        admin.ask("PUT", f"{answer.headers['location']}?digest={digest_of(name.encode())}", content=name.encode()),
        name,
        name.encode(),
    )


@pytest.mark.parametrize("with_source", [True, False])
def test_mounts_need_leave_to_pull(admin: Wire, name: str, with_source: bool) -> None:  # noqa: FBT001 - a column
    """A token that may not pull from the source mounts nothing from it, nor learns that it is there."""
    source, blob = fresh(), name.encode()
    digest = admin.push_blob(source, blob)
    given = source if with_source else None
    target_only = admin.narrowed(f"repository:{name}:pull,push")
    opened(mount(target_only, name, blob, given))
    refusal(target_only.head(f"/v2/{name}/blobs/{digest}"), 404)
    push_only = admin.narrowed(f"repository:{name}:pull,push", f"repository:{source}:push")
    opened(mount(push_only, name, blob, given))
    both = admin.narrowed(f"repository:{name}:pull,push", f"repository:{source}:pull")
    created(both, mount(both, name, blob, given), name, blob)


def test_mounts_from_public_repositories(admin: Wire, name: str, open_name: str) -> None:
    """What everybody may pull everybody may mount, who may push to the target."""
    admin.push_blob(open_name, open_name.encode())
    who = admin.narrowed(f"repository:{name}:pull,push")
    created(who, mount(who, name, open_name.encode(), open_name), name, open_name.encode())


def test_mounts_need_leave_to_push(admin: Wire, anonymous: Wire, open_name: str) -> None:
    """A mount is a push: it needs the right, whatever may be pulled."""
    source = fresh("open")
    admin.push_blob(source, b"public")
    refusal(mount(anonymous, open_name, b"public", source), 401, "UNAUTHORIZED")
    refusal(mount(anonymous, open_name, b"public", None), 401, "UNAUTHORIZED")
    reading = admin.narrowed(f"repository:{open_name}:pull", f"repository:{source}:pull")
    refusal(mount(reading, open_name, b"public", source), 401, "UNAUTHORIZED")


def test_pushed_twice(admin: Wire, name: str) -> None:
    """The same blob again is created again, into the same and into another repository."""
    for target in (name, name, fresh()):
        digest = admin.push_blob(target, b"twice")
        assert admin.get(f"/v2/{target}/blobs/{digest}").content == b"twice"
