"""A manifest's bytes are read once, and refused wherever two readers could disagree."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.oci import media_type as types
from moorage.oci.digest import Digest
from moorage.oci.error import Code
from moorage.oci.manifest import LARGEST, MOST_DESCRIPTORS, Manifest, Role, parse
from tests.support import content
from tests.support.refused import refused, unless_refused

LAYER, OTHER = b"layer one", b"layer two"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def read(fields: object, media_type: str = types.OCI_MANIFEST) -> Manifest:
    """Parse these fields as they would be pushed."""
    return parse(content.encode(fields), media_type)


def test_image() -> None:
    """An image manifest gives its exact bytes, its config and its layers in order, and no subject."""
    pushed = content.image(LAYER, OTHER, annotations={"a": "b"})
    manifest = parse(pushed, types.OCI_MANIFEST)
    assert manifest.content == pushed
    assert manifest.media_type == types.OCI_MANIFEST
    assert [(link.role, link.digest, link.size) for link in manifest.links] == [
        (Role.CONFIG, Digest.of(content.CONFIG), len(content.CONFIG)),
        (Role.LAYER, Digest.of(LAYER), len(LAYER)),
        (Role.LAYER, Digest.of(OTHER), len(OTHER)),
    ]
    assert manifest.subject is None
    assert manifest.annotations == {"a": "b"}
    assert not manifest.is_index


def test_index() -> None:
    """An index gives its children; an empty one is as good."""
    child = content.image(LAYER)
    manifest = parse(content.index([child]), types.OCI_INDEX)
    assert [(link.role, link.digest, link.media_type) for link in manifest.links] == [
        (Role.CHILD, Digest.of(child), types.OCI_MANIFEST)
    ]
    assert manifest.is_index
    assert parse(content.index(), types.OCI_INDEX).links == ()


def test_docker_forms() -> None:
    """Docker's schema 2 image and list are read like the standard's."""
    image = content.image_fields(LAYER) | {"mediaType": types.DOCKER_MANIFEST}
    listed = content.index_fields([b"child"]) | {"mediaType": types.DOCKER_LIST}
    assert len(read(image, types.DOCKER_MANIFEST).links) == 2
    assert read(listed, types.DOCKER_LIST).is_index


def test_subject() -> None:
    """The subject is told by its digest and is none of the contents that are needed."""
    manifest = parse(content.image(LAYER, subject=b"subject"), types.OCI_MANIFEST)
    assert manifest.subject == Digest.of(b"subject")
    assert manifest.subject not in [link.digest for link in manifest.links]


@pytest.mark.parametrize(
    ("fields", "media_type", "expected"),
    [
        (content.image_fields(), types.OCI_MANIFEST, content.CONFIG_TYPE),
        (content.image_fields(artifactType="a/b"), types.OCI_MANIFEST, "a/b"),
        (content.image_fields(artifactType=""), types.OCI_MANIFEST, content.CONFIG_TYPE),
        (content.image_fields(config_type="application/x.sbom"), types.OCI_MANIFEST, "application/x.sbom"),
        (content.image_fields(config_type=""), types.OCI_MANIFEST, None),
        (content.index_fields(), types.OCI_INDEX, None),
        (content.index_fields(artifactType="a/b"), types.OCI_INDEX, "a/b"),
        ({"artifactType": "a/b", "blobs": []}, types.OCI_ARTIFACT, "a/b"),
    ],
)
def test_artifact_type(fields: dict[str, Any], media_type: str, expected: str | None) -> None:
    """An absent artifactType is the media type of an image's config, and none for an index."""
    assert read(fields, media_type).artifact_type == expected


def test_withdrawn_artifact_manifest() -> None:
    """The artifact manifest of old drafts is read by its blobs, which may be absent."""
    manifest = read({"mediaType": types.OCI_ARTIFACT, "blobs": [content.descriptor(LAYER)]}, types.OCI_ARTIFACT)
    assert [link.role for link in manifest.links] == [Role.LAYER]
    assert read({}, types.OCI_ARTIFACT).links == ()
    for name in ("config", "layers"):
        with refused(Code.MANIFEST_INVALID, "yet it has config or layers"):
            read({name: []}, types.OCI_ARTIFACT)


def test_layers_may_be_absent() -> None:
    """An artifact without layers is an image all the same."""
    fields = content.image_fields()
    del fields["layers"]
    assert [link.role for link in read(fields).links] == [Role.CONFIG]


