"""`moorage apply` and `moorage export`: a registry as a file says, and a file as a registry is."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moorage.cli import showing
from moorage.cli.failing import Failure, Status, Unanswered
from moorage.cli.session import Session, command

if TYPE_CHECKING:
    from moorage.cli.asfile.plan import Plan
    from moorage.cli.asfile.step import Step
    from moorage.cli.asfile.supplies import Supplies

app = typer.Typer(rich_markup_mode=None)
_INPUT = "-"


@command(app, "apply")
def apply(
    session: Session,
    files: Annotated[
        list[str],
        typer.Option("--file", "-f", metavar="FILE", help="What shall be, in YAML; - is piped in; repeatable."),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; show what would be, with status 6 if anything would.")
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove what the file's sections do not name; never projects or images.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before anything is removed.")] = False,
) -> None:
    """Let the registry be as files say: projects, people, roles, robots. What is right already stays untouched."""
    from moorage.cli.asfile.faults import refuse  # noqa: PLC0415 - other commands need no YAML
    from moorage.cli.asfile.found import look  # noqa: PLC0415 - as above
    from moorage.cli.asfile.plan import decide  # noqa: PLC0415 - as above
    from moorage.cli.asfile.supplies import gather  # noqa: PLC0415 - as above
    from moorage.cli.asfile.wanted import parse  # noqa: PLC0415 - as above

    wanted = parse([(name, _read(name)) for name in files])
    plan = decide(wanted, look(session, wanted), prune=prune, now=time.time())
    refuse(plan.faults)
    if dry_run:
        _foretell(session, plan)
        return
    supplies, faults = gather(plan.steps)
    refuse(faults)
    if not yes:
        _require_meant(plan, piped=_INPUT in files)
    _carry_out(session, plan, supplies)


@command(app, "export")
def export(
    session: Session,
    projects: Annotated[
        list[str] | None,
        typer.Option(
            "--project", metavar="PROJECT", help="Only this project; may be repeated [all, and what is beside]."
        ),
    ] = None,
) -> None:
    """Print what 'moorage apply' would make of nothing: all that you may see, without a secret."""
    from moorage.cli.asfile.exporting import document, written  # noqa: PLC0415 - other commands need no YAML
    from moorage.cli.asfile.found import look_at_all  # noqa: PLC0415 - as above

    said = document(look_at_all(session, projects or [], _note))
    if session.as_json:
        session.tell("", said)
    else:
        print(written(said, session.address.url), end="")


def _read(name: str) -> bytes:
    from moorage.cli.asfile.tree import LARGEST  # noqa: PLC0415 - other commands need no YAML

    if name == _INPUT:
        return sys.stdin.read(LARGEST + 1).encode()
    try:
        with Path(name).open("rb") as source:
            return source.read(LARGEST + 1)
    except (OSError, ValueError) as fault:
        raise Failure(
            f"{showing.clean(name)} cannot be read: {getattr(fault, 'strerror', None) or fault}", Status.USAGE
        ) from None


def _foretell(session: Session, plan: "Plan") -> None:
    from moorage.cli.asfile import telling  # noqa: PLC0415 - other commands need no YAML

    if session.as_json:
        session.tell("", _as_json(plan, []))
    else:
        telling.show(plan.steps)
        print(f"{telling.count(plan.steps)}. Nothing was changed." if plan.steps else _NOTHING)
        _tell_kept(plan)
    if plan.steps:
        raise typer.Exit(Status.DIFFERENT)


def _require_meant(plan: "Plan", *, piped: bool) -> None:
    from moorage.cli.asfile import telling  # noqa: PLC0415 - other commands need no YAML
    from moorage.cli.asfile.step import Verb  # noqa: PLC0415 - as above

    removals = [step.what for step in plan.steps if step.verb is Verb.REMOVE]
    if not removals:
        return
    if piped or not sys.stdin.isatty():
        raise Failure(
            f"this removes {', '.join(removals[:_FEW])}{' …' if len(removals) > _FEW else ''}, "
            "and there is nobody to ask whether that is meant: give --yes",
            Status.USAGE,
        )
    telling.show(plan.steps)
    print(f"{telling.count(plan.steps)}.")
    if not typer.confirm("Go on?", err=True):
        raise Failure("nothing was changed")


def _carry_out(session: Session, plan: "Plan", supplies: "Supplies") -> None:
    from moorage.cli.asfile import telling  # noqa: PLC0415 - other commands need no YAML
    from moorage.cli.asfile.applying import carry_out  # noqa: PLC0415 - as above

    done: list[tuple[Step, str | None]] = []

    def hear(step: "Step", secret: str | None) -> None:
        done.append((step, secret))
        if session.as_json:
            return
        print(showing.clean(telling.done(step)), flush=True)
        if secret is not None:
            print(f"        its secret, shown only this once: {secret}", flush=True)

    try:
        carry_out(session, plan.steps, supplies, hear)
    except (Failure, KeyboardInterrupt) as fault:
        if session.as_json:
            session.tell("", _as_json(plan, done))
        raise _halted(fault, plan.steps[len(done) :], len(done)) from None
    if session.as_json:
        session.tell("", _as_json(plan, done))
        return
    if not plan.steps:
        print(_NOTHING)
    _tell_kept(plan)


def _halted(fault: BaseException, left: "list[Step]", done: int) -> Failure:
    """What was not done, in full; what was done stands above it, on standard output."""
    failure = fault if isinstance(fault, Failure) else Unanswered("interrupted")
    first, *rest = left
    told = [f"{done} of {done + len(left)} changes were made, those above; not made:"]
    unsure = " (or it was, and the answer got lost)" if isinstance(failure, Unanswered) else ""
    told += [f"  {first.verb.value} {first.what}{unsure}", *(f"  {step.verb.value} {step.what}" for step in rest)]
    if failure.hint:
        told.insert(0, failure.hint)
    sentence = showing.clean(f"{first.what}: {failure.sentence}")
    return Failure(sentence, failure.status, hint="\n  ".join(map(showing.tame, told)))


def _as_json(plan: "Plan", done: "list[tuple[Step, str | None]]") -> dict[str, object]:
    from moorage.cli.asfile import telling  # noqa: PLC0415 - other commands need no YAML

    rows = [telling.row(step, is_done=number < len(done)) for number, step in enumerate(plan.steps)]
    for row, (_, secret) in zip(rows, done, strict=False):
        if secret is not None:
            row["secret"] = secret
    return {"changes": rows, "kept": plan.kept}


def _tell_kept(plan: "Plan") -> None:
    for sentence in plan.kept:
        _note(sentence)


def _note(sentence: str) -> None:
    print(f"moorage: {showing.clean(sentence)}", file=sys.stderr)


_NOTHING = "Nothing to do: the registry is as the file says."
_FEW = 3
