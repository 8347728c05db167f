"""Names that a file uses and nobody has: told before anything changes, as far as whoever applies it may look."""

from collections.abc import Iterable, Iterator

from moorage.cli.asfile.faults import Fault
from moorage.cli.asfile.states import Entry, Found, Rows, Section, Wanted


def faults_of(wanted: Wanted, found: Found) -> Iterator[Fault]:
    """Roles, people, groups and issuers that are neither there nor in the file."""
    for entry in (wanted.groups or {}).values():
        yield from _absent(entry, entry.fields.get("people", ()), "user", wanted.users, found.users)
    for project in wanted.projects.values():
        for name, entry in (project.members or {}).items():
            yield from _absent(entry, [name], "user", wanted.users, found.users)
        for name, entry in (project.groups or {}).items():
            yield from _absent(entry, [name], "group", wanted.groups, found.groups)
        for section in (project.members, project.groups):
            for entry in (section or {}).values():
                used = [spec["role"] for spec in entry.fields["roles"]]
                yield from _absent(entry, used, "role", wanted.roles, found.roles)
    for robots in (wanted.robots, *(project.robots for project in wanted.projects.values())):
        for entry in (robots or {}).values():
            used = [trust["issuer"] for trust in entry.fields.get("trusts", ())]
            yield from _absent(entry, used, "issuer", wanted.issuers, found.issuers)


def _absent(
    entry: Entry, names: Iterable[str], noun: str, wanted: Section | None, found: Rows | None
) -> Iterator[Fault]:
    if found is None:
        return  # whoever applies it may not look: the registry will say
    for name in names:
        if name not in found and name not in (wanted or {}):
            yield Fault(entry.place, f"there is no {noun} {name[:128]!r}, neither in the registry nor in the file")