@pytest.mark.parametrize(
    ("layer", "foreign"),
    [
        (content.descriptor(LAYER), False),
        (content.descriptor(LAYER, urls=["https://example.com/layer"]), True),
        (content.descriptor(LAYER, urls=[]), False),
        (content.descriptor(LAYER, "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"), True),
        (content.descriptor(LAYER, "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"), True),
    ],
)
def test_foreign_layers(layer: dict[str, Any], foreign: bool) -> None:  # noqa: FBT001 - a column of the table
    """Layers that live elsewhere by right are told by their type or their addresses."""
    assert read(content.image_fields() | {"layers": [layer]}).links[-1].foreign is foreign


@pytest.mark.parametrize(
    ("declared", "inner", "expected"),
    [
        (types.OCI_MANIFEST, types.OCI_MANIFEST, types.OCI_MANIFEST),
        (types.OCI_MANIFEST, None, types.OCI_MANIFEST),
        (types.DOCKER_MANIFEST, None, types.DOCKER_MANIFEST),
        ("", types.OCI_MANIFEST, types.OCI_MANIFEST),
        (f" {types.OCI_MANIFEST.upper()} ; charset=utf-8", types.OCI_MANIFEST, types.OCI_MANIFEST),
    ],
)
def test_media_type(declared: str, inner: str | None, expected: str) -> None:
    """The type is the header's or the manifest's own; where both speak they must agree."""
    fields = content.image_fields(LAYER)
    if inner is None:
        del fields["mediaType"]
    assert read(fields, declared).media_type == expected


@pytest.mark.parametrize(
    ("fields", "declared", "words"),
    [
        (content.image_fields(), types.OCI_INDEX, "its mediaType says"),
        (content.image_fields() | {"mediaType": 5}, types.OCI_MANIFEST, "mediaType is not a text"),
        (content.image_fields() | {"mediaType": "text/plain"}, "text/plain", "not a media type of manifests"),
        (content.image_fields() | {"mediaType": None}, "", "media type is not told"),
        (content.image_fields() | {"manifests": []}, types.OCI_MANIFEST, "not an index"),
        (content.index_fields() | {"layers": []}, types.OCI_INDEX, "it is an index"),
        (content.index_fields() | {"config": {}}, types.OCI_INDEX, "it is an index"),
        (content.index_fields() | {"manifests": None}, types.OCI_INDEX, "manifests is not a list"),
        ({"schemaVersion": 2}, types.OCI_INDEX, "manifests is not a list"),
        ({"schemaVersion": 2}, types.OCI_MANIFEST, "no config"),
        (content.image_fields() | {"schemaVersion": 1}, types.OCI_MANIFEST, "schema 1"),
        (content.image_fields() | {"schemaVersion": 3}, types.OCI_MANIFEST, "schemaVersion is not 2"),
        (content.image_fields() | {"schemaVersion": "2"}, types.OCI_MANIFEST, "schemaVersion is not 2"),
        (content.image_fields() | {"schemaVersion": True}, types.OCI_MANIFEST, "schema"),
        ({"schemaVersion": 1, "fsLayers": []}, types.DOCKER_SCHEMA_1[1], "schema 1"),
        (content.image_fields() | {"layers": {}}, types.OCI_MANIFEST, "layers is not a list"),
        (content.image_fields() | {"layers": ["sha256"]}, types.OCI_MANIFEST, "layers[0] is not a descriptor"),
        (content.image_fields() | {"config": None}, types.OCI_MANIFEST, "config is not a descriptor"),
        (content.image_fields() | {"subject": "x"}, types.OCI_MANIFEST, "subject is not a descriptor"),
        (content.image_fields(artifactType="no type"), types.OCI_MANIFEST, "artifactType"),
        (content.image_fields(artifactType=["a/b"]), types.OCI_MANIFEST, "artifactType"),
        (content.image_fields() | {"annotations": []}, types.OCI_MANIFEST, "annotations"),
        (content.image_fields() | {"annotations": {"a": 1}}, types.OCI_MANIFEST, "annotations"),
        (content.image_fields() | {"annotations": {"a": None}}, types.OCI_MANIFEST, "annotations"),
        ([], types.OCI_MANIFEST, "not an object"),
        ("text", types.OCI_MANIFEST, "not an object"),
        (None, types.OCI_MANIFEST, "not an object"),
    ],
)
def test_wrong_fields(fields: object, declared: str, words: str) -> None:
    """Wrong types, missing fields and manifests that read both ways are refused, and the sentence says why."""
    with refused(Code.MANIFEST_INVALID, words):
        read(fields, declared)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"digest": None}, "has no digest"),
        ({"digest": 7}, "has no digest"),
        ({"digest": "sha256:short"}, "the digest of its layers[0]"),
        ({"digest": "sha256:" + "A" * 64}, "the digest of its layers[0]"),
        ({"size": None}, "size"),
        ({"size": "9"}, "size"),
        ({"size": 9.0}, "size"),
        ({"size": True}, "size"),
        ({"size": -1}, "size"),
        ({"size": 2**63}, "size"),
        ({"mediaType": 5}, "mediaType"),
        ({"mediaType": "no slash"}, "mediaType"),
        ({"mediaType": "a/b\x00"}, "mediaType"),
    ],
)
def test_wrong_descriptors(change: dict[str, object], words: str) -> None:
    """A descriptor without a digest, a size in bytes or a media type that can be is refused, by its place."""
    layer = content.descriptor(LAYER) | change
    with refused(Code.MANIFEST_INVALID, words):
        read(content.image_fields() | {"layers": [layer]})


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"not json",
        b'{"schemaVersion": NaN}',
        b'{"schemaVersion": 2} trailing',
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b'{"n": ' + b"9" * 50_000 + b"}",
        content.image(LAYER) + b"\x00",
        b"\xef\xbb\xbf" + content.image(LAYER),
        content.image(LAYER).decode().encode("utf-16"),
        content.image(LAYER).decode().encode("utf-32"),
        content.image(LAYER).replace(b"schemaVersion", b"schema\xed\xa0\x80Version"),
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_not_json(raw: bytes) -> None:
    """What is not JSON in UTF-8, or nests without end, is refused as a manifest and breaks nothing."""
    with refused(Code.MANIFEST_INVALID):
        parse(raw, types.OCI_MANIFEST)


