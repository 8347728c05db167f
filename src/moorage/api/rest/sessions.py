"""Sessions in browsers and second factors: one's own below /me, others' below /users."""

from collections.abc import Sequence
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Path

from moorage.api.rest.asking import LARGEST_ID, OfUser, Who, own_router
from moorage.api.rest.models.people import SessionShown
from moorage.api.rest.paging import Page
from moorage.api.rest.state import Matching
from moorage.rules.sessions import Session
from moorage.service.manage_factor import ManageFactor
from moorage.service.manage_sessions import ManageSessions

OfSession: TypeAlias = Annotated[int, Path(ge=1, le=LARGEST_ID, description="the session's id")]


def routes(manage: ManageSessions, factors: ManageFactor) -> APIRouter:
    """No address of the API takes a browser's cookie: what is done here is done with a password or a token."""
    router = own_router(["people"])

    @router.get("/me/sessions")
    async def list_my_sessions(who: Who, page: Page) -> list[SessionShown]:
        """The browsers in which you are signed in, the newest first."""
        return _shown(page, await manage.all(who))

    @router.delete("/me/sessions/{number}", status_code=204)
    async def end_my_session(who: Who, number: OfSession) -> None:
        """Sign one of them out."""
        await manage.end(who, number)

    @router.delete("/me/sessions", status_code=204)
    async def end_my_sessions(who: Who, match: Matching) -> None:
        """Sign all of them out."""
        await manage.end_all(who, still=match.on_all(_session))

    @router.get("/users/{name}/sessions")
    async def list_sessions(who: Who, name: OfUser, page: Page) -> list[SessionShown]:
        """The browsers in which somebody is signed in, the newest first."""
        return _shown(page, await manage.all(who, name))

    @router.delete("/users/{name}/sessions", status_code=204)
    async def end_sessions(who: Who, name: OfUser, match: Matching) -> None:
        """Sign somebody out of all of them."""
        await manage.end_all(who, name, still=match.on_all(_session))

    @router.delete("/users/{name}/second-factor", status_code=204)
    async def reset_second_factor(who: Who, name: OfUser) -> None:
        """Take somebody's second factor away who lost it; all their logins end, personal tokens stay."""
        await factors.reset(who, name)

    return router


def _shown(page: Page, sessions: Sequence[Session]) -> list[SessionShown]:
    return page.part(sessions, _session, lambda session: f"{LARGEST_ID - session.id:019}")


def _session(session: Session) -> SessionShown:
    return SessionShown(
        id=session.id,
        address=session.address,
        agent=session.agent,
        started_at=session.started_at,
        last_seen_at=session.seen_at,
    )
