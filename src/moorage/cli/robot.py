"""`moorage robot`: identities of machines, with chosen rights, for a time."""

from typing import Annotated, Any

import typer

from moorage.cli.failing import Failure, Status
from moorage.cli.project import Description, changes
from moorage.cli.resource import path
from moorage.cli.session import Limit, Session, command, group
from moorage.cli.showing import Column, Row, joined, moment, text

app = group("Robots: logins for machines.")

Place = Annotated[str, typer.Argument(metavar="PROJECT", help="The project; with --instance the robot's name.")]
Name = Annotated[str | None, typer.Argument(metavar="NAME", help="The robot's name.")]
Instance = Annotated[bool, typer.Option("--instance", help="A robot of the whole registry, not of a project.")]
Patterns = Annotated[
    list[str] | None,
    typer.Option("--repositories", metavar="PATTERN", help="Only in these, as 'web-*'; may be repeated [all]."),
]
Days = Annotated[int, typer.Option("--days", min=1, metavar="N", help="Days until it expires.")]
Never = Annotated[bool, typer.Option("--never-expires", help="Let it live for ever.")]
_PREFIX = "robot$"


def _state(robot: Row) -> str:
    return "disabled" if robot["disabled"] else "enabled"


_COLUMNS = (
    Column("NAME", text("short_name"), "bold"),
    Column("LOGIN", text("name")),
    Column("ACTIONS", joined("actions"), "cyan"),
    Column("REPOSITORIES", joined("repositories")),
    Column("EXPIRES", moment("expires_at")),
    Column("STATE", _state, lambda robot: "yellow" if robot["disabled"] else "green"),
    Column("LAST USED", moment("last_used_at")),
)
_DETAILS = (
    *_COLUMNS,
    Column("USED FROM", text("last_used_from")),
    Column("MADE BY", text("created_by")),
    Column("MADE", moment("created_at")),
    Column("DESCRIPTION", text("description")),
)


@command(app, "list")
def list_robots(
    session: Session,
    project: Annotated[str | None, typer.Argument(metavar="PROJECT", help="The project, as team.")] = None,
    instance: Instance = False,
    limit: Limit = None,
) -> None:
    """List the robots of a project, or with --instance those of the whole registry."""
    if (project is None) != instance:
        raise Failure("give a project, or --instance", Status.USAGE)
    session.list(path("projects", project, "robots") if project is not None else path("robots"), _COLUMNS, limit=limit)


@command(app, "create")
def create(
    session: Session,
    place: Place,
    name: Name = None,
    action: Annotated[
        list[str] | None,
        typer.Option("--action", metavar="ACTION", help="pull, push or delete; may be repeated [pull]."),
    ] = None,
    repositories: Patterns = None,
    days: Days = 30,
    never_expires: Never = False,
    description: Annotated[str, typer.Option("--description", metavar="TEXT", help="What it is for.")] = "",
    instance: Instance = False,
) -> None:
    """Make a robot. Its secret is shown this once."""
    project, title = _meant(place, name, instance=instance)
    body: dict[str, Any] = {
        "name": title,
        "actions": action or ["pull"],
        "repositories": repositories or ["**"],
        "expires_in_days": None if never_expires else days,
        "description": description,
    }
    made = session.ask("POST", _robots(project), body=body).content
    session.hand_over(f"The robot is made. It logs in as {made['name']}.", made)


@command(app, "show")
def show(session: Session, place: Place, name: Name = None, instance: Instance = False) -> None:
    """Show one robot."""
    session.show(session.ask("GET", robot_path(place, name, instance=instance)).content, _DETAILS)


@command(app, "rotate")
def rotate(
    session: Session,
    place: Place,
    name: Name = None,
    overlap_hours: Annotated[
        float,
        typer.Option("--overlap-hours", min=0, max=720, metavar="N", help="Hours for which the old one opens too."),
    ] = 24,
    days: Days = 30,
    never_expires: Never = False,
    instance: Instance = False,
) -> None:
    """Draw a new secret, shown this once, and let the robot live on."""
    body = {"overlap_seconds": round(overlap_hours * 3600), "expires_in_days": None if never_expires else days}
    made = session.ask("POST", f"{robot_path(place, name, instance=instance)}/rotation", body=body).content
    session.hand_over(f"The robot {made['name']} has a new secret.", made)


@command(app, "update")
def update(
    session: Session,
    place: Place,
    name: Name = None,
    action: Annotated[
        list[str] | None, typer.Option("--action", metavar="ACTION", help="All that it may; may be repeated.")
    ] = None,
    repositories: Annotated[
        list[str] | None,
        typer.Option("--repositories", metavar="PATTERN", help="All where it may, as 'web-*'; may be repeated."),
    ] = None,
    days: Annotated[int | None, typer.Option("--days", min=1, metavar="N", help="Days until it expires.")] = None,
    never_expires: Never = False,
    description: Description = None,
    instance: Instance = False,
) -> None:
    """Change what a robot may, where, or until when. Its secret stays."""
    if days is not None and never_expires:
        raise Failure("give --days or --never-expires, not both", Status.USAGE)
    given = {"actions": action or None, "repositories": repositories or None, "description": description}
    end = {"expires_in_days": None} if never_expires else {}
    is_all = never_expires and all(value is None for value in given.values())
    body = end if is_all else changes(**given, expires_in_days=days) | end
    changed = session.ask("PATCH", robot_path(place, name, instance=instance), body=body).content
    session.tell(f"The robot {changed['name']} is changed.", changed)


@command(app, "disable")
def disable(session: Session, place: Place, name: Name = None, instance: Instance = False) -> None:
    """Let a robot log in no more, until it is enabled."""
    changed = session.ask("PATCH", robot_path(place, name, instance=instance), body={"disabled": True}).content
    session.tell(f"The robot {changed['name']} is disabled.", changed)


@command(app, "enable")
def enable(session: Session, place: Place, name: Name = None, instance: Instance = False) -> None:
    """Let a robot log in again."""
    changed = session.ask("PATCH", robot_path(place, name, instance=instance), body={"disabled": False}).content
    session.tell(f"The robot {changed['name']} is enabled.", changed)


@command(app, "delete")
def delete(session: Session, place: Place, name: Name = None, instance: Instance = False) -> None:
    """Delete a robot."""
    session.ask("DELETE", robot_path(place, name, instance=instance))
    session.tell(f"The robot {name or place} is deleted.")


def _meant(place: str, name: str | None, *, instance: bool) -> tuple[str | None, str]:
    """Project and name, from both, or from the name that the robot logs in with; no project for the instance."""
    if name is None and place.startswith(_PREFIX):
        project, plus, title = place.removeprefix(_PREFIX).rpartition("+")
        return project if plus else None, title
    if name is None and instance:
        return None, place
    if name is None or instance:
        raise Failure("give the project and the robot's name, or the name alone with --instance", Status.USAGE)
    return place, name


def _robots(project: str | None) -> str:
    return path("robots") if project is None else path("projects", project, "robots")


def robot_path(place: str, name: str | None, *, instance: bool) -> str:
    """Where the API has this robot."""
    project, title = _meant(place, name, instance=instance)
    return f"{_robots(project)}/{path(title)}"
