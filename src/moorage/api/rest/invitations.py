"""/invitations, into the registry, and /projects/{project}/invitations."""

from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Path, Request, Response

from moorage.api.rest.asking import LARGEST_ID, InProject, Who, locate, number_after, own_router
from moorage.api.rest.models.invitations import (
    InvitationMade,
    InvitationShown,
    NewInvitation,
    NewProjectInvitation,
)
from moorage.api.rest.paging import Page
from moorage.api.rest.state import Matching
from moorage.rules.facts import Invitation
from moorage.service.manage_invitations import ManageInvitations, Wanted

OfInvitation: TypeAlias = Annotated[int, Path(ge=1, le=LARGEST_ID, description="the invitation's id")]


def routes(manage: ManageInvitations) -> APIRouter:
    """Invitations into projects and into the registry; they are accepted on a page, not here."""
    router = own_router(["invitations"])
    _of_projects(router, manage)
    _of_instance(router, manage)
    return router


def _of_projects(router: APIRouter, manage: ManageInvitations) -> None:
    @router.get("/projects/{project}/invitations")
    async def list_invitations(who: Who, project: InProject, page: Page) -> list[InvitationShown]:
        """The project's invitations that wait for somebody, the oldest first."""
        after = number_after(page.listing.after)
        return page.show(await manage.page(who, project, after=after, size=page.listing.size), _shown)

    @router.post("/projects/{project}/invitations", status_code=201)
    async def create_invitation(
        who: Who, project: InProject, new: NewProjectInvitation, request: Request, response: Response
    ) -> InvitationMade:
        """Invite somebody into the project. The link is shown this once; it gives no more than you hold yourself."""
        made, secret = await manage.create(who, project, Wanted(new.role, new.note, new.expires_in_days))
        locate(request, response, f"projects/{project}/invitations/{made.id}")
        return _made(request, made, secret)

    @router.get("/projects/{project}/invitations/{number}")
    async def get_invitation(who: Who, project: InProject, number: OfInvitation) -> InvitationShown:
        """One invitation."""
        return _shown(await manage.find(who, project, number))

    @router.delete("/projects/{project}/invitations/{number}", status_code=204)
    async def revoke_invitation(who: Who, project: InProject, number: OfInvitation, match: Matching) -> None:
        """Take it back."""
        await manage.revoke(who, project, number, match.on(_shown))


def _of_instance(router: APIRouter, manage: ManageInvitations) -> None:
    @router.get("/invitations")
    async def list_instance_invitations(who: Who, page: Page) -> list[InvitationShown]:
        """The invitations into the registry alone that wait for somebody, the oldest first."""
        after = number_after(page.listing.after)
        return page.show(await manage.page(who, None, after=after, size=page.listing.size), _shown)

    @router.post("/invitations", status_code=201)
    async def create_instance_invitation(
        who: Who, new: NewInvitation, request: Request, response: Response
    ) -> InvitationMade:
        """Invite somebody into the registry. The link is shown this once."""
        made, secret = await manage.create(who, None, Wanted(None, new.note, new.expires_in_days))
        locate(request, response, f"invitations/{made.id}")
        return _made(request, made, secret)

    @router.get("/invitations/{number}")
    async def get_instance_invitation(who: Who, number: OfInvitation) -> InvitationShown:
        """One invitation into the registry."""
        return _shown(await manage.find(who, None, number))

    @router.delete("/invitations/{number}", status_code=204)
    async def revoke_instance_invitation(who: Who, number: OfInvitation, match: Matching) -> None:
        """Take it back."""
        await manage.revoke(who, None, number, match.on(_shown))


def _made(request: Request, invitation: Invitation, secret: str) -> InvitationMade:
    return InvitationMade(**_fields(invitation), url=f"{request.scope['moorage.base']}/invite/{secret}")


def _shown(invitation: Invitation) -> InvitationShown:
    return InvitationShown(**_fields(invitation))


def _fields(invitation: Invitation) -> dict[str, Any]:
    return {
        "id": invitation.id,
        "project": invitation.project,
        "role": invitation.role,
        "note": invitation.note,
        "created_by": invitation.made_by,
        "created_at": invitation.made_at,
        "expires_at": invitation.expires_at,
    }
