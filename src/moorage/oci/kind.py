"""What sort of thing a manifest is, by the types that it tells of itself; nothing is opened or verified."""

from enum import Enum

from moorage.oci import image_config
from moorage.oci import media_type as types


class Kind(Enum):
    """What people call it."""

    IMAGE = "image"
    INDEX = "index"
    CHART = "chart"
    MODULE = "module"
    SIGNATURE = "signature"
    BILL = "bill"
    ATTESTATION = "attestation"
    ARTIFACT = "artifact"


_BEGINNINGS = (
    ("application/vnd.cncf.helm.", Kind.CHART),
    ("application/vnd.wasm.", Kind.MODULE),
    ("application/wasm", Kind.MODULE),
    ("application/vnd.dev.cosign.artifact.sig.", Kind.SIGNATURE),
    ("application/vnd.dev.cosign.simplesigning.", Kind.SIGNATURE),
    ("application/vnd.dev.sigstore.bundle", Kind.SIGNATURE),
    ("application/vnd.cncf.notary.signature", Kind.SIGNATURE),
    ("application/vnd.dev.cosign.artifact.sbom.", Kind.BILL),
    ("application/spdx", Kind.BILL),
    ("text/spdx", Kind.BILL),
    ("application/vnd.cyclonedx", Kind.BILL),
    ("application/vnd.syft", Kind.BILL),
    ("application/vnd.in-toto", Kind.ATTESTATION),
    ("application/vnd.dsse.envelope", Kind.ATTESTATION),
)
SIGNATURES = tuple(beginning for beginning, kind in _BEGINNINGS if kind is Kind.SIGNATURE)
"""How the types of signatures begin."""


def of(media_type: str, artifact_type: str | None) -> Kind:
    """Of a manifest's media type and its artifact type, which without one of its own is that of its config."""
    if artifact_type is None or artifact_type in image_config.TYPES:
        return (
            Kind.INDEX if media_type in types.INDEXES else Kind.IMAGE if media_type in types.IMAGES else Kind.ARTIFACT
        )
    return next((kind for beginning, kind in _BEGINNINGS if artifact_type.startswith(beginning)), Kind.ARTIFACT)
