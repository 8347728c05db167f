"""/administration/robots: machines that may in many projects, or in all."""

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.rules.pattern import Pattern
from moorage.rules.roles import CONTENT, Action
from moorage.service.manage_robots import DAYS, OVERLAP, ManageRobots, Wanted
from moorage.service.sign_in import SignIn
from moorage.web.administering import HOME, days, page, require
from moorage.web.fields import needed
from moorage.web.lists import listing
from moorage.web.said import after
from moorage.web.screen import Fields, confirmed, screen
from moorage.web.visitor import Visitor, go

_ROBOTS = f"{HOME}/robots"
_MOST_DAYS = 3650
_CHOICES = (7, 30, 90, 365)
_HOUR = 3600.0


def routes(sign_in: SignIn, robots: ManageRobots) -> list[Route]:
    """Secrets are shown once, by the answer to the form that draws them."""

    async def shown(seen: Visitor, refusal: Refusal | None, title: str = "", secret: str = "") -> Response:
        return await page(
            seen,
            "instance_robots.html",
            refusal,
            found=await robots.page(seen.who, None, listing(seen)),
            made=title,
            secret=secret,
            actions=CONTENT,
            choices=_CHOICES,
            usual=DAYS,
            overlap=OVERLAP / _HOUR,
        )

    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        return await shown(seen, refusal)

    async def create(seen: Visitor, fields: Fields) -> Response:
        require(seen, Action.MANAGE_INSTANCE)
        wanted = Wanted(
            needed(fields, "name", "give a name"),
            frozenset(action for action in CONTENT if fields.get(f"may {action.value}") == "yes"),
            tuple(Pattern.parse(text) for text in fields.get("repositories", "").split()),
            days(fields, "days", _MOST_DAYS),
            fields.get("description", "").strip(),
        )
        robot, secret = await robots.create(seen.who, None, wanted)
        return await shown(seen, None, robot.title, secret)

    async def change(seen: Visitor, fields: Fields) -> Response:
        """One of what can be done to a robot, with a button for each."""
        require(seen, Action.MANAGE_INSTANCE)
        name = needed(fields, "name", "give the name of a robot")
        match fields.get("do"):
            case "rotate":
                robot, secret = await robots.rotate(
                    seen.who, None, name, overlap=OVERLAP, days=days(fields, "days", _MOST_DAYS)
                )
                return await shown(seen, None, robot.title, secret)
            case "disable" | "enable" as verb:
                await robots.update(seen.who, None, name, {"disabled": verb == "disable"})
                return go(after(_ROBOTS, "saved"))
            case "delete":
                confirmed(fields, name)
                await robots.delete(seen.who, None, name)
                return go(after(_ROBOTS, "deleted"))
            case _:
                raise Refusal(Code.QUERY_INVALID, "choose what shall be done to the robot")

    return screen(sign_in, _ROBOTS, show, {"": create, "/change": change})
