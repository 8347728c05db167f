"""`moorage retention`: which images go with time, seen before anything does."""

from typing import Annotated, Any

import typer

from moorage.cli.failing import Failure, Status
from moorage.cli.resource import path
from moorage.cli.session import Session, command, group
from moorage.cli.showing import Column, Row, clean, is_read, moment, show_table, text

app = group("Rules of retention: which images of a project go with time. Keep wins over delete.")

Project = Annotated[str, typer.Argument(metavar="PROJECT", help="The project, as team.")]
Repositories = Annotated[
    str | None, typer.Option("--repositories", metavar="PATTERN", help="Only in these, as 'web-*' [all].")
]
Labels = Annotated[
    list[str] | None, typer.Option("--label", metavar="NAME=VALUE", help="Only in repositories with this label.")
]
Tags = Annotated[str | None, typer.Option("--tags", metavar="PATTERN", help="Tags of these names, as 'main-*'.")]
Versions = Annotated[
    str | None, typer.Option("--versions", metavar="RANGE", help="Tags that are versions, as '>=1.0.0 <2.0.0'.")
]
Untagged = Annotated[bool, typer.Option("--untagged", help="Images without a tag, and no tags.")]
Newest = Annotated[
    int | None, typer.Option("--newest", min=0, help="So many that moved last; to delete: all but so many.")
]
GroupBefore = Annotated[
    str | None,
    typer.Option("--group-before", metavar="TEXT", help="Count tags apart that differ before the last of this."),
]
PushedDays = Annotated[
    float | None, typer.Option("--pushed-days", min=0, help="Moved within so many days; to delete: not within.")
]
PulledDays = Annotated[
    float | None, typer.Option("--pulled-days", min=0, help="Pulled within so many days; to delete: not within.")
]
Annotations = Annotated[
    list[str] | None, typer.Option("--annotation", metavar="NAME=VALUE", help="Only images with this annotation.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Set it without asking.")]
_FEW = 20
_SELECTORS = ("tags", "versions", "newest", "group_before", "pushed_days", "pulled_days")


def _chosen(rule: Row) -> str:
    """What a rule chooses, in words."""
    words = ["untagged images" if rule["untagged"] else f"tags {rule['tags'] or '**'}"]
    others = (
        {"newest": "all but the ", "pushed_days": "not ", "pulled_days": "not "} if rule["effect"] == "delete" else {}
    )
    chosen = [name for name in _SELECTORS[1:] if rule[name] not in (None, "")]
    words += [f"{others.get(name, '')}{name.replace('_', '-')} {rule[name]}" for name in chosen]
    words += [f"{name} {value}" for name, value in rule["annotations"].items()]
    return clean(", ".join(words))


_RULES = (
    Column("NO", text("number")),
    Column("DOES", text("effect"), lambda rule: "green" if rule["effect"] == "keep" else "red"),
    Column("CHOOSES", _chosen, "bold"),
    Column("REPOSITORIES", text("repositories")),
    Column("LABELS", lambda rule: clean(", ".join(f"{name}={value}" for name, value in rule["labels"].items())) or "-"),
)
_VERDICTS = (
    Column("IMAGE", lambda entry: clean(f"{entry['repository']}@{entry['digest'][:19]}"), "bold"),
    Column("TAGS", lambda entry: clean(", ".join(map(_tag, entry["tags"]))) or "-"),
    Column("VERDICT", text("verdict"), lambda entry: "green" if entry["verdict"] == "keep" else "red"),
    Column("WHY", text("reason")),
    Column("PUSHED", moment("pushed_at")),
    Column("PULLED", moment("pulled_at")),
)


def _tag(tag: Row) -> str:
    return f"{tag['name']} (goes)" if tag["verdict"] == "delete" else str(tag["name"])


@command(app, "show")
def show(session: Session, project: Project) -> None:
    """Show a project's rules."""
    policy = session.ask("GET", path("projects", project, "retention")).content
    if session.as_json:
        session.tell("", policy)
        return
    rows = [{"number": number, **rule} for number, rule in enumerate(policy["rules"], 1)]
    show_table(rows, _RULES, nothing="There are no rules: nothing is deleted.")


@command(app, "preview")
def preview(
    session: Session,
    project: Project,
    repository: Annotated[
        str | None, typer.Option("--repository", metavar="NAME", help="Only this one, within the project.")
    ] = None,
) -> None:
    """Show what a project's rules would do now, image by image. Nothing is deleted."""
    _tell(session, _foresee(session, project, {}, {} if repository is None else {"repository": repository}))


@command(app, "keep")
def keep(
    session: Session,
    project: Project,
    tags: Tags = None,
    versions: Versions = None,
    untagged: Untagged = False,
    newest: Newest = None,
    group_before: GroupBefore = None,
    pushed_days: PushedDays = None,
    pulled_days: PulledDays = None,
    repositories: Repositories = None,
    label: Labels = None,
    annotation: Annotations = None,
    yes: Yes = False,
) -> None:
    """Add a rule that keeps what it chooses, whatever other rules say."""
    given: dict[str, Any] = {"tags": tags, "versions": versions, "newest": newest, "group_before": group_before}
    given |= {"pushed_days": pushed_days, "pulled_days": pulled_days, "repositories": repositories}
    _add(session, project, _rule("keep", given, untagged=untagged, label=label, annotation=annotation), yes=yes)


