"""Invitations by link."""

from typing import Annotated

from pydantic import Field, StrictInt

from moorage.api.rest.models.body import Given, Short, Shown
from moorage.rules.invitations import DAYS, MOST_DAYS


class NewInvitation(Given):
    """An invitation into the registry, for somebody who has no account yet."""

    note: Annotated[Short, Field(examples=["for Ann of the night shift"])] = ""
    """for whom it is, in one line; whoever is invited does not see it"""
    expires_in_days: Annotated[StrictInt, Field(ge=1, le=MOST_DAYS, examples=[7])] = DAYS
    """for how long it lasts"""


class NewProjectInvitation(NewInvitation):
    """An invitation into a project, for somebody who has an account, or gets one by it."""

    role: Annotated[Short, Field(examples=["writer"])]
    """what they shall be in the whole project: a built-in role, or one of your own"""


class InvitationShown(Shown):
    """An invitation that waits for somebody."""

    id: int
    """never used again"""
    project: str | None
    """into which project; null: into the registry alone"""
    role: str | None
    """what they shall be there"""
    note: str
    """for whom it is"""
    created_by: str
    """who made it: it is worth what they may when somebody comes with it"""
    created_at: float
    """seconds since the epoch"""
    expires_at: float
    """seconds since the epoch"""


class InvitationMade(InvitationShown):
    """An invitation with the link that has just been drawn: it is shown this once."""

    url: str
    """whoever opens this first may join, so give it to nobody else"""
