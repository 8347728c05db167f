"""`moorage job`: what is done beside the requests."""

import time
from enum import Enum
from typing import Annotated

import typer

from moorage.cli.failing import Failure, Status
from moorage.cli.resource import path
from moorage.cli.session import Limit, Session, command, group
from moorage.cli.showing import Column, Row, clean, moment, text, when

app = group("Jobs: what is done beside the requests.")

In = Annotated[str | None, typer.Option("--project", metavar="PROJECT", help="Of this project [the whole registry].")]
OfJob = Annotated[int, typer.Argument(metavar="ID", help="The job.")]
_STYLES = {"succeeded": "green", "failed": "red", "cancelled": "yellow", "running": "cyan", "queued": "dim"}
_LOOK = 1.0


class State(Enum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


def _far(job: Row) -> str:
    """How far it is."""
    if job["total"]:
        return f"{job['done']}/{job['total']}"
    return str(job["done"]) if job["done"] else "-"


def _state(job: Row) -> str:
    return "running, shall stop" if job["cancelling"] else str(job["state"])


def _result(job: Row) -> str:
    return clean(", ".join(f"{name} {value}" for name, value in (job["result"] or {}).items())) or "-"


_COLUMNS = (
    Column("ID", text("id")),
    Column("KIND", text("kind"), "bold"),
    Column("PROJECT", text("project")),
    Column("STATE", _state, lambda job: _STYLES.get(job["state"], "")),
    Column("DONE", _far),
    Column("ASKED BY", lambda job: clean(job["asked_by"]) or "a schedule"),
    Column("ASKED", moment("asked_at")),
    Column("ENDED", moment("ended_at", never="-")),
)
_FIELDS = (
    *_COLUMNS[:6],
    Column("ATTEMPT", lambda job: f"{job['attempt']} of {job['attempts']}"),
    Column("ASKED", moment("asked_at")),
    Column("BEGUN", moment("started_at", never="-")),
    Column("ENDED", moment("ended_at", never="-")),
    Column("RESULT", _result),
    Column("REASON", text("reason")),
)


@command(app, "list")
def list_jobs(
    session: Session,
    project: In = None,
    kind: Annotated[str | None, typer.Option("--kind", metavar="KIND", help="Only of this kind.")] = None,
    state: Annotated[State | None, typer.Option("--state", help="Only those that stand so.")] = None,
    limit: Limit = None,
) -> None:
    """List jobs, the newest first."""
    asked = {"kind": kind, "state": state.value if state is not None else None}
    query = {name: value for name, value in asked.items() if value is not None}
    session.list(_jobs(project), _COLUMNS, limit=limit, query=query)


@command(app, "run")
def run(
    session: Session,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="What shall be done, as verify.")],
    project: In = None,
    wait: Annotated[bool, typer.Option("--wait", help="Until it has ended; status 1 unless it succeeded.")] = False,
) -> None:
    """Ask for a job."""
    job = session.ask("POST", _jobs(project), body={"kind": kind}).content
    if not wait:
        session.tell(f"The job {job['id']} is asked for: moorage job show {job['id']}{_again(project)}", job)
        return
    while job["state"] in {"queued", "running"}:
        time.sleep(_LOOK)
        job = session.ask("GET", f"{_jobs(project)}/{job['id']}").content
    session.show(job, _FIELDS)
    if job["state"] != "succeeded":
        raise Failure(f"the job {job['id']} has not succeeded: {job['state']}", Status.FAILED)


@command(app, "show")
def show(session: Session, number: OfJob, project: In = None) -> None:
    """Show a job: how far it is, what came of it."""
    session.show(session.ask("GET", f"{_jobs(project)}/{number}").content, _FIELDS)


@command(app, "logs")
def logs(session: Session, number: OfJob, project: In = None) -> None:
    """Print what a job said."""
    target = f"{_jobs(project)}/{number}/log"
    if session.as_json:
        session.list(target, ())
        return
    for line in session.remote.pages(target):
        print(f"{when(line['at'], with_seconds=True)}  {clean(line['text'])}")


@command(app, "cancel")
def cancel(session: Session, number: OfJob, project: In = None) -> None:
    """Let a job end: at once if it waits, within seconds if it runs."""
    job = session.ask("POST", f"{_jobs(project)}/{number}/cancel").content
    session.tell(f"The job {number} {'will stop' if job['cancelling'] else 'is cancelled'}.", job)


@command(app, "retry")
def retry(session: Session, number: OfJob, project: In = None) -> None:
    """Try a job again that failed or was cancelled; it goes on where it was."""
    job = session.ask("POST", f"{_jobs(project)}/{number}/retry").content
    session.tell(f"The job {number} is tried again.", job)


def _jobs(project: str | None) -> str:
    return path("jobs") if project is None else path("projects", project, "jobs")


def _again(project: str | None) -> str:
    return "" if project is None else f" --project {project}"
