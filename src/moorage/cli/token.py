"""`moorage token`: personal tokens, which open some of what their owner's password opens."""

from typing import Annotated

import typer

from moorage.cli.failing import Failure, Status
from moorage.cli.resource import path
from moorage.cli.session import Session, command, group
from moorage.cli.showing import Column, joined, moment, text

app = group("Your tokens, in place of your password.")

_COLUMNS = (
    Column("ID", text("id")),
    Column("NAME", text("name"), "bold"),
    Column("SCOPES", joined("scopes"), "cyan"),
    Column("REPOSITORIES", lambda token: joined("repositories")(token) if token["repositories"] else "all"),
    Column("EXPIRES", moment("expires_at")),
    Column("LAST USED", moment("last_used_at")),
)


@command(app, "list")
def list_tokens(session: Session) -> None:
    """List your tokens, the newest first."""
    session.list(path("me", "tokens"), _COLUMNS)


@command(app, "create")
def create(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What you call it.")],
    scope: Annotated[
        list[str], typer.Option("--scope", metavar="SCOPE", help="pull, push, delete or admin; may be repeated.")
    ],
    repositories: Annotated[
        list[str] | None,
        typer.Option(
            "--repositories", metavar="PATTERN", help="Only these, by full names, as 'team/*'; may be repeated [all]."
        ),
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, metavar="N", help="Days until it expires.")] = 90,
    never_expires: Annotated[bool, typer.Option("--never-expires", help="Let it live for ever.")] = False,
) -> None:
    """Make a token for yourself. It is shown this once."""
    body = {
        "name": name,
        "scopes": scope,
        "repositories": repositories or [],
        "expires_in_days": None if never_expires else days,
    }
    made = session.ask("POST", path("me", "tokens"), body=body).content
    session.hand_over(f"The token {name} is made. Use it in place of your password.", made)


@command(app, "delete")
def delete(session: Session, name: Annotated[str, typer.Argument(metavar="NAME|ID", help="The token.")]) -> None:
    """Revoke one of your tokens."""
    tokens = session.ask("GET", path("me", "tokens")).content
    found = [token for token in tokens if token["name"] == name] or [
        token for token in tokens if str(token["id"]) == name
    ]
    if not found:
        raise Failure(f"you have no token {name!r}", Status.NOT_FOUND)
    session.ask("DELETE", path("me", "tokens", str(found[0]["id"])))
    session.tell(f"The token {found[0]['name']} is revoked.")
