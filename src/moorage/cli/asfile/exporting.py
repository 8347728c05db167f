"""A file of what was found: `apply` accepts it and finds nothing to do. Pure; it never holds a secret.

Everything stands in the order of its name, so that two files of the same state are the same.
"""

import math
from collections.abc import Mapping
from typing import Any

import yaml

from moorage.cli.asfile import quota, retention, webhooks
from moorage.cli.asfile.project import trust_of
from moorage.cli.asfile.states import Found, FoundProject, Row, Rows
from moorage.cli.asfile.tag_rules import in_file
from moorage.cli.asfile.tree import resolve
from moorage.cli.asfile.wanted import VERSION
from moorage.rules.identities import MOST_DAYS
from moorage.rules.pattern import EVERYTHING

_DAY = 86_400
_RIGHTS = ("administrator", "auditor", "disabled")
_WIDTH = 120


def document(found: Found) -> dict[str, Any]:
    """What the file says."""
    said: dict[str, Any] = {"version": VERSION}
    if found.roles is not None and found.sees_all:
        own = {name: row for name, row in found.roles.items() if not row["built_in"]}
        said["roles"] = {name: sorted(row["actions"]) for name, row in sorted(own.items())}
    if found.users is not None:
        said["users"] = {name: {right: row[right] for right in _RIGHTS} for name, row in sorted(found.users.items())}
    if found.groups is not None:
        said["groups"] = {name: sorted(row["people"]) for name, row in sorted(found.groups.items())}
    if found.issuers is not None:
        said["issuers"] = {name: _issuer(row) for name, row in sorted(found.issuers.items())}
    said["projects"] = {name: _project(project) for name, project in sorted(found.projects.items())}
    if found.robots is not None:
        said["robots"] = _robots(found.robots)
    if found.schedules:
        said["schedules"] = _schedules(found.schedules)
    return said


def written(said: Mapping[str, Any], source: str) -> str:
    """As YAML, with a line above it that says where it comes from."""
    body = yaml.dump(said, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return f"# Written by moorage export from {source}\n{body}"


def _project(found: FoundProject) -> dict[str, Any]:
    said: dict[str, Any] = {"public": found.row["public"], "description": found.row["description"]}
    if found.row.get("time_zone"):
        said["time_zone"] = found.row["time_zone"]
    if found.quota is not None and found.quota["own"]:
        said["quota"] = quota.said(found.quota)
    if found.members is not None:
        said["members"] = _members(found.members)
    if found.groups is not None:
        said["groups"] = _members(found.groups)
    chosen = {name: row for name, row in sorted((found.repositories or {}).items()) if _has_choices(row)}
    if chosen:
        said["repositories"] = {name: _repository(row) for name, row in chosen.items()}
    if found.robots is not None:
        said["robots"] = _robots(found.robots)
    return {**said, **_rules(found)}


def _rules(found: FoundProject) -> dict[str, Any]:
    """What happens in it by itself."""
    said: dict[str, Any] = {}
    if rules := retention.said(found.retention):
        said["retention"] = rules
    if found.tag_rules:
        said["tag_rules"] = [in_file(rule, found.row["name"]) for rule in found.tag_rules]
    if found.schedules:
        said["schedules"] = _schedules(found.schedules)
    if found.webhooks is not None:
        said["webhooks"] = webhooks.said(found.webhooks)
    return said


def _members(rows: Rows) -> dict[str, Any]:
    return {name: _held(row["roles"]) for name, row in sorted(rows.items())}


def _held(roles: list[dict[str, str]]) -> Any:  # noqa: ANN401 - a role's name, or a list
    shortened = [
        {part: value for part, value in sorted(spec.items(), key=lambda pair: pair[0] != "role") if value != EVERYTHING}
        for spec in sorted(roles, key=lambda spec: (spec["role"], spec["repositories"], spec["tags"]))
    ]
    only = shortened[0]
    return only["role"] if len(shortened) == 1 and set(only) == {"role"} else shortened


def _has_choices(row: Row) -> bool:
    """Is there anything to say of a repository? Most are as they were made by a push."""
    return bool(row["description"] or row["labels"]) or row["public"] is not None


def _repository(row: Row) -> dict[str, Any]:
    return {
        "public": row["public"],
        "description": row["description"],
        "labels": dict(sorted(row["labels"].items())),
    }


def _issuer(row: Row) -> dict[str, Any]:
    return {
        "url": row["url"],
        "audience": row["audience"],
        "algorithms": sorted(row["algorithms"]),
        "keys": row["keys"],
    }


def _robots(rows: Rows) -> dict[str, Any]:
    return {name: _robot(row) for name, row in sorted(rows.items())}


def _robot(row: Row) -> dict[str, Any]:
    trusts = sorted((trust_of(trust) for trust in row["trusts"] or ()), key=_order)
    return {
        "description": row["description"],
        "actions": sorted(row["actions"]),
        "repositories": sorted(row["repositories"]),
        "expires_in_days": _days(row),
        "disabled": row["disabled"],
        "trusts": [{"issuer": trust["issuer"], "claims": dict(sorted(trust["claims"].items()))} for trust in trusts],
    }


def _schedules(rows: Rows) -> dict[str, Any]:
    fields = ("cron", "time_zone", "enabled")
    return {kind: {field: row[field] for field in fields} for kind, row in sorted(rows.items())}


def _order(trust: Row) -> tuple[str, list[tuple[str, str]]]:
    return trust["issuer"], sorted(trust["claims"].items())


def _days(row: Row) -> int | None:
    """From its making to its end: the same on every day on which the file is written."""
    if row["expires_at"] is None:
        return None
    days: int = math.ceil((row["expires_at"] - row["created_at"]) / _DAY)
    return min(max(days, 1), MOST_DAYS)


class _Dumper(yaml.SafeDumper):
    """Texts are quoted where one of the two versions of YAML would take them for something else; nothing is shared."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - the parent's own
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))


def _style(text: str) -> str | None:
    """How it has to be quoted; None: as YAML 1.1 asks. What is not printable may be a line break to it."""
    lines = text.split("\n")
    if not all(line.isprintable() for line in lines):
        return '"'
    if len(lines) > 1 and text.strip() and all(line == line.rstrip() for line in lines):
        return "|"
    return None if isinstance(resolve(text), str) else "'"


def _list(dumper: _Dumper, entries: list[Any]) -> yaml.SequenceNode:
    """Words stand in one line."""
    words = all(isinstance(entry, str) for entry in entries)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", entries, flow_style=words)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)
