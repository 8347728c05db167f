"""/projects/{project}/-/robots: the machines of a project, their secrets, and what lets jobs be them without one."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.rules import roles
from moorage.rules.facts import Robot
from moorage.rules.federation import Issuer, Trust
from moorage.rules.listing import Listing
from moorage.rules.roles import Action
from moorage.service.manage_robots import DAYS, OVERLAP, ManageRobots, Wanted
from moorage.service.manage_trusts import ManageTrusts
from moorage.service.read_rights import everywhere
from moorage.service.sign_in import SignIn
from moorage.web.fields import days, needed, number, patterns
from moorage.web.lists import ROWS, listing
from moorage.web.rendering import answer, render
from moorage.web.said import after
from moorage.web.screen import Fields, confirmed, screen
from moorage.web.visitor import Visitor, go
from moorage.web.within import Within, project_of

_BELOW = "/-/robots"
_SOON = 14 * 86_400
"""Seconds before its end at which a robot is shown as one that ends soon."""
_LIVES = (7, 30, 90, 365)
_HOUR = 3600
_OVERLAPS = (0, 1, 24, 168)
_LONGEST_OVERLAP = 30 * 24


def routes(sign_in: SignIn, within: Within, robots: ManageRobots, trusts: ManageTrusts) -> list[Route]:
    """The list with the form for a new one, and a page for each."""
    forms = _Forms(robots, trusts)
    choices = {"contents": [action.value for action in roles.CONTENT], "lives": _LIVES, "usual_days": DAYS}

    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        values = await within.shown(seen, _BELOW, refusal)
        found = await robots.page(seen.who, project_of(seen), listing(seen, ("name", "created_at")))
        values |= {**choices, "found": found, "state": lambda robot: state(robot, robots.clock())}
        return answer("robots.html", refusal, **values)

    async def show_one(seen: Visitor, refusal: Refusal | None, undo: Trust | None = None) -> Response:
        project, name = project_of(seen), seen.request.path_params["robot"]
        values = await within.shown(seen, f"{_BELOW}/{name}", refusal)
        robot = await robots.find(seen.who, project, name)
        values |= {
            **choices,
            "robot": robot,
            "state": state(robot, robots.clock()),
            "overlaps": _OVERLAPS,
            "usual_overlap": int(OVERLAP // _HOUR),
            "now": robots.clock(),
            "undo": undo,
            "claims": claims,
            "issuers": await issuers(seen),
            "trusts": await trusts.trusts(seen.who, project, name),
        }
        return answer("robot.html", refusal, **values)

    async def issuers(seen: Visitor) -> tuple[Issuer, ...]:
        """Those that can be chosen, for who may see which there are."""
        if Action.READ_INSTANCE not in everywhere(seen.who):
            return ()
        return (await trusts.issuers(seen.who, Listing(ROWS))).items

    async def end_trust(seen: Visitor, fields: Fields) -> Response:
        """The page again, with the way back."""
        return await show_one(seen, None, await forms.end_trust(seen, fields))

    one = {
        "": forms.change,
        "/rotate": forms.rotate,
        "/switch": forms.switch,
        "/delete": forms.delete,
        "/trust": forms.trust,
        "/trust/end": end_trust,
    }
    manages = Action.MANAGE_ROBOTS
    return [
        *screen(
            sign_in,
            f"/projects/{{project}}{_BELOW}/{{robot}}",
            show_one,
            {below: within.asked(manages, act) for below, act in one.items()},
        ),
        *screen(sign_in, f"/projects/{{project}}{_BELOW}", show, {"": within.asked(manages, forms.make)}),
    ]


def state(robot: Robot, now: float) -> str:
    """In a word: `off`, `over`, `soon` (its end is near) or `good`."""
    if robot.disabled:
        return "off"
    if robot.expires_at is None or robot.expires_at - now > _SOON:
        return "good"
    return "over" if robot.expires_at <= now else "soon"


class _Forms:
    """What the forms do."""

    def __init__(self, robots: ManageRobots, trusts: ManageTrusts) -> None:
        self._robots, self._trusts = robots, trusts

    async def make(self, seen: Visitor, fields: Fields) -> Response:
        """A robot, and its secret, once."""
        name = needed(fields, "name", "give the robot a name")
        where, about = patterns(fields.get("repositories", "")), fields.get("description", "").strip()
        wanted = Wanted(name, _actions(fields), where, days(fields), about)
        robot, secret = await self._robots.create(seen.who, project_of(seen), wanted)
        return _secret(seen, robot, secret)

    async def change(self, seen: Visitor, fields: Fields) -> Response:
        """What it may, where, and what it is for; and until when, if they say so."""
        wanted: dict[str, Any] = {
            "actions": _actions(fields),
            "repositories": patterns(fields.get("repositories", "")),
            "description": fields.get("description", "").strip(),
        }
        if (lives := fields.get("days", "")) != "as it is":
            wanted["days"] = None if lives == "ever" else days(fields)
        await self._robots.update(seen.who, project_of(seen), _name(seen), wanted)
        return go(after(_one(seen), "saved"))

    async def rotate(self, seen: Visitor, fields: Fields) -> Response:
        """Another secret, once; the old one opens for some hours more."""
        hours = number(fields, "overlap", "say for how many hours the old secret still opens")
        if hours > _LONGEST_OVERLAP:
            raise Refusal(Code.QUERY_INVALID, f"the old secret opens for at most {_LONGEST_OVERLAP} hours more")
        robot, secret = await self._robots.rotate(
            seen.who, project_of(seen), _name(seen), overlap=hours * _HOUR, days=days(fields)
        )
        return _secret(seen, robot, secret)

    async def switch(self, seen: Visitor, fields: Fields) -> Response:
        """Off, or on again."""
        to = fields.get("to")
        if to not in {"on", "off"}:
            raise Refusal(Code.QUERY_INVALID, "say whether it shall be on or off")
        await self._robots.update(seen.who, project_of(seen), _name(seen), {"disabled": to == "off"})
        return go(after(_one(seen), "saved"))

    async def delete(self, seen: Visitor, fields: Fields) -> Response:
        """For good."""
        confirmed(fields, _name(seen))
        await self._robots.delete(seen.who, project_of(seen), _name(seen))
        return go(after(f"/projects/{project_of(seen)}{_BELOW}", "deleted"))

    async def trust(self, seen: Visitor, fields: Fields) -> Response:
        """Jobs with these claims may be it."""
        issuer = needed(fields, "issuer", "name the issuer whose tokens are trusted")
        await self._trusts.add_trust(seen.who, project_of(seen), _name(seen), issuer, _claims(fields))
        return go(after(_one(seen), "saved"))

    async def end_trust(self, seen: Visitor, fields: Fields) -> Trust:
        """No longer; what it was."""
        which = number(fields, "number", "say which trust shall end")
        project, robot = project_of(seen), _name(seen)
        was = next((one for one in await self._trusts.trusts(seen.who, project, robot) if one.id == which), None)
        await self._trusts.remove_trust(seen.who, project, robot, which)
        if was is None:
            raise Refusal(Code.NAME_UNKNOWN, f"{robot} has no trust {which}")
        return was


def claims(trust: Trust) -> str:
    """As they are typed: each in a line."""
    return "\n".join(f"{name}={pattern.text}" for name, pattern in trust.claims.items())


def _actions(fields: Fields) -> frozenset[Action]:
    return frozenset(action for action in roles.CONTENT if fields.get(f"may-{action.value}") == "yes")


def _claims(fields: Fields) -> Mapping[str, str]:
    named: dict[str, str] = {}
    for line in needed(
        fields, "claims", "name one or more claims, each in a line, as repository=acme/web"
    ).splitlines():
        name, equals, value = line.strip().partition("=")
        if not line.strip():
            continue
        if not equals or name in named:
            raise Refusal(Code.QUERY_INVALID, f"{line[:80]!r} is no claim, or comes twice: write NAME=VALUE in a line")
        named[name.strip()] = value.strip()
    return named


def _secret(seen: Visitor, robot: Robot, secret: str) -> Response:
    back = f"/projects/{project_of(seen)}{_BELOW}/{robot.name}"
    return render("robot_secret.html", **seen.shown, robot=robot, secret=secret, back=back)


def _name(seen: Visitor) -> str:
    return str(seen.request.path_params["robot"])


def _one(seen: Visitor) -> str:
    return f"/projects/{project_of(seen)}{_BELOW}/{_name(seen)}"
