"""What the process that prepared hands to itself when it becomes the keeper: plain values and open files."""

import json
import os
import signal
from dataclasses import dataclass, field
from typing import Self

HANDOVER = "_MOORAGE_HANDOVER"
"""The variable that names the open file in which the plan waits."""
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable, read by prometheus-client too, that names where processes share what they count."""
SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
"""What ends or renews the program; held back where nobody is ready to hear it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All the keeper needs. `settings` is JSON with secrets, for workers alone; `listener`, `lock` are open files."""

    settings: str = field(repr=False)
    listener: int
    lock: int
    workers: int
    drain_seconds: int
    cert: str | None
    key: str | None
    log_format: str
    log_level: str
    origins: dict[str, str] = field(default_factory=dict)

    @classmethod
    def receive(cls, file: int) -> Self:
        """Read it to the end."""
        with os.fdopen(file, "rb") as stream:
            return cls(**json.load(stream))
