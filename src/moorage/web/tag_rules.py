"""/projects/{project}/-/tag-rules: what a project asks of its tags, in order, and what it would say of one."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.oci.reference import RepositoryName
from moorage.rules import condition, own_pages
from moorage.rules.tag_forms import Form
from moorage.rules.tag_rule import Holders, Named, RuleKind, TagRule, shown
from moorage.service.manage_tag_rules import ManageTagRules, Tried
from moorage.web.in_project import InProject
from moorage.web.rendering import answer
from moorage.web.said import after
from moorage.web.screen import Fields, screen
from moorage.web.tag_rule_form import filled, flat, read, whole
from moorage.web.visitor import Visitor, go
from moorage.web.within import project_of

_PATH = "/projects/{project}/-/tag-rules"
Rules: TypeAlias = Sequence[TagRule]
Edit: TypeAlias = Callable[[list[TagRule]], list[TagRule]]


class _Gone(NamedTuple):
    """A rule that was just removed, as the address keeps it: what it said, and where it stood."""

    text: str
    fields: Mapping[str, Any]
    at: int


def routes(own: InProject, manage: ManageTagRules) -> list[Route]:
    """One form adds and changes; all that it takes besides are buttons."""
    page = _Page(own, manage)
    acts = {"": page.save, "/remove": page.remove, "/move": page.move, "/restore": page.restore}
    return screen(own.sign_in, _PATH, page.show, acts)


@dataclass(frozen=True, slots=True)
class _Page:
    own: InProject
    manage: ManageTagRules

    async def found(self, seen: Visitor) -> tuple[Rules, Refusal | None]:
        try:
            return await self.manage.find(seen.who, project_of(seen)), None
        except Refusal as refusal:
            if refusal.code is not Code.UNAVAILABLE:
                raise
            return (), refusal

    async def show(self, seen: Visitor, refusal: Refusal | None) -> Response:
        told = await self.own.told(seen, "tag-rule:read")
        rules, unreadable = await self.found(seen)
        asked = seen.request.query_params
        tried, odd = await self.attempt(seen)
        typed = await seen.form() if refusal is not None else asked
        number = _number(typed.get("edit", ""), len(rules))
        edited = rules[number - 1] if number else None
        return answer(
            "tag_rules.html",
            refusal or unreadable or odd,
            **told,
            rules=rules,
            entries=[whole(fields) for fields in shown(rules, project_of(seen))],
            mark=_mark(rules, project_of(seen)),
            edit=number,
            form=filled(edited, project_of(seen), typed, is_typed=refusal is not None or "kind" in asked),
            tried=tried,
            gone=_gone(seen),
            undo=asked.get("gone", ""),
            undo_mark=asked.get("by", ""),
            kinds=list(RuleKind),
            forms=list(Form),
        )

    async def attempt(self, seen: Visitor) -> tuple[Tried | None, Refusal | None]:
        asked = seen.request.query_params
        repository, tag = asked.get("repository", "").strip(), asked.get("tag", "").strip()
        if not repository or not tag or seen.request.method != "GET":
            return None, None
        try:
            name = RepositoryName.within(project_of(seen), repository)
            return await self.manage.attempt(seen.who, name, tag), None
        except Refusal as refusal:
            return None, refusal

    async def change(self, seen: Visitor, fields: Fields, edit: Edit, said: str, more: str = "") -> Response:
        """Edit the list that the page showed, if it still is that."""
        project = project_of(seen)
        rules, _ = await self.found(seen)

        def still(now: Rules) -> None:
            if _mark(now, project) != fields.get("seen", ""):
                raise condition.changed()

        wanted = edit([_by_name(rule, project) for rule in rules])
        await self.manage.put(seen.who, project, wanted, still)
        return go(after(f"/projects/{project}/-/tag-rules{more}", said))

    async def save(self, seen: Visitor, fields: Fields) -> Response:
        await self.own.require(seen, "tag-rule:manage")
        rule = read(fields)

        def edit(rules: list[TagRule]) -> list[TagRule]:
            number = _number(fields.get("edit", ""), len(rules))
            return [*rules[: number - 1], rule, *rules[number:]] if number else [*rules, rule]

        return await self.change(seen, fields, edit, "saved")

    async def remove(self, seen: Visitor, fields: Fields) -> Response:
        await self.own.require(seen, "tag-rule:manage")
        rules, _ = await self.found(seen)
        number = _require(fields, rules)
        text = json.dumps([number, shown([rules[number - 1]], project_of(seen))[0]])
        more = "?" + urlencode({"gone": text, "by": own_pages.mark(seen.cookie, text)})
        return await self.change(seen, fields, lambda rules: rules[: number - 1] + rules[number:], "deleted", more)

    async def move(self, seen: Visitor, fields: Fields) -> Response:
        await self.own.require(seen, "tag-rule:manage")
        number = _require(fields, (await self.found(seen))[0])

        def edit(rules: list[TagRule]) -> list[TagRule]:
            other = number - 1 if fields.get("to") == "up" else number + 1
            if 1 <= other <= len(rules):
                rules[number - 1], rules[other - 1] = rules[other - 1], rules[number - 1]
            return rules

        return await self.change(seen, fields, edit, "saved")

    async def restore(self, seen: Visitor, fields: Fields) -> Response:
        await self.own.require(seen, "tag-rule:manage")
        gone = _marked(seen, fields.get("gone", ""), fields.get("by", ""))
        if gone is None:
            raise Refusal(Code.QUERY_INVALID, "what was removed is not known any more: add it by the form")
        rule = read(flat(gone.fields))
        return await self.change(
            seen, fields, lambda rules: [*rules[: gone.at - 1], rule, *rules[gone.at - 1 :]], "restored"
        )


def _by_name(rule: TagRule, project: str) -> TagRule:
    """As somebody writes it who wants it as it is: holders by name."""
    only = Holders(rule.only.roles, rule.only.users, tuple(Named(0, name) for name in rule.only.robot_titles(project)))
    return replace(rule, only=only)


def _mark(rules: Rules, project: str) -> str:
    """Names this list: whoever changes another one has not seen what they change."""
    return sha256(json.dumps(shown(rules, project), sort_keys=True).encode()).hexdigest()[:32]


def _number(text: str, most: int) -> int:
    """A rule's number; 0 where none is meant, or there is none."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
    return int(text) if is_number and int(text) <= most else 0


def _require(fields: Fields, rules: Rules) -> int:
    number = _number(fields.get("number", ""), len(rules))
    if not number:
        raise Refusal(Code.QUERY_INVALID, "there is no such rule any more: open the page again")
    return number


def _gone(seen: Visitor) -> _Gone | None:
    asked = seen.request.query_params
    return _marked(seen, asked.get("gone", ""), asked.get("by", ""))


def _marked(seen: Visitor, text: str, mark: str) -> _Gone | None:
    """What a page of this very session said was removed."""
    if not text or not own_pages.is_marked(seen.cookie, text, mark):
        return None
    at, fields = json.loads(text)
    return _Gone(text, whole(fields), at)
