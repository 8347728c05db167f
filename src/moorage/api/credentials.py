"""The Authorization header. Source: RFC 7617 (Basic), RFC 6750 (Bearer)."""

import binascii
from base64 import b64decode, b64encode

from moorage.oci.error import Code, Refusal
from moorage.service.authenticate import Basic, Bearer, Credential

_LONGEST = 16 * 1024


def parse_authorization(header: bytes | None) -> Credential | None:
    """The credential; None without a header. Refuses with UNAUTHORIZED what cannot be read."""
    if header is None:
        return None
    kind, _, value = header.strip().partition(b" ")
    if len(header) <= _LONGEST and kind.lower() == b"bearer" and value:
        return Bearer(value.strip().decode("latin-1"))
    if len(header) <= _LONGEST and kind.lower() == b"basic":
        try:
            name, colon, password = b64decode(value.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            colon = ""
        if colon:
            return Basic(name, password)
    raise Refusal(Code.UNAUTHORIZED, "the Authorization header is neither Basic nor Bearer, or cannot be read")


def encode_basic(credential: Basic) -> bytes:
    """As a header would say it: what is remembered of a password is the same by either way."""
    return b"Basic " + b64encode(f"{credential.name}:{credential.password}".encode())
