"""`moorage project`: the first part of repositories' names, and whom it belongs to."""

from typing import Annotated, Any

import typer

from moorage.cli.failing import Failure, Status
from moorage.cli.resource import path
from moorage.cli.session import Limit, Session, Sort, command, group
from moorage.cli.showing import Column, moment, text

app = group("Projects, which repositories belong to.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The project, as team.")]
Description = Annotated[str | None, typer.Option("--description", metavar="TEXT", help="What it is for.")]
_COLUMNS = (
    Column("NAME", text("name"), "bold"),
    Column("VISIBILITY", lambda project: "public" if project["public"] else "private"),
    Column("CREATED", moment("created_at")),
    Column("DESCRIPTION", text("description")),
)


@command(app, "list")
def list_projects(session: Session, limit: Limit = None, sort: Sort = None) -> None:
    """List the projects that you may see."""
    session.list(path("projects"), _COLUMNS, limit=limit, sort=sort)


@command(app, "create")
def create(
    session: Session,
    name: Name,
    public: Annotated[bool, typer.Option("--public", help="Let everybody pull, without a login.")] = False,
    description: Annotated[str, typer.Option("--description", metavar="TEXT", help="What it is for.")] = "",
) -> None:
    """Make a project."""
    made = session.ask("POST", path("projects"), body={"name": name, "public": public, "description": description})
    session.tell(f"The project {name} is made; it is {'public' if public else 'private'}.", made.content)


@command(app, "show")
def show(session: Session, name: Name) -> None:
    """Show one project."""
    session.show(session.ask("GET", path("projects", name)).content, _COLUMNS)


@command(app, "update")
def update(
    session: Session,
    name: Name,
    public: Annotated[bool | None, typer.Option("--public/--private", help="Who may pull.")] = None,
    description: Description = None,
    zone: Annotated[
        str | None,
        typer.Option("--time-zone", metavar="ZONE", help="Where its schedules are read; empty: the registry's."),
    ] = None,
) -> None:
    """Open a project to the public, close it, describe it anew, or say where its clock stands."""
    change = changes(public=public, description=description, time_zone=zone)
    changed = session.ask("PATCH", path("projects", name), body=change)
    session.tell(f"The project {name} is changed.", changed.content)


@command(app, "rename")
def rename(
    session: Session, name: Name, new: Annotated[str, typer.Argument(metavar="NEW", help="Its name from then on.")]
) -> None:
    """Give a project another name; pulls by the old one are answered for a time."""
    changed = session.ask("PATCH", path("projects", name), body={"name": new})
    session.tell(f"The project {name} is now {new}.", changed.content)


@command(app, "delete")
def delete(session: Session, name: Name) -> None:
    """Delete an empty project, with its members and robots."""
    session.ask("DELETE", path("projects", name))
    session.tell(f"The project {name} is deleted.")


def changes(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Those fields that were given; none is a mistake."""
    given = {name: value for name, value in fields.items() if value is not None}
    if not given:
        raise Failure("say what shall be different: --help lists the options", Status.USAGE)
    return given
