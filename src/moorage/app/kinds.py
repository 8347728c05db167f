"""The kinds of jobs that there are, each a few lines; and what does them."""

import os
import secrets
import socket

import structlog

from moorage.app.parts import DAY, Parts
from moorage.ports.work import Control, Kind, Kinds, Parameters
from moorage.rules import retention_terms
from moorage.rules.roles import Action
from moorage.service.manage_jobs import ManageJobs
from moorage.service.manage_schedules import ManageSchedules
from moorage.service.read_audit import ReadAudit
from moorage.service.retain_images import RetainImages
from moorage.service.run_jobs import RunJobs
from moorage.service.tend_jobs import TendJobs
from moorage.service.verify_blobs import VerifyBlobs
from moorage.worker.jobs import work_forever

log = structlog.get_logger("moorage.audit")


def kinds_of(parts: Parts, reading: ReadAudit) -> Kinds:
    """All that can be asked for, or comes by itself."""
    verify = VerifyBlobs(parts.records, parts.blobs, parts.clock)

    async def forget_audit(_parameters: Parameters, _control: Control) -> dict[str, object]:
        gone = await reading.forget()
        if gone.unsent:
            log.error("audit forgotten that the stream could not send for too long", events=gone.unsent)
        return {"events": gone.events, "unsent": gone.unsent}

    async def forget_jobs(_parameters: Parameters, _control: Control) -> dict[str, object]:
        return {"jobs": await _tending(parts, Kinds()).forget()}

    return Kinds(
        Kind(
            "verify",
            "read every blob through and compare it with its digest",
            verify.as_job,
            everywhere=Action.MANAGE_INSTANCE,
            there=Action.UPDATE_PROJECT,
            limit=2,
        ),
        Kind(
            retention_terms.JOB,
            "delete what the project's rules of retention let go",
            RetainImages(parts.records, parts.clock, parts.window).as_job,
            there=Action.MANAGE_RETENTION,
            limit=2,
        ),
        Kind("forget-audit", "forget events that are older than audit.keep_days", forget_audit, cron="7 * * * *"),
        Kind("forget-jobs", "forget jobs that ended before jobs.keep_days", forget_jobs, cron="37 * * * *"),
    )


def jobs_of(parts: Parts, kinds: Kinds) -> ManageJobs:
    """Jobs for those who ask for them."""
    return ManageJobs(parts.records, parts.clock, kinds)


def schedules_of(parts: Parts, kinds: Kinds) -> ManageSchedules:
    """When jobs come by themselves, for those who say so."""
    return ManageSchedules(parts.records, parts.clock, kinds, parts.settings.jobs.time_zone)


async def work(parts: Parts, kinds: Kinds) -> None:
    """Do jobs until this is cancelled."""
    holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    await work_forever(_tending(parts, kinds), RunJobs(parts.records, parts.clock, kinds, holder))


def _tending(parts: Parts, kinds: Kinds) -> TendJobs:
    jobs = parts.settings.jobs
    return TendJobs(parts.records, parts.clock, kinds, jobs.time_zone, jobs.keep_days * DAY)
