"""`moorage tag` and `moorage repo copy`: what tags name and named, moves and copies for which nobody pushes."""

from typing import Annotated

import typer

from moorage.cli.audit import moment_of
from moorage.cli.failing import Failure, Status
from moorage.cli.repository import Name
from moorage.cli.repository import app as repositories
from moorage.cli.resource import copies, repository, tag
from moorage.cli.session import Limit, Session, Sort, command, group
from moorage.cli.showing import Column, Row, clean, moment, text, when

app = group("Tags of repositories.")

TagName = Annotated[str, typer.Argument(metavar="TAG", help="The tag.")]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="TIME", help="As it was: 2h or 7d ago, 2030-01-31, '2030-01-31 12:00'.")
]
_COLUMNS = (
    Column("NAME", text("name"), "bold"),
    Column("DIGEST", text("digest")),
    Column("MOVED", moment("pushed_at")),
)
_WHERE = {"here": "here", "trash": "in the trash", "gone": "gone", None: "-"}


def _named(row: Row) -> str:
    return str(row["after"] or "deleted")


_MOVE_COLUMNS = (
    Column("TIME", lambda row: when(row["at"], with_seconds=True), "dim"),
    Column("WHO", lambda row: clean(row["by"] or "-"), "bold"),
    Column("TO", _named),
    Column("IMAGE", lambda row: _WHERE[row["image"]]),
)


@command(app, "list")
def list_tags(session: Session, name: Name, limit: Limit = None, sort: Sort = None, as_of: AsOf = None) -> None:
    """List a repository's tags, as they are or as they were."""
    if as_of is None:
        session.list(f"{repository(name)}/tags", _COLUMNS[:1], limit=limit, sort=sort)
        return
    query = {"as_of": moment_of(as_of)}
    session.list(f"{repository(name)}/tags", _COLUMNS, limit=limit, sort=sort, query=query)


@command(app, "show")
def show_tag(session: Session, name: Name, named: TagName, as_of: AsOf = None) -> None:
    """Show what a tag names, or named."""
    query = None if as_of is None else {"as_of": moment_of(as_of)}
    session.show(session.ask("GET", tag(name, named), query=query).content, _COLUMNS)


@command(app, "history")
def history(session: Session, name: Name, named: TagName, limit: Limit = None) -> None:
    """List every move of a tag, the newest first; also of one that is deleted."""
    session.list(f"{tag(name, named)}/history", _MOVE_COLUMNS, limit=limit)


@command(app, "restore")
def restore(
    session: Session,
    name: Name,
    named: TagName,
    digest: Annotated[
        str | None, typer.Option("--digest", metavar="DIGEST", help="What it named once [before its last move].")
    ] = None,
) -> None:
    """Take the last move of a tag back, also a deletion, or let it name again what it named once."""
    body = {} if digest is None else {"digest": digest}
    there = session.ask("POST", f"{tag(name, named)}/restore", body=body).content
    session.tell(f"{name}:{named} names {there['digest']} again.", there)


@command(app, "promote")
def promote(
    session: Session,
    source: Annotated[str, typer.Argument(metavar="IMAGE", help="As team/app:1.4.2 or team/app@sha256:….")],
    named: Annotated[str, typer.Argument(metavar="TAG", help="The tag that shall name it as well.")],
) -> None:
    """Let a tag name what another tag of its repository names, without a push."""
    name, reference = _taken_apart(source)
    body = {"digest": reference} if ":" in reference else {"from_tag": reference}
    there = session.ask("PUT", tag(name, named), body=body).content
    session.tell(f"{name}:{named} names {there['digest']}.", there)


@command(repositories, "copy")
def copy(
    session: Session,
    source: Annotated[str, typer.Argument(metavar="IMAGE", help="As team/app:1.4.2 or team/app@sha256:….")],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="As shop/app or shop/app:1.4.2.")],
    tags: Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="Another tag there.")] = None,
    referrers: Annotated[
        bool, typer.Option("--referrers/--no-referrers", help="With what refers to it, as signatures and SBOMs.")
    ] = True,
) -> None:
    """Copy an image into another repository; no bytes move."""
    name, reference = _taken_apart(source)
    there, colon, first = target.partition(":")
    wanted = [*([first] if colon else []), *(tags or [])]
    body = {"from": name, "reference": reference, "tags": wanted, "referrers": referrers}
    made = session.ask("POST", copies(there), body=body).content
    session.tell(f"{source} is in {there}, under {made['digest']}; {made['new']} of its manifests are new there.", made)


def _taken_apart(image: str) -> tuple[str, str]:
    """The repository's name, and the tag or digest."""
    name, at, reference = image.partition("@")
    if not at:
        name, _, reference = image.partition(":")
    if not name or not reference:
        raise Failure(f"{image[:200]!r} names no image: write REPOSITORY:TAG or REPOSITORY@DIGEST", Status.USAGE)
    return name, reference
