"""Steps for projects and what is in them: members, repositories, robots and their trusts."""

from collections.abc import Iterator
from typing import Any

from moorage.cli.asfile import quota, webhooks
from moorage.cli.asfile.comparing import bodies, differences, ending, made, same
from moorage.cli.asfile.faults import Fault
from moorage.cli.asfile.scheduling import schedules
from moorage.cli.asfile.states import Entry, FoundProject, Row, Rows, Section, WantedProject
from moorage.cli.asfile.step import Difference, Sources, Step, Verb
from moorage.cli.resource import path, repository

_NOT_SENT = ("secret_file", "trusts")
_NOT_THERE: Row = {}


def project(name: str, wanted: WantedProject, found: FoundProject | None) -> Iterator[Step]:
    """The project itself."""
    entry = wanted.entry
    if found is None:
        body = {"name": name, **entry.fields}
        stated = made({"public": False, **entry.fields})
        yield Step(Verb.MAKE, f"project {name}", entry.place, "POST", path("projects"), body, stated)
        return
    changes = differences(entry.fields, found.row)
    if changes:
        target = path("projects", name)
        yield Step(Verb.CHANGE, f"project {name}", entry.place, "PATCH", target, bodies(changes), changes, found.row)


def inside(name: str, wanted: WantedProject, found: FoundProject | None, now: float) -> Iterator[Step | Fault]:
    """What is in it."""
    yield from quota.steps(name, wanted.quota, found.quota if found else None)
    yield from _repositories(name, wanted.repositories or {}, (found.repositories if found else None) or {})
    for noun, section, rows in (
        ("members", wanted.members, found.members if found else None),
        ("groups", wanted.groups, found.groups if found else None),
    ):
        yield from _members(name, noun, section or {}, rows or {})
    yield from robots(name, wanted.robots or {}, (found.robots if found else None) or {}, now)
    yield from schedules(name, wanted.schedules or {}, (found.schedules if found else None) or {})
    yield from webhooks.steps(name, wanted.webhooks or {}, (found.webhooks if found else None) or {})


def _repositories(project: str, wanted: Section, found: Rows) -> Iterator[Step | Fault]:
    """Those that are there: they are made by pushing."""
    for name, entry in wanted.items():
        now = found.get(name)
        if now is None:
            yield Fault(entry.place, f"project {project} has no repository {name}: it is made by pushing to it")
            continue
        stated = dict(entry.fields)
        if "labels" in stated:  # others stay, unless they are pruned
            stated["labels"] = {**now["labels"], **stated["labels"]}
        changes = differences(stated, now)
        if changes:
            what = f"repository {now['name']}"
            target = repository(now["name"])
            yield Step(Verb.CHANGE, what, entry.place, "PATCH", target, bodies(changes), changes, now)


def _members(project: str, noun: str, wanted: Section, found: Rows) -> Iterator[Step]:
    for name, entry in wanted.items():
        now = found.get(name)
        if now is not None and same(now["roles"], entry.fields["roles"]):
            continue
        verb = Verb.MAKE if now is None else Verb.CHANGE
        change = Difference("roles", None if now is None else now["roles"], entry.fields["roles"])
        what = member(project, noun, name)
        target = path("projects", project, noun, name)
        yield Step(verb, what, entry.place, "PUT", target, entry.fields, (change,), now)


def robots(project: str | None, wanted: Section, found: Rows, now: float) -> Iterator[Step | Fault]:
    """Robots of a project, or of the instance, and who may be them."""
    for name, entry in wanted.items():
        row = found.get(name)
        stated = {field: value for field, value in entry.fields.items() if field not in _NOT_SENT}
        if row is None:
            yield from _new_robot(project, name, entry, stated)
        else:
            yield from _changed_robot(project, name, entry, stated, row, now)
        yield from _trusts(project, name, entry, row or _NOT_THERE)


def _new_robot(project: str | None, name: str, entry: Entry, stated: dict[str, Any]) -> Iterator[Step]:
    is_disabled = stated.pop("disabled", False)
    body = {"name": name, **stated}
    shown = made({"actions": ["pull"], "repositories": ["**"], "expires_in_days": 30, **stated})
    sources = Sources(secret_file=entry.fields.get("secret_file"), draws_secret=True)
    what = robot(project, name)
    yield Step(Verb.MAKE, what, entry.place, "POST", robots_path(project), body, shown, None, sources)
    if is_disabled:
        change = Difference("disabled", False, True)
        target = robots_path(project, name)
        yield Step(Verb.CHANGE, what, entry.place, "PATCH", target, {"disabled": True}, (change,))


def _changed_robot(
    project: str | None, name: str, entry: Entry, stated: dict[str, Any], row: Row, now: float
) -> Iterator[Step]:
    as_they_are = {field: value for field, value in stated.items() if field != "expires_in_days"}
    changes = (*differences(as_they_are, row), *ending(stated, row, now))
    if changes:
        seen = {field: value for field, value in row.items() if field != "trusts"}
        target = robots_path(project, name)
        yield Step(Verb.CHANGE, robot(project, name), entry.place, "PATCH", target, bodies(changes), changes, seen)


def _trusts(project: str | None, name: str, entry: Entry, row: Row) -> Iterator[Step]:
    there = [trust_of(trust) for trust in row.get("trusts") or ()]
    for trust in entry.fields.get("trusts", ()):
        if trust not in there:
            there.append(trust)
            target = f"{robots_path(project, name)}/trusts"
            yield Step(Verb.MAKE, f"trust of {robot(project, name)}", entry.place, "POST", target, trust, made(trust))


def trust_of(row: Row) -> dict[str, Any]:
    """What a file says of a trust."""
    return {"issuer": row["issuer"], "claims": row["claims"]}


def robots_path(project: str | None, name: str | None = None) -> str:
    """Where the API has a place's robots, or one of them."""
    words = ("robots",) if project is None else ("projects", project, "robots")
    return path(*words) if name is None else path(*words, name)


def robot(project: str | None, name: str) -> str:
    """What a robot is called in what we tell."""
    return f"robot {name}" if project is None else f"robot {name} of project {project}"


def member(project: str, noun: str, name: str) -> str:
    """What a member is called in what we tell."""
    return f"{'group' if noun == 'groups' else 'member'} {name} of project {project}"
