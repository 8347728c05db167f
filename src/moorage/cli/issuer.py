"""`moorage issuer` and `moorage robot trust`: jobs that are robots by the identity tokens of whoever runs them."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from moorage.cli.failing import Failure, Status
from moorage.cli.resource import path
from moorage.cli.robot import Instance, robot_path
from moorage.cli.session import Limit, Session, command, group
from moorage.cli.showing import Column, Row, joined, moment, text

app = group("Whose identity tokens are trusted.")
trusts = group("Identity tokens that may be a robot.")

Name = Annotated[str, typer.Argument(metavar="ISSUER", help="What the issuer is called here.")]
Robot = Annotated[
    str, typer.Argument(metavar="ROBOT", help="The robot: its whole login, as 'robot$team+ci', or PROJECT/NAME.")
]
Algorithms = Annotated[
    list[str] | None,
    typer.Option("--algorithm", metavar="NAME", help="A signature that is believed; repeatable [RS256, ES256]."),
]
Keys = Annotated[
    Path | None,
    typer.Option("--keys", metavar="FILE", help="A JWK set, or - for the input, instead of what the issuer publishes."),
]


def _said(trust: Row) -> str:
    return ", ".join(f"{name}={value}" for name, value in trust["claims"].items())


_COLUMNS = (
    Column("NAME", text("name"), "bold"),
    Column("URL", text("url")),
    Column("AUDIENCE", text("audience"), "cyan"),
    Column("ALGORITHMS", joined("algorithms")),
    Column("KEYS", lambda issuer: "published" if issuer["keys"] is None else "given"),
    Column("ADDED", moment("created_at")),
)
_TRUSTS = (
    Column("ID", text("id"), "bold"),
    Column("ISSUER", text("issuer")),
    Column("CLAIMS", _said, "cyan"),
    Column("MADE BY", text("created_by")),
    Column("MADE", moment("created_at")),
)


@command(app, "list")
def list_issuers(session: Session, limit: Limit = None) -> None:
    """List the issuers that are trusted."""
    session.list(path("issuers"), _COLUMNS, limit=limit)


@command(app, "add")
def add(
    session: Session,
    name: Name,
    address: Annotated[str, typer.Argument(metavar="URL", help="Its 'iss', letter for letter.")],
    audience: Annotated[
        str, typer.Option("--audience", metavar="NAME", help="What its tokens for this registry say as 'aud'.")
    ],
    algorithm: Algorithms = None,
    keys: Keys = None,
) -> None:
    """Trust an issuer of identity tokens. 'moorage robot trust' says what they open."""
    body: dict[str, Any] = {"name": name, "url": address, "audience": audience, "keys": _keys(keys)}
    if algorithm:
        body["algorithms"] = algorithm
    made = session.ask("POST", path("issuers"), body=body).content
    session.tell(f"The issuer {name} is trusted.", made)


@command(app, "show")
def show(session: Session, name: Name) -> None:
    """Show one issuer."""
    session.show(session.ask("GET", path("issuers", name)).content, _COLUMNS)


@command(app, "update")
def update(
    session: Session,
    name: Name,
    audience: Annotated[str | None, typer.Option("--audience", metavar="NAME", help="Another audience.")] = None,
    algorithm: Algorithms = None,
    keys: Keys = None,
    published_keys: Annotated[
        bool, typer.Option("--published-keys", help="Forget given keys: those that it publishes count.")
    ] = False,
) -> None:
    """Change what its tokens must be."""
    if keys is not None and published_keys:
        raise Failure("give --keys or --published-keys, not both", Status.USAGE)
    body: dict[str, Any] = {}
    if audience is not None:
        body["audience"] = audience
    if algorithm:
        body["algorithms"] = algorithm
    if keys is not None or published_keys:
        body["keys"] = _keys(keys)
    if not body:
        raise Failure("say what shall be different", Status.USAGE)
    session.tell(f"The issuer {name} is changed.", session.ask("PATCH", path("issuers", name), body=body).content)


@command(app, "remove")
def remove(session: Session, name: Name) -> None:
    """Trust it no more: its trusts go, and what was logged in by them ends."""
    session.ask("DELETE", path("issuers", name))
    session.tell(f"The issuer {name} is no longer trusted.")


@command(trusts, "list")
def list_trusts(session: Session, robot: Robot, instance: Instance = False) -> None:
    """List what identity tokens must claim to be this robot."""
    session.list(f"{_robot(robot, instance=instance)}/trusts", _TRUSTS)


@command(trusts, "add")
def add_trust(
    session: Session,
    robot: Robot,
    issuer: Annotated[str, typer.Argument(metavar="ISSUER", help="What the issuer is called here.")],
    claim: Annotated[
        list[str],
        typer.Option("--claim", metavar="NAME=VALUE", help="As repository=acme/app; repeated: all must fit."),
    ],
    instance: Instance = False,
) -> None:
    """Let jobs be this robot, with no secret, if their identity token claims all this."""
    pairs = [text.partition("=") for text in claim]
    if not all(name and equals and value for name, equals, value in pairs):
        raise Failure("write each claim as NAME=VALUE", Status.USAGE)
    body = {"issuer": issuer, "claims": {name: value for name, _, value in pairs}}
    made = session.ask("POST", f"{_robot(robot, instance=instance)}/trusts", body=body).content
    session.tell(f"Jobs with these claims are this robot (trust {made['id']}).", made)


@command(trusts, "remove")
def remove_trust(
    session: Session,
    robot: Robot,
    number: Annotated[int, typer.Argument(metavar="ID", min=1, help="The trust's id.")],
    instance: Instance = False,
) -> None:
    """No longer: what was logged in by it ends within seconds."""
    session.ask("DELETE", f"{_robot(robot, instance=instance)}/trusts/{number}")
    session.tell(f"The trust {number} is gone.")


def _robot(text: str, *, instance: bool) -> str:
    """From a login, from PROJECT/NAME, or with --instance from the name alone."""
    project, slash, name = text.partition("/")
    if slash and not instance:
        return robot_path(project, name, instance=False)
    if not (instance or text.startswith("robot$")):
        raise Failure("name the robot as 'robot$PROJECT+NAME' or PROJECT/NAME, or use --instance", Status.USAGE)
    return robot_path(text, None, instance=instance)


def _keys(file: Path | None) -> Any:  # noqa: ANN401 - JSON
    if file is None:
        return None
    try:
        return json.loads(sys.stdin.read() if str(file) == "-" else file.read_text())
    except (OSError, ValueError) as fault:
        raise Failure(f"{file} holds no JWK set: {fault}", Status.USAGE) from fault
