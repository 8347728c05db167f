"""Assemble the program from its settings. Reading this, and what it names, is reading the architecture."""

import os
from contextlib import AsyncExitStack

from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from moorage.api.application import Application, Faces
from moorage.api.operations import Metrics, OperationRoutes
from moorage.api.origin import Origin
from moorage.api.wire import Pace, Receive, Send
from moorage.app.faces import registry_of, rest_of
from moorage.app.handover import METRICS_FOLDER
from moorage.app.kinds import jobs_of, kinds_of, schedules_of
from moorage.app.parts import Parts, open_parts
from moorage.app.people import people_of
from moorage.app.rounds import collect_garbage, read_audit, rounds
from moorage.app.screens import Shared, pages_of
from moorage.app.settings import Settings
from moorage.app.webhooks import Counted
from moorage.service.report_health import ReportHealth


def build(settings: Settings) -> Application:
    """The ASGI application on disk and SQLite; what it opens is opened at its start and closed at its end."""
    stack = AsyncExitStack()
    return assemble(open_parts(settings, stack), stack)


def assemble(parts: Parts, stack: AsyncExitStack) -> Application:
    """The same on any parts; `stack` closes them at the end."""
    settings = parts.settings
    origin = Origin(settings.public_url, settings.trusted_proxies)
    who, reading, metrics = people_of(parts), read_audit(parts), _metrics()
    registry, kinds = registry_of(parts, who, origin), kinds_of(parts, reading)
    jobs = jobs_of(parts, kinds)
    schedules = schedules_of(parts, kinds)
    counted = Counted(metrics.registry)
    collecting = collect_garbage(parts)
    faces = Faces(
        registry=registry,
        rest=rest_of(parts, who, registry, reading, jobs, schedules, collecting),
        operations=OperationRoutes(ReportHealth(parts.records, parts.blobs), metrics, jobs, collecting),
        web=pages_of(parts, who, Shared(reading, jobs, schedules, collecting)),
    )

    async def lifespan(receive: Receive, send: Send) -> None:
        await receive()
        async with stack, rounds(parts, who, kinds, counted, collecting, metrics.tell_stored):
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    return Application(
        faces,
        origin=origin,
        metrics=metrics,
        pace=Pace(settings.idle_seconds, settings.slowest_rate),
        log_requests=settings.log.requests,
        trail=parts.trail,
        tells_pulls=settings.audit.pulls,
        lifespan=lifespan,
    )


def _metrics() -> Metrics:
    own = CollectorRegistry()
    shared = METRICS_FOLDER in os.environ

    def collect() -> CollectorRegistry:
        if not shared:
            return own
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
        return everybody

    return Metrics(collect, own, shared=shared)
