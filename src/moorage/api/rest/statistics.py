"""/projects/{project}/statistics, and those of the registry: /statistics."""

import re
from datetime import date
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Query
from pydantic import BeforeValidator

from moorage.api.rest.asking import InProject, Who, own_router
from moorage.api.rest.models.quotas import DayShown, PartShown, StatisticsShown
from moorage.api.rest.paging import Page, Paging
from moorage.rules.statistics import PartCounts, Told, by_pulls, date_of
from moorage.service.read_statistics import ReadStatistics

_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _whole_date(value: object) -> object:
    """A number would be taken for seconds."""
    if isinstance(value, str) and not _WRITTEN.fullmatch(value):
        raise ValueError("is no date: write it as 2026-01-31")
    return value


_Date: TypeAlias = Annotated[date, BeforeValidator(_whole_date)]
_From: TypeAlias = Annotated[
    _Date | None, Query(alias="from", description="the first day, as 2026-01-31; else thirty days are told")
]
_To: TypeAlias = Annotated[_Date | None, Query(alias="to", description="the last day; else today, in UTC")]
_Repository: TypeAlias = Annotated[
    str | None, Query(max_length=256, description="one repository alone, by its name within the project")
]


def routes(read: ReadStatistics) -> APIRouter:
    """Statistics."""
    router = own_router(["statistics"])

    @router.get("/projects/{project}/statistics")
    async def get_project_statistics(
        who: Who, project: InProject, page: Page, first: _From = None, last: _To = None, repository: _Repository = None
    ) -> StatisticsShown:
        """What was pulled from the project and pushed to it, by day and by repository, the most pulled first."""
        parts = by_pulls(page.listing.size, page.listing.after)
        return _shown(
            page, await read.of_project(who, project, first=first, last=last, repository=repository, parts=parts)
        )

    @router.get("/statistics")
    async def get_statistics(who: Who, page: Page, first: _From = None, last: _To = None) -> StatisticsShown:
        """What was pulled from the registry and pushed to it, by day and by project, the most pulled first."""
        parts = by_pulls(page.listing.size, page.listing.after)
        return _shown(page, await read.of_all(who, first=first, last=last, parts=parts))

    return router


def _shown(page: Paging, told: Told) -> StatisticsShown:
    return StatisticsShown(
        first=date_of(told.span.first),
        last=date_of(told.span.last),
        **told.total._asdict(),
        days=[DayShown(day=date_of(each.day), **each.counts._asdict()) for each in told.days],
        parts=page.show(told.parts, _part),
    )


def _part(part: PartCounts) -> PartShown:
    return PartShown(
        name=part.name,
        **part.counts._asdict(),
        stored_bytes=part.stored_bytes,
        last_pulled_at=part.pulled_at,
    )
