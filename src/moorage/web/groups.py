"""/administration/groups: people who share roles."""

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Refusal
from moorage.rules.roles import Action
from moorage.service.manage_people import ManagePeople
from moorage.service.read_people import ReadPeople
from moorage.service.sign_in import SignIn
from moorage.web.administering import HOME, page, require
from moorage.web.fields import needed
from moorage.web.lists import listing
from moorage.web.said import after
from moorage.web.screen import Fields, confirmed, screen
from moorage.web.visitor import Visitor, go

GROUPS = f"{HOME}/groups"


def routes(sign_in: SignIn, read: ReadPeople, people: ManagePeople) -> list[Route]:
    """The list, and one of them."""
    return [*_all(sign_in, people), *_one(sign_in, read, people)]


def _all(sign_in: SignIn, people: ManagePeople) -> list[Route]:
    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        return await page(seen, "groups.html", refusal, found=await people.groups(seen.who, listing(seen)))

    async def create(seen: Visitor, fields: Fields) -> Response:
        made = await people.create_group(seen.who, fields.get("name", "").strip())
        return go(after(f"{GROUPS}/{made.name}", "saved"))

    return screen(sign_in, GROUPS, show, {"": create})


def _one(sign_in: SignIn, read: ReadPeople, people: ManagePeople) -> list[Route]:
    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        found = await read.group(seen.who, _name(seen))
        members = await people.people(seen.who, found.group.name, listing(seen))
        return await page(seen, "group.html", refusal, group=found.group, holdings=found.holdings, found=members)

    async def join(seen: Visitor, fields: Fields) -> Response:
        require(seen, Action.MANAGE_PEOPLE)
        await people.join(seen.who, _name(seen), needed(fields, "person", "give the name of somebody"))
        return go(after(f"{GROUPS}/{_name(seen)}", "saved"))

    async def leave(seen: Visitor, fields: Fields) -> Response:
        require(seen, Action.MANAGE_PEOPLE)
        await people.leave(seen.who, _name(seen), needed(fields, "person", "give the name of somebody"))
        return go(after(f"{GROUPS}/{_name(seen)}", "saved"))

    async def delete(seen: Visitor, fields: Fields) -> Response:
        require(seen, Action.MANAGE_PEOPLE)
        confirmed(fields, _name(seen))
        await people.delete_group(seen.who, _name(seen))
        return go(after(GROUPS, "deleted"))

    return screen(sign_in, f"{GROUPS}/{{group}}", show, {"/join": join, "/leave": leave, "/delete": delete})


def _name(seen: Visitor) -> str:
    name: str = seen.request.path_params["group"]
    return name
