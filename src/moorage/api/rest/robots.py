"""/projects/{project}/robots, /robots (those of the instance) and /me/tokens."""

from typing import Any

from fastapi import APIRouter, Request, Response

from moorage.api.rest.asking import (
    LARGEST_ID,
    InProject,
    OfRobot,
    OfToken,
    Who,
    actions_of,
    locate,
    own_router,
    patterns_of,
)
from moorage.api.rest.models.robots import NewRobot, RobotChange, RobotMade, RobotShown, Rotation
from moorage.api.rest.models.tokens import NewToken, TokenMade, TokenShown
from moorage.api.rest.paging import Page, RobotPage
from moorage.api.rest.state import Matching
from moorage.rules.facts import PersonalToken, Robot
from moorage.service import manage_robots, manage_tokens
from moorage.service.manage_robots import ManageRobots
from moorage.service.manage_tokens import ManageTokens


def routes(robots: ManageRobots, tokens: ManageTokens) -> APIRouter:
    """Robots of projects and of the instance, and personal tokens."""
    router = own_router()
    _of_projects(router, robots)
    _of_instance(router, robots)
    _personal(router, tokens)
    return router


def _of_projects(router: APIRouter, manage: ManageRobots) -> None:
    @router.get("/projects/{project}/robots", tags=["robots"])
    async def list_robots(who: Who, project: InProject, page: RobotPage) -> list[RobotShown]:
        """The project's robots."""
        return page.show(await manage.page(who, project, page.listing), _shown)

    @router.post("/projects/{project}/robots", status_code=201, tags=["robots"])
    async def create_robot(
        who: Who, project: InProject, new: NewRobot, request: Request, response: Response
    ) -> RobotMade:
        """Make a robot. Its secret is shown this once; it may no more than you in the whole project."""
        robot, secret = await manage.create(who, project, _wanted(new))
        locate(request, response, f"projects/{project}/robots/{robot.name}")
        return RobotMade(**_robot(robot), secret=secret)

    @router.get("/projects/{project}/robots/{name}", tags=["robots"])
    async def get_robot(who: Who, project: InProject, name: OfRobot) -> RobotShown:
        """One robot."""
        return _shown(await manage.find(who, project, name))

    @router.patch("/projects/{project}/robots/{name}", tags=["robots"])
    async def change_robot(
        who: Who, project: InProject, name: OfRobot, change: RobotChange, match: Matching
    ) -> RobotShown:
        """Disable it, enable it, describe it anew, or change what it may and until when."""
        return _shown(await manage.update(who, project, name, _changes(change), match.on(_shown)))

    @router.post("/projects/{project}/robots/{name}/rotation", tags=["robots"])
    async def rotate_robot(who: Who, project: InProject, name: OfRobot, rotation: Rotation) -> RobotMade:
        """Draw a new secret; the old one opens for a while more."""
        robot, secret = await manage.rotate(
            who, project, name, overlap=rotation.overlap_seconds, days=rotation.expires_in_days
        )
        return RobotMade(**_robot(robot), secret=secret)

    @router.delete("/projects/{project}/robots/{name}", status_code=204, tags=["robots"])
    async def delete_robot(who: Who, project: InProject, name: OfRobot, match: Matching) -> None:
        """Delete it."""
        await manage.delete(who, project, name, match.on(_shown))


