"""Blobs on the wire (end-2, end-10)."""

import pytest

from moorage.oci import media_type as types
from tests.support import content
from tests.support.content import digest_of
from tests.support.wire import Wire, fresh, refusal

BLOB = b"".join(number.to_bytes(4, "big") for number in range(2500))
LARGE = BLOB * 30
"""Beyond what is answered from memory and what is read at a time."""


@pytest.mark.parametrize("blob", [b"", b"{}", BLOB, LARGE], ids=["empty", "config", "small", "large"])
@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_pulled(admin: Wire, name: str, blob: bytes, algorithm: str) -> None:
    """A blob is pulled byte for byte with its digest, its length and leave to keep it for ever."""
    digest = admin.push_blob(name, blob, algorithm)
    expected = {
        "content-type": "application/octet-stream",
        "content-length": str(len(blob)),
        "docker-content-digest": digest,
        "etag": f'"{digest}"',
        "accept-ranges": "bytes",
        "cache-control": "max-age=31536000, immutable, no-transform",
        "docker-distribution-api-version": "registry/2.0",
        "x-content-type-options": "nosniff",
    }
    path = f"/v2/{name}/blobs/{digest}"
    answer, headed = admin.get(path, Accept_Encoding="gzip, zstd"), admin.head(path)
    assert (answer.status_code, answer.content) == (200, blob)
    assert "content-encoding" not in answer.headers
    assert (headed.status_code, headed.content) == (200, b"")
    for got in (answer, headed):
        assert {header: got.headers[header] for header in expected} == expected


RANGES = [
    ("bytes=0-", 0, 10_000),
    ("bytes=0-1", 0, 2),
    ("bytes=500-1499", 500, 1500),
    ("bytes=500-", 500, 10_000),
    ("bytes=-500", 9500, 10_000),
    ("bytes=9000-20000", 9000, 10_000),
    ("bytes=-20000", 0, 10_000),
    ("bytes=9999-9999", 9999, 10_000),
]


@pytest.mark.parametrize(("header", "start", "stop"), RANGES)
def test_ranges(admin: Wire, name: str, header: str, start: int, stop: int) -> None:
    """A satisfiable range is 206 with exactly its bytes and where they stand; HEAD tells of the whole."""
    path = f"/v2/{name}/blobs/{admin.push_blob(name, BLOB)}"
    answer = admin.get(path, Range=header)
    assert (answer.status_code, answer.content) == (206, BLOB[start:stop])
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/10000"
    assert answer.headers["content-length"] == str(stop - start)
    assert answer.headers["docker-content-digest"] == digest_of(BLOB)
    headed = admin.head(path, Range=header)
    assert (headed.status_code, headed.headers["content-length"]) == (200, "10000")


@pytest.mark.parametrize("header", ["bytes=10000-", "bytes=500-0", "bytes=20000-30000", "bytes=-0"])
def test_unsatisfiable_ranges(admin: Wire, name: str, header: str) -> None:
    """A range without a byte of the blob is 416 with the blob's size."""
    answer = admin.get(f"/v2/{name}/blobs/{admin.push_blob(name, BLOB)}", Range=header)
    refusal(answer, 416, "RANGE_INVALID")
    assert answer.headers["content-range"] == "bytes */10000"


@pytest.mark.parametrize("header", ["bytes=0-1,5-6", "lines=1-2", "bytes=x-y", "0-5"])
def test_ranges_that_are_ignored(admin: Wire, name: str, header: str) -> None:
    """Several ranges and what is none are answered with the whole."""
    answer = admin.get(f"/v2/{name}/blobs/{admin.push_blob(name, BLOB)}", Range=header)
    assert (answer.status_code, answer.content) == (200, BLOB)


def test_if_range(admin: Wire, name: str) -> None:
    """A range goes with the content that the client thinks it is; otherwise the whole is sent."""
    digest = admin.push_blob(name, BLOB)
    path = f"/v2/{name}/blobs/{digest}"
    assert admin.get(path, Range="bytes=0-9", If_Range=f'"{digest}"').status_code == 206
    assert admin.get(path, Range="bytes=0-9", If_Range='"other"').status_code == 200


def test_a_large_range(admin: Wire, name: str) -> None:
    """A range across many pieces of a large blob is exact."""
    digest = admin.push_blob(name, LARGE)
    answer = admin.get(f"/v2/{name}/blobs/{digest}", Range="bytes=12345-287654")
    assert answer.content == LARGE[12_345:287_655]


def test_unknown(admin: Wire, name: str) -> None:
    """A missing blob, one of another repository, and a missing repository are 404 by their codes."""
    digest = admin.push_blob(fresh(), b"elsewhere")
    refusal(admin.get(f"/v2/{name}/blobs/{digest}"), 404, "NAME_UNKNOWN")
    admin.push_blob(name, b"here")
    error = refusal(admin.get(f"/v2/{name}/blobs/{digest}"), 404, "BLOB_UNKNOWN")
    assert error["detail"]["digest"] == digest
    refusal(admin.head(f"/v2/{name}/blobs/{digest}"), 404)


def test_deleted(admin: Wire, name: str) -> None:
    """A deleted blob is missing at once, here only, and comes back when it is pushed again."""
    other = fresh()
    digest = admin.push_blob(name, b"shared by two")
    admin.push_blob(other, b"shared by two")
    path = f"/v2/{name}/blobs/{digest}"
    answer = admin.ask("DELETE", path)
    assert (answer.status_code, answer.content) == (202, b"")
    for method in ("GET", "HEAD", "DELETE"):
        refusal(admin.ask(method, path), 404)
    assert admin.get(f"/v2/{other}/blobs/{digest}").content == b"shared by two"
    refusal(admin.push(name, "latest", content.image(b"shared by two")), 404, "MANIFEST_BLOB_UNKNOWN")
    admin.push_blob(name, b"shared by two")
    assert admin.get(path).content == b"shared by two"


def test_a_manifest_is_no_blob(admin: Wire, name: str) -> None:
    """A manifest's digest names no blob, nor a blob's digest a manifest."""
    digest = digest_of(admin.push_image(name, "latest"))
    refusal(admin.get(f"/v2/{name}/blobs/{digest}"), 404, "BLOB_UNKNOWN")
    answer = admin.get(f"/v2/{name}/manifests/{digest_of(content.CONFIG)}", Accept=types.OCI_MANIFEST)
    refusal(answer, 404, "MANIFEST_UNKNOWN")
