"""What the collector of garbage did, for Prometheus. It stands in rows, so that every process tells the same."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from moorage.rules.garbage import Collections


class Collected(Collector):
    """The figures of one moment."""

    def __init__(self, did: Collections) -> None:
        self._did = did

    def collect(self) -> Iterable[Metric]:
        """Totals as counters, what the last round found as gauges."""
        did = self._did
        yield CounterMetricFamily("moorage_gc_rounds", "Rounds of collecting garbage", did.rounds)
        yield CounterMetricFamily("moorage_gc_links_ended", "Links that no image needed", did.total.links)
        yield CounterMetricFamily("moorage_gc_blobs_removed", "Blobs that nobody linked", did.total.blobs)
        yield CounterMetricFamily("moorage_gc_freed_bytes", "Bytes of these blobs", did.total.bytes)
        found = GaugeMetricFamily(
            "moorage_gc_found_bytes", "Bytes of garbage that the last round left: due, or resting", labels=["state"]
        )
        found.add_metric(["due"], did.found.due.bytes)
        found.add_metric(["waiting"], did.found.waiting.bytes)
        yield found
        yield GaugeMetricFamily("moorage_gc_ended_timestamp_seconds", "When the last round ended", did.ended_at or 0)
