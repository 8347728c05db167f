"""Carries steps out, one after the other; each is done only if what it was decided on still holds."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from moorage.cli.asfile.comparing import same
from moorage.cli.asfile.step import Step
from moorage.cli.asfile.supplies import SecretFile, Supplies, file_of
from moorage.cli.failing import Failure, Status, Unanswered
from moorage.cli.session import Session

Told: TypeAlias = Callable[[Step, str | None], None]
"""Hears of each step that was done, with the secret that it drew unless that went to a file."""
Body: TypeAlias = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
_TRIES = 3
_PASSING = frozenset(
    {
        *("last_seen_at", "last_used_at", "last_used_from", "next_at", "failing_since"),
        *("tags", "pushed_at", "members", "people"),
    }
)
"""What changes by itself, and decides nothing."""


def carry_out(session: Session, steps: Sequence[Step], supplies: Supplies, told: Told) -> None:
    """Do them all. Raises Failure at the first that fails: those after it are left."""
    for number, step in enumerate(steps):
        body = step.body
        if number in supplies.passwords and not isinstance(body, Sequence):
            body = {**(body or {}), step.sources.sent_as: supplies.passwords[number]}
        told(step, _do(session, step, body))


def _do(session: Session, step: Step, body: Body) -> str | None:
    if not step.sources.draws_secret:
        _ask(session, step, body)
        return None
    target = file_of(step)
    file = None if target is None else SecretFile(target)
    try:
        secret = _secret(_ask(session, step, body))
    except BaseException:
        if file is not None:
            with suppress(OSError):
                file.discard()
        raise
    if file is None:
        return secret
    try:
        file.write(secret)
    except OSError as fault:
        raise Failure(
            f"it is made, but {target} cannot hold its secret: {fault.strerror}",
            hint="draw a new one: moorage robot rotate, or webhook rotate",
        ) from None
    return None


def _secret(made: Any) -> str:  # noqa: ANN401 - JSON
    if isinstance(made, dict) and isinstance(made.get("secret"), str):
        return str(made["secret"])
    raise Unanswered("the registry answers without the secret")


def _ask(session: Session, step: Step, body: Body) -> Any:  # noqa: ANN401 - JSON
    if step.seen is None:
        return session.ask(step.method, step.path, body=body).content
    for left in reversed(range(_TRIES)):
        condition = _as_it_was(session, step, step.seen)
        try:
            return session.ask(step.method, step.path, body=body, condition=condition).content
        except Failure as failure:
            if failure.status is not Status.CONFLICT or not left:
                raise  # else it may be that somebody pushed just now, which is no change that matters
    raise AssertionError("the last try has an end")


def _as_it_was(session: Session, step: Step, seen: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> str | None:
    """The entity tag of the address, if it still shows what was seen."""
    answer = session.ask("GET", step.path)
    if not _shows(answer.content, seen):
        raise Failure(
            f"{step.what} was changed by somebody else meanwhile", Status.CONFLICT, hint="look again with --dry-run"
        )
    return answer.tag


def _shows(content: Any, seen: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> bool:  # noqa: ANN401 - JSON
    """Of what has names those fields that were seen; of a list all of it, as its order may matter."""
    if not isinstance(seen, Mapping):
        return bool(content == list(seen))
    watched = seen.keys() - _PASSING
    return isinstance(content, dict) and all(same(content.get(name), seen[name]) for name in watched)
