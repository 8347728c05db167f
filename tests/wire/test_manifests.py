"""Manifests on the wire (end-3, end-7a, end-7b)."""

import json
from typing import Any

import pytest

from moorage.oci import media_type as types
from moorage.oci.manifest import LARGEST
from tests.support import content
from tests.support.content import digest_of
from tests.support.server import Server
from tests.support.wire import Wire, client_of, fresh, refusal

KNOWN_TYPES = [types.OCI_MANIFEST, types.OCI_INDEX, types.DOCKER_MANIFEST, types.DOCKER_LIST]


def test_pushed_and_pulled(admin: Wire, name: str) -> None:
    """A push answers where the manifest is and what its digest is; it is pulled byte for byte by both names."""
    admin.push_blob(name, content.CONFIG)
    manifest = content.image()
    digest = digest_of(manifest)
    pushed = admin.push(name, "1.0", manifest)
    assert pushed.status_code == 201
    assert pushed.headers["docker-content-digest"] == digest
    assert pushed.headers["location"] == admin.address(f"/v2/{name}/manifests/{digest}")
    assert pushed.headers["content-length"] == "0"
    assert not {"oci-subject", "oci-tag", "warning"} & set(pushed.headers)
    for reference, caching in (
        ("1.0", "no-cache, no-transform"),
        (digest, "max-age=31536000, immutable, no-transform"),
    ):
        answer = admin.get(f"/v2/{name}/manifests/{reference}")
        assert (answer.status_code, answer.content) == (200, manifest)
        expected = {
            "content-type": types.OCI_MANIFEST,
            "content-length": str(len(manifest)),
            "docker-content-digest": digest,
            "etag": f'"{digest}"',
            "cache-control": caching,
            "docker-distribution-api-version": "registry/2.0",
            "x-content-type-options": "nosniff",
        }
        assert {header: answer.headers[header] for header in expected} == expected
        headed = admin.head(f"/v2/{name}/manifests/{reference}")
        assert (headed.status_code, headed.content) == (200, b"")
        assert {header: headed.headers[header] for header in expected} == expected
    assert admin.get(pushed.headers["location"]).content == manifest


ACCEPTS: list[list[tuple[str, str]]] = [
    [("Accept", "")],
    [("Accept", "*/*")],
    [("Accept", types.OCI_MANIFEST)],
    [("Accept", types.DOCKER_MANIFEST)],
    [("Accept", "text/html")],
    [("Accept", f"{types.DOCKER_LIST};q=0.5, {types.OCI_INDEX}")],
    [("Accept", f"{', '.join(KNOWN_TYPES)}, */*")],
    [("Accept", kind) for kind in KNOWN_TYPES],
    [("Accept", "complete nonsense;;;")],
]


@pytest.mark.parametrize("accept", ACCEPTS, ids=lambda accept: str(accept[0][1][:20]))
def test_accept(admin: Wire, name: str, accept: list[tuple[str, str]]) -> None:
    """Whatever form a client accepts, the stored manifest is the answer, under its own type."""
    manifest = admin.push_image(name, "latest")
    headers = [*accept, ("Authorization", admin.header or "")]
    answer = admin.client.get(f"/v2/{name}/manifests/latest", headers=headers)
    assert (answer.status_code, answer.content) == (200, manifest)
    assert answer.headers["content-type"] == types.OCI_MANIFEST


def test_no_accept_at_all(admin: Wire, name: str) -> None:
    """A client that sends no Accept header gets the stored manifest too."""
    manifest = admin.push_image(name, "latest")
    request = admin.client.build_request(
        "GET", f"/v2/{name}/manifests/latest", headers={"Authorization": admin.header or ""}
    )
    del request.headers["accept"]
    assert admin.client.send(request).content == manifest


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ('"{digest}"', 304),
        ('W/"{digest}"', 304),
        ('"other", "{digest}"', 304),
        ("*", 304),
        ('"other"', 200),
        ("{digest}", 200),
        ("", 200),
    ],
)
@pytest.mark.parametrize("kind", ["tag", "digest", "blob"])
def test_not_modified(admin: Wire, name: str, condition: str, status: int, kind: str) -> None:
    """RFC 9110: who holds this very content is told so without a body, by GET and by HEAD."""
    manifest = admin.push_image(name, "latest")
    digest = digest_of(manifest) if kind != "blob" else digest_of(content.CONFIG)
    path = {
        "tag": f"/v2/{name}/manifests/latest",
        "digest": f"/v2/{name}/manifests/{digest}",
        "blob": f"/v2/{name}/blobs/{digest}",
    }[kind]
    for method in ("GET", "HEAD"):
        answer = admin.ask(method, path, headers={"If-None-Match": condition.format(digest=digest)})
        assert answer.status_code == status
        assert answer.headers["etag"] == f'"{digest}"'
        assert answer.headers["docker-content-digest"] == digest
        assert "cache-control" in answer.headers
        if status == 304:
            assert answer.content == b""


