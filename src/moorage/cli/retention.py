"""`moorage retention`: which images go with time, seen before anything does."""

from typing import Annotated, Any

import typer

from moorage.cli.failing import Failure, Status
from moorage.cli.resource import path
from moorage.cli.retention_rule import (
    SELECTORS,
    Annotations,
    Given,
    GroupBefore,
    Labels,
    Newest,
    PulledDays,
    PushedDays,
    Repositories,
    Tags,
    Untagged,
    Versions,
    rule_of,
)
from moorage.cli.session import Session, command, group
from moorage.cli.showing import Column, Row, clean, is_read, moment, show_table, text, when

app = group("Rules of retention: which images of a project go with time. Keep wins over delete.")

Project = Annotated[str, typer.Argument(metavar="PROJECT", help="The project, as team.")]
Nightly = Annotated[
    bool, typer.Option("--nightly", help="And have the rules carried out every night, unless a schedule says when.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Set it without asking.")]
_FEW = 20
_NIGHTLY = "30 3 * * *"


def _chosen(rule: Row) -> str:
    """What a rule chooses, in words."""
    words = ["untagged images" if rule["untagged"] else f"tags {rule['tags'] or '**'}"]
    others = (
        {"newest": "all but the ", "pushed_days": "not ", "pulled_days": "not "} if rule["effect"] == "delete" else {}
    )
    chosen = [name for name in SELECTORS[1:] if rule[name] not in (None, "")]
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
    if rows:
        print(_carried_out(clean(project), policy))


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
    given: Given = {"tags": tags, "versions": versions, "newest": newest, "group_before": group_before}
    given |= {"pushed_days": pushed_days, "pulled_days": pulled_days, "repositories": repositories}
    _add(session, project, rule_of("keep", given, untagged=untagged, label=label, annotation=annotation), yes=yes)


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
    nightly: Nightly = False,
    yes: Yes = False,
) -> None:
    """Add a rule that deletes what it chooses, after a look at what would go."""
    given: Given = {"tags": tags, "versions": versions, "newest": newest, "group_before": group_before}
    given |= {"pushed_days": pushed_days, "pulled_days": pulled_days, "repositories": repositories}
    rule = rule_of("delete", given, untagged=untagged, label=label, annotation=annotation)
    _add(session, project, rule, nightly=nightly, yes=yes)


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
    made = _set(session, project, [*rules[: number - 1], *rules[number:]], condition, yes=yes)
    _tell_set(session, project, made)


def _add(session: Session, project: str, rule: dict[str, Any], *, nightly: bool = False, yes: bool) -> None:
    rules, condition = _now(session, project)
    made = _set(session, project, [*rules, rule], condition, yes=yes)
    if nightly and made["next_at"] is None:
        schedule = path("projects", project, "schedules", "retention")
        made["next_at"] = session.ask("PUT", schedule, body={"cron": _NIGHTLY}).content["next_at"]
    _tell_set(session, project, made)


def _now(session: Session, project: str) -> tuple[list[dict[str, Any]], str | None]:
    """The rules, and the entity tag of them, so that nobody's change in between is lost."""
    answer = session.ask("GET", path("projects", project, "retention"))
    return answer.content["rules"], answer.tag


def _set(session: Session, project: str, rules: list[dict[str, Any]], condition: str | None, *, yes: bool) -> Row:
    """Once somebody who saw what would go says so; what is set then, and what goes by it."""
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
    answer = session.ask("PUT", path("projects", project, "retention"), body={"rules": rules}, condition=condition)
    made: Row = answer.content
    if not session.as_json:
        count = "1 rule" if len(rules) == 1 else f"{len(rules)} rules"
        then = f"By them {going} would go now." if going else "By them nothing goes now."
        print(clean(f"Project {project} has {count} of retention. {then}"))
    return made


def _tell_set(session: Session, project: str, made: Row) -> None:
    session.tell(_carried_out(project, made), made)


def _carried_out(project: str, policy: Row) -> str:
    """When rules are carried out, or how."""
    if not any(rule["effect"] == "delete" for rule in policy["rules"]):
        return "Without a rule that deletes there is nothing to carry out."
    if policy["next_at"] is not None:
        return f"They are carried out next at {when(policy['next_at'])}."
    return (
        f"Nothing carries them out yet: moorage job run retention --project {project} does it now, "
        f"moorage schedule set retention '{_NIGHTLY}' --project {project} every night."
    )


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
