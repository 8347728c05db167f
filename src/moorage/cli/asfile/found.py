"""Asks a registry what it has, over its API: only that which a file speaks of, or which shall be written into one."""

from collections.abc import Callable, Mapping

from moorage.cli.asfile import webhooks
from moorage.cli.asfile.states import Found, FoundProject, Row, RowList, Rows, Section, Wanted, WantedProject
from moorage.cli.failing import Denied, Failure, Status
from moorage.cli.resource import HOME, path
from moorage.cli.session import Session


def look(session: Session, wanted: Wanted) -> Found:
    """All that is needed to compare: of projects only those that are named, in them only what is."""
    me = session.ask("GET", path("me")).content
    found = Found(me)
    members = any(project.members or project.groups for project in wanted.projects.values())
    trusts = any(_has_trusts(robots) for robots in (wanted.robots, *(p.robots for p in wanted.projects.values())))
    people = bool(wanted.groups) or members
    return Found(
        me=me,
        roles=_all(session, "roles") if wanted.roles is not None or members else None,
        users=_all(session, "users") if wanted.users is not None or (people and found.sees_all) else None,
        groups=_groups(session, wanted.groups) if wanted.groups is not None or (members and found.sees_all) else None,
        issuers=_all(session, "issuers") if wanted.issuers is not None or (trusts and found.sees_all) else None,
        robots=_robots(session, path("robots"), wanted.robots) if wanted.robots is not None else None,
        schedules=_schedules(session, path("schedules")) if wanted.schedules is not None else None,
        projects=_projects(session, wanted.projects),
    )


def look_at_all(session: Session, only: list[str], tell: Callable[[str], None]) -> Found:
    """What whoever asks may see, or only these projects; what they may not see is told."""
    found = Found(session.ask("GET", path("me")).content)
    names = only or [project["name"] for project in session.remote.pages(path("projects"))]
    whole = [_whole(session, name, tell) for name in sorted(set(names))]
    projects = {project.row["name"]: project for project in whole}
    if only:
        return Found(found.me, projects=projects)
    if not found.sees_all:
        tell(
            "people, groups, issuers and the robots of the instance are left out: administrators and auditors see them"
        )
        return Found(found.me, roles=_all(session, "roles"), projects=projects)
    return Found(
        me=found.me,
        roles=_all(session, "roles"),
        users=_all(session, "users"),
        groups=_groups(session, None),
        issuers=_all(session, "issuers"),
        robots=_robots(session, path("robots"), None),
        schedules=_schedules(session, path("schedules")),
        projects=projects,
    )


def _whole(session: Session, name: str, tell: Callable[[str], None]) -> FoundProject:
    row = session.ask("GET", path("projects", name)).content
    members: dict[str, Rows] = {}
    robots: Rows | None = None
    schedules: Rows | None = None
    try:
        members = _members(session, name)
    except Denied:
        tell(f"the members of {name} are left out: you may not see them")
    try:
        robots = _robots(session, path("projects", name, "robots"), None)
    except Denied:
        tell(f"the robots of {name} are left out: you may not see them")
    retention: Row | None = None
    try:
        retention = _retention(session, name)
    except Denied:
        tell(f"the rules of retention of {name} are left out: you may not see them")
    rules: RowList | None = None
    try:
        rules = _tag_rules(session, name)
    except Denied:
        tell(f"the tag rules of {name} are left out: you may not see them")
    try:
        schedules = _schedules(session, path("projects", name, "schedules"))
    except Denied:
        tell(f"the schedules of {name} are left out: you may not see them")
    return FoundProject(
        row,
        members=members.get("user"),
        groups=members.get("group"),
        repositories=_repositories(session, name),
        robots=robots,
        tag_rules=rules,
        retention=retention,
        schedules=schedules,
        webhooks=_webhooks(session, name, tell),
        quota=_quota(session, name),
    )


