"""What files say a registry shall be: a tree of YAML becomes named entries, checked by the registry's own rules."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from moorage.cli.asfile import quota, reading, retention
from moorage.cli.asfile.faults import Fault, refuse
from moorage.cli.asfile.reading import Reader, Reading, Wrong, checked, flag, optional, text, texts
from moorage.cli.asfile.states import Entry, Wanted, WantedProject
from moorage.cli.asfile.tag_rules import read_rules
from moorage.cli.asfile.tree import Node, Unreadable, read
from moorage.cli.asfile.webhooks import address_of
from moorage.oci.reference import RepositoryName
from moorage.rules import federation, labels, names, roles, schedules, webhooks
from moorage.rules.pattern import EVERYTHING, Pattern

VERSION = 1
_PARTS = ("members", "groups", "repositories", "robots", "tag_rules", "retention", "schedules", "webhooks", "quota")
"""What a project has in it."""


def parse(files: Iterable[tuple[str, bytes]]) -> Wanted:
    """What they say together, each by its name and content. Raises Failure with all that is wrong with them."""
    wanted, faults = Wanted(), list[Fault]()
    for file, content in files:
        try:
            node, found = read(file, content)
        except Unreadable as unreadable:
            faults.append(unreadable.fault)
            continue
        scribe = Reading(found)
        try:
            wanted = _joined(scribe, wanted, _document(scribe, node))
        except Wrong as wrong:
            scribe.faults.append(wrong.fault)
        faults += scribe.faults
    refuse(faults)
    return wanted


def _document(scribe: Reading, node: Node) -> Wanted:
    known: dict[str, Reader] = {
        "version": _version,
        "roles": _named(_role, lambda name: names.require_short(name, "role")),
        "users": _named(_fields(_USER), names.require_person),
        "groups": _named(_people, names.require_person),
        "issuers": _named(_fields(_ISSUER), lambda name: names.require_short(name, "issuer")),
        "robots": _named(_fields(_ROBOT), lambda name: names.require_short(name, "robot")),
        "schedules": _named(_fields(_SCHEDULE), _kind),
        "projects": _named(_project, names.require_project, with_name=True),
    }
    if "version" not in reading.mapping(node):
        scribe.faults.append(Fault(node.place, f"say first of all which form this file has: version: {VERSION}"))
    found = scribe.fields(node, known)
    found.pop("version", None)
    return Wanted(**found)


def _version(_scribe: Reading, node: Node) -> int:
    if node.value != VERSION or isinstance(node.value, bool):
        raise Wrong(node, f"this program reads version {VERSION}")
    return VERSION


def _named(read_one: Callable[..., Any], rule: Callable[[str], object], *, with_name: bool = False) -> Reader:
    """A section: names that the rule lets pass, each with what `read_one` makes of it."""

    def read_all(scribe: Reading, node: Node) -> dict[str, Any]:
        def one(name: str, value: Node) -> Any:  # noqa: ANN401 - an entry, or a project
            checked(lambda _scribe, _node: name, rule)(scribe, value)
            return read_one(scribe, value, name) if with_name else read_one(scribe, value)

        return scribe.named(node, one)

    return read_all


def _fields(known: Mapping[str, Reader]) -> Callable[[Reading, Node], Entry]:
    return lambda scribe, node: Entry(node.place, scribe.fields(node, known))


def _actions(of: frozenset[roles.Action]) -> Reader:
    known = sorted(action.value for action in of)

    def read_actions(scribe: Reading, node: Node) -> list[str]:
        actions = texts(scribe, node)
        for name in actions:
            if name not in known:
                raise Wrong(node, f"there is no action {name[:64]!r} here: use {', '.join(known)}")
        if not actions:
            raise Wrong(node, f"name at least one action of {', '.join(known)}")
        return actions

    return read_actions


def _role(scribe: Reading, node: Node) -> Entry:
    if isinstance(node.value, list):
        return Entry(node.place, {"actions": _actions(roles.GIVEN)(scribe, node)})
    found = scribe.fields(node, {"actions": _actions(roles.GIVEN)})
    return Entry(node.place, found)


def _people(scribe: Reading, node: Node) -> Entry:
    """A group that is named alone has whom it has: a provider's groups come with those who sign in."""
    return Entry(node.place, {} if node.value is None else {"people": texts(scribe, node)})


def _held(scribe: Reading, node: Node) -> Entry:
    """The roles of a member: one by its name, one with patterns, or a list of both."""
    given = node.value if isinstance(node.value, list) else [node]
    held = [_spec(scribe, entry) for entry in given]
    unique = {json.dumps(spec, sort_keys=True): spec for spec in held}
    if not unique:
        raise Wrong(node, "name a role, as reader; whoever shall hold none does not stand here")
    return Entry(node.place, {"roles": [unique[key] for key in sorted(unique)]})


def _spec(scribe: Reading, node: Node) -> dict[str, str]:
    if isinstance(node.value, str):
        return {"role": node.value, "repositories": EVERYTHING, "tags": EVERYTHING}
    found = scribe.fields(node, {"role": text, "repositories": _PATTERN, "tags": _PATTERN})
    if "role" not in reading.mapping(node):
        raise Wrong(node, "name a role, as reader")
    return {"role": "", "repositories": EVERYTHING, "tags": EVERYTHING, **found}


