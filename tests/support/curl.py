"""Ask by curl, for what Python's own client cannot speak: HTTP/2."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.server import PASSWORD, Server


@dataclass(frozen=True, slots=True)
class Heard:
    """The protocol's version, the status, headers by name in lower case, and the body."""

    version: str
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Curl:
    """curl as the administrator of this server, which it trusts by `authority`; `folder` is for its files."""

    server: Server
    authority: Path
    folder: Path

    def __post_init__(self) -> None:
        if shutil.which("curl") is None:
            pytest.skip("curl is not installed")

    def start(self, *words: str | Path) -> "subprocess.CompletedProcess[bytes]":
        """Run it, however it ends."""
        command = ["curl", "-sS", "--max-time", "60", "--cacert", self.authority, "-u", f"admin:{PASSWORD}", *words]
        return subprocess.run(command, capture_output=True, check=False)

    def ask(self, path: str, *words: str | Path) -> Heard:
        """One request that is answered, whatever the status; `path` may be a whole address."""
        head, body = self.folder / "head", self.folder / "body"
        url = path if "://" in path else self.server.url + path
        body.unlink(missing_ok=True)
        shown = ("-D", head, "-o", body, "-w", "%{http_version} %{response_code}")
        done = self.start(*shown, *words, url)
        assert done.returncode == 0, done.stderr
        version, status = done.stdout.decode().split()
        lines = [line.partition(":") for line in head.read_text().splitlines() if ":" in line]
        headers = {name.lower(): value.strip() for name, _, value in lines}
        return Heard(version, int(status), headers, body.read_bytes() if body.exists() else b"")
