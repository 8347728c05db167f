"""What a manifest needs before it is taken, and what its pusher should be warned of."""

from collections.abc import Iterable

from moorage.oci import media_type as types
from moorage.oci.digest import Digest
from moorage.oci.error import Code, Refusal
from moorage.oci.manifest import Manifest, Role
from moorage.oci.reference import Reference, Tag

MOST_TAGS = 100
"""Tags in one request; the specification asks for at least ten."""
_NAMED = 5


def needed_blobs(manifest: Manifest) -> tuple[Digest, ...]:
    """The blobs that must be in the repository: config and layers, except those that live elsewhere by right.

    An index's children may come later (Distribution Specification, "Pushing Manifests"), so it needs none.
    """
    return tuple(
        dict.fromkeys(link.digest for link in manifest.links if link.role is not Role.CHILD and not link.foreign)
    )


def require_blobs(missing: Iterable[Digest], *, sparse: bool) -> None:
    """Refuse with MANIFEST_BLOB_UNKNOWN if any is missing, unless sparse images are allowed."""
    absent = [str(digest) for digest in missing]
    if not absent or sparse:
        return
    named = ", ".join(absent[:_NAMED]) + (f" and {len(absent) - _NAMED} more" if len(absent) > _NAMED else "")
    raise Refusal(
        Code.MANIFEST_BLOB_UNKNOWN,
        f"the manifest names blobs that are not in this repository: {named}; push them first",
        detail={"digests": absent[:100]},
    )


def choose_tags(reference: Reference, extra: list[str]) -> tuple[Tag, ...]:
    """The tags that a push sets: the reference's own and those of `?tag=`, which go with a digest only."""
    if isinstance(reference, Tag):
        if extra:
            raise Refusal(
                Code.TAG_INVALID,
                "?tag= goes with a push by digest; this push names a tag in its address already",
            )
        return (reference,)
    if len(extra) > MOST_TAGS:
        raise Refusal(Code.TOO_MANY_TAGS, f"one request sets at most {MOST_TAGS} tags; this has {len(extra)}")
    return tuple(dict.fromkeys(Tag.parse(text) for text in extra))


def require_digest(manifest_digest: Digest, reference: Reference) -> None:
    """The digest in the address must be the content's own."""
    if isinstance(reference, Digest) and reference != manifest_digest:
        raise Refusal(
            Code.DIGEST_INVALID,
            f"the address says {reference} but the manifest's digest is {manifest_digest}",
        )


def warnings(manifest: Manifest, missing: Iterable[Digest]) -> tuple[str, ...]:
    """Sentences for the `Warning` header: accepted, but the pusher should know."""
    told = []
    if absent := len(list(missing)):
        told.append(f"{absent} blobs of this image are not in the repository; it cannot be pulled whole from here")
    if manifest.media_type in types.ARTIFACTS:
        told.append("OCI artifact manifests were withdrawn from the standard; push an image manifest with artifactType")
    if any(types.is_foreign(link.media_type) for link in manifest.links):
        told.append("non-distributable layers are deprecated by the standard; push ordinary layers")
    return tuple(told)
