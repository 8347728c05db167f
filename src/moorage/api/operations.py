"""For who runs it: /healthz, /readyz, /metrics."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from moorage.api import job_tallies
from moorage.api.collected import Collected
from moorage.api.tallies import BUCKETS, REQUESTS, SECONDS, Tallies
from moorage.api.wire import Exchange, Reply
from moorage.oci.error import Code, Refusal
from moorage.service.collect_garbage import CollectGarbage
from moorage.service.manage_jobs import ManageJobs
from moorage.service.report_health import ReportHealth


class Metrics:
    """What is counted of requests. Labels have few values each: no names of repositories or people."""

    def __init__(self, collect: Callable[[], CollectorRegistry], registry: CollectorRegistry, *, shared: bool) -> None:
        """`shared` says that several processes count together, in files. Others may count in `registry` as well."""
        self.registry = registry
        self._collect = collect
        self._count = _shared_counts(registry) if shared else _own_counts(registry)
        self.received = Counter("moorage_received_bytes", "Bytes of request bodies", registry=registry)
        self._stored = Gauge(
            "moorage_stored_bytes",
            "Bytes that are kept, each blob once, and the manifests",
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self.in_flight = 0
        self._in_flight = Gauge(
            "moorage_requests_in_flight",
            "Requests being answered",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._is_shared = shared
        if not shared:
            self._in_flight.set_function(lambda: self.in_flight)

    def begin(self) -> None:
        """A request is being answered from now on."""
        self.in_flight += 1
        if self._is_shared:
            self._in_flight.set(self.in_flight)

    def end(self) -> None:
        """No longer."""
        self.in_flight -= 1
        if self._is_shared:
            self._in_flight.set(self.in_flight)

    def count(self, operation: str, method: str, status: int, seconds: float, received: int) -> None:
        """One request was answered; `received` in bytes."""
        self._count(operation, method, status, seconds)
        if received:
            self.received.inc(received)

    def tell_stored(self, stored: int) -> None:
        """So many bytes are kept."""
        self._stored.set(stored)

    def text(self) -> bytes:
        """All of it in Prometheus' text form."""
        return generate_latest(self._collect())


Count: TypeAlias = Callable[[str, str, int, float], None]
"""Counts a request: operation, method, status, seconds."""


def _own_counts(registry: CollectorRegistry) -> Count:
    tallies = Tallies()
    registry.register(tallies)
    return tallies.count


def _shared_counts(registry: CollectorRegistry) -> Count:
    """By the library's own counters, which several processes keep together in files."""
    requests = Counter(*REQUESTS, registry=registry)
    durations = Histogram(*SECONDS, buckets=BUCKETS, registry=registry)

    @cache
    def of(operation: str, method: str, status: int) -> tuple[Counter, Histogram]:
        return requests.labels(operation, method, str(status)), durations.labels(operation, method)

    def count(operation: str, method: str, status: int, seconds: float) -> None:
        counter, histogram = of(operation, method, status)
        counter.inc()
        histogram.observe(seconds)

    return count


@dataclass(frozen=True, slots=True)
class OperationRoutes:
    """None of them asks who you are; none of them tells a name."""

    health: ReportHealth
    metrics: Metrics
    jobs: ManageJobs
    collecting: CollectGarbage

    async def answer(self, exchange: Exchange) -> Reply:
        """Refuses addresses that are not its own."""
        if exchange.method not in {"GET", "HEAD"}:
            raise Refusal(Code.UNSUPPORTED, "this address is only read", detail={"allow": "GET, HEAD"})
        match exchange.path:
            case "/healthz":
                return _text(b"ok\n")
            case "/readyz":
                await self.health()
                return _text(b"ready\n")
            case "/metrics":
                counted = self.metrics.text() + await self._of_jobs() + await self._collected()
                return _text(counted, CONTENT_TYPE_LATEST.encode())
            case _:
                raise Refusal(
                    Code.ROUTE_UNKNOWN,
                    f"there is nothing at {exchange.path[:200]!r}; the registry is below /v2/",
                )

    async def _of_jobs(self) -> bytes:
        """Nothing while the database does not answer: the rest is needed then most of all."""
        try:
            return job_tallies.text(await self.jobs.tally())
        except Refusal:
            return b""

    async def _collected(self) -> bytes:
        """Whoever watches wants the other figures all the more when the database cannot be read."""
        try:
            return generate_latest(Collected(await self.collecting.figures()))
        except Refusal:
            return b""


def _text(body: bytes, content_type: bytes = b"text/plain; charset=utf-8") -> Reply:
    return Reply(
        200,
        [
            (b"content-type", content_type),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
        ],
        body,
    )
