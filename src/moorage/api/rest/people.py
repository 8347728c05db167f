"""/users, /groups and /me."""

from fastapi import APIRouter, Request, Response

from moorage.api.rest.asking import OfGroup, OfUser, Who, locate, own_router
from moorage.api.rest.models.people import (
    GroupShown,
    NewGroup,
    NewUser,
    PasswordChange,
    PasswordSet,
    PersonShown,
    UserChange,
    UserShown,
)
from moorage.api.rest.paging import NamePage, UserPage
from moorage.api.rest.state import Matching
from moorage.rules.facts import Account, Group
from moorage.service.manage_people import ManagePeople


def routes(manage: ManagePeople) -> APIRouter:  # noqa: C901 - a route is a function
    """People and groups."""
    router = own_router(["people"])

    @router.get("/me")
    async def get_me(who: Who) -> UserShown:
        """Your own account."""
        return _user(await manage.me(who))

    @router.put("/me/password", status_code=204)
    async def change_password(who: Who, change: PasswordChange) -> None:
        """Change your own password. Every login made before ends; personal tokens stay."""
        await manage.change_password(who, change.old, change.new)

    @router.get("/users")
    async def list_users(who: Who, page: UserPage) -> list[UserShown]:
        """Everybody."""
        return page.show(await manage.page(who, page.listing), _user)

    @router.post("/users", status_code=201)
    async def create_user(who: Who, new: NewUser, request: Request, response: Response) -> UserShown:
        """Let a person in. They have no role anywhere until somebody gives them one."""
        made = await manage.create(who, new.name, new.password, must_change=new.must_change)
        locate(request, response, f"users/{made.name}")
        return _user(made)

    @router.get("/users/{name}")
    async def get_user(who: Who, name: OfUser) -> UserShown:
        """One person."""
        return _user(await manage.find(who, name))

    @router.patch("/users/{name}")
    async def change_user(who: Who, name: OfUser, change: UserChange, match: Matching) -> UserShown:
        """Make somebody an administrator or auditor, disable them, or undo it. All they were issued ends."""
        return _user(await manage.update(who, name, **change.stated(), still=match.on(_user)))

    @router.put("/users/{name}/password", status_code=204)
    async def set_password(who: Who, name: OfUser, given: PasswordSet) -> None:
        """Set somebody's password; until they have changed it, it opens nothing else."""
        await manage.set_password(who, name, given.password)

    @router.delete("/users/{name}", status_code=204)
    async def delete_user(who: Who, name: OfUser, match: Matching) -> None:
        """Delete somebody, with their roles and tokens."""
        await manage.delete(who, name, match.on(_user))

    @router.get("/groups", tags=["groups"])
    async def list_groups(who: Who, page: NamePage) -> list[GroupShown]:
        """All groups."""
        return page.show(await manage.groups(who, page.listing), _group)

    @router.post("/groups", status_code=201, tags=["groups"])
    async def create_group(who: Who, new: NewGroup, request: Request, response: Response) -> GroupShown:
        """Make a group."""
        made = await manage.create_group(who, new.name)
        locate(request, response, f"groups/{made.name}/members")
        return _group(made)

    @router.delete("/groups/{name}", status_code=204, tags=["groups"])
    async def delete_group(who: Who, name: OfGroup) -> None:
        """Delete a group, with the roles that it gave."""
        await manage.delete_group(who, name)

    @router.get("/groups/{name}/members", tags=["groups"])
    async def list_group(who: Who, name: OfGroup, page: NamePage) -> list[PersonShown]:
        """Who is in it."""
        found = await manage.people(who, name, page.listing)
        return page.show(found, lambda person: PersonShown(name=person.name))

    @router.put("/groups/{name}/members/{user}", status_code=204, tags=["groups"])
    async def join_group(who: Who, name: OfGroup, user: OfUser) -> None:
        """Let somebody in."""
        await manage.join(who, name, user)

    @router.delete("/groups/{name}/members/{user}", status_code=204, tags=["groups"])
    async def leave_group(who: Who, name: OfGroup, user: OfUser) -> None:
        """Let somebody go."""
        await manage.leave(who, name, user)

    return router


def _user(account: Account) -> UserShown:
    return UserShown(
        id=account.id,
        name=account.name,
        administrator=account.administrator,
        auditor=account.auditor,
        disabled=account.disabled,
        must_change=account.must_change,
        second_factor=account.has_factor,
        created_at=account.created_at,
        source=account.source.value if account.source is not None else None,
        last_seen_at=account.seen_at,
    )


def _group(group: Group) -> GroupShown:
    return GroupShown(id=group.id, name=group.name, members=group.members)
