"""Structured logs: lines for people on a terminal, JSON elsewhere. Both carry the same fields."""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import Processor

from moorage.app.lines import is_human

_SECRET = ("password", "authorization", "token", "secret")


def redact(_logger: object, _method: str, event: Any) -> Any:  # noqa: ANN401 - structlog's own signature
    """Nothing that is named like a secret is ever written."""
    for name in event:
        if any(word in name.lower() for word in _SECRET):
            event[name] = "[redacted]"
    return event


def escape(_logger: object, _method: str, event: Any) -> Any:  # noqa: ANN401 - structlog's own signature
    """What a request says moves no cursor of a terminal and begins no line of its own."""
    return {
        name: repr(value) if isinstance(value, str) and not value.isprintable() else value
        for name, value in event.items()
    }


def set_up(form: str, level: str) -> None:
    """Once per process, before anything is logged. Everything goes to standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    ending: list[Processor] = (
        # The plain form: the other one prints local variables, and secrets are among them.
        [escape, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if is_human(form)
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
