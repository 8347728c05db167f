"""Tag rules in SQL: a row for each project, with all of its rules as JSON, read anew only when it has changed."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from moorage.adapters.sql.session import Session
from moorage.ports.tag_rules import Expiring
from moorage.rules.expression import Expression
from moorage.rules.pattern import Pattern
from moorage.rules.tag_forms import Form
from moorage.rules.tag_rule import Effect, Holders, Named, RuleKind, TagRule
from moorage.rules.tag_rules import RuleBook

_NONE, _UNREADABLE = RuleBook(), RuleBook(readable=False)


class SqlTagRules:
    """See `ports.tag_rules.TagRules`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_project(self, project_id: int | None) -> RuleBook:
        """By the primary key."""
        if project_id is None:
            return _NONE
        row = self._session.one("SELECT rules FROM tag_rules WHERE project_id = :id", id=project_id)
        return _NONE if row is None else _read(row[0])

    def put(self, project_id: int, rules: Sequence[TagRule]) -> None:
        """One row, or none."""
        if not rules:
            self._session.run("DELETE FROM tag_rules WHERE project_id = :id", id=project_id)
            return
        self._session.run(
            "INSERT INTO tag_rules (project_id, rules, expires) VALUES (:id, :rules, :expires)"
            " ON CONFLICT (project_id) DO UPDATE SET rules = :rules, expires = :expires",
            id=project_id,
            rules=json.dumps([_written(rule) for rule in rules]),
            expires=int(any(rule.kind is RuleKind.EXPIRES for rule in rules)),
        )

    def expiring(self, *, after: int, limit: int) -> Sequence[Expiring]:
        """By the index on those that do."""
        rows = self._session.all(
            "SELECT p.id, p.name FROM tag_rules t JOIN projects p ON p.id = t.project_id"
            " WHERE t.expires = 1 AND t.project_id > :after ORDER BY t.project_id LIMIT :limit",
            after=after,
            limit=limit,
        )
        return [Expiring(*row) for row in rows]


def _written(rule: TagRule) -> dict[str, Any]:
    is_glob = isinstance(rule.tags, Pattern)
    return {
        "kind": rule.kind.value,
        "repositories": rule.repositories.text,
        "tags" if is_glob else "expression": rule.tags.text,
        "effect": rule.effect.value,
        "reason": rule.reason,
        "form": rule.form.value if rule.form is not None else None,
        "regex": rule.regex.text if rule.regex is not None else None,
        "roles": rule.only.roles,
        "users": rule.only.users,
        "robots": rule.only.robots,
        "days": rule.days,
        "set_by": rule.set_by,
        "set_at": rule.set_at,
    }


@lru_cache(maxsize=256)
def _read(text: str) -> RuleBook:
    try:
        return RuleBook(tuple(_rule(fields) for fields in json.loads(text)))
    except Exception:  # noqa: BLE001 - whatever is wrong with them: rules that cannot be read let nothing change
        return _UNREADABLE


def _rule(fields: dict[str, Any]) -> TagRule:
    return TagRule(
        RuleKind(fields["kind"]),
        Pattern.parse(fields["repositories"]),
        Expression.parse(fields["expression"]) if "expression" in fields else Pattern.parse(fields["tags"]),
        Effect(fields["effect"]),
        fields["reason"],
        Form(fields["form"]) if fields["form"] is not None else None,
        Expression.parse(fields["regex"]) if fields["regex"] is not None else None,
        Holders(
            tuple(fields["roles"]),
            tuple(Named(*user) for user in fields["users"]),
            tuple(Named(*robot) for robot in fields["robots"]),
        ),
        fields["days"],
        fields["set_by"],
        fields["set_at"],
    )
