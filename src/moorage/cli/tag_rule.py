"""`moorage tag-rule`: what a project asks of its tags. The API has the list as a whole; these change one rule of it."""

import json
import sys
from itertools import count
from typing import Annotated, Any

import typer

from moorage.cli.failing import Failure, Status
from moorage.cli.resource import path
from moorage.cli.session import Session, command, group
from moorage.cli.showing import Column, clean, text

app = group("Tag rules: which tags are immutable, required, forbidden, reserved, or end.")
TOLD = ("set_by", "set_at")
"""What the registry says of a rule, and nobody else."""
Project = Annotated[str, typer.Argument(metavar="PROJECT", help="The project, as team.")]
_Number = Annotated[int, typer.Argument(min=1, metavar="NUMBER", help="The rule's number in the list.")]
_EVERYTHING = "**"


def _tags(rule: dict[str, Any]) -> str:
    return clean(f"/{rule['tags_regex']}/" if rule["tags_regex"] is not None else rule["tags"])


def _asks(rule: dict[str, Any]) -> str:
    """What goes with its kind, and whether it refuses."""
    words = [rule["regex"] or rule["form"], *rule["roles"], *rule["users"], *rule["robots"]]
    if rule["days"] is not None:
        words.append(f"{rule['days']} days")
    if rule["action"] != "refuse":
        words.append(rule["action"])
    return clean(", ".join(word for word in words if word)) or "-"


_COLUMNS = (
    Column("NUMBER", lambda rule: str(rule["number"])),
    Column("KIND", text("kind"), "bold"),
    Column("REPOSITORIES", text("repositories")),
    Column("TAGS", _tags, "cyan"),
    Column("ASKS", _asks),
    Column("REASON", text("reason")),
    Column("SET BY", text("set_by")),
)


@command(app, "list")
def list_rules(session: Session, project: Project) -> None:
    """List the rules of a project in their order: of each kind the first that matches counts."""
    numbers = count(1)
    session.list(_address(project), _COLUMNS, rows=lambda rule: [{"number": next(numbers), **rule}])


@command(app, "add")
def add(
    session: Session,
    project: Project,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="immutable, required, forbidden, reserved, or expires.")],
    repositories: Annotated[
        str, typer.Option("--repositories", metavar="PATTERN", help="Only in these, as 'web-*' [all].")
    ] = _EVERYTHING,
    tags: Annotated[str | None, typer.Option("--tags", metavar="PATTERN", help="Only these, as 'v*' [all].")] = None,
    tags_regex: Annotated[
        str | None, typer.Option("--tags-regex", metavar="REGEX", help="Only these, by a regular expression.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="What whoever is refused is told.")] = "",
    form: Annotated[
        str | None, typer.Option("--form", metavar="FORM", help="For required: semver, calendar or git-sha.")
    ] = None,
    regex: Annotated[
        str | None, typer.Option("--regex", metavar="REGEX", help="For required: a form of your own.")
    ] = None,
    role: Annotated[
        list[str] | None, typer.Option("--role", metavar="ROLE", help="For reserved: who holds this may; repeatable.")
    ] = None,
    user: Annotated[
        list[str] | None, typer.Option("--user", metavar="NAME", help="For reserved: who may; repeatable.")
    ] = None,
    robot: Annotated[
        list[str] | None, typer.Option("--robot", metavar="NAME", help="For reserved: which may; repeatable.")
    ] = None,
    days: Annotated[int | None, typer.Option("--days", metavar="N", help="For expires: after how many.")] = None,
    warn: Annotated[bool, typer.Option("--warn", help="Only warn (required and forbidden).")] = False,
    allow: Annotated[bool, typer.Option("--allow", help="An exception from the rules of its kind below it.")] = False,
    at: Annotated[
        int | None, typer.Option("--at", min=1, metavar="NUMBER", help="Where in the list it shall stand [at its end].")
    ] = None,
) -> None:
    """Add a rule to those of a project, at their end, or where --at says."""
    if warn and allow:
        raise Failure("a rule cannot be for --warn and --allow", Status.USAGE)
    rule: dict[str, Any] = {
        "kind": kind,
        "repositories": repositories,
        "tags": tags,
        "tags_regex": tags_regex,
        "action": "warn" if warn else "allow" if allow else "refuse",
        "reason": reason,
        "form": "regex" if regex is not None and form is None else form,
        "regex": regex,
        "roles": role or [],
        "users": user or [],
        "robots": robot or [],
        "days": days,
    }
    rules, condition = _now(session, project)
    place = len(rules) if at is None else min(at - 1, len(rules))
    made = _put(session, project, [*rules[:place], rule, *rules[place:]], condition)[place]
    session.tell(f"Rule {place + 1} of project {project} is now: {_said(made)}.", made)


@command(app, "remove")
def remove(session: Session, project: Project, number: _Number) -> None:
    """Remove a rule by its number; those below it move up."""
    rules, condition = _now(session, project)
    if number > len(rules):
        raise Failure(f"project {project} has no rule {number}: it has {len(rules)}", Status.NOT_FOUND)
    _put(session, project, [*rules[: number - 1], *rules[number:]], condition)
    session.tell(f"Rule {number} of project {project} is removed: {_said(rules[number - 1])}.")


@command(app, "set")
def set_rules(session: Session, project: Project) -> None:
    """Let the rules of a project be those that standard input holds as JSON, as `list --json` prints them."""
    try:
        given = json.loads(sys.stdin.read())
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, list) or not all(isinstance(rule, dict) for rule in given):
        raise Failure("standard input holds no list of rules as JSON", Status.USAGE)
    made = _put(session, project, [_own(rule) for rule in given], None)
    session.tell(f"Tag rules of project {project}: {len(made)} now.", made)


def _address(project: str) -> str:
    return path("projects", project, "tag-rules")


def _now(session: Session, project: str) -> tuple[list[dict[str, Any]], str | None]:
    """The rules, and the entity tag of the list, so that nobody's change in between is lost."""
    answer = session.ask("GET", _address(project))
    return [_own(rule) for rule in answer.content], answer.tag


def _put(session: Session, project: str, rules: list[dict[str, Any]], condition: str | None) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = session.ask("PUT", _address(project), body=rules, condition=condition).content
    return made


def _own(rule: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in rule.items() if name not in TOLD}


def _said(rule: dict[str, Any]) -> str:
    asks = _asks(rule)
    where = "" if rule["repositories"] == _EVERYTHING else f" in {rule['repositories']}"
    return f"{rule['kind']} {_tags(rule)}{where}{'' if asks == '-' else f' ({asks})'}"
