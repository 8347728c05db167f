"""Log lines of the standard library's `logging` in the same two forms as ours; costs next to no memory."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any


def is_human(form: str) -> bool:
    """Lines for people are asked for, or standard error is a terminal."""
    return form == "human" or (form == "auto" and sys.stderr.isatty())


class Lines(logging.Formatter):
    """One line a record: readable, or JSON with event, level, timestamp and, after a fault, exception."""

    def __init__(self, *, human: bool) -> None:
        super().__init__()
        self._human = human

    def format(self, record: logging.LogRecord) -> str:
        """Fields given as `extra={"fields": {…}}` stand beside the event."""
        told: dict[str, Any] = dict(getattr(record, "fields", {}))
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        level = record.levelname.lower()
        if self._human:
            rest = "".join(f" {name}={value}" for name, value in told.items())
            return f"{moment} [{level:<9}] {record.getMessage()}{rest}" + (f"\n{trace}" if trace else "")
        told |= {"event": record.getMessage(), "level": level, "timestamp": moment}
        if trace:
            told["exception"] = trace
        return json.dumps(told)


def configuration(form: str, level: str) -> dict[str, Any]:
    """For `logging.config`: everything to standard error; of the server beneath us only what went wrong."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "moorage.app.lines.Lines", "human": is_human(form)}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "_granian": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
            "moorage": {"handlers": ["stderr"], "level": level.upper(), "propagate": False},
        },
    }
