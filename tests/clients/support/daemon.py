"""Start a daemon of a container engine on folders of its own, and end it by its process id."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from tests.clients.support.tools import Client, ClientError

PATIENCE = 60.0
"""Seconds that a daemon may take to answer on its socket, or to end."""


class Daemon:
    """A daemon in a session of its own, from its start to its end; `folder` is short for its socket."""

    def __init__(self, name: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
        self.socket = self.folder / "sock"
        self.log = self.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._out: IO[bytes] | None = None

    def start(self, program: Client, arguments: Sequence[str | Path]) -> None:
        """Start it and wait until its socket answers."""
        self._out = self.log.open("ab")
        self._process = subprocess.Popen(
            [*program.command, *map(str, arguments)],
            env=program.surroundings(),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            if self._listens():
                return
            time.sleep(0.05)
        told = self.log.read_text(errors="replace")[-4000:]
        self.stop()
        raise ClientError(f"{program.generation} {program.name} did not start:\n{told}")

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket))
            except OSError:
                return False
            return True

    def stop(self) -> None:
        """End it and what it left running, by process id, and remove its folder."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._out is not None:
            self._out.close()
        for orphan in self._orphans():
            os.kill(orphan, signal.SIGKILL)
        _unmount(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _orphans(self) -> list[int]:
        """Processes whose command line names this daemon's own folder: its shims, and nobody else's."""
        mark = f"{self.folder}/".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (process / "cmdline").read_bytes() and int(process.name) != os.getpid():
                    found.append(int(process.name))
            except OSError:
                continue  # it ended meanwhile
        return found


def _unmount(folder: Path) -> None:
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in sorted(mounts, reverse=True):
        if Path(mount).is_relative_to(folder):
            subprocess.run(["umount", "--lazy", mount], check=False, capture_output=True)
