"""`moorage quota` and `moorage statistics`: how much is kept, how much may be, and what was pulled and pushed."""

from typing import Annotated, Any

import typer

from moorage.cli.failing import Failure, Status
from moorage.cli.resource import path
from moorage.cli.session import Session, command, group
from moorage.cli.showing import Column, Row, clean, moment, show_table, text
from moorage.oci.error import Refusal
from moorage.rules.quota import as_size, parse_size, used_of

app = group("How many bytes projects keep, and how many they may.")
statistics = typer.Typer(rich_markup_mode=None)

Project = Annotated[str, typer.Argument(metavar="PROJECT", help="The project, as team.")]
OneOrAll = Annotated[
    str | None, typer.Argument(metavar="[PROJECT]", help="The project, as team; without one, the whole registry.")
]


def _used(shown: Row) -> str:
    if shown["bytes"] is None:
        return as_size(shown["used"])
    return used_of(shown["used"], shown["bytes"])


def _quota(shown: Row) -> str:
    if shown["bytes"] is None:
        return "no limit"
    return f"{as_size(shown['bytes'])}, warned at {shown['warn_at']} %"


def _largest(shown: Row) -> str:
    return ", ".join(clean(f"{share['name']} {as_size(share['bytes'])}") for share in shown["largest"]) or "-"


_COLUMNS = (
    Column("USED", _used, "bold"),
    Column("QUOTA", _quota),
    Column("SET BY", lambda shown: "its own" if shown["own"] else "the settings"),
    Column("LARGEST", _largest),
)


@command(app, "show")
def show(session: Session, project: OneOrAll = None) -> None:
    """Show how much a project keeps, how much it may, and what of it is largest."""
    session.show(session.ask("GET", _path(project, "quota")).content, _COLUMNS)


@command(app, "set")
def set_quota(
    session: Session,
    project: Project,
    size: Annotated[str, typer.Argument(metavar="SIZE", help="As 10GB, 512MiB, or none for no limit.")],
    warn_at: Annotated[
        int | None, typer.Option("--warn-at", metavar="PERCENT", min=1, max=100, help="When somebody is warned.")
    ] = None,
) -> None:
    """Give a project a quota of its own. What it keeps already stays, also above it."""
    body: dict[str, Any] = {"bytes": _size(size), "warn_at": warn_at}
    changed = session.ask("PUT", _path(project, "quota"), body=body).content
    session.tell(f"The quota of {project} is {_quota(changed)}; it has used {as_size(changed['used'])}.", changed)


@command(app, "unset")
def unset(session: Session, project: Project) -> None:
    """Let the settings of the registry say again how much a project may keep."""
    session.ask("DELETE", _path(project, "quota"))
    session.tell(f"The project {project} has no quota of its own.")


@command(app, "recount")
def recount(session: Session) -> None:
    """Count all bytes anew, and mend what was counted wrong."""
    found = session.ask("POST", path("quota", "recount")).content
    told = [f"{each['name'] or 'the registry'}: {each['kept']} was {each['counted']}" for each in found["mended"]]
    session.tell(f"{found['projects']} projects are counted; the drift is {found['drift']} bytes.", found, below=told)


@command(statistics, "statistics")
def show_statistics(
    session: Session,
    project: OneOrAll = None,
    repository: Annotated[
        str | None, typer.Option("--repository", metavar="NAME", help="One repository of the project alone.")
    ] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="The first day, as 2026-01-31.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="The last day [today].")] = None,
    by_day: Annotated[bool, typer.Option("--by-day", help="A line for each day, in UTC.")] = False,
) -> None:
    """Show what was pulled and pushed, and what is kept: of thirty days, or from a day to another."""
    if repository is not None and project is None:
        raise Failure("name the project of that repository as well", Status.USAGE)
    named = {"from": first, "to": last, "repository": repository}
    query = {name: value for name, value in named.items() if value is not None}
    found = session.remote.whole(_path(project, "statistics"), "parts", query=query)
    if session.as_json:
        session.tell("", found)
    elif by_day:
        show_table(found["days"], (Column("DAY", text("day"), "bold"), *_COUNTS), nothing="Nothing happened.")
    else:
        show_table(found["parts"], (Column("NAME", text("name"), "bold"), *_COUNTS, *_KEPT), nothing="There are none.")


def _bytes(name: str) -> Any:  # noqa: ANN401 - what a column takes
    return lambda row: as_size(row[name])


_COUNTS = (
    Column("PULLS", text("pulls")),
    Column("PULLED", _bytes("pulled_bytes")),
    Column("PUSHES", text("pushes")),
    Column("PUSHED", _bytes("pushed_bytes")),
)
_KEPT = (Column("KEPT", _bytes("stored_bytes")), Column("LAST PULL", moment("last_pulled_at", never="-")))


def _path(project: str | None, noun: str) -> str:
    return path(noun) if project is None else path("projects", project, noun)


def _size(given: str) -> int | None:
    if given == "none":
        return None
    try:
        return parse_size(given)
    except Refusal as refusal:
        raise Failure(refusal.sentence, Status.USAGE) from None
