"""`moorage member` and `moorage role`: who may what in a project."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from moorage.cli.failing import Failure, Status
from moorage.cli.resource import path
from moorage.cli.session import Session, command, group
from moorage.cli.showing import Column, joined, text

app = group("Members of projects: people and groups, and their roles.")
roles = group("Roles: the four built-in ones, and your own.")

Project = Annotated[str, typer.Argument(metavar="PROJECT", help="The project, as team.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A user, or with --group a group.")]
IsGroup = Annotated[bool, typer.Option("--group", help="NAME is a group.")]
RoleName = Annotated[str, typer.Argument(metavar="NAME", help="The role.")]
_EVERYTHING = "**"
_COLUMNS = (
    Column("NAME", text("name"), "bold"),
    Column("KIND", text("kind")),
    Column("ROLE", text("role"), "cyan"),
    Column("REPOSITORIES", text("repositories")),
    Column("TAGS", text("tags")),
)
_ROLE_COLUMNS = (
    Column("NAME", text("name"), "bold"),
    Column("KIND", lambda role: "built-in" if role["built_in"] else "your own"),
    Column("ACTIONS", joined("actions")),
)


@command(app, "list")
def list_members(session: Session, project: Project) -> None:
    """List who holds which role in a project."""
    session.list(path("projects", project, "members"), _COLUMNS, rows=_held)


@command(app, "set")
def set_member(
    session: Session,
    project: Project,
    name: Name,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="reader, writer, maintainer, owner, or your own.")],
    is_group: IsGroup = False,
    repositories: Annotated[
        str, typer.Option("--repositories", metavar="PATTERN", help="Only in these, as 'web-*' [all].")
    ] = _EVERYTHING,
    tags: Annotated[
        str, typer.Option("--tags", metavar="PATTERN", help="Push and delete only these, as 'dev-*' [all].")
    ] = _EVERYTHING,
    add: Annotated[bool, typer.Option("--add", help="Keep the roles that they hold already.")] = False,
) -> None:
    """Give somebody a role in a project, in place of all that they held there."""
    target = _member(project, name, is_group=is_group)
    held, condition = _now(session, target) if add else ([], None)
    wanted = {"role": role, "repositories": repositories, "tags": tags}
    given = [*(spec for spec in held if spec != wanted), wanted]
    body: dict[str, Any] = {"roles": given}
    if len(given) == 1 and repositories == tags == _EVERYTHING:
        body = {"role": role}
    content = session.ask("PUT", target, body=body, condition=condition).content
    session.tell(f"{name} is now {', '.join(map(_said, _held(content)))} in project {project}.", content)


@command(app, "remove")
def remove(session: Session, project: Project, name: Name, is_group: IsGroup = False) -> None:
    """Take all of somebody's roles in a project away."""
    session.ask("DELETE", _member(project, name, is_group=is_group))
    session.tell(f"{name} has no role in project {project} any more.")


@command(roles, "list")
def list_roles(session: Session) -> None:
    """List the roles and what they may do."""
    session.list(path("roles"), _ROLE_COLUMNS)


@command(roles, "set")
def set_role(
    session: Session,
    name: RoleName,
    actions: Annotated[list[str], typer.Argument(metavar="ACTION...", help="What it may do, as pull robot:manage.")],
) -> None:
    """Make or change a role of your own; whoever holds it may that from now on."""
    made = session.ask("PUT", path("roles", name), body={"actions": actions}).content
    session.tell(f"The role {name} may now {', '.join(made['actions'])}.", made)


@command(roles, "delete")
def delete_role(session: Session, name: RoleName) -> None:
    """Delete a role of your own that nobody holds."""
    session.ask("DELETE", path("roles", name))
    session.tell(f"The role {name} is deleted.")


def _member(project: str, name: str, *, is_group: bool) -> str:
    return path("projects", project, "groups" if is_group else "members", name)


def _now(session: Session, target: str) -> tuple[list[dict[str, Any]], str | None]:
    """What they hold, and the entity tag of that, so that nobody's change in between is lost."""
    try:
        answer = session.ask("GET", target)
    except Failure as failure:
        if failure.status is Status.NOT_FOUND:
            return [], None
        raise
    return answer.content["roles"], answer.tag


def _held(member: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A row for each role."""
    return ({"name": member["name"], "kind": member["kind"], **role} for role in member["roles"])


def _said(role: dict[str, Any]) -> str:
    where = [f"{what} {role[what]}" for what in ("repositories", "tags") if role[what] != _EVERYTHING]
    return f"{role['role']} ({', '.join(where)})" if where else str(role["role"])
