"""The two servers, started as their users start them, each on a fresh folder, and ended by process id.

Moorage runs with its log-in on and one worker; the peer as kindly as it can be set up: no log-in, no access
log, its in-memory descriptor cache on, uploads never purged.
"""

import base64
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self
from urllib.parse import quote, urlsplit

from benchmarks.wire import Connection

PASSWORD = "a-password-for-benchmarks"
PATIENCE_SECONDS = 60
TOOLS = {"wrk": "wrk", "docker-registry": "docker-registry"}
"""Programs a run needs, and the Debian package that has each."""


class MissingError(Exception):
    """A program that a run needs is not installed; the text says how to get it."""


def require(programs: Sequence[str]) -> None:
    """Refuse, with the line that installs them, when a program is not on the path."""
    absent = [name for name in programs if shutil.which(name) is None]
    if absent:
        packages = " ".join(TOOLS[name] for name in absent)
        raise MissingError(f"missing: {', '.join(absent)}. On Debian: apt-get install {packages}")


def free_port() -> int:
    """A TCP port on the loopback address that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A registry on 127.0.0.1:`port` that keeps its data in `folder`, which goes when it stops."""

    name: ClassVar[str]

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """The command line that serves `data` on `port`."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """The environment it is started in."""
        return {name: value for name, value in os.environ.items() if not name.startswith("MOORAGE_")}

    def authorization(self, *scopes: str) -> str:
        """The Authorization header's value that grants these scopes; empty where nobody need log in."""
        raise NotImplementedError

    def password(self) -> str:
        """The Authorization value of one who may do anything; empty where nobody need log in."""
        raise NotImplementedError

    def repository(self, name: str) -> str:
        """An Authorization value to pull from and push to one repository."""
        return self.authorization(f"repository:{name}:pull,push")

    def start(self) -> Self:
        """Start it and wait until it accepts connections."""
        self.data.mkdir(parents=True, exist_ok=True)
        command = self.command()
        with (self.folder / "log").open("wb") as log:
            # Of our own session: Linux shares the cores out by session first, and only then by priority, so that in
            # one of its own what stands back there would not stand back for the clients here.
            self.process = subprocess.Popen(
                command, env=self.environment(), stdout=log, stderr=subprocess.STDOUT, process_group=0
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            if self._answers():
                return self
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"{self.name} did not start:\n{self.output()}")

    def _answers(self) -> bool:
        try:
            with Connection(self.port) as connection:
                return connection.ask("GET", "/v2/").status in {200, 401}
        except OSError:
            return False

    def output(self) -> str:
        """The end of what it printed."""
        return (self.folder / "log").read_text(errors="replace")[-1500:]

    def stop(self) -> None:
        """SIGTERM, and SIGKILL to its own process group when that does not end it; its data stay."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            print(f"--- {self.name} printed last:\n{self.output()}", file=sys.stderr)
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Moorage(Server):
    """`moorage serve`, with its log-in; one Bearer token a scope, fetched once and kept."""

    name = "Moorage"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._tokens: dict[tuple[str, ...], str] = {}
        self._token_path = ""

    def command(self) -> list[str]:
        """As a user would type it."""
        listen = f"127.0.0.1:{self.port}"
        options = ["--listen", listen, "--data", str(self.data), "--workers", "1"]
        return [sys.executable, "-m", "moorage", "serve", *options]

    def environment(self) -> dict[str, str]:
        """The administrator's password is preset."""
        return {**super().environment(), "MOORAGE_ADMIN_PASSWORD": PASSWORD}

    def authorization(self, *scopes: str) -> str:
        """A Bearer token from the token endpoint that the server's challenge names."""
        if scopes not in self._tokens:
            self._tokens[scopes] = self._token(scopes)
        return f"Bearer {self._tokens[scopes]}"

    def password(self) -> str:
        """The administrator's, as Basic."""
        return "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode()

    def _token(self, scopes: Sequence[str]) -> str:
        with Connection(self.port) as connection:
            if not self._token_path:
                challenge = connection.ask("GET", "/v2/").headers["www-authenticate"]
                said = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
                self._token_path = f"{urlsplit(said['realm']).path}?service={quote(said['service'])}"
            path = self._token_path + "".join(f"&scope={quote(scope, safe='')}" for scope in scopes)
            answer = json.loads(connection.ask("GET", path, self.password()).must_be(200).body)
        token: str = answer.get("token") or answer["access_token"]
        return token


class Peer(Server):
    """Debian's docker-registry (distribution 2.8) on its filesystem driver, without log-in and logs."""

    name = "docker-registry"

    def command(self) -> list[str]:
        """`serve` on a configuration of its own; JSON is YAML too."""
        settings: Mapping[str, object] = {
            "version": "0.1",
            "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {
                "filesystem": {"rootdirectory": str(self.data)},
                "delete": {"enabled": True},
                "cache": {"blobdescriptor": "inmemory"},
                "maintenance": {"uploadpurging": {"enabled": False}},
            },
            "http": {"addr": f"127.0.0.1:{self.port}", "secret": "benchmark"},
        }
        path = self.folder / "config.yml"
        path.write_text(json.dumps(settings))
        return ["docker-registry", "serve", str(path)]

    def authorization(self, *scopes: str) -> str:
        """Nothing: it asks nobody to log in."""
        del scopes
        return ""

    def password(self) -> str:
        """Nothing either."""
        return ""
