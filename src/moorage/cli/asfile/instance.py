"""Steps for what belongs to the whole registry: roles, people, groups, issuers."""

from collections.abc import Iterator

from moorage.cli.asfile.comparing import bodies, differences, made
from moorage.cli.asfile.faults import Fault
from moorage.cli.asfile.states import Entry, Found, Rows, Section
from moorage.cli.asfile.step import Difference, Sources, Step, Verb
from moorage.cli.resource import path

_ONLY_MADE_WITH = ("password_env", "password_file", "must_change")
"""What is said of people for the moment in which they are made."""


def roles(wanted: Section, found: Rows) -> Iterator[Step | Fault]:
    """Roles of one's own; the built-in ones stay what they are."""
    for name, entry in wanted.items():
        now = found.get(name)
        if now is not None and now["built_in"]:
            yield Fault(entry.place, f"{name} is a built-in role, which cannot be changed: choose another name")
        elif "actions" not in entry.fields:
            yield Fault(entry.place, f"role {name} is made of actions: say which")
        else:
            verb = Verb.MAKE if now is None else Verb.CHANGE
            changes = made(entry.fields) if now is None else differences(entry.fields, now)
            if changes:
                yield Step(verb, f"role {name}", entry.place, "PUT", path("roles", name), entry.fields, changes)


def users(wanted: Section, found: Found) -> Iterator[Step | Fault]:
    """People. Whoever applies the file does not lessen themselves by it."""
    for name, entry in wanted.items():
        now = (found.users or {}).get(name)
        stated = {field: value for field, value in entry.fields.items() if field not in _ONLY_MADE_WITH}
        if now is None:
            yield from _new_user(name, entry, {field: value for field, value in stated.items() if value})
            continue
        changes = differences(stated, now)
        if changes and name == found.me["name"]:
            yield Fault(entry.place, f"{name} is you: what you are is changed by another administrator, not by a file")
        elif changes:
            yield Step(
                Verb.CHANGE, f"user {name}", entry.place, "PATCH", path("users", name), bodies(changes), changes, now
            )


def _new_user(name: str, entry: Entry, rights: dict[str, bool]) -> Iterator[Step | Fault]:
    env, file = (entry.fields.get(source) for source in ("password_env", "password_file"))
    if (env is None) == (file is None):
        yield Fault(
            entry.place, f"user {name} is not there yet: say either password_env or password_file, to make them with"
        )
        return
    body = {"name": name, "must_change": entry.fields.get("must_change", False)}
    sources = Sources(password_env=env, password_file=file)
    yield Step(Verb.MAKE, f"user {name}", entry.place, "POST", path("users"), body, made(body)[1:], None, sources)
    if rights:
        changes = tuple(Difference(right, False, value) for right, value in rights.items())
        yield Step(Verb.CHANGE, f"user {name}", entry.place, "PATCH", path("users", name), rights, changes)


def groups(wanted: Section, found: Rows) -> Iterator[Step]:
    """Groups, and who is new in them."""
    for name, entry in wanted.items():
        now = found.get(name)
        if now is None:
            yield Step(Verb.MAKE, f"group {name}", entry.place, "POST", path("groups"), {"name": name})
        there = frozenset(now["people"] if now is not None else ())
        for person in entry.fields.get("people", ()):
            if person not in there:
                what = f"{person} in group {name}"
                yield Step(Verb.MAKE, what, entry.place, "PUT", path("groups", name, "members", person))


def issuers(wanted: Section, found: Rows) -> Iterator[Step | Fault]:
    """Issuers of identity tokens. Another address is another issuer, which nobody should get by a slip of the pen."""
    for name, entry in wanted.items():
        now = found.get(name)
        if now is None:
            missing = [field for field in ("url", "audience") if field not in entry.fields]
            if missing:
                yield Fault(entry.place, f"issuer {name} is not there yet: say its {' and '.join(missing)}")
                continue
            body = {"name": name, **entry.fields}
            yield Step(Verb.MAKE, f"issuer {name}", entry.place, "POST", path("issuers"), body, made(entry.fields))
            continue
        changes = differences(entry.fields, now)
        if any(change.field == "url" for change in changes):
            yield Fault(
                entry.place,
                f"issuer {name} has the url {now['url']}, which does not change: remove it, with its trusts, first",
            )
        elif changes:
            yield Step(
                Verb.CHANGE,
                f"issuer {name}",
                entry.place,
                "PATCH",
                path("issuers", name),
                bodies(changes),
                changes,
                now,
            )
