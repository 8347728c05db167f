"""Does jobs: some at once, looking for more every moment, and when one has ended."""

import asyncio
from collections.abc import Iterable

import structlog

from moorage.rules.jobs import Job, State
from moorage.service.run_jobs import RunJobs
from moorage.service.tend_jobs import TendJobs
from moorage.worker.round import Round

log = structlog.get_logger("moorage.jobs")
MOMENT = 1.0
"""Seconds between two looks at what is to be done."""
SLOTS = 4
"""Jobs that one process does at once."""


async def work_forever(tend: TendJobs, run: RunJobs) -> None:
    """Until it is cancelled; then what is being done is given back."""
    doing: set[asyncio.Task[None]] = set()
    begun = False

    async def look() -> None:
        nonlocal begun
        if not begun:
            await tend.begin()
            begun = True
        _tell_of_lost(await tend())
        while len(doing) < SLOTS and (job := await run.claim()) is not None:
            task = asyncio.create_task(_do(run, job))
            doing.add(task)
            task.add_done_callback(end)

    def end(task: asyncio.Task[None]) -> None:
        doing.discard(task)
        looking.wake.set()

    looking = Round(look, MOMENT, log, "looking for jobs", at_once=True)
    try:
        await looking.forever()
    finally:
        left = list(doing)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def _do(run: RunJobs, job: Job) -> None:
    try:
        ended, fault = await run.run(job)
    except Exception:
        log.exception("a job's end could not be kept", job=job.id, kind=job.kind)
        return
    if fault is not None:
        log.error("a job broke off", job=job.id, kind=job.kind, exc_info=fault)
    if ended is None:
        log.warning("a job is somebody else's now", job=job.id, kind=job.kind)
    elif ended.state is State.FAILED:
        log.error("a job failed", job=job.id, kind=job.kind, reason=ended.reason)
    else:
        log.info("a job was done", job=job.id, kind=job.kind, state=ended.state.value)


def _tell_of_lost(lost: Iterable[Job]) -> None:
    for job in lost:
        log.warning("a job was lost by whoever did it", job=job.id, kind=job.kind, state=job.state.value)
