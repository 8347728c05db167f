"""Addresses of our own API in which a slash of a repository's name is written as %2F.

Slashes may stand as they are, too; but only %2F tells the repository `app/tags` from the tags of `app`.
"""

from urllib.parse import quote, unquote_to_bytes

from moorage.oci.error import Code, Refusal

_INNER = "\x1f"
"""Stands for such a slash while an address is taken apart: no name and no address holds it otherwise."""
_ENCODED = (b"%2f", b"%2F")
_PLAIN = "/:@!$&'()*+,;=~-._%"


def taken_apart(path: str, raw: bytes) -> str:
    """The path as routes read it; `raw` is how it was sent. Raises ROUTE_UNKNOWN where it cannot be meant."""
    if _INNER in path:
        raise Refusal(Code.ROUTE_UNKNOWN, f"there is nothing at {path[:200]!r}")
    if not any(slash in raw for slash in _ENCODED):
        return path
    parts = (unquote_to_bytes(part).decode("utf-8", "replace") for part in raw.partition(b"?")[0].split(b"/"))
    return "/".join(part.replace("/", _INNER) for part in parts)


def whole(name: str) -> str:
    """A repository's name as it is, from a part of an address."""
    return name.replace(_INNER, "/")


def sent(path: str, raw: bytes) -> str:
    """The path as it was sent, for links to the same place."""
    return quote(raw.partition(b"?")[0].decode("latin-1") or path, safe=_PLAIN)
