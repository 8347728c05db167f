"""`moorage webhook`: where events of a project are sent, and what became of that."""

import sys
from typing import Annotated

import typer

from moorage.cli.failing import Failure, Status
from moorage.cli.project import Description, changes
from moorage.cli.resource import path
from moorage.cli.session import Limit, Session, command, first_line, group
from moorage.cli.showing import Column, Row, joined, moment, text

app = group("Webhooks: events of a project, sent to an address.")

Project = Annotated[str, typer.Argument(metavar="PROJECT", help="The project.")]
Number = Annotated[int, typer.Argument(metavar="ID", min=1, help="The webhook.")]
Delivery = Annotated[int, typer.Argument(metavar="DELIVERY", min=1, help="What was sent.")]
Events = Annotated[
    list[str] | None,
    typer.Option("--event", metavar="KIND", help="As 'manifest.*' or tag.deleted; may be repeated."),
]
Repositories = Annotated[
    list[str] | None,
    typer.Option("--repositories", metavar="PATTERN", help="Of these only, as 'web-*'; may be repeated."),
]
Tags = Annotated[
    list[str] | None, typer.Option("--tags", metavar="PATTERN", help="Of these tags only, as '1.*'; may be repeated.")
]
Form = Annotated[str | None, typer.Option("--form", metavar="FORM", help="cloudevents, docker or slack.")]
SecretStdin = Annotated[
    bool, typer.Option("--secret-stdin", help="Read the secret that signs from standard input [one is made].")
]


def _state(hook: Row) -> str:
    if hook["disabled"]:
        return "disabled"
    return "fails" if hook["failing_since"] is not None else "enabled"


_STYLES = {"enabled": "green", "fails": "red", "disabled": "yellow"}
_COLUMNS = (
    Column("ID", text("id"), "bold"),
    Column("URL", text("url")),
    Column("FORM", text("form")),
    Column("EVENTS", joined("events"), "cyan"),
    Column("REPOSITORIES", joined("repositories")),
    Column("TAGS", joined("tags")),
    Column("STATE", _state, lambda hook: _STYLES[_state(hook)]),
)
_DETAILS = (
    *_COLUMNS,
    Column("FAILS SINCE", moment("failing_since", never="-")),
    Column("OLD SECRET UNTIL", moment("previous_secret_until", never="-")),
    Column("MADE BY", text("created_by")),
    Column("MADE", moment("created_at")),
    Column("DESCRIPTION", text("description")),
)
_DELIVERIES = (
    Column("ID", text("id"), "bold"),
    Column("MADE", moment("created_at")),
    Column("KIND", text("kind"), "cyan"),
    Column("OF", text("repository")),
    Column("STATE", text("state"), lambda row: {"delivered": "green", "dead": "red"}.get(row["state"], "yellow")),
    Column("ATTEMPTS", text("attempts")),
    Column("STATUS", text("status")),
    Column("NEXT", moment("due_at", never="-")),
    Column("WHY", text("reason")),
)


@command(app, "list")
def list_webhooks(session: Session, project: Project, limit: Limit = None) -> None:
    """List the webhooks of a project."""
    session.list(_webhooks(project), _COLUMNS, limit=limit)


@command(app, "add")
def add(
    session: Session,
    project: Project,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Where to, as https://ci.example.com/hook.")],
    event: Events = None,
    form: Form = "cloudevents",
    repositories: Repositories = None,
    tags: Tags = None,
    description: Annotated[str, typer.Option("--description", metavar="TEXT", help="What it is for.")] = "",
    secret_stdin: SecretStdin = False,
) -> None:
    """Have events sent to an address, from now on: of images and tags, unless said otherwise."""
    body = {
        "url": address,
        "events": event or ["manifest.*", "tag.*"],
        "form": form,
        "repositories": repositories or ["**"],
        "tags": tags or ["**"],
        "description": description,
        "secret": _given(from_stdin=secret_stdin),
    }
    made = session.ask("POST", _webhooks(project), body=body).content
    session.hand_over(f"The webhook {made['id']} of {project} is made.", made)


@command(app, "show")
def show(session: Session, project: Project, number: Number) -> None:
    """Show one webhook."""
    session.show(session.ask("GET", _webhook(project, number)).content, _DETAILS)


@command(app, "update")
def update(
    session: Session,
    project: Project,
    number: Number,
    address: Annotated[str | None, typer.Option("--address", metavar="ADDRESS", help="Where to.")] = None,
    event: Events = None,
    form: Form = None,
    repositories: Repositories = None,
    tags: Tags = None,
    description: Description = None,
    enable: Annotated[bool | None, typer.Option("--enable/--disable", help="Is anything sent?")] = None,
) -> None:
    """Send somewhere else, something else, or nothing for now. Its secret stays."""
    body = changes(
        url=address,
        events=event or None,
        form=form,
        repositories=repositories or None,
        tags=tags or None,
        description=description,
        disabled=None if enable is None else not enable,
    )
    changed = session.ask("PATCH", _webhook(project, number), body=body).content
    session.tell(f"The webhook {number} of {project} is changed.", changed)


@command(app, "rotate")
def rotate(
    session: Session,
    project: Project,
    number: Number,
    overlap_hours: Annotated[
        float, typer.Option("--overlap-hours", min=0, max=720, metavar="N", help="Hours for which both sign.")
    ] = 24,
    secret_stdin: SecretStdin = False,
) -> None:
    """Let another secret sign, shown this once; the old one signs as well for a while."""
    body = {"overlap_seconds": round(overlap_hours * 3600), "secret": _given(from_stdin=secret_stdin)}
    made = session.ask("POST", f"{_webhook(project, number)}/rotation", body=body).content
    session.hand_over(f"The webhook {number} of {project} has another secret.", made)


@command(app, "remove")
def remove(session: Session, project: Project, number: Number) -> None:
    """Delete a webhook, with its log and with what waits."""
    session.ask("DELETE", _webhook(project, number))
    session.tell(f"The webhook {number} of {project} is deleted.")


@command(app, "test")
def test(session: Session, project: Project, number: Number) -> None:
    """Send a ping. What became of it is seen among the deliveries."""
    made = session.ask("POST", f"{_webhook(project, number)}/test").content
    session.tell(f"A ping is on its way: delivery {made['id']}.", made)


@command(app, "deliveries")
def deliveries(
    session: Session,
    project: Project,
    number: Number,
    state: Annotated[
        str | None, typer.Option("--state", metavar="STATE", help="Only waiting, delivered or dead ones.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="Show the newest N only.")] = 100,
) -> None:
    """List what was sent, and what waits, the newest first."""
    session.list(
        f"{_webhook(project, number)}/deliveries",
        _DELIVERIES,
        limit=limit,
        query={} if state is None else {"state": state},
    )


@command(app, "redeliver")
def redeliver(session: Session, project: Project, number: Number, delivery: Delivery) -> None:
    """Send something again that has arrived, or was given up."""
    made = session.ask("POST", f"{_webhook(project, number)}/deliveries/{delivery}/redeliver").content
    session.tell(f"The delivery {delivery} is on its way again.", made)


def _webhooks(project: str) -> str:
    return path("projects", project, "webhooks")


def _webhook(project: str, number: int) -> str:
    return f"{_webhooks(project)}/{number}"


def _given(*, from_stdin: bool) -> str | None:
    if not from_stdin:
        return None
    if sys.stdin.isatty():
        raise Failure("--secret-stdin reads what is piped in", Status.USAGE)
    return first_line(sys.stdin.read())
