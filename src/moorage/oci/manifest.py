"""A manifest: exact bytes, and what they say. Source: OCI Image Specification, manifest.md and image-index.md.

It knows what the standard asks of the bytes alone; whether what they point to is stored is for the rules.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, NoReturn

from moorage.oci import media_type as types
from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal

LARGEST = 4 * 1024 * 1024
"""Bytes in the largest manifest that is taken; the specification asks for at least this."""
MOST_DESCRIPTORS = 20_000
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")


class Role(Enum):
    """What a manifest wants a descriptor for."""

    CONFIG = "config"
    LAYER = "layer"
    CHILD = "child"


@dataclass(frozen=True, slots=True)
class Link:
    """A manifest's pointer to content: `size` in bytes. `foreign` content may be kept elsewhere."""

    role: Role
    digest: Digest
    size: int
    media_type: str
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest's bytes say. `content` is exactly what was pushed, byte for byte."""

    content: bytes
    media_type: str
    links: tuple[Link, ...]
    subject: Digest | None
    artifact_type: str | None
    annotations: Mapping[str, str]

    @property
    def is_index(self) -> bool:
        """Does it list other manifests?"""
        return self.media_type in types.INDEXES


def parse(content: bytes, content_type: str) -> Manifest:
    """Read a manifest that was pushed with this Content-Type header.

    Refuses with TOO_LARGE above 4 MiB and with MANIFEST_INVALID for everything else that is wrong.
    """
    if len(content) > LARGEST:
        raise Refusal(Code.TOO_LARGE, f"a manifest has at most {LARGEST} bytes (4 MiB); this has {len(content)}")
    fields = _object(content)
    declared = types.essence(content_type)
    inner = fields.get("mediaType")
    if inner is not None and not isinstance(inner, str):
        _invalid("its mediaType is not a text")
    media_type = declared or inner
    if media_type in types.DOCKER_SCHEMA_1 or fields.get("schemaVersion") == 1:
        _invalid("schema 1 images are no longer supported; build it again with a current docker, podman or buildah")
    if not media_type:
        _invalid("its media type is not told: send a Content-Type header")
    if inner is not None and inner != media_type:
        _invalid(f"the Content-Type header says {media_type} but its mediaType says {inner[:256]}")
    if media_type not in types.KNOWN:
        _invalid(f"{media_type[:256]} is not a media type of manifests; wrap other content in an OCI image manifest")
    if media_type not in types.ARTIFACTS and _integer(fields, "schemaVersion") != 2:  # noqa: PLR2004 - the standard's
        _invalid("its schemaVersion is not 2")
    links = _links(fields, media_type)
    if len(links) > MOST_DESCRIPTORS:
        _invalid(f"it names more than {MOST_DESCRIPTORS} other contents")
    subject = fields.get("subject")
    return Manifest(
        content=content,
        media_type=media_type,
        links=links,
        subject=_link(subject, Role.CHILD, "subject").digest if subject is not None else None,
        artifact_type=_artifact_type(fields, links, media_type),
        annotations=_annotations(fields),
    )


def _object(content: bytes) -> dict[str, Any]:
    try:
        # As text, since json would read bytes as UTF-16 too; RFC 8259, section 8.1, knows UTF-8 alone.
        fields = json.loads(content.decode(), parse_constant=_not_json, object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as fault:
        reason = "it nests too deep" if isinstance(fault, RecursionError) else f"it is not JSON ({fault})"
        raise Refusal(Code.MANIFEST_INVALID, f"the manifest is not valid: {reason}") from None
    if not isinstance(fields, dict):
        _invalid("it is JSON but not an object")
    return fields


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # RFC 8259, section 4: which of two equal names counts is up to the reader, so clients could read another image.
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("an object has the same name twice")
    return fields


def _invalid(reason: str) -> NoReturn:
    raise Refusal(Code.MANIFEST_INVALID, f"the manifest is not valid: {reason}")


def _links(fields: dict[str, Any], media_type: str) -> tuple[Link, ...]:
    if media_type in types.INDEXES:
        # manifest.md and CVE-2021-41190: bytes that read both ways are refused.
        if "layers" in fields or "config" in fields:
            _invalid("it is an index, yet it has config or layers")
        return tuple(_many(fields, "manifests", Role.CHILD))
    if "manifests" in fields:
        _invalid("it is not an index, yet it has manifests")
    if media_type in types.ARTIFACTS:
        if "layers" in fields or "config" in fields:
            _invalid("it is an artifact manifest, yet it has config or layers")
        return tuple(_many(fields, "blobs", Role.LAYER)) if fields.get("blobs") is not None else ()
    if "config" not in fields:
        _invalid("it has no config")
    return (_link(fields["config"], Role.CONFIG, "config"), *_many(fields, "layers", Role.LAYER))


def _many(fields: dict[str, Any], name: str, role: Role) -> list[Link]:
    values = fields.get(name)
    if values is None and name == "layers":
        return []
    if not isinstance(values, list):
        _invalid(f"its {name} is not a list")
    return [_link(value, role, f"{name}[{index}]") for index, value in enumerate(values)]


def _link(value: object, role: Role, where: str) -> Link:
    if not isinstance(value, dict):
        _invalid(f"its {where} is not a descriptor")
    digest, media_type = value.get("digest"), value.get("mediaType", "")
    if not isinstance(digest, str):
        _invalid(f"its {where} has no digest")
    if not isinstance(media_type, str) or (media_type and not _MEDIA_TYPE.fullmatch(media_type)):
        _invalid(f"the mediaType of its {where} is not a media type")
    size = _integer(value, "size")
    if size is None or not 0 <= size < 2**63:
        _invalid(f"the size of its {where} is not a number of bytes")
    urls = value.get("urls")
    try:
        parsed = Digest.parse(digest)
    except Refusal as refusal:
        raise Refusal(
            Code.MANIFEST_INVALID, f"the manifest is not valid: the digest of its {where}: {refusal.sentence}"
        ) from None
    return Link(role, parsed, size, media_type, foreign=types.is_foreign(media_type) or bool(urls))


def _integer(fields: Mapping[str, Any], name: str) -> int | None:
    value = fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _artifact_type(fields: dict[str, Any], links: tuple[Link, ...], media_type: str) -> str | None:
    # Distribution Specification, "Listing Referrers": an absent artifactType is the config's media type.
    stated = fields.get("artifactType")
    if stated is not None and (not isinstance(stated, str) or (stated and not _MEDIA_TYPE.fullmatch(stated))):
        _invalid("its artifactType is not a media type")
    if stated:
        return str(stated)
    if media_type in types.IMAGES:
        return next((link.media_type for link in links if link.role is Role.CONFIG), None) or None
    return None


def _annotations(fields: dict[str, Any]) -> Mapping[str, str]:
    annotations = fields.get("annotations")
    if annotations is None:
        return {}
    if not isinstance(annotations, dict) or not all(isinstance(value, str) for value in annotations.values()):
        _invalid("its annotations are not an object of texts")
    return annotations
