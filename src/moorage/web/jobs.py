"""/projects/{project}/-/jobs and /jobs: what was asked to be done, how far it is, and when what comes by itself."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from moorage.oci.error import Code, Refusal
from moorage.rules.cron_words import said
from moorage.rules.jobs import State
from moorage.rules.roles import MEANING, Action
from moorage.rules.schedules import Schedule
from moorage.service.manage_jobs import ManageJobs
from moorage.service.manage_schedules import ManageSchedules
from moorage.service.read_rights import everywhere
from moorage.web import schedule_form
from moorage.web.in_project import InProject
from moorage.web.rendering import answer
from moorage.web.said import after
from moorage.web.screen import Fields, screen
from moorage.web.visitor import Visitor, go

ROWS, LINES = 50, 200
_LONGEST = 256


def routes(own: InProject, manage: ManageJobs, schedules: ManageSchedules) -> list[Route]:
    """The same pages for a project and for everything."""
    shown = Jobs(own, manage, schedules)
    found = []
    for place in ("/projects/{project}/-/jobs", "/jobs"):
        found += [
            *screen(own.sign_in, f"{place}/{{job}}", shown.show_one, {"/cancel": shown.cancel, "/retry": shown.retry}),
            *screen(
                own.sign_in,
                place,
                shown.show,
                {
                    "/of/{kind}": shown.ask,
                    "/of/{kind}/schedule": shown.schedule,
                    "/of/{kind}/schedule/remove": shown.unschedule,
                },
            ),
        ]
    return found


@dataclass(frozen=True, slots=True)
class Jobs:
    """The pages and their forms; without a project in the address they are about everything."""

    own: InProject
    manage: ManageJobs
    schedules: ManageSchedules

    async def show(self, seen: Visitor, refusal: Refusal | None) -> Response:
        """The list, and what comes by itself."""
        told, project = await self._told(seen), _project(seen)
        asked = seen.request.query_params
        kind, state = asked.get("kind") or None, _state(asked.get("state", ""))
        found = await self.manage.page(
            seen.who, project, kind=_short(kind), state=state, before=_after(asked.get("after", "")) or None, size=ROWS
        )
        planned = {one.kind: one for one in await self.schedules.list(seen.who, project)}
        edited = asked.get("schedule", "") if refusal is None else seen.request.path_params.get("kind", "")
        typed = await seen.form() if refusal is not None else {}
        return answer(
            "jobs.html",
            refusal,
            **told,
            found=found,
            states=list(State),
            asked=await self.manage.offered(seen.who, project),
            timed=await self.schedules.offered(seen.who, project),
            schedules=[self._planned(one) for one in planned.values()],
            edited=edited,
            form={"zone": "", **schedule_form.filled(planned.get(edited)), **typed},
            zone=(told["project"].time_zone if project is not None else None) or self.schedules.zone,
        )

    async def show_one(self, seen: Visitor, refusal: Refusal | None) -> Response:
        """One job, with its log."""
        told, project, number = await self._told(seen), _project(seen), seen.number("job")
        job = await self.manage.find(seen.who, project, number)
        lines = await self.manage.lines(
            seen.who, project, number, after=_after(seen.request.query_params.get("after", "")), size=LINES
        )
        return answer(
            "job.html",
            refusal,
            **told,
            job=job,
            meaning=self.manage.meaning(job.kind),
            lines=lines,
            parameters=_pretty(job.parameters),
            result=_pretty(job.result),
            may_change=await self.manage.may_change(seen.who, project, job),
        )

    async def ask(self, seen: Visitor, _: Fields) -> Response:
        """Have it done now."""
        await self._require(seen)
        job = await self.manage.ask(seen.who, _project(seen), seen.request.path_params["kind"], {})
        return go(f"{_base(seen)}/{job.id}")

    async def cancel(self, seen: Visitor, _: Fields) -> Response:
        """Let it end."""
        job = await self.manage.cancel(seen.who, _project(seen), seen.number("job"))
        return go(f"{_base(seen)}/{job.id}")

    async def retry(self, seen: Visitor, _: Fields) -> Response:
        """Let it go on."""
        job = await self.manage.retry(seen.who, _project(seen), seen.number("job"))
        return go(f"{_base(seen)}/{job.id}")

    async def schedule(self, seen: Visitor, fields: Fields) -> Response:
        """Let it come at times."""
        await self._require(seen)
        wish = schedule_form.read(fields)
        await self.schedules.put(seen.who, _project(seen), seen.request.path_params["kind"], wish)
        return go(after(_back(seen, fields), "saved"))

    async def unschedule(self, seen: Visitor, fields: Fields) -> Response:
        """Let it come no more; who presses twice is not told that it is gone."""
        await self._require(seen)
        try:
            await self.schedules.remove(seen.who, _project(seen), seen.request.path_params["kind"])
        except Refusal as refusal:
            if refusal.code is not Code.NAME_UNKNOWN:
                raise
        return go(after(_back(seen, fields), "deleted"))

    async def _told(self, seen: Visitor) -> dict[str, Any]:
        if _project(seen) is not None:
            return {**await self.own.told(seen, "job:read"), "place": _base(seen)}
        if Action.READ_INSTANCE not in everywhere(seen.who):
            raise _denied(seen, Action.READ_INSTANCE)
        return {**seen.shown, "project": None, "rights": None, "place": _base(seen)}

    async def _require(self, seen: Visitor) -> None:
        """May they have this kind done here? Asked before anything in the form is."""
        kind = self.manage.kinds.find(seen.request.path_params["kind"])
        if _project(seen) is None:
            if not _may_all(seen):
                raise _denied(seen, Action.MANAGE_INSTANCE)
        elif kind is not None and kind.there is not None:
            await self.own.require(seen, kind.there.value)

    def _planned(self, one: Schedule) -> dict[str, Any]:
        return {
            "schedule": one,
            "words": said(one.cron),
            "zone": one.zone or one.own_zone or self.schedules.zone,
            "by_itself": self.schedules.is_own(one),
        }


def _project(seen: Visitor) -> str | None:
    return seen.request.path_params.get("project")


def _base(seen: Visitor) -> str:
    project = _project(seen)
    return "/jobs" if project is None else f"/projects/{project}/-/jobs"


def _back(seen: Visitor, fields: Fields) -> str:
    """To the page that the form stood on: this one, or that of retention."""
    project = _project(seen)
    return f"/projects/{project}/-/retention" if project and fields.get("back") == "retention" else _base(seen)


def _may_all(seen: Visitor) -> bool:
    return Action.MANAGE_INSTANCE in everywhere(seen.who)


def _denied(seen: Visitor, action: Action) -> Refusal:
    return Refusal(Code.DENIED, f"{seen.who.title} may not {MEANING[action]}: ask an administrator")


def _state(text: str) -> State | None:
    return State(text) if text in {state.value for state in State} else None


def _short(text: str | None) -> str | None:
    return text[:_LONGEST] if text else None


def _after(text: str) -> int:
    if text and not (text.isascii() and text.isdecimal() and len(text) <= len(str(2**62))):
        raise Refusal(Code.QUERY_INVALID, "this list has no such part: go back to its beginning")
    return int(text or 0)


def _pretty(fields: Any) -> Sequence[tuple[str, str]]:  # noqa: ANN401 - JSON
    """Names and values of an object in JSON."""
    return [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in (fields or {}).items()]
