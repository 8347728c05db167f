"""`moorage schedule`: jobs that come by themselves."""

from typing import Annotated

import typer

from moorage.cli.job import In
from moorage.cli.resource import path
from moorage.cli.session import Limit, Session, command, group
from moorage.cli.showing import Column, clean, moment, text, when

app = group("Jobs that come by themselves, at times of cron.")

Kind = Annotated[str, typer.Argument(metavar="KIND", help="What is done, as verify.")]
_COLUMNS = (
    Column("KIND", text("kind"), "bold"),
    Column("CRON", text("cron"), "cyan"),
    Column("TIME ZONE", lambda row: clean(row["time_zone"] or "") or "its project's"),
    Column("NEXT", moment("next_at")),
    Column("SET BY", lambda row: clean(row["set_by"]) or "itself"),
)


@command(app, "list")
def list_schedules(session: Session, project: In = None, limit: Limit = None) -> None:
    """List what comes by itself."""
    session.list(_schedules(project), _COLUMNS, limit=limit)


@command(app, "set")
def set_schedule(
    session: Session,
    kind: Kind,
    cron: Annotated[
        str, typer.Argument(metavar="CRON", help="Minute, hour, day, month, weekday, as '30 3 * * 0': Sundays at 3:30.")
    ],
    project: In = None,
    zone: Annotated[
        str | None, typer.Option("--time-zone", metavar="ZONE", help="Where that is read, as Europe/Berlin.")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Keep it, but let it not come.")] = False,
) -> None:
    """Let a kind of job come at times."""
    body = {"cron": cron, "time_zone": zone, "enabled": not off}
    made = session.ask("PUT", f"{_schedules(project)}/{path(kind)}", body=body).content
    then = "does not come" if made["next_at"] is None else f"comes next at {when(made['next_at'])}"
    session.tell(f"{kind} {then}.", made)


@command(app, "remove")
def remove(session: Session, kind: Kind, project: In = None) -> None:
    """Let it come no more; what comes by itself comes as it did before."""
    session.ask("DELETE", f"{_schedules(project)}/{path(kind)}")
    session.tell(f"The schedule of {kind} is removed.")


def _schedules(project: str | None) -> str:
    return path("schedules") if project is None else path("projects", project, "schedules")
