"""/audit, and the audit of a project."""

import json
from typing import Annotated

from fastapi import APIRouter, Query

from moorage.api.rest.asking import Page, Who
from moorage.api.rest.models import EventShown
from moorage.oci.error import Code, Refusal
from moorage.rules.facts import Event, EventFilter
from moorage.service.read_audit import ReadAudit

Word = Annotated[str | None, Query(max_length=512)]
Moment = Annotated[float | None, Query(description="seconds since the epoch")]


def routes(read: ReadAudit) -> APIRouter:
    """The audit."""
    router = APIRouter(tags=["audit"])

    @router.get("/audit")
    async def search_audit(
        who: Who,
        page: Page,
        kind: Word = None,
        actor: Word = None,
        repository: Word = None,
        object: Word = None,  # noqa: A002 - the field's own name
        outcome: Word = None,
        address: Word = None,
        request_id: Word = None,
        since: Moment = None,
        until: Moment = None,
    ) -> list[EventShown]:
        """What happened in the whole registry, the newest first."""
        wanted = EventFilter(None, kind, actor, repository, object, outcome, address, request_id, since, until)
        return await _answer(read, who, None, wanted, page)

    @router.get("/projects/{project}/audit")
    async def search_project_audit(
        who: Who,
        project: str,
        page: Page,
        kind: Word = None,
        actor: Word = None,
        repository: Word = None,
        object: Word = None,  # noqa: A002 - the field's own name
        outcome: Word = None,
        address: Word = None,
        request_id: Word = None,
        since: Moment = None,
        until: Moment = None,
    ) -> list[EventShown]:
        """What happened in the project, the newest first."""
        wanted = EventFilter(None, kind, actor, repository, object, outcome, address, request_id, since, until)
        return await _answer(read, who, project, wanted, page)

    return router


async def _answer(read: ReadAudit, who: Who, project: str | None, wanted: EventFilter, page: Page) -> list[EventShown]:
    if page.after and not (page.after.isascii() and page.after.isdigit() and len(page.after) < 19):  # noqa: PLR2004
        raise Refusal(Code.QUERY_INVALID, "after is the id of the last event of the page before")
    before = int(page.after) if page.after else None
    found = await read.search(who, project, wanted, before=before, size=page.size)
    page.link(str(found.items[-1][0]) if found.more else None)
    return [_event(number, event) for number, event in found.items]


def _event(number: int, event: Event) -> EventShown:
    return EventShown(
        id=number,
        at=event.at,
        kind=event.kind,
        outcome=event.outcome,
        actor=event.actor,
        actor_kind=event.actor_kind,
        repository=event.repository,
        object=event.object,
        tag=event.tag,
        digest=event.digest,
        address=event.address,
        agent=event.agent,
        request_id=event.request_id,
        before=json.loads(event.before) if event.before else None,
        after=json.loads(event.after) if event.after else None,
    )
