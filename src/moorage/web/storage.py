"""/administration/storage: what is kept, how much may be, what is garbage, and whether all is sound."""

from collections.abc import Callable, Sequence
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.rules import quota, statistics
from moorage.rules.quota import Quota
from moorage.rules.roles import Action
from moorage.service.collect_garbage import CollectGarbage
from moorage.service.manage_jobs import ManageJobs
from moorage.service.manage_quotas import ManageQuotas
from moorage.service.read_statistics import ReadStatistics
from moorage.service.sign_in import SignIn
from moorage.service.survey_storage import SurveyStorage
from moorage.web import days as pictures
from moorage.web.administering import HOME, page, require
from moorage.web.days import Picture
from moorage.web.fields import needed
from moorage.web.rendering import number, size
from moorage.web.said import after
from moorage.web.screen import Fields, screen
from moorage.web.visitor import Visitor, go

_STORAGE = f"{HOME}/storage"
_VERIFY = "verify"
_DAYS = {"30": 30, "90": 90, "365": 365}
_HOUR = 3600.0
_MOST_HOURS = 24 * 365.0
_WHOLE = 100
_SHOWN_JOBS = 5


def routes(
    sign_in: SignIn,
    survey: SurveyStorage,
    quotas: ManageQuotas,
    counted: ReadStatistics,
    collecting: CollectGarbage,
    jobs: ManageJobs,
) -> list[Route]:
    """One page, as its parts explain one another."""

    async def shown(seen: Visitor, refusal: Refusal | None, **came: Any) -> Response:  # noqa: ANN401 - what a form gave
        who, length = seen.who, _DAYS.get(seen.request.query_params.get("days", ""), _DAYS["30"])
        grown = await survey.grown(who, length)
        first = statistics.date_of(grown[-1].day - length + 1)
        told = await counted.of_all(who, first=first)
        return await page(
            seen,
            "storage.html",
            refusal,
            total=(await quotas.find_total(who)).standing,
            projects=await survey.projects(who),
            days=length,
            choices=tuple(_DAYS.values()),
            grown=grown,
            counted=told,
            growth=pictures.picture(grown, told.span, size),
            pulls=_counts(told, lambda counts: counts.pulls),
            pushes=_counts(told, lambda counts: counts.pushes),
            date_of=statistics.date_of,
            garbage=await collecting.status(who),
            checks=(await jobs.page(who, None, kind=_VERIFY, state=None, before=None, size=_SHOWN_JOBS)).items,
            **{"ran": None, "planned": None, **came},
        )

    async def show(seen: Visitor, refusal: Refusal | None) -> Response:
        return await shown(seen, refusal)

    async def change_quota(seen: Visitor, fields: Fields) -> Response:
        require(seen, Action.MANAGE_INSTANCE)
        project = needed(fields, "project", "give the name of a project")
        if fields.get("quota") == "settings":
            await quotas.remove(seen.who, project)
        else:
            await quotas.set(seen.who, project, _quota(fields))
        return go(after(_STORAGE, "saved"))

    async def collect(seen: Visitor, fields: Fields) -> Response:
        require(seen, Action.MANAGE_INSTANCE)
        grace = _hours(fields.get("hours", "").strip())
        match fields.get("do"):
            case "plan":
                return await shown(seen, None, planned=await collecting.plan(seen.who, grace=grace))
            case "collect":
                return await shown(seen, None, ran=await collecting.run(seen.who, grace=grace))
            case _:
                raise Refusal(Code.QUERY_INVALID, "choose whether to collect, or only to see what would go")

    async def verify(seen: Visitor, _: Fields) -> Response:
        await jobs.ask(seen.who, None, _VERIFY, {})
        return go(after(_STORAGE, "asked"))

    return screen(sign_in, _STORAGE, show, {"/quota": change_quota, "/garbage": collect, "/verify": verify})


def _counts(told: statistics.Told, chosen: Callable[[statistics.Counts], int]) -> Picture:
    known = {found.day: chosen(found.counts) for found in told.days}
    days: Sequence[tuple[int, int]] = [(day, known.get(day, 0)) for day in range(told.span.first, told.span.last + 1)]
    return pictures.picture(days, told.span, lambda value: number(round(value)))


def _quota(fields: Fields) -> Quota:
    """No size is no limit."""
    text, percent = fields.get("bytes", "").strip(), fields.get("warn_at", "").strip()
    if percent and not (percent.isascii() and percent.isdigit() and 1 <= int(percent[:4]) <= _WHOLE):
        raise Refusal(Code.QUERY_INVALID, "people are warned at 1 to 100 percent")
    return Quota(quota.parse_size(text) if text else None, int(percent) if percent else None)


def _hours(text: str) -> float | None:
    if not text:
        return None
    try:
        hours = float(text)
    except ValueError:
        hours = -1.0
    if not 0 <= hours <= _MOST_HOURS:
        raise Refusal(Code.QUERY_INVALID, "the grace time is a number of hours, up to a year")
    return hours * _HOUR
