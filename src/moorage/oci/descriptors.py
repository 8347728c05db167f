"""Descriptors of a manifest as pages show them. Source: OCI Image Specification, descriptor.md and image-index.md.

What counts of them is read strictly by `oci.manifest`; this reads what is only told, and takes anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from moorage.oci import loose

_MOST_ANNOTATIONS = 50
_WORD = 128
_ATTESTS, _ATTESTATION = "vnd.docker.reference.type", "attestation-manifest"
TITLE = "org.opencontainers.image.title"
"""The annotation that names a file."""


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a manifest says of content that it names; `platform` as `linux/arm64/v8`, empty where it says none.

    `attests`: an attestation of another entry of the same index, as buildkit adds them.
    """

    digest: str
    size: int
    media_type: str
    artifact_type: str = ""
    platform: str = ""
    attests: bool = False
    title: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)


def listed(fields: object, name: str, most: int) -> tuple[Descriptor, ...]:
    """Up to so many entries of a manifest's list of this name: `manifests`, `layers` or `blobs`."""
    found = fields.get(name) if isinstance(fields, dict) else None
    if not isinstance(found, list):
        return ()
    return tuple(_one(item) for item in found[:most] if isinstance(item, dict))


def platform_of(fields: object) -> str:
    """Operating system, architecture and variant, as far as these are told."""
    if not isinstance(fields, dict):
        return ""
    words = (loose.text(fields.get(name), _WORD) for name in ("os", "architecture", "variant"))
    return "/".join(word for word in words if word)


def _one(fields: dict[str, object]) -> Descriptor:
    annotations = loose.pairs(fields.get("annotations"), _MOST_ANNOTATIONS)
    platform = platform_of(fields.get("platform"))
    return Descriptor(
        loose.text(fields.get("digest"), 256),
        loose.whole(fields.get("size")),
        loose.text(fields.get("mediaType"), 256),
        loose.text(fields.get("artifactType"), 256),
        platform,
        annotations.get(_ATTESTS) == _ATTESTATION,
        annotations.get(TITLE, ""),
        annotations,
    )
