"""/audit, and the audit of a project."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Query

from moorage.api.rest.asking import InProject, Who, number_after, own_router
from moorage.api.rest.models.audit import EventShown
from moorage.api.rest.paging import Page
from moorage.rules.facts import EventFilter
from moorage.rules.telling import as_fields
from moorage.service.read_audit import ReadAudit

_LONGEST = 512
_LATEST = 1e12


def _wanted(
    kind: Annotated[str | None, Query(max_length=_LONGEST, description="as in `project.created`")] = None,
    actor: Annotated[str | None, Query(max_length=_LONGEST, description="who did it")] = None,
    repository: Annotated[str | None, Query(max_length=_LONGEST, description="where, by its full name")] = None,
    object: Annotated[  # noqa: A002 - the field's own name
        str | None, Query(max_length=_LONGEST, description="what it was done to, as in `user:NAME`")
    ] = None,
    outcome: Annotated[str | None, Query(max_length=_LONGEST, description="`done` or `refused`")] = None,
    address: Annotated[str | None, Query(max_length=_LONGEST, description="from where")] = None,
    request_id: Annotated[str | None, Query(max_length=_LONGEST, description="as in the log")] = None,
    since: Annotated[float | None, Query(ge=0, le=_LATEST, description="seconds since the epoch")] = None,
    until: Annotated[float | None, Query(ge=0, le=_LATEST, description="seconds since the epoch")] = None,
    actor_kind: Annotated[str | None, Query(max_length=_LONGEST, description="`user`, `robot` …")] = None,
    agent: Annotated[str | None, Query(max_length=_LONGEST, description="with what program, whole")] = None,
    tag: Annotated[str | None, Query(max_length=_LONGEST, description="which tag")] = None,
    digest: Annotated[str | None, Query(max_length=_LONGEST, description="which manifest or blob")] = None,
) -> EventFilter:
    return EventFilter(
        None,
        kind,
        actor,
        repository,
        object,
        outcome,
        address,
        request_id,
        since,
        until,
        actor_kind,
        agent,
        tag,
        digest,
    )


Wanted: TypeAlias = Annotated[EventFilter, Depends(_wanted)]
"""Which events are looked for."""


def routes(read: ReadAudit) -> APIRouter:
    """The audit."""
    router = own_router(["audit"])

    @router.get("/audit")
    async def search_audit(who: Who, page: Page, wanted: Wanted) -> list[EventShown]:
        """What happened in the whole registry, the newest first."""
        return await _answer(read, who, None, wanted, page)

    @router.get("/projects/{project}/audit")
    async def search_project_audit(who: Who, project: InProject, page: Page, wanted: Wanted) -> list[EventShown]:
        """What happened in the project, the newest first."""
        return await _answer(read, who, project, wanted, page)

    return router


async def _answer(read: ReadAudit, who: Who, project: str | None, wanted: EventFilter, page: Page) -> list[EventShown]:
    before = number_after(page.listing.after) or None
    found = await read.search(who, project, wanted, before=before, size=page.listing.size)
    return page.show(found, lambda told: EventShown(**as_fields(*told)))