def docker_forms() -> list[tuple[str, bytes]]:
    """Docker's image and list with the white space and the order that Docker's own client writes."""
    config, layer = content.descriptor(content.CONFIG), content.descriptor(b"layer")
    image = {
        "schemaVersion": 2,
        "mediaType": types.DOCKER_MANIFEST,
        "config": {**config, "mediaType": "application/vnd.docker.container.image.v1+json"},
        "layers": [{**layer, "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip"}],
    }
    child = {**content.descriptor(b"child", types.DOCKER_MANIFEST), "platform": {"architecture": "arm", "os": "linux"}}
    listed = {"schemaVersion": 2, "mediaType": types.DOCKER_LIST, "manifests": [child]}
    return [
        (types.DOCKER_MANIFEST, json.dumps(image, indent=3).encode()),
        (types.DOCKER_LIST, json.dumps(listed, indent=3).encode() + b"\n"),
    ]


@pytest.mark.parametrize(("media_type", "manifest"), docker_forms(), ids=["image", "list"])
def test_docker_forms(admin: Wire, name: str, media_type: str, manifest: bytes) -> None:
    """Docker's schema 2 is kept byte for byte under its own type, never turned into another form."""
    admin.push_blob(name, content.CONFIG)
    admin.push_blob(name, b"layer")
    assert admin.push(name, "latest", manifest, media_type).headers["docker-content-digest"] == digest_of(manifest)
    answer = admin.get(f"/v2/{name}/manifests/latest", Accept=types.OCI_MANIFEST)
    assert (answer.content, answer.headers["content-type"]) == (manifest, media_type)


REFUSED: list[tuple[str, bytes, str, int, str]] = [
    ("schema 1", b'{"schemaVersion": 1, "name": "a", "tag": "b"}', types.DOCKER_SCHEMA_1[0], 400, "MANIFEST_INVALID"),
    ("signed schema 1", b'{"schemaVersion": 1}', types.DOCKER_SCHEMA_1[1], 400, "MANIFEST_INVALID"),
    ("schema 1 without a type", b'{"schemaVersion": 1}', "", 400, "MANIFEST_INVALID"),
    ("no JSON", b"hello", types.OCI_MANIFEST, 400, "MANIFEST_INVALID"),
    ("nothing", b"", types.OCI_MANIFEST, 400, "MANIFEST_INVALID"),
    ("another type", content.image(), "application/json", 400, "MANIFEST_INVALID"),
    ("an index as an image", content.index(), types.OCI_MANIFEST, 400, "MANIFEST_INVALID"),
    ("both at once", content.image(manifests=[]), types.OCI_MANIFEST, 400, "MANIFEST_INVALID"),
    ("deep", b"[" * 1_000_000, types.OCI_MANIFEST, 400, "MANIFEST_INVALID"),
    ("one byte too many", content.padded(LARGEST + 1), types.OCI_MANIFEST, 413, "SIZE_INVALID"),
    ("much too large", b"x" * 9_000_000, types.OCI_MANIFEST, 413, "SIZE_INVALID"),
    ("missing blobs", content.image(b"never pushed"), types.OCI_MANIFEST, 404, "MANIFEST_BLOB_UNKNOWN"),
]


