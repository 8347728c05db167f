"""How what is sent to webhooks is signed: as Standard Webhooks says (standardwebhooks.com). Pure."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from moorage.oci.error import Code, Refusal

OVERLAP = 24 * 3600.0
"""Seconds for which the old secret signs as well after a rotation, unless said otherwise."""
SECRET_PREFIX, SECRET_BYTES = "whsec_", 32
SHORTEST_SECRET, LONGEST_SECRET = 8, 256
_FEWEST_KEY_BYTES = 8


def purpose(project_id: int) -> str:
    """What secrets of a project's webhooks are sealed for."""
    return f"webhooks of project {project_id}"


def secret_of(drawn: bytes) -> str:
    """Random bytes as a secret in Standard Webhooks' form."""
    return SECRET_PREFIX + base64.b64encode(drawn).decode("ascii")


def require_secret(secret: str) -> str:
    """One that somebody chose, or QUERY_INVALID."""
    if not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET or not secret.isascii() or not secret.isprintable():
        raise Refusal(
            Code.QUERY_INVALID,
            f"a webhook's secret has from {SHORTEST_SECRET} to {LONGEST_SECRET} plain characters; leave it out to "
            "have one made",
        )
    if secret.startswith(SECRET_PREFIX) and len(_key(secret)) < _FEWEST_KEY_BYTES:
        raise Refusal(
            Code.QUERY_INVALID,
            f"behind {SECRET_PREFIX} stands base64 of at least {_FEWEST_KEY_BYTES} bytes, as `openssl rand -base64 32`",
        )
    return secret


def _key(secret: str) -> bytes:
    """The bytes that sign: what stands in base64 behind the prefix, or the text itself where there is none."""
    if not secret.startswith(SECRET_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        return b""


def signed(secrets: Sequence[str], message: str, at: int, body: bytes) -> str:
    """The header `webhook-signature`: one by each secret. `at` is the header `webhook-timestamp`."""
    text = f"{message}.{at}.".encode() + body
    made = (hmac.new(_key(secret), text, hashlib.sha256).digest() for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(one).decode('ascii')}" for one in made)
