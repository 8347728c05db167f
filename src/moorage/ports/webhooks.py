"""What the records know of webhooks and of what is on its way to them. Times are seconds since the epoch."""

from collections.abc import Collection, Sequence
from typing import Protocol

from moorage.rules.deliveries import Delivery, Due, State
from moorage.rules.webhooks import Webhook


class Webhooks(Protocol):
    """Where events of projects are sent."""

    def create(self, hook: Webhook) -> Webhook:
        """Keep it, whatever id it had."""

    def get(self, webhook_id: int) -> Webhook | None:
        """The webhook with this id."""

    def update(self, hook: Webhook) -> None:
        """Change all that may change."""

    def delete(self, webhook_id: int) -> None:
        """Forget it with its deliveries."""

    def page(self, project_id: int, *, after: int, limit: int) -> Sequence[Webhook]:
        """Up to `limit` of the project's after this id."""

    def count(self, project_id: int, *, most: int) -> int:
        """How many the project has, up to `most`."""

    def first_wanted(self) -> int | None:
        """The number after which the first event lies that some enabled webhook may want; None without any."""

    def note(self, webhook_id: int, *, failing_since: float | None) -> None:
        """Since when it fails; None: it does not."""


class Deliveries(Protocol):
    """Events on their way to webhooks."""

    def add(self, delivery: Delivery) -> Delivery | None:
        """Keep it, whatever id it had, behind those of its line; None if the webhook has one of this event."""

    def get(self, delivery_id: int) -> Delivery | None:
        """The delivery with this id."""

    def page(self, webhook_id: int, *, state: State | None, before: int | None, limit: int) -> Sequence[Delivery]:
        """Up to `limit` of a webhook's, of those before this id, the newest first."""

    def count(self, webhook_id: int, *, state: State | None, most: int) -> int:
        """How many there are, up to `most`."""

    def is_any_due(self, *, now: float) -> bool:
        """Is there one to be tried by now? Cheap."""

    def due(self, *, now: float, hooks: Collection[int], projects: Collection[int], limit: int) -> Sequence[Due]:
        """Up to `limit` that are to be tried by now, besides those of these webhooks and projects."""

    def claim(self, delivery_id: int, *, now: float, until: float) -> Delivery | None:
        """Begin an attempt: nobody else begins one until then. None if it is not due any more."""

    def record(self, delivery: Delivery, *, now: float) -> bool:
        """Keep what became of the attempt, and let its line go on if it has ended; False if that is known already."""

    def revive(self, delivery: Delivery, *, now: float) -> None:
        """Try one that has ended again, in a line of its own, for as long as a new one."""

    def stop(self, webhook_id: int, *, reason: str, now: float) -> int:
        """Give up all of a webhook's that wait; how many."""

    def oldest(self) -> float | None:
        """When the oldest that waits was made."""

    def forget(self, *, ended_before: float, limit: int) -> int:
        """Forget up to `limit` that ended before then; how many went."""

    def trim(self, *, most: int, limit: int) -> int:
        """Forget up to `limit` that have ended, of webhooks with more than `most`, the oldest first; how many went."""
