"""Manifests as bytes, as clients push them, made of the blobs that they name."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from moorage.oci import media_type as types

CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG = b"{}"
"""The config blob of every image that says nothing else."""


def digest_of(content: bytes, algorithm: str = "sha256") -> str:
    """The digest's wire form, reckoned without the program's own code."""
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def descriptor(
    content: bytes, media_type: str = LAYER_TYPE, algorithm: str = "sha256", **more: object
) -> dict[str, Any]:
    """A pointer to this content."""
    return {"mediaType": media_type, "digest": digest_of(content, algorithm), "size": len(content), **more}


def image_fields(
    *layers: bytes,
    config: bytes = CONFIG,
    config_type: str = CONFIG_TYPE,
    subject: bytes | None = None,
    annotations: Mapping[str, str] | None = None,
    **more: object,
) -> dict[str, Any]:
    """An OCI image manifest as an object; `subject` holds the bytes of the manifest that it points to."""
    fields: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": types.OCI_MANIFEST,
        "config": descriptor(config, config_type),
        "layers": [descriptor(layer) for layer in layers],
    }
    if subject is not None:
        fields["subject"] = descriptor(subject, types.OCI_MANIFEST)
    if annotations is not None:
        fields["annotations"] = dict(annotations)
    return {**fields, **more}


def image(*layers: bytes, **more: Any) -> bytes:  # noqa: ANN401 - what image_fields takes
    """An OCI image manifest; see `image_fields`."""
    return encode(image_fields(*layers, **more))


def index_fields(children: Sequence[bytes] = (), **more: object) -> dict[str, Any]:
    """An OCI index of these manifests as an object."""
    fields = {
        "schemaVersion": 2,
        "mediaType": types.OCI_INDEX,
        "manifests": [descriptor(child, types.OCI_MANIFEST) for child in children],
    }
    return {**fields, **more}


def index(children: Sequence[bytes] = (), **more: object) -> bytes:
    """An OCI index of these manifests."""
    return encode(index_fields(children, **more))


def encode(fields: object) -> bytes:
    """JSON as some client may write it: indented, so that nobody can rebuild the bytes by chance."""
    return json.dumps(fields, indent=3).encode()


def padded(size: int) -> bytes:
    """A valid image manifest of exactly this many bytes."""
    bare = len(image(annotations={"filler": ""}))
    return image(annotations={"filler": "x" * (size - bare)})
