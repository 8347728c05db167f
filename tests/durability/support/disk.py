"""A disk of our own that can be filled, broken, and robbed of power: ext4 in a file, for root on Linux only."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Self

import pytest

MIB = 1024 * 1024


def _run(*command: object) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{command}: {done.stderr.strip()}")


class Disk:
    """Mounted at `folder` from start to end."""

    def __init__(self, place: Path, size: int) -> None:
        self.folder = place / "mounted"
        self._image = place / "disk.img"
        self._ballast = self.folder / "ballast"
        self._size = size

    def start(self) -> Self:
        """Make and mount it; skips the test where that cannot be done."""
        if os.geteuid() != 0:
            pytest.skip("a disk of its own needs root")
        if shutil.which("mkfs.ext4") is None:
            pytest.skip("a disk of its own needs mkfs.ext4")
        self.folder.mkdir()
        with self._image.open("wb") as image:
            image.truncate(self._size)
        _run("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0", self._image)
        try:
            self._mount()
        except OSError as error:
            pytest.skip(f"a disk of its own cannot be mounted here: {error}")
        return self

    def _mount(self) -> None:
        _run("mount", "-o", "loop", self._image, self.folder)

    def end(self) -> None:
        """Unmount; the image goes with the test's folder."""
        _run("umount", "--lazy", self.folder)
        self._image.unlink()

    def fail(self) -> None:
        """From now on nothing is written any more, as after an error of the disk: ext4 makes itself read-only."""
        _run("mount", "-o", "remount,abort", self.folder)

    def cut_power(self) -> None:
        """Lose all that no fsync has brought to the disk, and come back. Nobody may be using it."""
        self.fail()
        _run("umount", self.folder)
        self._mount()

    def fill(self, leave: int = 0) -> None:
        """Take all the room but these bytes."""
        with self._ballast.open("ab", buffering=0) as ballast:
            for piece in (MIB, 4096):
                try:
                    while True:
                        ballast.write(bytes(piece))
                        os.fsync(ballast.fileno())
                except OSError:
                    continue
            ballast.truncate(max(0, os.fstat(ballast.fileno()).st_size - leave))

    def make_room(self) -> None:
        """As an operator does."""
        self._ballast.unlink()