def _webhooks(session: Session, project: str, tell: Callable[[str], None]) -> Rows | None:
    try:
        rows = session.remote.pages(webhooks.target(project))
    except Denied:
        rows = None
    if rows is None or webhooks.are_masked(rows):
        tell(f"the webhooks of {project} are left out: its owners see their addresses")
        return None
    return webhooks.named(rows)


def _projects(session: Session, wanted: Mapping[str, WantedProject]) -> dict[str, FoundProject]:
    found = {}
    for name, project in wanted.items():
        try:
            row = session.ask("GET", path("projects", name)).content
        except Failure as failure:
            if failure.status is not Status.NOT_FOUND:
                raise
            continue
        if row["name"] == name:  # not what has had the name before
            found[name] = _as_wanted(session, name, row, project)
    return found


def _as_wanted(session: Session, name: str, row: Row, wanted: WantedProject) -> FoundProject:
    said = wanted.members is not None or wanted.groups is not None
    members = _members(session, name) if said else {}
    robots = path("projects", name, "robots")
    return FoundProject(
        row,
        members=members.get("user"),
        groups=members.get("group"),
        repositories=_repositories(session, name) if wanted.repositories else None,
        robots=_robots(session, robots, wanted.robots) if wanted.robots is not None else None,
        tag_rules=_tag_rules(session, name) if wanted.tag_rules is not None else None,
        retention=_retention(session, name) if wanted.retention is not None else None,
        schedules=_schedules(session, path("projects", name, "schedules")) if wanted.schedules is not None else None,
        webhooks=webhooks.named(session.remote.pages(webhooks.target(name))) if wanted.webhooks is not None else None,
        quota=_quota(session, name) if wanted.quota is not None else None,
    )


def _retention(session: Session, project: str) -> Row:
    row: Row = session.ask("GET", path("projects", project, "retention")).content
    return row


def _tag_rules(session: Session, project: str) -> RowList:
    return session.remote.pages(path("projects", project, "tag-rules"))


def _quota(session: Session, project: str) -> Row:
    row: Row = session.ask("GET", path("projects", project, "quota")).content
    return row


def _all(session: Session, noun: str) -> Rows:
    return {row["name"]: row for row in session.remote.pages(path(noun))}


def _groups(session: Session, wanted: Section | None) -> Rows:
    """Who is in them is asked of those that are named; of all, if none is."""
    found = {}
    for row in session.remote.pages(path("groups")):
        people = None
        if wanted is None or row["name"] in wanted:
            people = sorted(person["name"] for person in session.remote.pages(path("groups", row["name"], "members")))
        found[row["name"]] = {**row, "people": people}
    return found


def _members(session: Session, project: str) -> dict[str, Rows]:
    found: dict[str, dict[str, Row]] = {"user": {}, "group": {}}
    for row in session.remote.pages(path("projects", project, "members")):
        found[row["kind"]][row["name"]] = row
    return dict(found)


def _repositories(session: Session, project: str) -> Rows:
    rows = session.remote.pages(path("projects", project, "repositories"))
    return {row["name"] if project == HOME else row["name"].removeprefix(f"{project}/"): row for row in rows}


def _robots(session: Session, target: str, wanted: Section | None) -> Rows:
    """Their trusts are asked of those of which the file names them; of all, without a file."""
    found = {}
    for row in session.remote.pages(target):
        name = row["short_name"]
        entry = None if wanted is None else wanted.get(name)
        asked = wanted is None or (entry is not None and "trusts" in entry.fields)
        trusts = session.remote.pages(f"{target}/{path(name)}/trusts") if asked else None
        found[name] = {**row, "trusts": trusts}
    return found


def _schedules(session: Session, target: str) -> Rows:
    """Those that somebody has set: what comes by itself is so in every registry."""
    return {row["kind"]: row for row in session.remote.pages(target) if row["set_by"]}


def _has_trusts(robots: Section | None) -> bool:
    return any(entry.fields.get("trusts") for entry in (robots or {}).values())
