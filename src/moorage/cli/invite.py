"""`moorage invite`: links by which people join the registry, or a project."""

from typing import Annotated, Any

import typer

from moorage.cli.failing import Failure, Status
from moorage.cli.resource import path
from moorage.cli.session import Limit, Session, command, group
from moorage.cli.showing import Column, moment, text

app = group("Invitations by link.")

Into = Annotated[
    str | None, typer.Option("--project", metavar="PROJECT", help="Into this project [the registry alone].")
]
_COLUMNS = (
    Column("ID", text("id")),
    Column("PROJECT", text("project"), "bold"),
    Column("ROLE", text("role"), "cyan"),
    Column("NOTE", text("note")),
    Column("MADE BY", text("created_by")),
    Column("EXPIRES", moment("expires_at")),
)


@command(app, "list")
def list_invitations(session: Session, project: Into = None, limit: Limit = None) -> None:
    """List those that wait for somebody, the oldest first."""
    session.list(_invitations(project), _COLUMNS, limit=limit)


@command(app, "create")
def create(
    session: Session,
    project: Into = None,
    role: Annotated[
        str | None, typer.Option("--role", metavar="ROLE", help="What they shall be in the project.")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=30, metavar="N", help="Days until it expires.")] = 7,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="For whom it is; they do not see it.")] = "",
) -> None:
    """Invite somebody. The link is shown this once, and whoever opens it first may join."""
    if (project is None) != (role is None):
        raise Failure("--project and --role go together: give both, or neither", Status.USAGE)
    body: dict[str, Any] = {"note": note, "expires_in_days": days}
    if role is not None:
        body["role"] = role
    made = session.ask("POST", _invitations(project), body=body).content
    into = "the registry" if project is None else f"the project {project} as {role}"
    session.hand_over(f"The invitation {made['id']} into {into} is made.", made, "link", field="url")


@command(app, "revoke")
def revoke(
    session: Session,
    number: Annotated[int, typer.Argument(metavar="ID", help="The invitation.")],
    project: Into = None,
) -> None:
    """Take an invitation back: its link leads nowhere from then on."""
    session.ask("DELETE", f"{_invitations(project)}/{number}")
    session.tell(f"The invitation {number} is taken back.")


def _invitations(project: str | None) -> str:
    return path("invitations") if project is None else path("projects", project, "invitations")
