"""Run a `moorage` command to its end, as a person at a terminal would."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_WITHOUT_POWERS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.getuid() == 0 else ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The exit status and what was printed."""

    status: int
    out: str
    err: str


def moorage(
    *words: str | Path,
    settings: Mapping[str, str] | None = None,
    powerless: bool = False,
    cwd: Path | None = None,
    patience: float = 60.0,
    given: str | None = None,
) -> Outcome:
    """`moorage WORDS` with these variables beside the usual ones; `patience` is in seconds.

    `given` comes on its standard input. `powerless` takes root's powers away, so that the modes of files and the
    ranges of ports bind root as well.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOORAGE_")}
    done = subprocess.run(
        [*(_WITHOUT_POWERS if powerless else ()), sys.executable, "-m", "moorage", *map(str, words)],
        env={**environment, **(settings or {})},
        input=given or "",
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        timeout=patience,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)
