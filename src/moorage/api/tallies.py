"""Counts of requests in a process's own memory: a few additions each, where a library's counters take locks."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
"""Upper bounds of the classes of durations, in seconds."""
REQUESTS = ("moorage_requests", "Requests answered", ("operation", "method", "status"))
SECONDS = ("moorage_request_seconds", "Time until the answer was handed over", ("operation", "method"))


class Tallies(Collector):
    """Requests by operation, method and status, with their durations; for one process alone."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, int], list[float]] = {}

    def count(self, operation: str, method: str, status: int, seconds: float) -> None:
        """One request more."""
        try:
            tally = self._kept[operation, method, status]
        except KeyError:
            tally = self._kept[operation, method, status] = [0] * (len(BUCKETS) + 2)
        tally[bisect_left(BUCKETS, seconds)] += 1
        tally[-1] += seconds

    def collect(self) -> Iterable[Metric]:
        """As Prometheus knows them: how many of each status, and the durations of all of them together."""
        requests = CounterMetricFamily(REQUESTS[0], REQUESTS[1], labels=REQUESTS[2])
        together: dict[tuple[str, str], list[float]] = {}
        for (operation, method, status), tally in self._kept.items():
            requests.add_metric((operation, method, str(status)), sum(tally[:-1]))
            sums = together.setdefault((operation, method), [0] * len(tally))
            together[operation, method] = [one + other for one, other in zip(sums, tally, strict=True)]
        durations = HistogramMetricFamily(SECONDS[0], SECONDS[1], labels=SECONDS[2])
        bounds = [str(float(bound)) for bound in BUCKETS] + ["+Inf"]
        for labels, tally in together.items():
            below = accumulate(tally[:-1])
            durations.add_metric(labels, list(zip(bounds, below, strict=True)), tally[-1])
        return (requests, durations)
