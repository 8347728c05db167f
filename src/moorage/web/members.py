"""/projects/{project}/-/members: who has which role there, and invitations by link."""

from collections.abc import Callable, Sequence

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.rules import roles
from moorage.rules.condition import changed
from moorage.rules.facts import CustomRole, Member, RoleSpec
from moorage.rules.invitations import DAYS, MOST_DAYS, Newcomers
from moorage.rules.pattern import EVERYTHING, Pattern
from moorage.rules.roles import Action, Scope
from moorage.service.manage_invitations import ManageInvitations, Wanted
from moorage.service.manage_members import ManageMembers
from moorage.service.sign_in import SignIn
from moorage.web.fields import days, needed, number
from moorage.web.lists import ROWS
from moorage.web.rendering import answer, render
from moorage.web.said import after
from moorage.web.screen import Fields, screen
from moorage.web.visitor import Visitor, go
from moorage.web.within import Within, numbered, project_of

_BELOW = "/-/members"
_PEOPLE, _GROUPS = "users", "groups"
_MOST_SHOWN = 200
"""Members on a page; of more it is said that a beginning narrows them."""
_BLANK = 2
"""Rows for further roles on a member's page."""
_ROWS_OF_MATRIX = tuple(row for row in roles.MATRIX if row.about is not Scope.INSTANCE)
_INVITED_FOR = (1, DAYS, MOST_DAYS)


def routes(sign_in: SignIn, within: Within, members: ManageMembers, invitations: ManageInvitations) -> list[Route]:
    """The list with its forms, and a page for each member."""
    forms = _Forms(members, invitations)

    async def show(seen: Visitor, refusal: Refusal | None, undo: Member | None = None) -> Response:
        project = project_of(seen)
        values = await within.shown(seen, _BELOW, refusal)
        everybody = await members.page(seen.who, project)
        prefix = seen.request.query_params.get("prefix", "").strip()
        named = [member for member in everybody if member.subject.name.lower().startswith(prefix.lower())]
        values |= {
            "members": named[:_MOST_SHOWN],
            "more": max(0, len(named) - _MOST_SHOWN),
            "roles": await members.roles(seen.who),
            "invitations": await invitations.page(seen.who, project, after=numbered(seen), size=ROWS),
            "invites": invitations.newcomers is not Newcomers.OFF,
            "invited_for": _INVITED_FOR,
            "usual_days": DAYS,
            "matrix": _ROWS_OF_MATRIX,
            "kind": kind,
            "undo": undo,
            "fields": fields_of,
        }
        return answer("members.html", refusal, **values)

    async def remove(seen: Visitor, fields: Fields) -> Response:
        """The list again, with the way back."""
        return await show(seen, None, await forms.remove(seen, fields))

    async def show_one(seen: Visitor, refusal: Refusal | None) -> Response:
        project, (name, is_group) = project_of(seen), _named(seen)
        words = seen.request.path_params
        values = await within.shown(seen, f"{_BELOW}/{words['party']}/{words['name']}", refusal)
        member = await members.find(seen.who, project, name, is_group=is_group)
        known = await members.roles(seen.who)
        values |= {
            "member": member,
            "kind": kind(member),
            "rows": _rows(member, values["typed"]),
            "roles": known,
            "meanings": _meanings(member, known),
        }
        return answer("member.html", refusal, **values)

    manages = Action.MANAGE_MEMBERS
    return [
        *screen(
            sign_in,
            f"/projects/{{project}}{_BELOW}",
            show,
            {
                "": within.asked(manages, forms.add),
                "/remove": within.asked(manages, remove),
                "/invite": within.asked(manages, forms.invite),
                "/invite/end": within.asked(manages, forms.end),
            },
        ),
        *screen(
            sign_in,
            f"/projects/{{project}}{_BELOW}/{{party}}/{{name}}",
            show_one,
            {"": within.asked(manages, forms.change)},
        ),
    ]


