"""/projects/{project}/members and /roles, and /explain: who may what, and why."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from moorage.api.rest.asking import InProject, OfGroup, OfRole, OfUser, Who, action_of, actions_of, own_router
from moorage.api.rest.models.members import (
    CustomRoleGiven,
    CustomRoleShown,
    ExplainedShown,
    MemberGiven,
    MemberShown,
    RoleShown,
)
from moorage.api.rest.paging import Page
from moorage.api.rest.state import Matching
from moorage.oci.error import Code, Refusal
from moorage.rules import roles
from moorage.rules.facts import CustomRole, Member, RoleSpec
from moorage.rules.pattern import Pattern
from moorage.service.explain_access import ExplainAccess
from moorage.service.manage_members import ManageMembers

_CREATED = 201


def routes(manage: ManageMembers, explain: ExplainAccess) -> APIRouter:  # noqa: C901 - a route is a function
    """Members, roles, and the explanation of rights."""
    router = own_router(["members"])

    @router.get("/projects/{project}/members")
    async def list_members(who: Who, project: InProject, page: Page) -> list[MemberShown]:
        """Everybody who holds a role in the project: people first, then groups."""
        return page.part(await manage.page(who, project), _member, _place_of_member)

    @router.get("/projects/{project}/members/{name}")
    async def get_member(who: Who, project: InProject, name: OfUser) -> MemberShown:
        """A person's roles in the project."""
        return _member(await manage.find(who, project, name, is_group=False))

    @router.put("/projects/{project}/members/{name}", responses={_CREATED: {"model": MemberShown}})
    async def set_member(
        who: Who, project: InProject, name: OfUser, given: MemberGiven, match: Matching, response: Response
    ) -> MemberShown:
        """Let these be all roles of a person in the project."""
        member, is_new = await manage.put(who, project, name, _specs(given), is_group=False, still=match.on(_member))
        response.status_code = _CREATED if is_new else 200
        return _member(member)

    @router.delete("/projects/{project}/members/{name}", status_code=204)
    async def remove_member(who: Who, project: InProject, name: OfUser, match: Matching) -> None:
        """Take all of a person's roles in the project away."""
        await manage.remove(who, project, name, is_group=False, still=match.on(_member))

    @router.get("/projects/{project}/groups/{name}")
    async def get_member_group(who: Who, project: InProject, name: OfGroup) -> MemberShown:
        """A group's roles in the project."""
        return _member(await manage.find(who, project, name, is_group=True))

    @router.put("/projects/{project}/groups/{name}", responses={_CREATED: {"model": MemberShown}})
    async def set_member_group(
        who: Who, project: InProject, name: OfGroup, given: MemberGiven, match: Matching, response: Response
    ) -> MemberShown:
        """Let these be all roles of a group in the project."""
        member, is_new = await manage.put(who, project, name, _specs(given), is_group=True, still=match.on(_member))
        response.status_code = _CREATED if is_new else 200
        return _member(member)

    @router.delete("/projects/{project}/groups/{name}", status_code=204)
    async def remove_member_group(who: Who, project: InProject, name: OfGroup, match: Matching) -> None:
        """Take all of a group's roles in the project away."""
        await manage.remove(who, project, name, is_group=True, still=match.on(_member))

    @router.get("/projects/{project}/explain")
    async def explain_access(
        who: Who,
        project: InProject,
        subject: Annotated[str, Query(max_length=256, description="a user, a robot, or anonymous")],
        action: Annotated[str, Query(max_length=64, description="as in the permission matrix")],
        repository: Annotated[str | None, Query(max_length=256, description="relative to the project")] = None,
        tag: Annotated[str | None, Query(max_length=128, description="a tag of the repository")] = None,
    ) -> ExplainedShown:
        """May somebody do something here, and why?"""
        found = await explain(who, subject, action_of(action), project=project, repository=repository, tag=tag)
        return ExplainedShown(allowed=found.allowed, why=list(found.why))

    @router.get("/roles", tags=["roles"])
    async def list_roles(who: Who, page: Page) -> list[CustomRoleShown]:
        """The built-in roles with their actions, then those of your own."""
        return page.part(await manage.roles(who), _role, _place_of_role)

    @router.put("/roles/{name}", tags=["roles"])
    async def set_role(who: Who, name: OfRole, given: CustomRoleGiven) -> CustomRoleShown:
        """Make or change a role of your own."""
        return _role(await manage.put_role(who, name, actions_of(given.actions)))

    @router.delete("/roles/{name}", status_code=204, tags=["roles"])
    async def delete_role(who: Who, name: OfRole) -> None:
        """Delete a role of your own that nobody holds."""
        await manage.delete_role(who, name)

    return router


def _specs(given: MemberGiven) -> list[RoleSpec]:
    if (given.role is None) == (given.roles is None):
        raise Refusal(Code.QUERY_INVALID, "give either role, for the whole project, or roles with patterns")
    if given.role is not None:
        return [RoleSpec(given.role)]
    return [
        RoleSpec(wanted.role, Pattern.parse(wanted.repositories), Pattern.parse(wanted.tags))
        for wanted in given.roles or []
    ]


def _member(member: Member) -> MemberShown:
    whole = [spec.role for spec in member.roles if spec.repositories.is_everything and spec.tags.is_everything]
    return MemberShown(
        name=member.subject.name,
        kind="group" if member.subject.is_group else "user",
        role=whole[0] if whole else None,
        roles=[
            RoleShown(role=spec.role, repositories=spec.repositories.text, tags=spec.tags.text) for spec in member.roles
        ],
    )


def _place_of_member(member: Member) -> str:
    return f"{int(member.subject.is_group)}{member.subject.name}"


def _place_of_role(role: CustomRole) -> str:
    return f"0{roles.BUILT_IN.index(role.name)}" if role.name in roles.BUILT_IN else f"1{role.name}"


def _role(role: CustomRole) -> CustomRoleShown:
    return CustomRoleShown(
        name=role.name,
        built_in=role.name in roles.BUILT_IN,
        actions=sorted(action.value for action in role.actions),
    )
