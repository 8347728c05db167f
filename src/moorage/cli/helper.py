"""Docker's credential helpers: programs that keep passwords in the keychain of the system.

Source: github.com/docker/docker-credential-helpers, "Credential helpers"; a program docker-credential-NAME is given a
verb as its argument and JSON, or the bare address, on its standard input.
"""

import json
import subprocess
from dataclasses import dataclass

from moorage.cli.failing import Failure

_PATIENCE = 120.0
"""Seconds that a person may take to open their keychain."""
_UNKNOWN = "credentials not found"


@dataclass(frozen=True, slots=True)
class Helper:
    """One of them, by the name that stands in Docker's configuration."""

    name: str

    def get(self, host: str) -> tuple[str, str] | None:
        """User name and secret; None where it knows none."""
        done = self._run("get", host)
        if done.returncode:
            if _UNKNOWN in (done.stdout + done.stderr).lower():
                return None
            raise self._failed("get", done)
        try:
            found = json.loads(done.stdout)
            return str(found["Username"]), str(found["Secret"])
        except (ValueError, KeyError, TypeError):
            raise Failure(f"{self._program} answered something else than a login") from None

    def store(self, host: str, user: str, secret: str) -> None:
        """Keep it, in place of what was there."""
        done = self._run("store", json.dumps({"ServerURL": host, "Username": user, "Secret": secret}))
        if done.returncode:
            raise self._failed("store", done)

    def erase(self, host: str) -> None:
        """Forget it."""
        done = self._run("erase", host)
        if done.returncode and _UNKNOWN not in (done.stdout + done.stderr).lower():
            raise self._failed("erase", done)

    @property
    def _program(self) -> str:
        return f"docker-credential-{self.name}"

    def _run(self, verb: str, given: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # noqa: S603 - the person's own configuration names it
                [self._program, verb], input=given, capture_output=True, text=True, check=False, timeout=_PATIENCE
            )
        except FileNotFoundError:
            raise Failure(
                f"Docker's configuration names the credential helper {self.name}, "
                f"but there is no program {self._program}"
            ) from None
        except (OSError, ValueError) as fault:
            raise Failure(f"{self._program} cannot be run: {fault}") from None
        except subprocess.TimeoutExpired:
            raise Failure(f"{self._program} did not answer") from None

    def _failed(self, verb: str, done: subprocess.CompletedProcess[str]) -> Failure:
        told = (done.stdout if verb == "get" else done.stdout or done.stderr).strip() or done.stderr.strip()
        return Failure(f"{self._program} {verb} failed: {told[:500] or f'status {done.returncode}'}")
