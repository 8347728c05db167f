"""Somebody with a home of their own, who runs `moorage` there: by itself, in this process, or at a terminal."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from typer.main import get_command

from moorage.cli.commands import app
from tests.support.command import Outcome

_COMMAND = get_command(app)
_OURS = ("MOORAGE_", "DOCKER_", "XDG_", "NO_COLOR", "FORCE_COLOR", "TTY_")


class Person:
    """`environment` is what they have set besides the usual."""

    def __init__(self, home: Path, environment: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.environment = dict(environment or {})

    @property
    def docker(self) -> Path:
        """Their Docker configuration."""
        return self.home / ".docker" / "config.json"

    @property
    def remembered(self) -> dict[str, Any]:
        """What the client remembers of registries."""
        return dict(json.loads((self.home / ".config" / "moorage" / "config.json").read_text()))

    def variables(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The whole environment of a command."""
        usual = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        return {**usual, "HOME": str(self.home), "TZ": "UTC", **self.environment, **(more or {})}

    def run(self, *words: str | Path, given: str = "", settings: Mapping[str, str] | None = None) -> Outcome:
        """The real command, with `given` on its standard input."""
        done = subprocess.run(
            [sys.executable, "-m", "moorage", *map(str, words)],
            env=self.variables(settings),
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Outcome(done.returncode, done.stdout, done.stderr)

    def call(self, *words: str | Path, given: str = "") -> Outcome:
        """The same without a process of its own, which costs less: for the many."""
        out, err = StringIO(), StringIO()
        with (
            patch.dict(os.environ, self.variables(), clear=True),
            patch("sys.stdin", StringIO(given)),
            redirect_stdout(out),
            redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            _COMMAND.main([*map(str, words)], prog_name="moorage")
        return Outcome(int(ended.value.code or 0), out.getvalue(), err.getvalue())

    def read(self, *words: str | Path) -> Any:  # noqa: ANN401 - JSON
        """What a command says as JSON."""
        outcome = self.call(*words, "--json")
        assert outcome.status == 0, outcome.err
        return json.loads(outcome.out)

    def type(
        self, *words: str, answers: Sequence[tuple[str, str]] = (), settings: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """At a terminal: wait for each prompt and type its answer; the status and all that was to be seen."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "moorage", *words],
            env=self.variables({"TERM": "xterm-256color", "COLUMNS": "200", **(settings or {})}),
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        try:
            seen = ""
            for prompt, answer in answers:
                seen += read_until(ours, prompt)
                os.write(ours, f"{answer}\n".encode())
            seen += read_until(ours, None)
            return process.wait(30), seen
        finally:
            os.close(ours)
            if process.poll() is None:
                process.kill()
                process.wait()


def read_until(terminal: int, prompt: str | None, patience: float = 30.0) -> str:
    """What comes up to the prompt, or up to the end."""
    seen = b""
    deadline = time.monotonic() + patience
    while prompt is None or prompt.encode() not in seen:
        readable, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        assert readable, f"no {prompt!r} in {seen!r}"
        try:
            piece = os.read(terminal, 65_536)
        except OSError:  # its other end was closed
            piece = b""
        if not piece:
            assert prompt is None, f"no {prompt!r} in {seen!r}"
            break
        seen += piece
    return seen.decode()
