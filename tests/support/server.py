"""Start the real program in a process of its own, as a user would, and end it by its process id."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from tests.support.prepared import furnish

PASSWORD = "correct-horse-battery"
"""The administrator's password of every server that a test starts."""


def free_port() -> int:
    """A TCP port on the loopback address that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """`moorage serve` on a data folder, from start to a clean end.

    `address` is "127.0.0.1:PORT"; `log` is the file that holds what it printed. It may be started again on the
    same folder after `stop` or `kill`. A folder that is empty begins with a database that was `prepared` before, unless
    the first start itself is what is tested. A `quick` one is the program of `tests.support.quick`.
    """

    def __init__(
        self,
        data: Path,
        *,
        port: int | None = None,
        options: tuple[str, ...] = (),
        settings: Mapping[str, str] | None = None,
        scheme: str = "http",
        password: str | None = PASSWORD,
        prepared: bool = True,
        quick: bool = False,
    ) -> None:
        self.data = data
        self.port = port or free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"{scheme}://{self.address}"
        self.options = options
        self.settings = dict(settings or {})
        self.password = password
        self.prepared = prepared and password is not None
        self.program = "tests.support.quick" if quick else "moorage"
        handle, path = tempfile.mkstemp(prefix="moorage-", suffix=".log")
        os.close(handle)
        self.log = Path(path)
        self.process: subprocess.Popen[bytes] | None = None
        self._out: IO[bytes] | None = None

    def launch(self) -> Self:
        """Start it and wait for nothing."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MOORAGE_")},
            **self.settings,
        }
        if self.password is not None:
            environment["MOORAGE_ADMIN_PASSWORD"] = self.password
            if self.prepared and not (self.data.exists() and any(self.data.iterdir())):
                furnish(self.data, self.password)
        command = [
            sys.executable, "-m", self.program, "serve",
            "--listen", self.address, "--data", str(self.data), *self.options,
        ]  # fmt: skip
        self._out = self.log.open("ab")
        self.process = subprocess.Popen(
            command, env=environment, stdout=self._out, stderr=subprocess.STDOUT, start_new_session=True
        )
        return self

    def start(self, patience: float = 30.0) -> Self:
        """Start it and wait until it answers /readyz; `patience` is in seconds."""
        process = self.launch().process
        assert process is not None
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if process.poll() is not None:
                self._close()
                raise RuntimeError(f"the server ended with {process.returncode}:\n{self.output()}")
            if self._answers():
                return self
            time.sleep(0.03)
        self.kill()
        raise TimeoutError(f"the server did not become ready:\n{self.output()}")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                pass
            if self.url.startswith("https"):
                return True
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def output(self) -> str:
        """All it printed so far."""
        return self.log.read_text(errors="replace")

    def stop(self, patience: float = 30.0) -> int:
        """SIGTERM, wait; the exit status."""
        if self.process is None:
            return 0
        self.process.terminate()
        try:
            status = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self._close()
        return status

    def kill(self) -> None:
        """SIGKILL to every process of it at once, as a power cut would."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._close()

    def _close(self) -> None:
        self.process = None
        if self._out is not None:
            self._out.close()
            self._out = None

    def call(
        self, method: str, path: str, *, body: bytes | dict[str, Any] | None = None, user: str = "admin", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """One request, as the administrator or a user with the same password; (status, headers, body) whatever it is.

        The headers' names are in lower case.
        """
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        request = urllib.request.Request(self.url + path, data=data, method=method)
        basic = b64encode(f"{user}:{self.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {basic}")
        if isinstance(body, dict):
            request.add_header("Content-Type", "application/json")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, {k.lower(): v for k, v in refusal.headers.items()}, refusal.read()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None:
            self.stop()
        self.log.unlink(missing_ok=True)
