"""What configurations and manifests say, read without trust."""

import json
import tracemalloc
from typing import Any

import pytest

from moorage.oci import descriptors, kind, loose
from moorage.oci.image_config import ImageConfig
from moorage.oci.kind import Kind
from moorage.rules.layering import Row, beside


def config(**fields: Any) -> ImageConfig:  # noqa: ANN401 - whatever somebody may write
    """As it is read."""
    found = ImageConfig.read(json.dumps(fields).encode())
    assert found is not None
    return found


def test_a_configuration() -> None:
    """Tells how a container runs, and the lines as they stood in the Dockerfile."""
    found = config(
        os="linux",
        architecture="arm64",
        variant="v8",
        config={"Entrypoint": ["/app"], "Env": ["A=1"], "ExposedPorts": {"80/tcp": {}}, "Labels": {"a": "b"}},
        history=[
            {"created_by": "/bin/sh -c #(nop) ADD file:x in / "},
            {"created_by": "/bin/sh -c apk add curl"},
            {"created_by": "RUN make # buildkit", "empty_layer": True},
        ],
    )
    assert found.platform == "linux/arm64/v8"
    assert (found.entrypoint, found.environment, found.ports) == (("/app",), ("A=1",), ("80/tcp",))
    assert [step.text for step in found.history] == ["ADD file:x in /", "RUN apk add curl", "RUN make"]
    assert [step.empty for step in found.history] == [False, False, True]


ODD: list[Any] = [None, 1, -1.5, True, "text", [], {}, [None], [[1]], {"a": None}, {"": {"a": [1]}}]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_wrong_types_anywhere(odd: Any) -> None:  # noqa: ANN401 - as above
    """Are as if they were not there."""
    names = ("os", "architecture", "created", "author", "config", "history", "rootfs")
    inner = ("User", "Entrypoint", "Cmd", "Env", "ExposedPorts", "Volumes", "WorkingDir", "Labels", "Healthcheck")
    ImageConfig.read(json.dumps(odd).encode())
    config(**dict.fromkeys(names, odd))
    found = config(config=dict.fromkeys(inner, odd), history=[odd, {"created_by": odd, "empty_layer": odd}])
    assert all(isinstance(text, str) for text in (found.user, found.directory, *found.entrypoint, *found.ports))
    entry = {"platform": odd, "digest": odd, "size": odd, "annotations": odd, "mediaType": odd}
    assert len(descriptors.listed({"manifests": [odd, entry]}, "manifests", 10)) in {1, 2}
    descriptors.listed({"layers": odd}, "layers", 10)
    descriptors.listed(odd, "layers", 10)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[" * 100_000, b"nul", b"1" * 5000, b"{} {}"])
def test_what_is_no_json(content: bytes) -> None:
    """Says nothing, and can be shown as it stands."""
    assert ImageConfig.read(content) is None
    shown, cut = loose.pretty(content, 1000)
    assert len(shown) <= 1000
    assert cut == (len(content) > 1000)


def test_what_is_nested_is_not_laid_out_whole() -> None:
    """Each level begins its lines further in: a few kilobytes would become gigabytes of blanks."""
    nested = b"[" * 400 + b"1," * 20_000 + b"1" + b"]" * 400
    tracemalloc.start()
    shown, cut = loose.pretty(nested, 100_000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert cut
    assert len(shown) == 100_000
    assert most < 8_000_000


def test_texts_that_would_harm_a_page() -> None:
    """No lone surrogate, which cannot be sent, and nothing that turns the direction of what follows."""
    found = config(author="\ud800", config={"User": "a\u202eb", "WorkingDir": "x" * 10_000})
    assert found.author.encode()
    assert found.user == "a\N{REPLACEMENT CHARACTER}b"
    assert len(found.directory) <= loose.LONGEST + 1
    assert loose.pretty(b'{"a": "\\ud800\\u202e"}', 1000)[0].encode()


def test_layers_beside_their_lines() -> None:
    """In order; where the lines do not add up nobody says which layer is whose."""
    one, two = descriptors.Descriptor("sha256:1", 1, "t"), descriptors.Descriptor("sha256:2", 2, "t")
    history = config(
        history=[{"created_by": "A"}, {"created_by": "E", "empty_layer": True}, {"created_by": "B"}]
    ).history
    assert [(row.number, row.step.text if row.step else "") for row in beside((one, two), history)] == [
        (1, "A"),
        (0, "E"),
        (2, "B"),
    ]
    assert beside((one,), history)[-1] == Row(1, one, None)
    assert beside((), ()) == ()


@pytest.mark.parametrize(
    ("media_type", "artifact_type", "wanted"),
    [
        ("application/vnd.oci.image.index.v1+json", None, Kind.INDEX),
        ("application/vnd.docker.distribution.manifest.list.v2+json", None, Kind.INDEX),
        ("application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.config.v1+json", Kind.IMAGE),
        (
            "application/vnd.docker.distribution.manifest.v2+json",
            "application/vnd.docker.container.image.v1+json",
            Kind.IMAGE,
        ),
        ("application/vnd.oci.image.manifest.v1+json", "application/vnd.cncf.helm.config.v1+json", Kind.CHART),
        ("application/vnd.oci.image.manifest.v1+json", "application/vnd.wasm.config.v0+json", Kind.MODULE),
        ("application/vnd.oci.image.manifest.v1+json", "application/vnd.dev.sigstore.bundle.v0.3+json", Kind.SIGNATURE),
        ("application/vnd.oci.image.manifest.v1+json", "application/spdx+json", Kind.BILL),
        ("application/vnd.oci.image.manifest.v1+json", "application/vnd.example", Kind.ARTIFACT),
        ("application/vnd.oci.artifact.manifest.v1+json", None, Kind.ARTIFACT),
    ],
)
def test_kinds(media_type: str, artifact_type: str | None, wanted: Kind) -> None:
    """By what it tells of itself."""
    assert kind.of(media_type, artifact_type) is wanted
