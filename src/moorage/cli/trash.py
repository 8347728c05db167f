"""`moorage trash`: what was deleted and can still be restored."""

import sys
from typing import Annotated, Any

import typer

from moorage.cli.failing import Failure, Status
from moorage.cli.repository import Name, Project
from moorage.cli.resource import HOME, path, project_of, repository
from moorage.cli.session import Limit, Session, command, group
from moorage.cli.showing import Column, joined, moment, text

app = group("What was deleted and can still be restored.")

_COLUMNS = (
    Column("NAME", text("name"), "bold"),
    Column("IMAGES", text("images")),
    Column("DELETED", moment("deleted_at")),
    Column("BY", text("deleted_by")),
    Column("UNTIL", moment("ends_at")),
)
_IMAGE_COLUMNS = (Column("DIGEST", text("digest"), "bold"), Column("TAGS", joined("tags")), *_COLUMNS[2:])
Where = Annotated[str, typer.Argument(metavar="PROJECT|REPOSITORY", help="As team, or team/app for its images.")]


@command(app, "list")
def list_repositories(session: Session, project: Project, limit: Limit = None) -> None:
    """List a project's deleted repositories."""
    session.list(path("projects", project, "trash"), _COLUMNS, limit=limit, nothing="The trash is empty.")


@command(app, "images")
def list_images(session: Session, name: Name, limit: Limit = None) -> None:
    """List the images that were deleted from a repository that is there."""
    session.list(f"{repository(name)}/trash", _IMAGE_COLUMNS, limit=limit, nothing="The trash is empty.")


@command(app, "restore")
def restore(
    session: Session,
    what: Annotated[
        str, typer.Argument(metavar="REPOSITORY[@DIGEST]", help="As team/app, or team/app@sha256:… for an image.")
    ],
    new: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="A repository's full name from then on [as it was].")
    ] = None,
    allowed: Annotated[
        bool, typer.Option("--allowed-tags", help="An image without those tags that a rule refuses.")
    ] = False,
) -> None:
    """Bring a deleted repository back with all that was in it, or a deleted image with its tags."""
    name, at, digest = what.partition("@")
    if at:
        if new is not None:
            raise Failure("--as is for repositories", Status.USAGE)
        address, query = f"{repository(name)}/trash/{path(digest)}/restore", {"tags": "allowed"} if allowed else {}
        back = session.ask("POST", address, query=query).content
        left = "".join(f" Without {tag['name']}: {tag['reason']}." for tag in back["left_out"])
        session.tell(f"{what} is there again; tags: {', '.join(back['tags']) or 'none'}.{left}", back)
        return
    if allowed:
        raise Failure("--allowed-tags is for images", Status.USAGE)
    project = project_of(name)
    body = {} if new is None else {"name": _inner(new, project)}
    number = _newest(session, project, name)["id"]
    back = session.ask("POST", path("projects", project, "trash", str(number), "restore"), body=body).content
    session.tell(f"The repository {back['name']} is there again, with {back['tags']} tags.", back)


@command(app, "empty")
def empty(
    session: Session,
    where: Where,
    images: Annotated[bool, typer.Option("--images", help="Of a repository without a slash: its images.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """End what was deleted for good: a project's repositories, or a repository's images."""
    of_images = images or "/" in where
    target = f"{repository(where)}/trash" if of_images else path("projects", where, "trash")
    found = session.remote.pages(target)
    if found and not yes:
        _require_meant(where, len(found), "images" if of_images else "repositories")
    for entry in found:
        session.ask("DELETE", f"{target}/{path(str(entry['digest' if of_images else 'id']))}")
    session.tell(f"The trash of {where} is empty: {len(found)} ended for good.")


def _newest(session: Session, project: str, name: str) -> dict[str, Any]:
    """Of several that had the name, the one that was deleted last."""
    found = [entry for entry in session.remote.pages(path("projects", project, "trash")) if entry["name"] == name]
    if not found:
        raise Failure(f"no deleted repository {name} can be restored", Status.NOT_FOUND)
    return max(found, key=lambda entry: float(entry["deleted_at"]))


def _inner(name: str, project: str) -> str:
    if project_of(name) != project:
        raise Failure(f"{name} is in another project", Status.USAGE, hint="restore it, then: moorage repo move")
    return name if project == HOME else name.removeprefix(f"{project}/")


def _require_meant(where: str, count: int, what: str) -> None:
    if not sys.stdin.isatty():
        raise Failure("there is nobody to ask whether this is meant: give --yes", Status.USAGE)
    print(f"This ends {count} {what} of {where} for good.", file=sys.stderr)
    if typer.prompt("Type the name to go on", err=True) != where:
        raise Failure("that is another name: nothing was ended")
