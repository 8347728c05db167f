"""The keys that sign logins: the first one signs, all of them are believed.

They lie in a file of the data folder, one after another, newest first; or the environment gives them, so that nothing
secret lies beside the data. A key that is renewed stays behind the new one: nobody is logged out.
"""

import binascii
import hashlib
import os
import secrets
from base64 import b64decode
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import NamedTuple, TypeAlias

from joserfc.jwk import OctKey

KEY_BYTES = 32
MOST_KEYS = 4
"""A login lasts for so many renewals at the most."""
FILE = "token.key"
_LOOK_SECONDS = 1.0


class Key(NamedTuple):
    """A key, and a short name for it that tells nothing of it."""

    id: str
    value: OctKey


Ring: TypeAlias = Callable[[], Sequence[Key]]
"""The keys as they are now, newest first."""


class KeyFile:
    """The keys in a data folder. Another process may renew them: the file is looked at again every second."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._keys = _read(self._file)
        self._seen = _state(self._file)
        self._look_at = monotonic() + _LOOK_SECONDS

    def __call__(self) -> Sequence[Key]:
        """As they were a second ago at the longest."""
        if (now := monotonic()) >= self._look_at:
            self._look_at = now + _LOOK_SECONDS
            try:
                if (state := _state(self._file)) != self._seen:
                    self._keys, self._seen = _read(self._file), state
            except (OSError, ValueError):
                return self._keys  # whoever broke the file hears of it at the next start
        return self._keys


def fixed(keys: Sequence[bytes]) -> Ring:
    """Keys that do not change while this process lives."""
    ring = tuple(map(_key, keys))
    return lambda: ring


def parse(text: str) -> tuple[bytes, ...]:
    """Keys as the environment gives them: base64 of 32 bytes each, commas between them. Raises ValueError."""
    found: list[bytes] = []
    for part in text.split(","):
        try:
            key = b64decode(part.strip(), validate=True)
        except binascii.Error:
            key = b""
        if len(key) != KEY_BYTES:
            raise ValueError(f"each key is base64 of {KEY_BYTES} random bytes, as `openssl rand -base64 32` gives them")
        found.append(key)
    return tuple(found)


def ensure(folder: Path) -> None:
    """Make the first key of a data folder if there is none. Raises ValueError if the file is damaged."""
    file = folder / FILE
    if not file.exists():
        _write(file, secrets.token_bytes(KEY_BYTES))
    _read(file)


def renew(folder: Path, *, revoke: bool) -> None:
    """Put a new key in front; with `revoke` the ones before it are no longer believed. Raises ValueError."""
    file = folder / FILE
    _read(file)
    before = b"" if revoke else file.read_bytes()[: (MOST_KEYS - 1) * KEY_BYTES]
    _write(file, secrets.token_bytes(KEY_BYTES) + before)


def _read(file: Path) -> tuple[Key, ...]:
    raw = file.read_bytes()
    if not raw or len(raw) % KEY_BYTES or len(raw) > MOST_KEYS * KEY_BYTES:
        raise ValueError(f"{file} is damaged: remove it, and everybody has to log in again")
    return tuple(_key(raw[start : start + KEY_BYTES]) for start in range(0, len(raw), KEY_BYTES))


def _key(raw: bytes) -> Key:
    return Key(hashlib.sha256(b"moorage key name\n" + raw).hexdigest()[:16], OctKey.import_key(raw))


def _state(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_ino, found.st_mtime_ns


def _write(file: Path, raw: bytes) -> None:
    """Whole or not at all, also if this is cut off; only its owner may read it."""
    draft = file.with_name(f"{FILE}.{os.getpid()}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(raw)
        stream.flush()
        os.fsync(stream.fileno())
    draft.rename(file)