class _Forms:
    """What the forms do."""

    def __init__(self, members: ManageMembers, invitations: ManageInvitations) -> None:
        self._members, self._invitations = members, invitations

    async def add(self, seen: Visitor, fields: Fields) -> Response:
        """A role more, beside those that they have."""
        name = needed(fields, "name", "say who shall have the role")
        project, is_group = project_of(seen), fields.get("kind") == _GROUPS
        spec = _spec(fields, "")
        try:
            was = await self._members.find(seen.who, project, name, is_group=is_group)
        except Refusal as refusal:
            if refusal.code is not Code.NAME_UNKNOWN:
                raise
            was = None
        held = was.roles if was is not None else ()
        wanted = [*(one for one in held if one != spec), spec]
        await self._members.put(seen.who, project, name, wanted, is_group=is_group, still=_still(was))
        return go(after(_home(seen), "saved"))

    async def change(self, seen: Visitor, fields: Fields) -> Response:
        """These roles, instead of those that they had."""
        name, is_group = _named(seen)
        wanted = [_spec(fields, end) for end in _ends(fields) if fields.get(f"role{end}")]
        if not wanted:
            raise Refusal(Code.QUERY_INVALID, "leave at least one role, or take all away by Remove on the list")
        await self._members.put(seen.who, project_of(seen), name, list(dict.fromkeys(wanted)), is_group=is_group)
        return go(after(_home(seen), "saved"))

    async def remove(self, seen: Visitor, fields: Fields) -> Member:
        """All roles of somebody; what they were."""
        name = needed(fields, "name", "say who shall have no role any more")
        project, is_group = project_of(seen), fields.get("kind") == _GROUPS
        was = await self._members.find(seen.who, project, name, is_group=is_group)
        await self._members.remove(seen.who, project, name, is_group=is_group, still=_still(was))
        return was

    async def invite(self, seen: Visitor, fields: Fields) -> Response:
        """A link, shown once."""
        role = needed(fields, "role", "choose the role that the invitation gives")
        wanted = Wanted(role, fields.get("note", "").strip(), days(fields) or DAYS)
        made, secret = await self._invitations.create(seen.who, project_of(seen), wanted)
        link = f"{seen.base}/invite/{secret}"
        return render("invited.html", **seen.shown, invitation=made, link=link, back=_home(seen))

    async def end(self, seen: Visitor, fields: Fields) -> Response:
        """Take an invitation back."""
        which = number(fields, "number", "say which invitation shall end")
        await self._invitations.revoke(seen.who, project_of(seen), which)
        return go(after(_home(seen), "deleted"))


def kind(member: Member) -> str:
    """Which word stands before the name in the address of a member's page."""
    return _GROUPS if member.subject.is_group else _PEOPLE


def fields_of(member: Member) -> dict[str, str]:
    """What the form on a member's page holds for their roles."""
    return {
        f"{name}-{place:02}": text
        for place, spec in enumerate(member.roles)
        for name, text in (("role", spec.role), ("repositories", spec.repositories.text), ("tags", spec.tags.text))
    }


def _named(seen: Visitor) -> tuple[str, bool]:
    """Who is meant by the address, and whether that is a group."""
    words = seen.request.path_params
    if words["party"] not in {_PEOPLE, _GROUPS}:
        raise Refusal(Code.ROUTE_UNKNOWN)
    return words["name"], words["party"] == _GROUPS


def _spec(fields: Fields, end: str) -> RoleSpec:
    role = needed(fields, f"role{end}", "choose a role")
    where, tags = (fields.get(f"{name}{end}", "").strip() or EVERYTHING for name in ("repositories", "tags"))
    return RoleSpec(role, Pattern.parse(where), Pattern.parse(tags))


def _ends(fields: Fields) -> list[str]:
    """By which the fields of one role are told from those of another."""
    return sorted({name.removeprefix("role") for name in fields if name.startswith("role-")})


def _rows(member: Member, typed: Callable[..., str]) -> list[dict[str, str]]:
    """The roles as fields, and some empty ones; as they were typed, where that was refused."""
    held: list[RoleSpec | None] = [*member.roles, *[None] * _BLANK]
    rows = []
    for place, spec in enumerate(held):
        end = f"-{place:02}"
        shown = ("", "", "") if spec is None else (spec.role, spec.repositories.text, spec.tags.text)
        names = ("role", "repositories", "tags")
        rows.append(
            {"end": end, **{name: typed("", name + end, text) for name, text in zip(names, shown, strict=True)}}
        )
    return rows


def _meanings(member: Member, known: Sequence[CustomRole]) -> list[tuple[str, list[str]]]:
    """What each role of theirs may, in words."""
    actions = {role.name: role.actions for role in known}
    held = dict.fromkeys(spec.role for spec in member.roles)
    return [
        (role, [row.meaning for row in _ROWS_OF_MATRIX if row.action in actions.get(role, frozenset())])
        for role in held
    ]


def _still(was: Member | None) -> Callable[[Member | None], None]:
    """Nobody changed them between the look and the change."""

    def still(now: Member | None) -> None:
        if (now.roles if now is not None else ()) != (was.roles if was is not None else ()):
            raise changed()

    return still


def _home(seen: Visitor) -> str:
    return f"/projects/{project_of(seen)}{_BELOW}"
