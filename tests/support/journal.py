"""What a server logged."""

import json
from typing import Any

from tests.support.server import Server

_BANNER = ("Moorage ", "  ", "moorage: warning")


def logged(server: Server) -> list[dict[str, Any]]:
    """Every line of the log as an object, in order; fails on anything that is neither JSON nor the announcement."""
    told = []
    for line in server.output().splitlines():
        if not line or line.startswith(_BANNER):
            continue
        assert line.startswith("{"), f"a stray line in the log: {line!r}"
        told.append(json.loads(line))
    return told


def faults(server: Server) -> list[dict[str, Any]]:
    """The lines that speak of something worse than a warning."""
    return [line for line in logged(server) if line["level"] in {"error", "critical"}]
