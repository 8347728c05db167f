"""Sealing by AES-256-GCM with a key of the data folder, or of the settings.

The key stays when the keys that sign logins are renewed: what it closed could not be opened otherwise.
"""

import base64
import binascii
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from moorage.oci.error import Code, Refusal

FILE = "secret.key"
KEY_BYTES = 32
_NONCE_BYTES = 12
_FORM = "1:"
"""How it was sealed, should that change."""


class KeySealing:
    """See `ports.sealing.Sealing`. `key` is 32 random bytes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, secret: bytes, purpose: str) -> str:
        """A nonce of 96 random bits each time: far fewer are sealed than would make two alike."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        closed = nonce + self._cipher.encrypt(nonce, secret, purpose.encode())
        return _FORM + base64.b64encode(closed).decode("ascii")

    def open(self, sealed: str, purpose: str) -> bytes:
        """The purpose is authenticated with it."""
        try:
            closed = base64.b64decode(sealed.removeprefix(_FORM), validate=True)
            return self._cipher.decrypt(closed[:_NONCE_BYTES], closed[_NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError) as fault:
            raise Refusal(
                Code.UNKNOWN, f"a secret in the database ({purpose}) cannot be opened with this registry's secret key"
            ) from fault


def parse(text: str) -> bytes:
    """A key as the environment gives it: base64 of 32 bytes. Raises ValueError."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"is base64 of {KEY_BYTES} random bytes, as `openssl rand -base64 32` gives them")
    return key


def ensure(folder: Path) -> bytes:
    """The key of a data folder, made now if there is none. Raises ValueError if the file is damaged."""
    file = folder / FILE
    if not file.exists():  # whole or not at all, also if this is cut off
        draft = file.with_name(f"{FILE}.{os.getpid()}.new")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_bytes(KEY_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
        draft.rename(file)
    return read(folder)


def read(folder: Path) -> bytes:
    """The key of a data folder. Raises ValueError."""
    key = (folder / FILE).read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{folder / FILE} is damaged: restore it, or remove it and reset everybody's second factor")
    return key
