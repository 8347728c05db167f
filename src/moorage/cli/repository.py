"""`moorage repo` and `moorage tag`: what was pushed."""

import sys
from typing import Annotated, Any

import typer

from moorage.cli.failing import Failure, Status
from moorage.cli.project import Description, changes
from moorage.cli.resource import path, repository
from moorage.cli.session import Limit, Session, command, group
from moorage.cli.showing import Column, moment, text

app = group("Repositories; a name without a slash is in the project library.")
tags = group("Tags of repositories.")

Project = Annotated[str, typer.Argument(metavar="PROJECT", help="The project, as team.")]
Name = Annotated[str, typer.Argument(metavar="REPOSITORY", help="The full name, as team/app.")]
_VISIBILITY = {True: "public", False: "private", None: "as the project"}
_COLUMNS = (
    Column("NAME", text("name"), "bold"),
    Column("TAGS", text("tags")),
    Column("VISIBILITY", lambda repository: _VISIBILITY[repository["public"]]),
    Column("CREATED", moment("created_at")),
    Column("DESCRIPTION", text("description")),
)


@command(app, "list")
def list_repositories(session: Session, project: Project, limit: Limit = None) -> None:
    """List a project's repositories that you may pull from."""
    session.list(path("projects", project, "repositories"), _COLUMNS, limit=limit)


@command(app, "show")
def show(session: Session, name: Name) -> None:
    """Show one repository."""
    session.show(session.ask("GET", repository(name)).content, _COLUMNS)


@command(app, "update")
def update(
    session: Session,
    name: Name,
    public: Annotated[
        bool | None, typer.Option("--public/--private", help="Who may pull, whatever the project is.")
    ] = None,
    as_project: Annotated[bool, typer.Option("--as-project", help="As public or private as the project.")] = False,
    description: Description = None,
) -> None:
    """Let a repository be public or private whatever its project is, or describe it anew."""
    if as_project and public is not None:
        raise Failure("give one of --public, --private and --as-project", Status.USAGE)
    change: dict[str, Any] = {"public": None} if as_project else {}
    if not as_project or description is not None:
        change |= changes(public=public, description=description)
    changed = session.ask("PATCH", repository(name), body=change)
    session.tell(f"The repository {name} is changed.", changed.content)


@command(app, "delete")
def delete(
    session: Session,
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a repository with all its tags. There is no way back."""
    target = repository(name)
    if not yes:
        _require_meant(name, session.ask("GET", target).content["tags"])
    session.ask("DELETE", target)
    session.tell(f"The repository {name} is deleted.")


@command(tags, "list")
def list_tags(session: Session, name: Name, limit: Limit = None) -> None:
    """List a repository's tags."""
    session.list(f"{repository(name)}/tags", (Column("NAME", text("name"), "bold"),), limit=limit)


def _require_meant(name: str, count: int) -> None:
    if not sys.stdin.isatty():
        raise Failure("there is nobody to ask whether this is meant: give --yes", Status.USAGE)
    print(f"This deletes {name} with its {count} tags. There is no way back.", file=sys.stderr)
    if typer.prompt("Type the repository's name to go on", err=True) != name:
        raise Failure("that is another name: nothing was deleted")
