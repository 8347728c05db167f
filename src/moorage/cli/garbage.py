"""`moorage gc`: what nobody needs any more, and when it goes."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from moorage.cli.resource import path
from moorage.cli.session import Session, command, group
from moorage.cli.showing import Column, Row, moment, size, text

app = group("Garbage: layers that no image needs any more.")


def _amount(name: str) -> Callable[[Row], str]:
    return lambda status: _said(status[name])


def _said(amount: Row) -> str:
    return f"{size(amount['bytes'])} ({amount['blobs']} blobs, {amount['links']} links)"


def _found(name: str) -> Callable[[Row], str]:
    return lambda status: _said(status[name]) + ("" if status["whole"] else " at least")


_STATUS = (
    Column("RUNNING", lambda status: "yes" if status["running"] else "no"),
    Column("CAN GO NOW", _found("due"), "bold"),
    Column("RESTS", _found("waiting")),
    Column("FOR", lambda status: f"{status['grace_hours']:g} hours"),
    Column("LAST ROUND", moment("started_at")),
    Column("ASKED BY", text("asked_by")),
    Column("TOOK", _amount("last")),
    Column("ALL ROUNDS", _amount("total")),
)


@command(app, "status")
def status(session: Session) -> None:
    """Show what the collector did, what can go now, and what rests before it goes."""
    session.show(session.ask("GET", path("gc")).content, _STATUS)


@command(app, "run")
def run(
    session: Session,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Take nothing; only say what would go.")] = False,
    grace_hours: Annotated[
        float | None,
        typer.Option(
            "--grace-hours",
            metavar="HOURS",
            help="How long it must have rested, this once; with 0 a push that is under way may have to begin anew.",
        ),
    ] = None,
) -> None:
    """Collect garbage now, instead of at the next round."""
    body: dict[str, Any] = {"dry_run": dry_run}
    if grace_hours is not None:
        body["grace_hours"] = grace_hours
    done = session.ask("POST", path("gc"), body=body).content
    took = done["took"]
    while not dry_run and done["due"]["bytes"] and done["took"]["links"] + done["took"]["blobs"]:
        done = session.ask("POST", path("gc"), body=body).content
        took = {name: took[name] + done["took"][name] for name in took}
    done["took"] = took
    if dry_run:
        session.tell(f"{_found('due')(done)} would go now.", done, below=[f"{_found('waiting')(done)} rest."])
        return
    session.tell(f"{_said(took)} went.", done, below=[f"{_found('waiting')(done)} rest."])
