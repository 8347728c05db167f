"""Who may sees what became of what was sent to a webhook; owners try one, and send again what was given up."""

from collections.abc import Mapping
from dataclasses import dataclass

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.identity import Secrets
from moorage.ports.records import Ledger, Records
from moorage.rules import notices, webhooks
from moorage.rules.access import Identity, Place
from moorage.rules.deliveries import MOST_PINGS, Delivery, State
from moorage.rules.facts import Event
from moorage.rules.listing import Listed, page_of
from moorage.rules.notices import Scene
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.rules.webhooks import PING, Webhook
from moorage.service import finding


@dataclass(frozen=True, slots=True)
class ManageDeliveries:
    """`base` is our own address, "" if unknown."""

    records: Records
    secrets: Secrets
    clock: Clock
    base: str

    async def ping(self, who: Identity, project: str, number: int) -> Delivery:
        """Send something that tells of nothing, to try it. Raises CONFLICT if it is disabled, or many trials wait."""
        salt = self.secrets.random(8).hex()

        def story(ledger: Ledger) -> Delivery:
            place = finding.project(ledger, who, project, Action.MANAGE_WEBHOOKS)
            hook, now = finding.webhook(ledger, place, number), self.clock()
            _require_enabled(hook)
            latest = ledger.deliveries.page(hook.id, state=State.WAITING, before=None, limit=MOST_PINGS)
            if sum(one.kind == PING for one in latest) >= MOST_PINGS:
                raise Refusal(
                    Code.CONFLICT, f"{MOST_PINGS} trials of this webhook wait already: look at its deliveries"
                )
            event = Event(PING, place.project, hook.project_id, who.name, now, actor_kind=who.kind.value)
            made = ledger.deliveries.add(
                Delivery(
                    id=0,
                    webhook_id=hook.id,
                    event=None,
                    kind=PING,
                    repository=place.project,
                    line=f"{PING} {salt}",
                    body=notices.ping_of(hook.form, event, Scene(place.project, self.base), salt),
                    state=State.WAITING,
                    attempts=0,
                    due_at=now,
                    created_at=now,
                    begun_at=now,
                )
            )
            assert made is not None  # noqa: S101 - it is of no event that the webhook could have had
            _tell(ledger, "webhook.tested", who, now, place, hook)
            return made

        return await self.records.write(story, by=who)

    async def page(
        self, who: Identity, project: str, number: int, *, state: State | None, before: int | None, size: int
    ) -> Listed[Delivery]:
        """What was sent, and what waits, the newest first."""

        def story(ledger: Ledger) -> Listed[Delivery]:
            hook = finding.webhook(ledger, finding.project(ledger, who, project, Action.READ_WEBHOOKS), number)
            return page_of(
                ledger.deliveries.page(hook.id, state=state, before=before, limit=size + 1),
                size,
                lambda delivery: str(delivery.id),
                lambda most: ledger.deliveries.count(hook.id, state=state, most=most),
                is_first=before is None,
            )

        return await self.records.read(story)

    async def find(self, who: Identity, project: str, number: int, delivery: int) -> Delivery:
        """One of them. Raises NAME_UNKNOWN."""

        def story(ledger: Ledger) -> Delivery:
            hook = finding.webhook(ledger, finding.project(ledger, who, project, Action.READ_WEBHOOKS), number)
            return _delivery(ledger, hook, delivery)

        return await self.records.read(story)

    async def redeliver(self, who: Identity, project: str, number: int, delivery: int) -> Delivery:
        """Send one that has ended again, as it was, beside what else waits. Raises CONFLICT if it waits anyway."""

        def story(ledger: Ledger) -> Delivery:
            place = finding.project(ledger, who, project, Action.MANAGE_WEBHOOKS)
            hook, now = finding.webhook(ledger, place, number), self.clock()
            was = _delivery(ledger, hook, delivery)
            _require_enabled(hook)
            if was.state is State.WAITING:
                raise Refusal(Code.CONFLICT, f"delivery {was.id} has not ended: it is tried by itself")
            ledger.deliveries.revive(was, now=now)
            after = {"delivery": was.id, "kind": was.kind, "event": was.event}
            _tell(ledger, "webhook.redelivered", who, now, place, hook, after=after)
            return _delivery(ledger, hook, delivery)

        return await self.records.write(story, by=who)


def _delivery(ledger: Ledger, hook: Webhook, number: int) -> Delivery:
    found = ledger.deliveries.get(number)
    if found is None or found.webhook_id != hook.id:
        raise Refusal(Code.NAME_UNKNOWN, f"webhook {hook.id} has no delivery {number}; it may be forgotten")
    return found


def _require_enabled(hook: Webhook) -> None:
    if hook.disabled:
        raise Refusal(Code.CONFLICT, f"webhook {hook.id} is disabled: enable it first")


def _tell(
    ledger: Ledger,
    kind: str,
    who: Identity,
    now: float,
    place: Place,
    hook: Webhook,
    *,
    after: Mapping[str, object] | None = None,
) -> None:
    ledger.events.record(told(kind, who, now, place=place, about=webhooks.called(hook), after=after))
