"""`moorage session`: browsers in which people are signed in."""

from typing import Annotated

import typer

from moorage.cli.failing import Failure, Status
from moorage.cli.resource import path
from moorage.cli.session import Session, command, group
from moorage.cli.showing import Column, moment, text

app = group("Browsers in which you are signed in; administrators see those of others.")

User = Annotated[str | None, typer.Option("--user", metavar="NAME", help="Of somebody else; for administrators.")]
_COLUMNS = (
    Column("ID", text("id")),
    Column("ADDRESS", text("address"), "bold"),
    Column("BROWSER", text("agent")),
    Column("SINCE", moment("started_at")),
    Column("LAST USED", moment("last_seen_at")),
)


@command(app, "list")
def list_sessions(session: Session, user: User = None) -> None:
    """List them, the newest first."""
    session.list(_of(user), _COLUMNS)


@command(app, "end")
def end(
    session: Session,
    number: Annotated[int | None, typer.Argument(metavar="ID", help="One of yours.")] = None,
    user: User = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
) -> None:
    """Sign a browser out, or all of them."""
    if (number is None) != everything or (number is not None and user is not None):
        raise Failure("give the ID of one of your sessions, or --all", Status.USAGE)
    session.ask("DELETE", _of(user) if everything else f"{_of(None)}/{number}")
    session.tell("All sessions are ended." if everything else f"The session {number} is ended.")


def _of(user: str | None) -> str:
    return path("me", "sessions") if user is None else path("users", user, "sessions")
