"""Steps for what comes by itself, in a project or the registry as a whole."""

from collections.abc import Iterator

from moorage.cli.asfile.comparing import differences, made
from moorage.cli.asfile.faults import Fault
from moorage.cli.asfile.states import Rows, Section
from moorage.cli.asfile.step import Step, Verb
from moorage.cli.resource import path

_ALL = {"time_zone": None, "enabled": True}


def schedules(project: str | None, wanted: Section, found: Rows) -> Iterator[Step | Fault]:
    """Each is set whole; what the file leaves out of one that is there stays."""
    for kind, entry in wanted.items():
        now = found.get(kind)
        target, what = schedules_path(project, kind), schedule(project, kind)
        if now is None and "cron" not in entry.fields:
            yield Fault(entry.place, f"{what} is not there yet: say its cron, as '30 3 * * *'")
        elif now is None:
            body = {**_ALL, **entry.fields}
            yield Step(Verb.MAKE, what, entry.place, "PUT", target, body, made(entry.fields))
        elif changes := differences(entry.fields, now):
            body = {field: now[field] for field in ("cron", "time_zone", "enabled")} | dict(entry.fields)
            yield Step(Verb.CHANGE, what, entry.place, "PUT", target, body, changes, now)


def schedules_path(project: str | None, kind: str) -> str:
    """Where the API has one."""
    return path("schedules", kind) if project is None else path("projects", project, "schedules", kind)


def schedule(project: str | None, kind: str) -> str:
    """What one is called in what we tell."""
    return f"schedule of {kind}" if project is None else f"schedule of {kind} in project {project}"