def _of_instance(router: APIRouter, manage: ManageRobots) -> None:
    @router.get("/robots", tags=["robots"])
    async def list_instance_robots(who: Who, page: RobotPage) -> list[RobotShown]:
        """The instance's robots."""
        return page.show(await manage.page(who, None, page.listing), _shown)

    @router.post("/robots", status_code=201, tags=["robots"])
    async def create_instance_robot(who: Who, new: NewRobot, request: Request, response: Response) -> RobotMade:
        """Make a robot of the instance; its patterns are of full repository names."""
        robot, secret = await manage.create(who, None, _wanted(new))
        locate(request, response, f"robots/{robot.name}")
        return RobotMade(**_robot(robot), secret=secret)

    @router.get("/robots/{name}", tags=["robots"])
    async def get_instance_robot(who: Who, name: OfRobot) -> RobotShown:
        """One robot."""
        return _shown(await manage.find(who, None, name))

    @router.patch("/robots/{name}", tags=["robots"])
    async def change_instance_robot(who: Who, name: OfRobot, change: RobotChange, match: Matching) -> RobotShown:
        """Disable it, enable it, describe it anew, or change what it may and until when."""
        return _shown(await manage.update(who, None, name, _changes(change), match.on(_shown)))

    @router.post("/robots/{name}/rotation", tags=["robots"])
    async def rotate_instance_robot(who: Who, name: OfRobot, rotation: Rotation) -> RobotMade:
        """Draw a new secret; the old one opens for a while more."""
        robot, secret = await manage.rotate(
            who, None, name, overlap=rotation.overlap_seconds, days=rotation.expires_in_days
        )
        return RobotMade(**_robot(robot), secret=secret)

    @router.delete("/robots/{name}", status_code=204, tags=["robots"])
    async def delete_instance_robot(who: Who, name: OfRobot, match: Matching) -> None:
        """Delete it."""
        await manage.delete(who, None, name, match.on(_shown))


def _personal(router: APIRouter, manage: ManageTokens) -> None:
    @router.get("/me/tokens", tags=["tokens"])
    async def list_tokens(who: Who, page: Page) -> list[TokenShown]:
        """Your own tokens, the newest first."""
        return page.part(await manage.page(who), lambda token: TokenShown(**_token(token)), _place_of_token)

    @router.post("/me/tokens", status_code=201, tags=["tokens"])
    async def create_token(who: Who, new: NewToken) -> TokenMade:
        """Make a token for yourself: a password for docker, or a bearer of this API. It is shown this once."""
        wanted = manage_tokens.Wanted(
            new.name, frozenset(new.scopes), patterns_of(new.repositories), new.expires_in_days
        )
        token, secret = await manage.create(who, wanted)
        return TokenMade(**_token(token), secret=secret)

    @router.delete("/me/tokens/{number}", status_code=204, tags=["tokens"])
    async def delete_token(who: Who, number: OfToken) -> None:
        """Revoke one of your own tokens."""
        await manage.delete(who, number)


def _wanted(new: NewRobot) -> manage_robots.Wanted:
    return manage_robots.Wanted(
        new.name, actions_of(new.actions), patterns_of(new.repositories), new.expires_in_days, new.description
    )


def _changes(change: RobotChange) -> dict[str, Any]:
    stated = change.stated()
    if "actions" in stated:
        stated["actions"] = actions_of(stated["actions"])
    if "repositories" in stated:
        stated["repositories"] = patterns_of(stated["repositories"])
    if "expires_in_days" in stated:
        stated["days"] = stated.pop("expires_in_days")
    return stated


def _shown(robot: Robot) -> RobotShown:
    return RobotShown(**_robot(robot))


def _robot(robot: Robot) -> dict[str, Any]:
    return {
        "id": robot.id,
        "name": robot.title,
        "short_name": robot.name,
        "description": robot.description,
        "actions": sorted(action.value for action in robot.actions),
        "repositories": [pattern.text for pattern in robot.repositories],
        "expires_at": robot.expires_at,
        "disabled": robot.disabled,
        "created_by": robot.created_by,
        "created_at": robot.created_at,
        "last_used_at": robot.used_at,
        "last_used_from": robot.used_from,
    }


def _place_of_token(token: PersonalToken) -> str:
    return f"{LARGEST_ID - token.id:019}"  # the newest first


def _token(token: PersonalToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": sorted(token.scopes),
        "repositories": [pattern.text for pattern in token.repositories],
        "expires_at": token.expires_at,
        "created_at": token.created_at,
        "last_used_at": token.used_at,
        "last_used_from": token.used_from,
    }
