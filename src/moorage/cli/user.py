"""`moorage user` and `moorage group`: people."""

from typing import Annotated

import typer

from moorage.cli.project import changes
from moorage.cli.resource import path
from moorage.cli.session import Limit, PasswordStdin, Session, ask_password, command, group
from moorage.cli.showing import Column, chosen, moment, text

app = group("People, whom administrators let in.")
groups = group("Groups of people, who share their roles.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The user name.")]
GroupName = Annotated[str, typer.Argument(metavar="GROUP", help="The group.")]
_COLUMNS = (
    Column("NAME", text("name"), "bold"),
    Column("RIGHTS", chosen(administrator="administrator", auditor="auditor"), "cyan"),
    Column("STATE", chosen(disabled="disabled", must_change="must change the password"), "yellow"),
    Column("FACTOR", chosen(second_factor="two")),
    Column("CREATED", moment("created_at")),
    Column("LAST SEEN", moment("last_seen_at")),
)
_GROUP_COLUMNS = (Column("NAME", text("name"), "bold"), Column("PEOPLE", text("members")))


@command(app, "list")
def list_users(session: Session, limit: Limit = None) -> None:
    """List all people."""
    session.list(path("users"), _COLUMNS, limit=limit)


@command(app, "create")
def create(
    session: Session,
    name: Name,
    password_stdin: PasswordStdin = False,
    must_change: Annotated[
        bool, typer.Option("--must-change", help="The password opens nothing until they have changed it.")
    ] = False,
) -> None:
    """Let a person in. They have no role anywhere until somebody gives them one."""
    password = ask_password(f"Password for {name}", from_stdin=password_stdin, twice=True)
    made = session.ask("POST", path("users"), body={"name": name, "password": password, "must_change": must_change})
    session.tell(f"The user {name} is made.", made.content)


@command(app, "show")
def show(session: Session, name: Name) -> None:
    """Show one person."""
    session.show(session.ask("GET", path("users", name)).content, _COLUMNS)


@command(app, "update")
def update(
    session: Session,
    name: Name,
    administrator: Annotated[
        bool | None, typer.Option("--administrator/--no-administrator", help="May everything.")
    ] = None,
    auditor: Annotated[
        bool | None, typer.Option("--auditor/--no-auditor", help="May read everything, and change nothing.")
    ] = None,
    disabled: Annotated[bool | None, typer.Option("--disable/--enable", help="Whether they may log in.")] = None,
) -> None:
    """Make somebody an administrator or auditor, disable them, or undo it."""
    change = changes(administrator=administrator, auditor=auditor, disabled=disabled)
    changed = session.ask("PATCH", path("users", name), body=change)
    session.tell(f"The user {name} is changed.", changed.content)


@command(app, "set-password")
def set_password(session: Session, name: Name, password_stdin: PasswordStdin = False) -> None:
    """Set somebody's password; until they have changed it, it opens nothing else."""
    password = ask_password(f"New password for {name}", from_stdin=password_stdin, twice=True)
    session.ask("PUT", path("users", name, "password"), body={"password": password})
    session.tell(f"The password of {name} is set; they have to change it first.")


@command(app, "reset-second-factor")
def reset_second_factor(session: Session, name: Name) -> None:
    """Take somebody's second factor away who lost it; all their logins end."""
    session.ask("DELETE", path("users", name, "second-factor"))
    session.tell(f"{name} has no second factor any more.")


@command(app, "delete")
def delete(session: Session, name: Name) -> None:
    """Delete somebody, with their roles and tokens."""
    session.ask("DELETE", path("users", name))
    session.tell(f"The user {name} is deleted.")


@command(groups, "list")
def list_groups(session: Session, limit: Limit = None) -> None:
    """List all groups."""
    session.list(path("groups"), _GROUP_COLUMNS, limit=limit)


@command(groups, "create")
def create_group(session: Session, name: GroupName) -> None:
    """Make a group."""
    session.tell(f"The group {name} is made.", session.ask("POST", path("groups"), body={"name": name}).content)


@command(groups, "delete")
def delete_group(session: Session, name: GroupName) -> None:
    """Delete a group, with the roles that it gave."""
    session.ask("DELETE", path("groups", name))
    session.tell(f"The group {name} is deleted.")


@command(groups, "people")
def people(session: Session, name: GroupName, limit: Limit = None) -> None:
    """List who is in a group."""
    session.list(path("groups", name, "members"), (Column("NAME", text("name"), "bold"),), limit=limit)


@command(groups, "join")
def join(session: Session, name: GroupName, user: Name) -> None:
    """Let somebody into a group."""
    session.ask("PUT", path("groups", name, "members", user))
    session.tell(f"{user} is in the group {name}.")


@command(groups, "leave")
def leave(session: Session, name: GroupName, user: Name) -> None:
    """Let somebody leave a group."""
    session.ask("DELETE", path("groups", name, "members", user))
    session.tell(f"{user} is not in the group {name} any more.")
