"""/schedules, of the registry as a whole, and /projects/{project}/schedules."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Path

from moorage.api.rest.asking import InProject, Who, own_router
from moorage.api.rest.models.schedules import ScheduleShown, ScheduleWish
from moorage.api.rest.paging import Page
from moorage.api.rest.state import Matching
from moorage.rules.schedules import Schedule
from moorage.service.manage_schedules import ManageSchedules, Wish

OfKind: TypeAlias = Annotated[str, Path(description="the kind of job")]


def routes(manage: ManageSchedules) -> APIRouter:
    """When jobs come by themselves."""
    router = own_router(["schedules"])
    _of_projects(router, manage)
    _of_instance(router, manage)
    return router


def _of_projects(router: APIRouter, manage: ManageSchedules) -> None:
    @router.get("/projects/{project}/schedules")
    async def list_project_schedules(who: Who, project: InProject, page: Page) -> list[ScheduleShown]:
        """What comes by itself in the project, by kind."""
        return page.part(await manage.list(who, project), _shown, _kind)

    @router.get("/projects/{project}/schedules/{kind}")
    async def get_project_schedule(who: Who, project: InProject, kind: OfKind) -> ScheduleShown:
        """When this kind comes."""
        return _shown(await manage.find(who, project, kind))

    @router.put("/projects/{project}/schedules/{kind}")
    async def set_project_schedule(
        who: Who, project: InProject, kind: OfKind, wish: ScheduleWish, match: Matching
    ) -> ScheduleShown:
        """Let this kind come at these times."""
        return _shown(await manage.put(who, project, kind, _wish(wish), match.on(_shown)))

    @router.delete("/projects/{project}/schedules/{kind}", status_code=204)
    async def remove_project_schedule(who: Who, project: InProject, kind: OfKind, match: Matching) -> None:
        """Let it come no more."""
        await manage.remove(who, project, kind, match.on(_shown))


def _of_instance(router: APIRouter, manage: ManageSchedules) -> None:
    @router.get("/schedules")
    async def list_schedules(who: Who, page: Page) -> list[ScheduleShown]:
        """What comes by itself for the registry as a whole, by kind."""
        return page.part(await manage.list(who, None), _shown, _kind)

    @router.get("/schedules/{kind}")
    async def get_schedule(who: Who, kind: OfKind) -> ScheduleShown:
        """When this kind comes."""
        return _shown(await manage.find(who, None, kind))

    @router.put("/schedules/{kind}")
    async def set_schedule(who: Who, kind: OfKind, wish: ScheduleWish, match: Matching) -> ScheduleShown:
        """Let this kind come at these times."""
        return _shown(await manage.put(who, None, kind, _wish(wish), match.on(_shown)))

    @router.delete("/schedules/{kind}", status_code=204)
    async def remove_schedule(who: Who, kind: OfKind, match: Matching) -> None:
        """Let it come no more; what comes by itself comes again as it did before anybody said otherwise."""
        await manage.remove(who, None, kind, match.on(_shown))


def _kind(schedule: Schedule) -> str:
    return schedule.kind


def _wish(wish: ScheduleWish) -> Wish:
    return Wish(wish.cron, wish.time_zone, wish.enabled)


def _shown(schedule: Schedule) -> ScheduleShown:
    return ScheduleShown(
        kind=schedule.kind,
        cron=schedule.cron,
        time_zone=schedule.zone,
        enabled=schedule.enabled,
        next_at=schedule.next_at if schedule.enabled else None,
        set_by=schedule.set_by,
    )
