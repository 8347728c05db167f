"""/administration/roles: what each role may, and roles of one's own."""

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Refusal
from moorage.rules.roles import BUILT_IN, GIVEN, MATRIX, ROLES, Action
from moorage.service.manage_members import ManageMembers
from moorage.service.sign_in import SignIn
from moorage.web.administering import HOME, page, require
from moorage.web.fields import needed
from moorage.web.said import after
from moorage.web.screen import Fields, confirmed, screen
from moorage.web.visitor import Visitor, go

_ROLES = f"{HOME}/roles"
_ROWS = tuple(row for row in MATRIX if row.action in GIVEN)


def routes(sign_in: SignIn, members: ManageMembers) -> list[Route]:
    """The matrix as a table, and below it those of one's own."""

    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        require(seen, Action.READ_INSTANCE)
        own = [role for role in await members.roles(seen.who) if role.name not in BUILT_IN]
        changed = seen.request.query_params.get("role", "")
        return await page(
            seen,
            "roles.html",
            refusal,
            rows=_ROWS,
            built_in={name: ROLES[name] for name in BUILT_IN},
            own=own,
            changed=next((role for role in own if role.name == changed), None),
        )

    async def put(seen: Visitor, fields: Fields) -> Response:
        actions = frozenset(row.action for row in _ROWS if fields.get(f"may {row.action.value}") == "yes")
        await members.put_role(seen.who, fields.get("name", "").strip(), actions)
        return go(after(_ROLES, "saved"))

    async def delete(seen: Visitor, fields: Fields) -> Response:
        require(seen, Action.MANAGE_INSTANCE)
        name = needed(fields, "name", "give the name of a role")
        confirmed(fields, name)
        await members.delete_role(seen.who, name)
        return go(after(_ROLES, "deleted"))

    return screen(sign_in, _ROLES, show, {"": put, "/delete": delete})