@command(app, "delete")
def delete(
    session: Session,
    project: Project,
    tags: Tags = None,
    versions: Versions = None,
    untagged: Untagged = False,
    newest: Newest = None,
    group_before: GroupBefore = None,
    pushed_days: PushedDays = None,
    pulled_days: PulledDays = None,
    repositories: Repositories = None,
    label: Labels = None,
    annotation: Annotations = None,
    yes: Yes = False,
) -> None:
    """Add a rule that deletes what it chooses, after a look at what would go."""
    given: dict[str, Any] = {"tags": tags, "versions": versions, "newest": newest, "group_before": group_before}
    given |= {"pushed_days": pushed_days, "pulled_days": pulled_days, "repositories": repositories}
    _add(session, project, _rule("delete", given, untagged=untagged, label=label, annotation=annotation), yes=yes)


@command(app, "remove")
def remove(
    session: Session,
    project: Project,
    number: Annotated[int, typer.Argument(metavar="NO", min=1, help="The rule, as `show` counts them.")],
    yes: Yes = False,
) -> None:
    """Remove a rule; what a rule kept may go then, so that is shown first."""
    rules, condition = _now(session, project)
    if number > len(rules):
        raise Failure(f"there is no rule {number}: project {project} has {len(rules)}", Status.NOT_FOUND)
    _set(session, project, [*rules[: number - 1], *rules[number:]], condition, yes=yes)


def _rule(
    effect: str,
    given: dict[str, Any],
    *,
    untagged: bool,
    label: list[str] | None,
    annotation: list[str] | None,
) -> dict[str, Any]:
    rule = {name: value for name, value in given.items() if value is not None}
    rule |= {"effect": effect, "labels": _pairs(label), "annotations": _pairs(annotation)}
    if untagged:
        return {**rule, "untagged": True}
    if effect == "delete" and not any(name in rule for name in _SELECTORS):
        raise Failure(
            "this would delete everything: say which tags, as --tags 'main-*', or --tags '**' if that is meant",
            Status.USAGE,
        )
    return rule


def _pairs(texts: list[str] | None) -> dict[str, str]:
    pairs = {}
    for pair in texts or ():
        name, equals, value = pair.partition("=")
        if not equals:
            raise Failure(f"{pair!r} is not NAME=VALUE", Status.USAGE)
        pairs[name] = value
    return pairs


def _add(session: Session, project: str, rule: dict[str, Any], *, yes: bool) -> None:
    rules, condition = _now(session, project)
    _set(session, project, [*rules, rule], condition, yes=yes)


def _now(session: Session, project: str) -> tuple[list[dict[str, Any]], str | None]:
    """The rules, and the entity tag of them, so that nobody's change in between is lost."""
    answer = session.ask("GET", path("projects", project, "retention"))
    return answer.content["rules"], answer.tag


def _set(session: Session, project: str, rules: list[dict[str, Any]], condition: str | None, *, yes: bool) -> None:
    """Once somebody who saw what would go says so."""
    foreseen = _foresee(session, project, {"rules": rules}, {})
    going = _going(foreseen)
    if going and not yes:
        if session.as_json or not is_read():
            raise Failure(
                f"this lets {going} go, and there is nobody to ask whether that is meant: give --yes", Status.USAGE
            )
        _tell(session, foreseen)
        if not typer.confirm("Set these rules?", err=True):
            raise Failure("nothing was changed")
    made = session.ask(
        "PUT", path("projects", project, "retention"), body={"rules": rules}, condition=condition
    ).content
    then = f"By them {going} would go now." if going else "By them nothing goes now."
    count = "1 rule" if len(rules) == 1 else f"{len(rules)} rules"
    session.tell(f"Project {project} has {count} of retention. {then}", made)


def _foresee(session: Session, project: str, body: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
    """What would become of all, look after look."""
    whole: dict[str, Any] | None = None
    while whole is None or whole["rest"] is not None:
        asked = query if whole is None else {**query, "after": whole["rest"]}
        part = session.ask("POST", path("projects", project, "retention", "preview"), body=body, query=asked).content
        whole = part if whole is None else _joined(whole, part)
    return whole


def _joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    latest = {name: other[name] for name in ("rest", "pulls_known_since")}
    return {name: latest[name] if name in latest else one[name] + other[name] for name in one}


def _going(foreseen: dict[str, Any]) -> str:
    """How much, in words; nothing if nothing."""
    counted = [
        f"{number} {what}{'' if number == 1 else 's'}"
        for what, number in (("image", foreseen["delete_images"]), ("tag", foreseen["delete_tags"]))
        if number
    ]
    return " and ".join(counted)


def _tell(session: Session, foreseen: dict[str, Any]) -> None:
    if session.as_json:
        session.tell("", foreseen)
        return
    going = [entry for entry in foreseen["verdicts"] if "delete" in (entry["verdict"], *_verdicts(entry))]
    staying = [entry for entry in foreseen["verdicts"] if entry not in going]
    show_table([*going, *staying[:_FEW]], _VERDICTS, nothing="There are no images.")
    if (more := len(staying[_FEW:]) + foreseen["left_out"]) > 0:
        print(f"… and {more} more")
    print(f"{_going(foreseen) or 'nothing'} of {foreseen['images']} images would go now.")
    if foreseen["pulls_known_since"] is not None:
        since = moment("pulls_known_since")(foreseen)
        print(f"Pulls are known since {since}: what is older counts as pulled then.")
    for repository in foreseen["too_large"]:
        print(clean(f"{repository} has too many images to plan for: nothing of it goes."))


def _verdicts(entry: dict[str, Any]) -> list[str]:
    return [tag["verdict"] for tag in entry["tags"]]