def _kind(name: str) -> None:
    """A kind of job, of which the registry knows."""
    names.require_short(name, "kind of job")


def _texts_by_name(scribe: Reading, node: Node) -> dict[str, str]:
    return dict(sorted(scribe.named(node, lambda _name, value: text(scribe, value)).items()))


def _keys(_scribe: Reading, node: Node) -> Any:  # noqa: ANN401 - a JWK set
    found = reading.plain(node)
    try:
        json.dumps(found, allow_nan=False)
    except ValueError:
        raise Wrong(node, "JSON has no such number") from None
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise Wrong(node, "write a JWK set, as {keys: [...]}, or null for the keys that the issuer publishes")
    return found


def _trusts(scribe: Reading, node: Node) -> list[dict[str, Any]]:
    return [_trust(scribe, entry) for entry in reading.entries(node)]


def _trust(scribe: Reading, node: Node) -> dict[str, Any]:
    found = scribe.fields(node, {"issuer": text, "claims": checked(_texts_by_name, federation.parse_claims)})
    if not {"issuer", "claims"} <= reading.mapping(node).keys():
        raise Wrong(node, "a trust has an issuer and claims")
    return found


def _project(scribe: Reading, node: Node, name: str) -> WantedProject:
    def of_project(inner: str) -> None:
        RepositoryName.within(name, inner)

    known: dict[str, Reader] = {
        "public": flag,
        "description": _DESCRIPTION,
        "members": _named(_held, names.require_person),
        "groups": _named(_held, names.require_person),
        "repositories": _named(_fields(_REPOSITORY), of_project),
        "robots": _named(_fields(_ROBOT), lambda robot: names.require_short(robot, "robot")),
        "tag_rules": read_rules(name),
        "retention": retention.read,
        "schedules": _named(_fields(_SCHEDULE), _kind),
        "time_zone": text,
        "webhooks": _named(_webhook, address_of),
        "quota": quota.read,
    }
    found = scribe.fields(node, known)
    parts = {part: found.pop(part) for part in _PARTS if part in found}
    return WantedProject(Entry(node.place, found), **parts)


def _webhook(scribe: Reading, node: Node) -> Entry:
    entry = _fields(_WEBHOOK)(scribe, node)
    if {"secret_env", "secret_file"} <= entry.fields.keys():
        raise Wrong(node, "a secret comes from secret_env, or is made and goes to secret_file: name one of both")
    return entry


_PATTERN = checked(text, Pattern.parse)
_PATTERNS = checked(texts, lambda patterns: [Pattern.parse(pattern) for pattern in patterns])
_DESCRIPTION = checked(text, names.require_description)
_USER: Mapping[str, Reader] = {
    "password_env": text,
    "password_file": reading.file,
    "must_change": flag,
    "administrator": flag,
    "auditor": flag,
    "disabled": flag,
}
_ISSUER: Mapping[str, Reader] = {"url": text, "audience": text, "algorithms": texts, "keys": optional(_keys)}
_SCHEDULE: Mapping[str, Reader] = {
    "cron": checked(text, schedules.require_cron),
    "time_zone": optional(text),
    "enabled": flag,
}
_ROBOT: Mapping[str, Reader] = {
    "description": _DESCRIPTION,
    "actions": _actions(frozenset(roles.CONTENT)),
    "repositories": _PATTERNS,
    "expires_in_days": reading.days,
    "disabled": flag,
    "secret_file": reading.file,
    "trusts": _trusts,
}
_WEBHOOK: Mapping[str, Reader] = {
    "events": checked(texts, lambda words: [webhooks.require_event(word) for word in words]),
    "form": checked(text, webhooks.require_form),
    "repositories": _PATTERNS,
    "tags": _PATTERNS,
    "description": _DESCRIPTION,
    "disabled": flag,
    "secret_env": text,
    "secret_file": reading.file,
}
_REPOSITORY: Mapping[str, Reader] = {
    "public": optional(flag),
    "description": _DESCRIPTION,
    "labels": checked(_texts_by_name, labels.require_labels),
}


def _joined(scribe: Reading, first: Wanted, more: Wanted) -> Wanted:
    """Both; what stands in both is a fault, as nobody could tell which one holds."""
    joined: dict[str, Any] = {}
    for section in ("roles", "users", "groups", "issuers", "robots", "schedules", "projects"):
        ours, others = getattr(first, section), getattr(more, section)
        if others is None:
            continue
        for name in others.keys() & (ours or {}).keys():
            here, there = _place(others[name]), _place((ours or {})[name])
            scribe.faults.append(Fault(here, f"{name} stands among the {section} at {there} as well"))
        joined[section] = {**(ours or {}), **others}
    return replace(first, **joined)


def _place(found: Entry | WantedProject) -> Any:  # noqa: ANN401 - a place
    return found.place if isinstance(found, Entry) else found.entry.place
