"""`moorage audit` and `moorage explain`: what happened, and who may what."""

import re
import sys
import time
from datetime import datetime
from typing import Annotated

import typer

from moorage.cli.failing import Failure, Status
from moorage.cli.resource import path
from moorage.cli.session import Session, command
from moorage.cli.showing import Column, Row, clean, text, when

app = typer.Typer(rich_markup_mode=None)

_UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def _option(help_: str, metavar: str = "TEXT") -> typer.models.OptionInfo:
    return typer.Option(metavar=metavar, help=help_)  # type: ignore[no-any-return]


def _what(event: Row) -> str:
    """The content, or what else was changed."""
    name = event["repository"]
    if event["tag"]:
        name += f":{event['tag']}"
    elif event["digest"]:
        name += f"@{event['digest'][:19]}"
    return clean(" ".join(filter(None, (name, event["object"])))) or "-"


_COLUMNS = (
    Column("TIME", lambda event: when(event["at"], with_seconds=True), "dim"),
    Column("WHO", lambda event: clean(event["actor"]) or event["actor_kind"], "bold"),
    Column("WHAT", text("kind"), "cyan"),
    Column("WHERE", _what),
    Column("OUTCOME", text("outcome"), lambda event: "green" if event["outcome"] == "done" else "red"),
    Column("FROM", text("address")),
)


@command(app, "audit")
def audit(
    session: Session,
    project: Annotated[str | None, _option("Only what happened in this project.", "PROJECT")] = None,
    kind: Annotated[str | None, _option("Only this, as manifest.pushed.")] = None,
    actor: Annotated[str | None, _option("Only what this user or robot did.", "NAME")] = None,
    repository: Annotated[str | None, _option("Only in this repository, by its full name.", "NAME")] = None,
    object: Annotated[str | None, _option("Only about this, as user:ann.")] = None,  # noqa: A002 - the API's own name
    outcome: Annotated[str | None, _option("Only what came out like this, as done or refused.")] = None,
    address: Annotated[str | None, _option("Only from this address of a client.", "IP")] = None,
    request_id: Annotated[str | None, _option("Only from this request, as the log names it.", "ID")] = None,
    actor_kind: Annotated[str | None, _option("Only what this kind did: user, robot, anonymous, machine.")] = None,
    agent: Annotated[str | None, _option("Only with this program, by its whole name.")] = None,
    tag: Annotated[str | None, _option("Only about this tag.")] = None,
    digest: Annotated[str | None, _option("Only about this manifest or blob.")] = None,
    since: Annotated[str | None, _option("From then on: 2h, 7d, 2030-01-31, '2030-01-31 12:00'.", "TIME")] = None,
    until: Annotated[str | None, _option("Until then.", "TIME")] = None,
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="Show the newest N only; 0 for all.")] = 100,
) -> None:
    """Show who did what, when, and from where: the newest first."""
    query = {
        "kind": kind,
        "actor": actor,
        "repository": repository,
        "object": object,
        "outcome": outcome,
        "address": address,
        "request_id": request_id,
        "actor_kind": actor_kind,
        "agent": agent,
        "tag": tag,
        "digest": digest,
        "since": moment_of(since),
        "until": moment_of(until),
    }
    target = path("audit") if project is None else path("projects", project, "audit")
    given = {name: value for name, value in query.items() if value is not None}
    count = session.list(target, _COLUMNS, limit=limit or None, query=given, nothing="Nothing like this happened.")
    if limit and count == limit:
        print(f"These are the newest {limit}; --limit 0 shows all.", file=sys.stderr)


@command(app, "explain")
def explain(
    session: Session,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="A user, a robot, or anonymous.")],
    action: Annotated[str, typer.Argument(metavar="ACTION", help="As pull, push, delete, member:manage.")],
    place: Annotated[str, typer.Argument(metavar="PROJECT[/REPOSITORY]", help="Where, as team/app.")],
    tag: Annotated[str | None, typer.Option("--tag", metavar="TAG", help="To this very tag.")] = None,
) -> None:
    """May somebody do something, and why?"""
    project, _, repository = place.partition("/")
    given = {"subject": subject, "action": action, "repository": repository or None, "tag": tag}
    query = {name: value for name, value in given.items() if value is not None}
    found = session.ask("GET", path("projects", project, "explain"), query=query).content
    answer, may = ("yes", "may") if found["allowed"] else ("no", "may not")
    session.tell(f"{answer}: {subject} {may} {action} in {place}", found, below=found["why"])


def moment_of(text: str | None, now: float | None = None) -> float | None:
    """Seconds since the epoch: of a date and time here, or so long ago (30m, 2h, 7d, 1w)."""
    if text is None:
        return None
    if ago := re.fullmatch(r"([0-9]{1,6})([mhdw])", text):
        return (time.time() if now is None else now) - int(ago[1]) * _UNITS[ago[2]]
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        raise Failure(
            f"{text[:80]!r} is no time: write 2h or 7d (ago), 2030-01-31 or '2030-01-31 12:00'", Status.USAGE
        ) from None
