"""What the program does by itself while it serves: begun before the first request, ended after the last."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from moorage.adapters.sinks.address import sink_of
from moorage.app.kinds import work
from moorage.app.parts import DAY, HOUR, MINUTE, Parts
from moorage.app.people import People
from moorage.app.settings import Settings
from moorage.app.webhooks import Counted, deliver_events, dispatch_events
from moorage.oci.error import Refusal
from moorage.ports.blobs import BlobStore
from moorage.ports.clock import Clock
from moorage.ports.records import Records
from moorage.ports.work import Kinds
from moorage.rules.trash import Window
from moorage.service.collect_garbage import CollectGarbage
from moorage.service.end_tags import EndTags
from moorage.service.keep_house import KeepHouse
from moorage.service.manage_quotas import ManageQuotas
from moorage.service.read_audit import ReadAudit
from moorage.service.read_statistics import ReadStatistics
from moorage.service.stream_audit import StreamAudit
from moorage.service.survey_storage import SurveyStorage
from moorage.worker import audit, collector, directory, sweeper, tags, usage, webhooks
from moorage.worker.round import Round

STREAM = "audit"
"""The name under which the records keep how far the audit was sent."""


@asynccontextmanager
async def rounds(
    parts: Parts,
    who: People,
    kinds: Kinds,
    counted: Counted,
    collecting: CollectGarbage,
    tell_stored: Callable[[int], None],
) -> AsyncIterator[None]:
    """All of them; what is still to be written at the end is written. `tell_stored` hears how many bytes are kept."""
    settings = parts.settings
    house = keep_house(settings, parts.records, parts.blobs, parts.clock)
    stream = _stream(parts)
    deliver = deliver_events(parts)
    loops: list[Round | webhooks.Sending] = [
        sweeper.sweeping(house, who.sign_in, settings.sweep_minutes * MINUTE),
        tags.ending(EndTags(parts.records, parts.clock), settings.sweep_minutes * MINUTE),
        collector.collecting(collecting, settings.gc.minutes * MINUTE),
        audit.writing(parts.trail, "the audit"),
        audit.writing(parts.counts, "statistics"),
        webhooks.Sending(dispatch_events(parts, _this_process()), deliver, counted),
        webhooks.forgetting(deliver),
        usage.folding(ManageQuotas(parts.records, parts.clock, parts.room), tell_stored),
        usage.noting(SurveyStorage(parts.records, parts.clock, parts.room)),
        usage.forgetting(read_statistics(parts)),
    ]
    if who.directory is not None:
        loops.append(directory.rechecking(who.directory))
    if stream is not None:
        with suppress(Refusal):
            await stream.begin()
        loops.append(audit.streaming(stream))
    running = [asyncio.create_task(each.forever()) for each in loops]
    if settings.jobs.inside:
        running.append(asyncio.create_task(work(parts, kinds)))
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await asyncio.gather(parts.trail.flush(), parts.counts.flush())
        if stream is not None:
            with suppress(Refusal):  # what is left goes out after the next start
                await stream.end()


def keep_house(settings: Settings, records: Records, blobs: BlobStore, clock: Clock = time.time) -> KeepHouse:
    """The use case of the sweeper."""
    return KeepHouse(
        records,
        blobs,
        clock,
        patience=settings.upload_hours * HOUR,
        grace=settings.grace_minutes * MINUTE,
        window=Window(settings.undelete_days * DAY),
    )


def collect_garbage(parts: Parts) -> CollectGarbage:
    """The collector, for its own rounds and for those that somebody asks for."""
    settings = parts.settings
    return CollectGarbage(
        parts.records,
        parts.blobs,
        parts.clock,
        _this_process(),
        grace=settings.gc.grace_hours * HOUR,
        patience=settings.grace_minutes * MINUTE,
    )


def _this_process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def read_audit(parts: Parts) -> ReadAudit:
    """The audit for those who may read it, kept for as long as the settings say."""
    audit = parts.settings.audit
    return ReadAudit(
        parts.records,
        parts.clock,
        None if audit.keep_days is None else audit.keep_days * DAY,
        None if audit.stream is None else STREAM,
    )


def read_statistics(parts: Parts) -> ReadStatistics:
    """What was pulled and pushed, kept for as long as the settings say."""
    return ReadStatistics(parts.records, parts.clock, parts.settings.statistics_days)


def _stream(parts: Parts) -> StreamAudit | None:
    settings = parts.settings
    if settings.audit.stream is None:
        return None
    sink = sink_of(settings.audit.stream, settings.egress.ca_file)
    return StreamAudit(parts.records, sink, parts.clock, _this_process(), STREAM)
