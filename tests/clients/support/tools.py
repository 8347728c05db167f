"""Find the real clients of two generations and run them, each in a home of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

TOOLS = Path(os.environ.get("MOORAGE_TOOLS", "/var/cache/moorage-tools"))
"""Where `.ci/install-clients` puts what Debian's stable packages do not bring."""

STABLE = "stable"
CURRENT = "current"
GENERATIONS = (STABLE, CURRENT)

_SYSTEM = "/usr/sbin:/usr/bin:/sbin:/bin"


class ClientError(AssertionError):
    """A client ended otherwise than it should have; the text holds all it printed."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what it printed on both channels together."""

    status: int
    text: str

    @property
    def sentence(self) -> str:
        """The text with every run of white space made one blank, as a person reads it."""
        return " ".join(self.text.split())


@dataclass(frozen=True)
class Client:
    """A program of one generation, in a home of its own; `environment` and `options` go with every call."""

    name: str
    generation: str
    command: tuple[str, ...]
    home: Path
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def surroundings(self) -> dict[str, str]:
        """The whole environment of a call: nothing of the caller's, so that no login of theirs leaks in."""
        return {
            "PATH": _SYSTEM,
            "LANG": "C.UTF-8",
            "HOME": str(self.home),
            "MOORAGE_SHARE": _share(),
            **self.environment,
        }

    def attempt(self, *arguments: str | Path, feed: str = "", patience: float = 90.0) -> Outcome:
        """Run it and tell how it ended, whichever way; `feed` is its standard input."""
        ended = subprocess.run(
            [*self.command, *self.options, *map(str, arguments)],
            env=self.surroundings(),
            cwd=self.home,
            input=feed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=patience,
            check=False,
        )
        return Outcome(ended.returncode, ended.stdout)

    def run(self, *arguments: str | Path, feed: str = "", patience: float = 90.0) -> str:
        """Run it; it must succeed. What it printed, without blanks at the ends."""
        outcome = self.attempt(*arguments, feed=feed, patience=patience)
        if outcome.status != 0:
            raise ClientError(f"{self._told(arguments)} ended with {outcome.status}:\n{outcome.text}")
        return outcome.text.strip()

    def refused(self, *arguments: str | Path, feed: str = "", patience: float = 90.0) -> str:
        """Run it; it must fail. What it printed, as one line."""
        outcome = self.attempt(*arguments, feed=feed, patience=patience)
        if outcome.status == 0:
            raise ClientError(f"{self._told(arguments)} should have been refused:\n{outcome.text}")
        return outcome.sentence

    def _told(self, arguments: tuple[str | Path, ...]) -> str:
        return f"{self.generation} {self.name} {' '.join(map(str, arguments))}"


def need(name: str, generation: str) -> tuple[str, ...]:
    """The words that start a client's program of that generation; skips where it is not installed."""
    if os.geteuid() != 0:
        pytest.skip("the container clients need root")
    if generation == STABLE:
        path = shutil.which(name, path=_SYSTEM)
        if path is None:
            _lacking(f"Debian's {name} is not installed: .ci/install-clients does that")
        return (path,)
    if not _has_current(name):
        pytest.skip(f"today's {name} is not installed: .ci/install-clients does that")
    return (str(TOOLS / "bin" / "current"), name)


def need_tool(name: str) -> Path:
    """A program that `.ci/install-clients` builds; the test skips where it is not there."""
    path = TOOLS / "bin" / name
    if not path.exists():
        _lacking(f"{name} is not installed: .ci/install-clients does that")
    return path


def need_python() -> Path:
    """The interpreter that has a gRPC client; the test skips where it is not there."""
    path = TOOLS / "python" / "bin" / "python"
    if not path.exists():
        _lacking("the gRPC client is not installed: .ci/install-clients does that")
    return path


def need_issuer() -> Path:
    """The folder in which Node finds an issuer of identity tokens; the test skips where it is not there."""
    folder = TOOLS / "issuer"
    if not (folder / ".complete").exists() or shutil.which("node") is None:
        _lacking("the issuer of identity tokens is not installed: .ci/install-clients does that")
    return folder


def _lacking(sentence: str) -> NoReturn:
    """Skip; or fail where MOORAGE_NEED_CLIENTS says that these clients have just been installed."""
    if os.environ.get("MOORAGE_NEED_CLIENTS"):
        pytest.fail(sentence)
    pytest.skip(sentence)


@cache
def _has_current(name: str) -> bool:
    root = TOOLS / "current"
    if not any((root / folder / name).exists() for folder in ("usr/bin", "usr/sbin")):
        return False
    runner = [str(TOOLS / "bin" / "current"), "true"]
    return subprocess.run(runner, capture_output=True, check=False, timeout=30).returncode == 0


def _share() -> str:
    folder = tempfile.gettempdir()
    return "" if Path(folder).is_relative_to("/tmp") else folder
