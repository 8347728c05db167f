"""/administration/people: everybody, and a page for each."""

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.rules.roles import Action
from moorage.service.manage_factor import ManageFactor
from moorage.service.manage_people import ManagePeople
from moorage.service.manage_sessions import ManageSessions
from moorage.service.read_people import ReadPeople
from moorage.service.sign_in import SignIn
from moorage.web.administering import HOME, page, require
from moorage.web.fields import needed, number
from moorage.web.lists import listing
from moorage.web.said import after
from moorage.web.screen import Fields, confirmed, screen
from moorage.web.visitor import Visitor, go

PEOPLE = f"{HOME}/people"
_STANDINGS = ("administrator", "auditor", "disabled")


def routes(
    sign_in: SignIn, read: ReadPeople, people: ManagePeople, sessions: ManageSessions, factors: ManageFactor
) -> list[Route]:
    """The list, and somebody."""
    return [*_everybody(sign_in, people), *_somebody(sign_in, read, people, sessions, factors)]


def _everybody(sign_in: SignIn, people: ManagePeople) -> list[Route]:
    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        found = await people.page(seen.who, listing(seen, ("name", "created_at")))
        return await page(seen, "people.html", refusal, found=found)

    async def create(seen: Visitor, fields: Fields) -> Response:
        name, must_change = fields.get("name", "").strip(), fields.get("must_change") == "yes"
        made = await people.create(seen.who, name, fields.get("password", ""), must_change=must_change)
        return go(after(f"{PEOPLE}/{made.name}", "saved"))

    return screen(sign_in, PEOPLE, show, {"": create})


def _somebody(  # noqa: C901 - a form is a function
    sign_in: SignIn, read: ReadPeople, people: ManagePeople, sessions: ManageSessions, factors: ManageFactor
) -> list[Route]:
    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        found = await read.person(seen.who, _name(seen))
        return await page(seen, "person.html", refusal, person=found.account, found=found)

    async def change(seen: Visitor, fields: Fields) -> Response:
        """One of what they are to the instance, on or off."""
        require(seen, Action.MANAGE_PEOPLE)
        what = needed(fields, "what", "give what shall change")
        if what not in _STANDINGS:
            raise Refusal(Code.QUERY_INVALID, f"what can change is one of {', '.join(_STANDINGS)}")
        wanted = {name: fields.get("to") == "yes" if name == what else None for name in _STANDINGS}
        await people.update(
            seen.who,
            _name(seen),
            administrator=wanted["administrator"],
            auditor=wanted["auditor"],
            disabled=wanted["disabled"],
        )
        return _back(seen, "saved")

    async def end_sessions(seen: Visitor, fields: Fields) -> Response:
        """The one that is named, or all."""
        require(seen, Action.MANAGE_PEOPLE)
        if fields.get("session"):
            await sessions.end(seen.who, number(fields, "session", "give the number of a session"), _name(seen))
        else:
            await sessions.end_all(seen.who, _name(seen))
        return _back(seen, "ended")

    async def set_password(seen: Visitor, fields: Fields) -> Response:
        await people.set_password(seen.who, _name(seen), fields.get("password", ""))
        return _back(seen, "saved")

    async def reset_factor(seen: Visitor, fields: Fields) -> Response:
        require(seen, Action.MANAGE_PEOPLE)
        confirmed(fields, _name(seen))
        await factors.reset(seen.who, _name(seen))
        return _back(seen, "saved")

    async def join(seen: Visitor, fields: Fields) -> Response:
        require(seen, Action.MANAGE_PEOPLE)
        await people.join(seen.who, needed(fields, "group", "give the name of a group"), _name(seen))
        return _back(seen, "saved")

    async def leave(seen: Visitor, fields: Fields) -> Response:
        require(seen, Action.MANAGE_PEOPLE)
        await people.leave(seen.who, needed(fields, "group", "give the name of a group"), _name(seen))
        return _back(seen, "saved")

    async def delete(seen: Visitor, fields: Fields) -> Response:
        require(seen, Action.MANAGE_PEOPLE)
        confirmed(fields, _name(seen))
        await people.delete(seen.who, _name(seen))
        return go(after(PEOPLE, "deleted"))

    acts = {
        "/standing": change,
        "/sessions": end_sessions,
        "/password": set_password,
        "/second-factor": reset_factor,
        "/join": join,
        "/leave": leave,
        "/delete": delete,
    }
    return screen(sign_in, f"{PEOPLE}/{{person}}", show, acts)


def _name(seen: Visitor) -> str:
    name: str = seen.request.path_params["person"]
    return name


def _back(seen: Visitor, word: str) -> Response:
    return go(after(f"{PEOPLE}/{_name(seen)}", word))