@pytest.mark.parametrize("name", ["mediaType", "config", "layers", "schemaVersion"])
def test_a_name_twice(name: str) -> None:
    """A manifest that says the same name twice reads differently to different readers: it is refused."""
    fields = content.image_fields(LAYER)
    twice = f'{{"{name}": {json.dumps(fields[name])}, {json.dumps(fields)[1:]}'
    with refused(Code.MANIFEST_INVALID, "twice"):
        parse(twice.encode(), types.OCI_MANIFEST)


def test_a_name_twice_within() -> None:
    """The same holds for a descriptor, whose digest would be a matter of taste."""
    digest = f'"digest": "{Digest.of(LAYER)}"'.encode()
    with refused(Code.MANIFEST_INVALID, "twice"):
        parse(content.image(LAYER).replace(digest, digest + b", " + digest), types.OCI_MANIFEST)


def test_largest() -> None:
    """4 MiB are taken to the last byte, and one more is too large, whatever it holds."""
    assert len(parse(content.padded(LARGEST), types.OCI_MANIFEST).content) == 4 * 1024 * 1024
    with refused(Code.TOO_LARGE):
        parse(content.padded(LARGEST + 1), types.OCI_MANIFEST)
    with refused(Code.TOO_LARGE):
        parse(b" " * (LARGEST + 1), "")


def test_most_descriptors() -> None:
    """An index of very many children is refused before it becomes as many rows."""
    child = content.descriptor(b"", types.OCI_MANIFEST)
    many = {**content.index_fields(), "manifests": [child] * MOST_DESCRIPTORS}
    assert len(parse(json.dumps(many).encode(), types.OCI_INDEX).links) == MOST_DESCRIPTORS
    many["manifests"].append(child)
    with refused(Code.MANIFEST_INVALID, "more than"):
        parse(json.dumps(many, separators=(",", ":")).encode(), types.OCI_INDEX)


@given(st.dictionaries(st.sampled_from([*content.image_fields(subject=b""), "manifests", "annotations"]), JSON))
def test_any_fields(change: dict[str, object]) -> None:
    """Whatever JSON stands in the known fields, the manifest is read or refused as invalid, never a fault."""
    manifest = unless_refused(lambda: read(content.image_fields(LAYER) | change), Code.MANIFEST_INVALID)
    assert manifest is None or manifest.media_type == types.OCI_MANIFEST


@given(st.binary(max_size=200), st.sampled_from(sorted(types.KNOWN)) | st.text(max_size=20))
def test_any_bytes(raw: bytes, media_type: str) -> None:
    """Whatever bytes come under whatever type, only refusals come back."""
    manifest = unless_refused(lambda: parse(raw, media_type), Code.MANIFEST_INVALID)
    assert manifest is None or manifest.content == raw


def test_essence() -> None:
    """A Content-Type's parameters and letters' case do not matter."""
    assert types.essence("Application/JSON ; charset=utf-8") == "application/json"
    assert types.essence("") == ""
