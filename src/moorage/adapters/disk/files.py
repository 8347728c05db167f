"""The few things that are done to files, and what their failures are called."""

import errno
import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

from moorage.oci.error import Refusal
from moorage.ports.blobs import DraftBusy, DraftGone, StorageFailed, StorageFull

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_MOST_PIECES = 512
RESERVE = 16 * 1024 * 1024
"""Bytes that pushes leave free, so that whoever makes room on a full disk can: that needs rows too."""


def as_refusal(error: OSError) -> Refusal:
    """What an error of the operating system means to whoever asked."""
    return StorageFull() if error.errno in _NO_ROOM else StorageFailed()


def lock(path: Path, *, create: bool = False) -> int:
    """Open for reading and writing, alone among all processes. Raises DraftBusy, DraftGone.

    With `create` the file must be new: DraftBusy if it is there already.
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT | os.O_EXCL if create else 0), 0o640)
    except FileNotFoundError:
        raise DraftGone from None
    except FileExistsError:
        raise DraftBusy from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_gone = _is_renamed(file, path)
    except BlockingIOError:
        os.close(file)
        raise DraftBusy from None
    except OSError:
        os.close(file)
        raise
    if is_gone:
        os.close(file)
        raise DraftGone
    return file


def _is_renamed(file: int, path: Path) -> bool:
    """Between open and lock its holder may have made it a blob, to which nobody may write any more."""
    try:
        return not os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return True


def has_room(disk: os.statvfs_result) -> bool:
    """May pushes write on? A file system that does not count its blocks may."""
    return disk.f_blocks == 0 or disk.f_bavail * disk.f_frsize >= RESERVE


def write_all(file: int, pieces: Sequence[bytes], offset: int) -> int:
    """Write the pieces one after another from `offset` on; how many bytes they had.

    Raises OSError with ENOSPC where less than `RESERVE` is free.
    """
    if not has_room(os.fstatvfs(file)):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    rest = [memoryview(piece) for piece in pieces if piece]
    start = offset
    while rest:
        written = os.pwritev(file, rest[:_MOST_PIECES], offset)
        offset += written
        while rest and written >= len(rest[0]):
            written -= len(rest.pop(0))
        if written:
            rest[0] = rest[0][written:]
    return offset - start


def sync_folder(folder: Path | str) -> None:
    """Make new names in the folder safe from a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
