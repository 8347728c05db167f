"""/jobs, all that there are, and /projects/{project}/jobs."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from moorage.api.rest.asking import LARGEST_ID, InProject, Who, locate, number_after, own_router
from moorage.api.rest.models.jobs import JobLineShown, JobShown, NewJob, StateName
from moorage.api.rest.paging import Page, Paging
from moorage.rules.access import Identity
from moorage.rules.jobs import Job, State
from moorage.service.manage_jobs import ManageJobs

OfJob: TypeAlias = Annotated[int, Path(ge=1, le=LARGEST_ID, description="the job's id")]


class Wanted:
    """Which jobs are listed."""

    def __init__(
        self,
        kind: Annotated[str | None, Query(max_length=256, description="only of this kind")] = None,
        state: Annotated[StateName | None, Query(description="only those that stand so")] = None,
    ) -> None:
        self.kind = kind
        self.state = None if state is None else State(state)


Those: TypeAlias = Annotated[Wanted, Depends()]


def routes(manage: ManageJobs) -> APIRouter:
    """Jobs of the registry and of projects."""
    router = own_router(["jobs"])
    _of_projects(router, manage)
    _of_instance(router, manage)
    return router


def _of_projects(router: APIRouter, manage: ManageJobs) -> None:
    @router.get("/projects/{project}/jobs")
    async def list_project_jobs(who: Who, project: InProject, page: Page, those: Those) -> list[JobShown]:
        """The project's jobs, the newest first."""
        return await _listed(manage, who, project, page, those)

    @router.post("/projects/{project}/jobs", status_code=201)
    async def ask_for_project_job(
        who: Who, project: InProject, new: NewJob, request: Request, response: Response
    ) -> JobShown:
        """Have something done for the project; where one like it waits already, that one is answered."""
        job = await manage.ask(who, project, new.kind, new.parameters)
        locate(request, response, f"projects/{project}/jobs/{job.id}")
        return _shown(job)

    @router.get("/projects/{project}/jobs/{number}")
    async def get_project_job(who: Who, project: InProject, number: OfJob) -> JobShown:
        """One job of the project."""
        return _shown(await manage.find(who, project, number))

    @router.get("/projects/{project}/jobs/{number}/log")
    async def get_project_job_log(who: Who, project: InProject, number: OfJob, page: Page) -> list[JobLineShown]:
        """What it said, the oldest line first."""
        return await _lines(manage, who, project, number, page)

    @router.post("/projects/{project}/jobs/{number}/cancel")
    async def cancel_project_job(who: Who, project: InProject, number: OfJob) -> JobShown:
        """Let it end: at once if it waits, within seconds if it runs. It may be tried again."""
        return _shown(await manage.cancel(who, project, number))

    @router.post("/projects/{project}/jobs/{number}/retry")
    async def retry_project_job(who: Who, project: InProject, number: OfJob) -> JobShown:
        """Try again what failed or was cancelled; it goes on where it was."""
        return _shown(await manage.retry(who, project, number))


def _of_instance(router: APIRouter, manage: ManageJobs) -> None:
    @router.get("/jobs")
    async def list_jobs(who: Who, page: Page, those: Those) -> list[JobShown]:
        """All jobs, those of projects too, the newest first."""
        return await _listed(manage, who, None, page, those)

    @router.post("/jobs", status_code=201)
    async def ask_for_job(who: Who, new: NewJob, request: Request, response: Response) -> JobShown:
        """Have something done for the registry as a whole; where one like it waits already, that one is answered."""
        job = await manage.ask(who, None, new.kind, new.parameters)
        locate(request, response, f"jobs/{job.id}")
        return _shown(job)

    @router.get("/jobs/{number}")
    async def get_job(who: Who, number: OfJob) -> JobShown:
        """One job, of a project or of the registry as a whole."""
        return _shown(await manage.find(who, None, number))

    @router.get("/jobs/{number}/log")
    async def get_job_log(who: Who, number: OfJob, page: Page) -> list[JobLineShown]:
        """What it said, the oldest line first."""
        return await _lines(manage, who, None, number, page)

    @router.post("/jobs/{number}/cancel")
    async def cancel_job(who: Who, number: OfJob) -> JobShown:
        """Let it end: at once if it waits, within seconds if it runs. It may be tried again."""
        return _shown(await manage.cancel(who, None, number))

    @router.post("/jobs/{number}/retry")
    async def retry_job(who: Who, number: OfJob) -> JobShown:
        """Try again what failed or was cancelled; it goes on where it was."""
        return _shown(await manage.retry(who, None, number))


async def _listed(
    manage: ManageJobs, who: Identity, project: str | None, page: Paging, those: Wanted
) -> list[JobShown]:
    before = number_after(page.listing.after) or None
    size = page.listing.size
    found = await manage.page(who, project, kind=those.kind, state=those.state, before=before, size=size)
    return page.show(found, _shown)


async def _lines(
    manage: ManageJobs, who: Identity, project: str | None, number: int, page: Paging
) -> list[JobLineShown]:
    after = number_after(page.listing.after)
    found = await manage.lines(who, project, number, after=after, size=page.listing.size)
    return page.show(found, lambda line: JobLineShown(**line._asdict()))


def _shown(job: Job) -> JobShown:
    return JobShown(
        id=job.id,
        kind=job.kind,
        project=job.project,
        state=job.state.value,
        cancelling=job.cancelling,
        parameters=dict(job.parameters),
        asked_by=job.asked_by,
        asked_at=job.asked_at,
        due_at=job.due_at,
        started_at=job.started_at,
        ended_at=job.ended_at,
        attempt=job.attempt,
        attempts=job.attempts,
        done=job.progress.done,
        total=job.progress.total,
        result=None if job.result is None else dict(job.result),
        reason=job.reason,
    )
