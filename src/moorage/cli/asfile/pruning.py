"""Steps that remove what a file does not name: only within sections that stand in it, and never whoever asks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from moorage.cli.asfile import webhooks
from moorage.cli.asfile.project import member, robot, robots_path, trust_of
from moorage.cli.asfile.scheduling import schedule, schedules_path
from moorage.cli.asfile.states import Entry, Found, FoundProject, Row, Rows, Section, Wanted, WantedProject
from moorage.cli.asfile.step import Difference, Step, Verb
from moorage.cli.resource import path, repository


@dataclass(frozen=True, slots=True)
class Pruning:
    """`kept` fills with sentences on what stays all the same."""

    me: str
    kept: list[str] = field(default_factory=list)

    def steps(self, wanted: Wanted, found: Found) -> Iterator[Step]:
        """What is in projects first, then whom others name, then what others are made of."""
        for name, project in wanted.projects.items():
            there = found.projects.get(name)
            if there is not None:
                yield from self._inside(name, project, there)
        yield from _robots(None, wanted.robots, found.robots or {})
        yield from _schedules(None, wanted.schedules, found.schedules)
        for group, entry in (wanted.groups or {}).items():
            yield from self._people(group, entry, (found.groups or {}).get(group))
        yield from _absent(wanted.issuers, found.issuers, "issuers", "issuer", seen=True)
        yield from _absent(wanted.groups, found.groups, "groups", "group", seen=False)
        others = self._without_me(wanted.users, found.users or {}, "users")
        yield from _absent(wanted.users, others, "users", "user", seen=True)
        own = {name: row for name, row in (found.roles or {}).items() if not row["built_in"]}
        yield from _absent(wanted.roles, own, "roles", "role", seen=False)

    def _inside(self, name: str, wanted: WantedProject, found: FoundProject) -> Iterator[Step]:
        yield from _labels(wanted.repositories or {}, found.repositories or {})
        members = self._without_me(wanted.members, found.members or {}, f"the members of project {name}")
        for noun, section, rows in (("members", wanted.members, members), ("groups", wanted.groups, found.groups)):
            for other, row in _others(section, rows):
                target = path("projects", name, noun, other)
                yield _removal(member(name, noun, other), target, row)
        yield from _robots(name, wanted.robots, found.robots or {})
        yield from _schedules(name, wanted.schedules, found.schedules)
        for other, row in _others(wanted.webhooks, found.webhooks):
            yield webhooks.removal(name, other, row)

    def _without_me(self, wanted: Section | None, found: Rows, among: str) -> Rows:
        if wanted is not None and self.me in found and self.me not in wanted:
            self.kept.append(f"{self.me} stays among {among}: that is you")
        return {name: row for name, row in found.items() if name != self.me}

    def _people(self, group: str, entry: Entry, found: Row | None) -> Iterator[Step]:
        if "people" not in entry.fields:
            return
        for person in (found or {}).get("people") or ():
            if person in entry.fields["people"]:
                continue
            if person == self.me:
                self.kept.append(f"{person} stays in group {group}: that is you")
                continue
            yield _removal(f"{person} in group {group}", path("groups", group, "members", person))


def _others(wanted: Section | None, found: Rows | None) -> Iterator[tuple[str, Row]]:
    """What is there and not named, where anything is said about it."""
    if wanted is not None:
        yield from ((name, row) for name, row in (found or {}).items() if name not in wanted)


def _absent(wanted: Section | None, found: Rows | None, plural: str, noun: str, *, seen: bool) -> Iterator[Step]:
    for name, row in _others(wanted, found):
        yield _removal(f"{noun} {name}", path(plural, name), row if seen else None)


def _labels(wanted: Section, found: Rows) -> Iterator[Step]:
    """What the file's own labels make of a repository was decided already: these steps take the others away."""
    for name, entry in wanted.items():
        labels: Mapping[str, str] | None = entry.fields.get("labels")
        row = found.get(name)
        if labels is None or row is None or not row["labels"].keys() - labels.keys():
            continue
        changes = tuple(
            Difference(f"label {label}", row["labels"][label], None) for label in row["labels"].keys() - labels.keys()
        )
        target = repository(row["name"])
        yield Step(
            Verb.REMOVE,
            f"labels of repository {row['name']}",
            entry.place,
            "PATCH",
            target,
            {"labels": labels},
            changes,
        )


def _robots(project: str | None, wanted: Section | None, found: Rows) -> Iterator[Step]:
    for name, entry in (wanted or {}).items():
        row = found.get(name)
        if row is not None and row["trusts"] is not None and "trusts" in entry.fields:
            for trust in row["trusts"]:
                if trust_of(trust) not in entry.fields["trusts"]:
                    target = f"{robots_path(project, name)}/trusts/{trust['id']}"
                    changes = tuple(Difference(field, value, None) for field, value in trust_of(trust).items())
                    yield _removal(f"trust of {robot(project, name)}", target, None, changes)
    for name, row in _others(wanted, found):
        seen = {field: value for field, value in row.items() if field != "trusts"}
        yield _removal(robot(project, name), robots_path(project, name), seen)


def _schedules(project: str | None, wanted: Section | None, found: Rows | None) -> Iterator[Step]:
    for kind, row in _others(wanted, found):
        yield _removal(schedule(project, kind), schedules_path(project, kind), row)


def _removal(what: str, target: str, seen: Row | None = None, changes: tuple[Difference, ...] = ()) -> Step:
    return Step(Verb.REMOVE, what, None, "DELETE", target, None, changes, seen)