@pytest.mark.parametrize(
    ("manifest", "media_type", "status", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_refused(admin: Wire, name: str, manifest: bytes, media_type: str, status: int, code: str) -> None:
    """What is not a manifest, is too large or names missing blobs is refused, and nothing of it is kept."""
    admin.push_blob(name, content.CONFIG)
    refusal(admin.push(name, "latest", manifest, media_type), status, code)
    refusal(admin.get(f"/v2/{name}/manifests/latest"), 404, "MANIFEST_UNKNOWN")
    refusal(admin.get(f"/v2/{name}/manifests/{digest_of(manifest)}"), 404, "MANIFEST_UNKNOWN")


def test_too_large_by_stream(admin: Wire, name: str) -> None:
    """A manifest without a stated length is refused as soon as it is too large."""
    answer = admin.ask(
        "PUT",
        f"/v2/{name}/manifests/latest",
        content=(b"x" * 65_536 for _ in range(80)),
        headers={"Content-Type": types.OCI_MANIFEST},
    )
    refusal(answer, 413, "SIZE_INVALID")


def test_largest(admin: Wire, name: str) -> None:
    """A manifest of exactly 4 MiB is taken and given back."""
    admin.push_blob(name, content.CONFIG)
    manifest = content.padded(4 * 1024 * 1024)
    assert admin.push(name, "large", manifest).status_code == 201
    assert admin.get(f"/v2/{name}/manifests/large").content == manifest


def test_missing_blobs_are_named(admin: Wire, name: str) -> None:
    """The refusal of a sparse image names what is missing, for a person and for a program."""
    admin.push_blob(name, content.CONFIG)
    error = refusal(admin.push(name, "latest", content.image(b"one", b"two")), 404, "MANIFEST_BLOB_UNKNOWN")
    assert error["detail"]["digests"] == [digest_of(b"one"), digest_of(b"two")]
    assert digest_of(b"one") in error["message"]


def test_blobs_of_other_repositories_do_not_count(admin: Wire, name: str) -> None:
    """An image needs its blobs in its own repository."""
    admin.push_image(fresh(), "latest", layers=(b"elsewhere",))
    admin.push_blob(name, content.CONFIG)
    refusal(admin.push(name, "latest", content.image(b"elsewhere")), 404, "MANIFEST_BLOB_UNKNOWN")


def test_sparse_where_allowed(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where the operator allows it an image without its blobs is taken, with a warning."""
    settings = {"MOORAGE_ALLOW_SPARSE": "true"}
    with Server(tmp_path_factory.mktemp("sparse"), settings=settings) as server, client_of(server.url) as client:
        admin = Wire.basic(client, "admin", server.password or "")
        manifest = content.image(b"never pushed")
        answer = admin.push("team/sparse", "latest", manifest)
        assert answer.status_code == 201
        assert answer.headers["warning"].startswith('299 - "2 blobs')
        assert admin.get("/v2/team/sparse/manifests/latest").content == manifest


def test_indexes(admin: Wire, name: str) -> None:
    """An index is taken before its children, empty, and of other indexes; children stay missing until pushed."""
    child = content.image(annotations={"salt": "child"})
    inner = content.index([child])
    outer = content.index([inner, b"never pushed"])
    for tag, manifest in (("outer", outer), ("inner", inner), ("empty", content.index())):
        assert admin.push(name, tag, manifest, types.OCI_INDEX).status_code == 201
        answer = admin.get(f"/v2/{name}/manifests/{tag}")
        assert (answer.content, answer.headers["content-type"]) == (manifest, types.OCI_INDEX)
    refusal(admin.get(f"/v2/{name}/manifests/{digest_of(child)}"), 404, "MANIFEST_UNKNOWN")


@pytest.mark.parametrize(
    "layer",
    [
        content.descriptor(b"foreign", "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"),
        content.descriptor(b"foreign", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
        content.descriptor(b"foreign", urls=["https://example.com/foreign"]),
    ],
)
def test_foreign_layers(admin: Wire, name: str, layer: dict[str, Any]) -> None:
    """Layers that live elsewhere by right need not be pushed."""
    admin.push_blob(name, content.CONFIG)
    manifest = content.encode(content.image_fields() | {"layers": [layer]})
    assert admin.push(name, "latest", manifest).status_code == 201
    assert admin.get(f"/v2/{name}/manifests/latest").content == manifest


def test_digest_of_the_address(admin: Wire, name: str) -> None:
    """A push by digest must bring that digest's content."""
    admin.push_blob(name, content.CONFIG)
    manifest = content.image()
    refusal(admin.push(name, digest_of(b"other"), manifest), 400, "DIGEST_INVALID")
    assert admin.push(name, digest_of(manifest), manifest).status_code == 201
    assert admin.get(f"/v2/{name}/tags/list").json()["tags"] == []


def test_sha512(admin: Wire, name: str) -> None:
    """A manifest pushed by its sha512 digest keeps it as its name, and its tags answer with it."""
    blob = admin.push_blob(name, content.CONFIG, "sha512")
    fields = content.image_fields()
    fields["config"]["digest"] = blob
    manifest = content.encode(fields)
    digest = digest_of(manifest, "sha512")
    pushed = admin.push(name, f"{digest}?tag=long", manifest)
    assert pushed.status_code == 201
    assert pushed.headers["docker-content-digest"] == digest
    assert pushed.headers["location"].endswith(digest)
    for reference in (digest, "long"):
        answer = admin.get(f"/v2/{name}/manifests/{reference}")
        assert (answer.content, answer.headers["docker-content-digest"]) == (manifest, digest)
    refusal(admin.get(f"/v2/{name}/manifests/{digest_of(manifest)}"), 404, "MANIFEST_UNKNOWN")
    refusal(admin.push(name, digest_of(b"other", "sha512"), manifest), 400, "DIGEST_INVALID")
    assert admin.ask("DELETE", f"/v2/{name}/manifests/{digest}").status_code == 202
    refusal(admin.get(f"/v2/{name}/manifests/{digest}"), 404)


@pytest.mark.parametrize("count", [1, 10, 100])
def test_many_tags(admin: Wire, name: str, count: int) -> None:
    """end-7b: a push by digest sets all tags of its query and answers with each."""
    admin.push_blob(name, content.CONFIG)
    manifest = content.image()
    tags = [f"t{number:03}" for number in range(count)]
    answer = admin.ask(
        "PUT",
        f"/v2/{name}/manifests/{digest_of(manifest)}",
        params={"tag": tags},
        content=manifest,
        headers={"Content-Type": types.OCI_MANIFEST},
    )
    assert answer.status_code == 201
    assert answer.headers.get_list("oci-tag") == tags
    assert admin.get(f"/v2/{name}/tags/list").json()["tags"] == tags
    assert admin.get(f"/v2/{name}/manifests/{tags[-1]}").content == manifest


@pytest.mark.parametrize(
    ("reference", "tags", "status", "code"),
    [
        ("{digest}", [f"t{number}" for number in range(101)], 414, "TAG_INVALID"),
        ("{digest}", [f"t{number}" for number in range(700)], 414, "UNSUPPORTED"),
        ("{digest}", ["good", ".bad"], 400, "TAG_INVALID"),
        ("{digest}", [""], 400, "TAG_INVALID"),
        ("latest", ["other"], 400, "TAG_INVALID"),
    ],
    ids=["101", "700", "one bad", "empty", "by tag"],
)
def test_tags_refused(admin: Wire, name: str, reference: str, tags: list[str], status: int, code: str | None) -> None:
    """Too many tags are 414; one bad tag, or tags beside a tag, refuse the whole push."""
    admin.push_blob(name, content.CONFIG)
    manifest = content.image()
    answer = admin.ask(
        "PUT",
        f"/v2/{name}/manifests/{reference.format(digest=digest_of(manifest))}",
        params={"tag": tags},
        content=manifest,
        headers={"Content-Type": types.OCI_MANIFEST},
    )
    refusal(answer, status, code)
    assert admin.get(f"/v2/{name}/tags/list").json()["tags"] == []


def test_subject(admin: Wire, name: str) -> None:
    """A push with a subject is answered with it, whether or not the subject is there."""
    admin.push_blob(name, content.CONFIG)
    answer = admin.push(name, "signature", content.image(subject=b"never pushed"))
    assert answer.headers["oci-subject"] == digest_of(b"never pushed")


def test_a_tag_moves(admin: Wire, name: str) -> None:
    """A tag names the manifest that was last pushed under it; the former one stays by its digest."""
    first = admin.push_image(name, "latest", annotations={"salt": "1"})
    second = admin.push_image(name, "latest", annotations={"salt": "2"})
    assert admin.get(f"/v2/{name}/manifests/latest").content == second
    assert admin.get(f"/v2/{name}/manifests/{digest_of(first)}").content == first


@pytest.mark.parametrize("reference", ["absent", digest_of(b"absent")])
def test_unknown(admin: Wire, name: str, open_name: str, anonymous: Wire, reference: str) -> None:
    """A missing manifest and a missing repository are told apart to those who may read, by their codes."""
    refusal(admin.get(f"/v2/{name}/manifests/{reference}"), 404, "NAME_UNKNOWN")
    refusal(anonymous.get(f"/v2/{open_name}/manifests/{reference}"), 404, "NAME_UNKNOWN")
    admin.push_image(name, "present")
    refusal(admin.get(f"/v2/{name}/manifests/{reference}"), 404, "MANIFEST_UNKNOWN")
    refusal(admin.get(f"/v2/{name}/manifests/PRESENT"), 404, "MANIFEST_UNKNOWN")


def test_a_range_of_a_manifest(admin: Wire, name: str) -> None:
    """A client that asks for a range of a manifest gets all of it."""
    manifest = admin.push_image(name, "latest")
    answer = admin.get(f"/v2/{name}/manifests/latest", Range="bytes=0-")
    assert (answer.status_code, answer.content) == (200, manifest)
