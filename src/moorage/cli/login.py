"""`moorage login`, `logout`, `whoami` and `password`: who somebody is to a registry."""

import os
import sys
from typing import Annotated

import typer

from moorage.cli import logins, remembered
from moorage.cli.failing import Failure, Status
from moorage.cli.logins import Login
from moorage.cli.remembered import Known
from moorage.cli.resource import path
from moorage.cli.session import USER, PasswordStdin, Session, ask_password, command
from moorage.cli.showing import Column, chosen, moment, text

app = typer.Typer(rich_markup_mode=None)

Url = Annotated[str | None, typer.Argument(metavar="URL", help="The registry, as https://registry.example.com.")]
Name = Annotated[str | None, typer.Option("--username", "-u", metavar="NAME", help="The user name.")]
_COLUMNS = (
    Column("NAME", text("name"), "bold"),
    Column("RIGHTS", chosen(administrator="administrator", auditor="auditor")),
    Column("PASSWORD", lambda user: "has to be changed" if user["must_change"] else "holds"),
    Column("SINCE", moment("created_at")),
)


@command(app, "login", url=Url)
def login(session: Session, username: Name = None, password_stdin: PasswordStdin = False) -> None:
    """Log in to a registry, for moorage and docker alike. A personal token does in place of the password."""
    address = session.address
    if address.scheme == "http" and not address.is_local:
        print(f"moorage: warning: {address.url} has no TLS; the password goes there in the clear", file=sys.stderr)
    name = _name(username, address.host)
    entered = Login(name, ask_password(f"Password of {name}", from_stdin=password_stdin))
    with session.as_login(entered) as remote:
        me = remote.ask("GET", path("me")).content
    is_readable = logins.keep(address.host, entered)
    remembered.keep(Known(address, session.ca))
    session.tell(f"{me['name']} is logged in to {address.url}.", me)
    if is_readable:
        print(f"The password lies readable in {logins.file()}; a credential helper would lock it.", file=sys.stderr)
    if me["must_change"]:
        print("An administrator set this password: change it first with 'moorage password'.", file=sys.stderr)


@command(app, "logout", url=Url)
def logout(session: Session) -> None:
    """Forget the login to a registry."""
    address = session.address
    was_kept = logins.forget(address.host)
    remembered.forget(address)
    session.tell(
        f"The login to {address.url} is forgotten." if was_kept else f"You were not logged in to {address.url}."
    )


@command(app, "whoami")
def whoami(session: Session) -> None:
    """Show your own account."""
    session.show(session.ask("GET", path("me")).content, _COLUMNS)


@command(app, "password")
def change_password(
    session: Session,
    username: Name = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read two lines from standard input: the old and the new one.")
    ] = False,
) -> None:
    """Change your own password. Every login made before ends; the one kept here gets the new password."""
    host = session.address.host
    kept = _kept(host)
    name = username or _name(os.environ.get(USER) or (kept.user if kept else None), host)
    old, new = _two_lines() if password_stdin else _asked_twice(name)
    with session.as_login(Login(name, old)) as remote:
        remote.ask("PUT", path("me", "password"), body={"old": old, "new": new})
    if kept and kept.user == name:
        logins.keep(host, Login(name, new))
    session.tell(f"The password of {name} is changed. Log in again wherever else you were logged in.")


def _name(given: str | None, host: str) -> str:
    if found := given or os.environ.get(USER):
        return found
    if not sys.stdin.isatty():
        raise Failure("there is nobody to ask for a user name: give -u NAME", Status.USAGE)
    kept = _kept(host)
    return str(typer.prompt("User name", default=kept.user if kept else None, err=True))


def _kept(host: str) -> Login | None:
    """The login that is about to be replaced, if it is one that we can use."""
    try:
        return logins.find(host)
    except Failure:
        return None


def _two_lines() -> tuple[str, str]:
    lines = sys.stdin.read().splitlines()
    if len(lines) != 2 or not all(lines):  # noqa: PLR2004 - the old one and the new one
        raise Failure("give two lines on standard input: the old password and the new one", Status.USAGE)
    return lines[0], lines[1]


def _asked_twice(name: str) -> tuple[str, str]:
    old = ask_password(f"Password of {name} until now", from_stdin=False)
    return old, ask_password("New password", from_stdin=False, twice=True)
