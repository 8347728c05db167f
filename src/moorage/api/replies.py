"""Headers that several answers share."""

from moorage.oci.digest import Digest

VERSION = (b"docker-distribution-api-version", b"registry/2.0")
FOREVER = (b"cache-control", b"max-age=31536000, immutable, no-transform")
"""For what a digest names: it never changes, and no proxy may encode it."""
ASK_AGAIN = (b"cache-control", b"no-cache, no-transform")
"""For what a tag names: it may move."""
NOSNIFF = (b"x-content-type-options", b"nosniff")


def digest_headers(digest: Digest) -> list[tuple[bytes, bytes]]:
    """The content's digest, and the entity tag made of it."""
    text = str(digest).encode()
    return [(b"docker-content-digest", text), (b"etag", b'"' + text + b'"')]


def matches(if_none_match: bytes | None, digest: Digest) -> bool:
    """Does the client hold this content already? RFC 9110, section 13.1.2; comparison is weak."""
    if if_none_match is None:
        return False
    entity = f'"{digest}"'
    return any(
        candidate.strip().removeprefix("W/") in {entity, "*"}
        for candidate in if_none_match.decode("latin-1").split(",")
    )
