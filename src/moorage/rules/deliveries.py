"""Deliveries: one event on its way to one webhook, when it is tried again, and when it is given up.

Pure. Deliveries of one webhook and one repository stand in a *line*: the first alone is tried, until it has arrived or
is given up. Times are seconds since the epoch.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple

LASTS = 24 * 3600.0
"""Seconds for which a delivery is tried; then it is a dead letter, and its line goes on."""
PATIENCE = 5 * 24 * 3600.0
"""Seconds for which a webhook may fail without end before it is disabled."""
KEPT = 30 * 24 * 3600.0
"""Seconds for which the log keeps deliveries that have ended."""
MOST_KEPT = 10_000
"""Deliveries that the log of one webhook keeps of those that have ended."""
MOST_WAITING = 10_000
"""Deliveries to one webhook that wait; further ones are dead letters from the first."""
MOST_PINGS = 10
"""Trials of one webhook that wait."""
AT_ONCE, AT_ONCE_TO_HOOK, AT_ONCE_OF_PROJECT = 64, 2, 4
"""Deliveries that one process has under way: in all, to one webhook, and for one project."""
LONGEST_ANSWER = 512
"""Bytes of an answer that the log keeps."""
_PAUSES = (10.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0)
"""Seconds before the second attempt, the third, and so on; the last of them before all that follow."""
_SPREAD = 0.2


class State(Enum):
    """How a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class Outcome(NamedTuple):
    """What became of an attempt: the answer's status, if there was one, else why not; it took so many seconds."""

    status: int | None
    reason: str
    answer: bytes
    seconds: float

    @property
    def is_good(self) -> bool:
        """Has the receiver taken it?"""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - the class of success in HTTP


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way, as it is sent: `body` stays the same however often it is tried.

    `event` is its number, None for a trial. `due_at` is when it is tried next: None if others of its line go before
    it, or when it has ended. It is given up a day after `begun_at`.
    """

    id: int
    webhook_id: int
    event: int | None
    kind: str
    repository: str
    line: str
    body: str = field(repr=False)
    state: State
    attempts: int
    due_at: float | None
    created_at: float
    begun_at: float
    tried_at: float | None = None
    ended_at: float | None = None
    status: int | None = None
    reason: str = ""
    answer: str = ""
    seconds: float | None = None

    @property
    def message(self) -> str:
        """Names what is sent, the same at each attempt: by it a receiver knows what it has had already."""
        return f"msg_{self.webhook_id}_{self.event}" if self.event is not None else f"msg_{self.webhook_id}_p{self.id}"

    def after(self, outcome: Outcome, now: float, chance: float) -> "Delivery":
        """What it is after this attempt. `chance`, from 0 to 1, spreads what failed together."""
        tried = replace(
            self,
            status=outcome.status,
            reason=outcome.reason,
            answer=safe(outcome.answer),
            seconds=round(outcome.seconds, 3),
        )
        if outcome.is_good:
            return replace(tried, state=State.DELIVERED, due_at=None, ended_at=now)
        if now >= self.begun_at + LASTS:
            return replace(tried, state=State.DEAD, due_at=None, ended_at=now)
        pause = _PAUSES[min(self.attempts, len(_PAUSES)) - 1] * (1 - _SPREAD + 2 * _SPREAD * chance)
        return replace(tried, due_at=min(now + pause, self.begun_at + LASTS))


class Due(NamedTuple):
    """A delivery that could be tried now, or is under way."""

    id: int
    webhook_id: int
    project_id: int


def busy(running: Sequence[Due]) -> tuple[frozenset[int], frozenset[int]]:
    """The webhooks, and the projects, that have as much under way as they may."""
    hooks, projects = _counted(running)
    return (
        frozenset(hook for hook, number in hooks.items() if number >= AT_ONCE_TO_HOOK),
        frozenset(project for project, number in projects.items() if number >= AT_ONCE_OF_PROJECT),
    )


def choose(due: Sequence[Due], running: Sequence[Due]) -> Sequence[Due]:
    """Those that are tried now: a slow receiver, and a project with many, leave room for all others."""
    hooks, projects = _counted(running)
    chosen: list[Due] = []
    for one in due:
        if len(running) + len(chosen) >= AT_ONCE:
            break
        if hooks[one.webhook_id] < AT_ONCE_TO_HOOK and projects[one.project_id] < AT_ONCE_OF_PROJECT:
            hooks[one.webhook_id] += 1
            projects[one.project_id] += 1
            chosen.append(one)
    return chosen


def _counted(running: Sequence[Due]) -> tuple[Counter[int], Counter[int]]:
    return Counter(one.webhook_id for one in running), Counter(one.project_id for one in running)


def has_failed_too_long(failing_since: float | None, now: float) -> bool:
    """Is nobody there any more?"""
    return failing_since is not None and now - failing_since >= PATIENCE


def safe(answer: bytes) -> str:
    """The beginning of an answer as a line that nothing obeys."""
    text = answer[:LONGEST_ANSWER].decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()
