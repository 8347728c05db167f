"""Webhooks, assembled: what sends events, and what is counted of it."""

import random

from prometheus_client import CollectorRegistry, Counter, Gauge

from moorage.app.parts import Parts
from moorage.service.deliver_events import DeliverEvents
from moorage.service.dispatch_events import DispatchEvents
from moorage.service.manage_deliveries import ManageDeliveries
from moorage.service.manage_webhooks import ManageWebhooks


class Counted:
    """See `worker.webhooks.Tally`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "moorage_webhook_deliveries",
            "Attempts to deliver to webhooks: delivered, failed and tried again, or dead",
            ("outcome",),
            registry=registry,
        )
        self._oldest = Gauge(
            "moorage_webhook_oldest_waiting_seconds",
            "For how long the oldest delivery to a webhook waits",
            registry=registry,
            multiprocess_mode="livemax",
        )

    def count(self, outcome: str) -> None:
        """One more."""
        self._attempts.labels(outcome).inc()

    def wait(self, seconds: float) -> None:
        """The newest look counts."""
        self._oldest.set(seconds)


def manage_webhooks(parts: Parts) -> ManageWebhooks:
    """What owners do."""
    return ManageWebhooks(parts.records, parts.sealing, parts.secrets, parts.clock)


def manage_deliveries(parts: Parts) -> ManageDeliveries:
    """What was sent, for those who may know, and may send it again."""
    return ManageDeliveries(parts.records, parts.secrets, parts.clock, _base(parts))


def dispatch_events(parts: Parts, holder: str) -> DispatchEvents:
    """From events to deliveries; `holder` names this process."""
    return DispatchEvents(parts.records, parts.clock, holder, _base(parts))


def deliver_events(parts: Parts) -> DeliverEvents:
    """From deliveries to receivers."""
    return DeliverEvents(parts.records, parts.egress, parts.sealing, parts.clock, random.random)


def _base(parts: Parts) -> str:
    return (parts.settings.public_url or "").rstrip("/")
