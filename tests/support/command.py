"""Run a `moorage` command to its end, as a person at a terminal would."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """The exit status and what was printed."""

    status: int
    out: str
    err: str


def moorage(
    *words: str | Path,
    settings: Mapping[str, str] | None = None,
    user: int | None = None,
    cwd: Path | None = None,
    patience: float = 60.0,
) -> Outcome:
    """`moorage WORDS` with these variables beside the usual ones; `user` is a numeric id, `patience` in seconds."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOORAGE_")}
    done = subprocess.run(
        [sys.executable, "-m", "moorage", *map(str, words)],
        env={**environment, **(settings or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        user=user,
        cwd=cwd,
        timeout=patience,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)
