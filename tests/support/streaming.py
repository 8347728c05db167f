"""A server whose audit goes on to somewhere else, and what is seen there."""

import json
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from tests.support.server import Server
from tests.support.waiting import until


def settings(address: str) -> dict[str, str]:
    """With the stream going there."""
    return {"MOORAGE_AUDIT_STREAM": address, "MOORAGE_LOG_FORMAT": "json"}


def act(server: Server, *names: str) -> None:
    """Make projects of these names."""
    for name in names:
        assert server.call("POST", "/api/v1/projects", body={"name": name})[0] == 201


def begin(server: Server, seen: Callable[[], object]) -> None:
    """A stream that is new begins at the end: do something now and then until it is there."""
    numbers = count()

    def look() -> bool:
        if seen():
            return True
        act(server, f"begin-{next(numbers)}")
        time.sleep(0.3)
        return False

    until(look, "the stream has begun", 60)


def lines(file: Path) -> list[dict[str, Any]]:
    """What stands in it."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def made(events: list[dict[str, Any]]) -> list[str]:
    """The projects that were made, in order."""
    return [event["repository"] for event in events if event["kind"] == "project.created"]
