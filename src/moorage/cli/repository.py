"""`moorage repo`: what was pushed."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from moorage.cli.failing import Failure, Status
from moorage.cli.project import Description, changes
from moorage.cli.resource import HOME, path, project_of, repository
from moorage.cli.session import Limit, Session, Sort, command, group
from moorage.cli.showing import Column, clean, moment, text

app = group("Repositories; a name without a slash is in the project library.")

Project = Annotated[str, typer.Argument(metavar="PROJECT", help="The project, as team.")]
Name = Annotated[str, typer.Argument(metavar="REPOSITORY", help="The full name, as team/app.")]
_VISIBILITY = {True: "public", False: "private", None: "as the project"}
_COLUMNS = (
    Column("NAME", text("name"), "bold"),
    Column("TAGS", text("tags")),
    Column("VISIBILITY", lambda repository: _VISIBILITY[repository["public"]]),
    Column("LABELS", lambda repository: clean(_labels(repository))),
    Column("CREATED", moment("created_at")),
    Column("DESCRIPTION", text("description")),
)
_REDIRECT_COLUMNS = (
    Column("OLD NAME", text("name"), "bold"),
    Column("KIND", text("kind")),
    Column("LEADS TO", text("leads_to")),
    Column("UNTIL", moment("ends_at")),
    Column("BY", text("created_by")),
)


@command(app, "list")
def list_repositories(
    session: Session,
    project: Project,
    limit: Limit = None,
    sort: Sort = None,
    labels: Annotated[
        list[str] | None, typer.Option("--label", metavar="NAME=VALUE", help="Only those with this label.")
    ] = None,
) -> None:
    """List a project's repositories that you may pull from."""
    target = path("projects", project, "repositories")
    session.list(target, _COLUMNS, limit=limit, sort=sort, query={"label": labels} if labels else None)


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


@command(app, "describe")
def describe(
    session: Session,
    name: Name,
    words: Annotated[str | None, typer.Argument(metavar="TEXT", help="Markdown.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="Read it from there; - is piped in.")
    ] = None,
) -> None:
    """Say what a repository is for, in Markdown."""
    if (words is None) == (file is None):
        raise Failure("give either the text or --file", Status.USAGE)
    told = words if file is None else _read(file)
    changed = session.ask("PATCH", repository(name), body={"description": told})
    session.tell(f"The repository {name} is described.", changed.content)


@command(app, "label")
def label(
    session: Session,
    name: Name,
    words: Annotated[list[str], typer.Argument(metavar="LABEL...", help="env=prod sets a label, env- takes it away.")],
) -> None:
    """Set labels of a repository, or take them away; the others stay."""
    there = session.ask("GET", repository(name))
    labels: dict[str, str] = dict(there.content["labels"])
    for word in words:
        key, equals, value = word.partition("=")
        if equals:
            labels[key] = value
        elif word.endswith("-"):
            labels.pop(word.removesuffix("-"), None)
        else:
            raise Failure(f"{word!r} is no label: write NAME=VALUE to set it, NAME- to take it away", Status.USAGE)
    changed = session.ask("PATCH", repository(name), body={"labels": labels}, condition=there.tag)
    session.tell(f"The repository {name} has the labels: {_labels(changed.content)}.", changed.content)


@command(app, "rename")
def rename(
    session: Session,
    name: Name,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its full name from then on, as team/web.")],
) -> None:
    """Give a repository another name in its project; pulls by the old one are answered for a time."""
    project = project_of(name)
    if project_of(new) != project:
        raise Failure(f"{new} is in another project", Status.USAGE, hint=f"use: moorage repo move {name} PROJECT")
    inner = new if project == HOME else new.removeprefix(f"{project}/")
    _place(session, name, {"name": inner})


@command(app, "move")
def move(
    session: Session,
    name: Name,
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="Where it shall be.")],
    inner: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="What it is called there [as it was].")
    ] = None,
) -> None:
    """Let a repository go to another project, with all that is in it. It takes an owner of both."""
    _place(session, name, {"project": project} if inner is None else {"project": project, "name": inner})


@command(app, "redirects")
def redirects(
    session: Session,
    project: Project,
    remove: Annotated[
        str | None, typer.Option("--remove", metavar="NAME", help="Let this old name lead nowhere, so that it is free.")
    ] = None,
) -> None:
    """List the old names that still lead into a project, or out of it, or remove one."""
    target = path("projects", project, "redirects")
    if remove is None:
        session.list(target, _REDIRECT_COLUMNS)
        return
    found = [entry["id"] for entry in session.remote.pages(target) if entry["name"] == remove]
    if not found:
        raise Failure(f"project {project} has no redirect {remove}", Status.NOT_FOUND)
    for number in found:
        session.ask("DELETE", f"{target}/{number}")
    session.tell(f"{remove} leads nowhere any more.")


@command(app, "delete")
def delete(
    session: Session,
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a repository with all its tags. For some days `moorage trash restore` brings it back."""
    target = repository(name)
    if not yes:
        _require_meant(name, session.ask("GET", target).content["tags"])
    session.ask("DELETE", target)
    session.tell(f"The repository {name} is deleted.")


def _read(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text()
    except OSError as fault:
        raise Failure(f"{file} cannot be read: {fault.strerror}") from None


def _place(session: Session, name: str, change: dict[str, Any]) -> None:
    changed = session.ask("PATCH", repository(name), body=change)
    session.tell(f"The repository {name} is now {changed.content['name']}.", changed.content)


def _labels(content: dict[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in content["labels"].items()) or "-"


def _require_meant(name: str, count: int) -> None:
    if not sys.stdin.isatty():
        raise Failure("there is nobody to ask whether this is meant: give --yes", Status.USAGE)
    print(f"This deletes {name} with its {count} tags.", file=sys.stderr)
    if typer.prompt("Type the repository's name to go on", err=True) != name:
        raise Failure("that is another name: nothing was deleted")
