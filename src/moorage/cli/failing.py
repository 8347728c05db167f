"""How a command of the client ends when it does not succeed: one sentence, and a status that scripts can tell apart."""

from enum import IntEnum


class Status(IntEnum):
    """Exit statuses; they stand in the help of `moorage` and in docs/cli.md."""

    FAILED = 1
    USAGE = 2
    NOT_LOGGED_IN = 3
    NOT_FOUND = 4
    CONFLICT = 5
    DIFFERENT = 6


class Failure(Exception):  # noqa: N818 - names what a command has come to
    """What is told as `moorage: SENTENCE`, with the status to end with. `hint` is a line below it: what to do now."""

    def __init__(self, sentence: str, status: Status = Status.FAILED, *, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status
        self.hint = hint


class Denied(Failure):
    """Whoever asked is known, and may not (HTTP 403)."""


class Unanswered(Failure):
    """No answer came: whether what was asked for was done is not known."""
