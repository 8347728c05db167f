"""Jobs as Prometheus sees them: asked of the records when somebody reads them, so that every process tells the same."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from moorage.service.manage_jobs import JobTally


class _Told(Collector):
    def __init__(self, tally: JobTally) -> None:
        self._tally = tally

    def collect(self) -> Iterable[Metric]:
        """How many there are, and how long the oldest has waited beyond its time."""
        jobs = GaugeMetricFamily("moorage_jobs", "Jobs that wait, run, or have failed", labels=("kind", "state"))
        for count in self._tally.counts:
            jobs.add_metric((count.kind, count.state.value), count.number)
        waits = GaugeMetricFamily(
            "moorage_jobs_oldest_due_seconds",
            "Since when the job that has waited the longest could have begun",
            value=self._tally.waits,
        )
        return (jobs, waits)


def text(tally: JobTally) -> bytes:
    """In Prometheus' text form."""
    registry = CollectorRegistry()
    registry.register(_Told(tally))
    return generate_latest(registry)
