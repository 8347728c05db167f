"""What is on its way to webhooks is sent, tried again, and given up after a day.

An attempt begins with a claim that ends by itself: who is killed meanwhile loses nothing, the next attempt begins when
the claim is over. A receiver may therefore get the same twice, under the same `webhook-id`.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from moorage.oci.error import Refusal
from moorage.ports.clock import Clock
from moorage.ports.egress import Egress, EgressRefused
from moorage.ports.records import Ledger, Records
from moorage.ports.sealing import Sealing
from moorage.rules import deliveries, signatures, webhooks
from moorage.rules.access import Place
from moorage.rules.deliveries import AT_ONCE, KEPT, LONGEST_ANSWER, MOST_KEPT, Delivery, Due, Outcome, State
from moorage.rules.notices import CONTENT_TYPES
from moorage.rules.telling import told
from moorage.rules.webhooks import Webhook

CLAIM = 30.0
"""Seconds for which an attempt may be under way: longer than the way out takes at most."""
_LOOKED_AT = 4 * AT_ONCE
_STEP = 200
_REST = 0.05
"""Seconds between two steps of forgetting, for those who want to write."""
_FAILED = "the receiver answered with a status that is not 2xx"
_REDIRECTED = "the receiver answered with a redirect, which is never followed: give the address that it leads to"
_SEALED = "the webhook's secret cannot be opened any more: rotate it"
_ABANDONED = f"the webhook was disabled: nothing had arrived for {deliveries.PATIENCE / 86_400:.0f} days"


class Claimed(NamedTuple):
    """A delivery that this process sends now, and where to."""

    delivery: Delivery
    hook: Webhook

    @property
    def due(self) -> Due:
        """As it is counted."""
        return Due(self.delivery.id, self.hook.id, self.hook.project_id)


class Sent(NamedTuple):
    """How the delivery stands after an attempt; `fault` is for the operator, and `disabled` says the webhook is now."""

    state: State
    fault: str
    disabled: bool


@dataclass(frozen=True, slots=True)
class DeliverEvents:
    """`chance` gives a number from 0 to 1, another each time."""

    records: Records
    egress: Egress
    sealing: Sealing
    clock: Clock
    chance: Callable[[], float]

    async def claim(self, running: Sequence[Due]) -> Sequence[Claimed]:
        """What is to be sent now beside what is under way. Nothing is written where nothing is due."""
        now = self.clock()
        if len(running) >= AT_ONCE or not await self.records.read(lambda ledger: ledger.deliveries.is_any_due(now=now)):
            return ()
        hooks, projects = deliveries.busy(running)
        due = await self.records.read_aside(
            lambda ledger: ledger.deliveries.due(now=now, hooks=hooks, projects=projects, limit=_LOOKED_AT)
        )
        chosen = deliveries.choose(due, running)
        if not chosen:
            return ()
        return await self.records.write(lambda ledger: _claim(ledger, chosen, now), durable=False)

    async def send(self, claimed: Claimed) -> Sent:
        """One attempt, and what becomes of it."""
        outcome, fault = await self._attempt(claimed)
        now, chance = self.clock(), self.chance()
        done = claimed.delivery.after(outcome, now, chance)
        disabled = await self.records.write(lambda ledger: _record(ledger, done, outcome, now), durable=False)
        return Sent(done.state, fault, disabled)

    async def oldest(self) -> float:
        """For how many seconds the oldest delivery waits; 0 where none does."""
        since = await self.records.read(lambda ledger: ledger.deliveries.oldest())
        return 0.0 if since is None else max(0.0, self.clock() - since)

    async def forget(self) -> int:
        """What the log keeps no longer, step by step; how many deliveries that were."""
        old, gone = self.clock() - KEPT, 0
        while went := await self.records.write(lambda ledger: _forget(ledger, old), durable=False):
            gone += went
            await asyncio.sleep(_REST)
        return gone

    async def _attempt(self, claimed: Claimed) -> tuple[Outcome, str]:
        hook, delivery, begun = claimed.hook, claimed.delivery, self.clock()
        body, at = delivery.body.encode(), int(begun)
        try:
            headers = {
                "Content-Type": CONTENT_TYPES[hook.form],
                "webhook-id": delivery.message,
                "webhook-timestamp": str(at),
                "webhook-signature": signatures.signed(self._secrets(hook, begun), delivery.message, at, body),
            }
            answer = await self.egress.post(hook.url, headers=headers, body=body, limit=LONGEST_ANSWER)
        except EgressRefused as refused:
            return Outcome(None, refused.why.value, b"", self.clock() - begun), str(refused)
        except Refusal as refusal:
            return Outcome(None, _SEALED, b"", self.clock() - begun), refusal.sentence
        outcome = Outcome(answer.status, "", answer.beginning, self.clock() - begun)
        if outcome.is_good:
            return outcome, ""
        reason = _REDIRECTED if 300 <= answer.status < 400 else _FAILED  # noqa: PLR2004 - HTTP's redirects
        return outcome._replace(reason=reason), f"status {answer.status}"

    def _secrets(self, hook: Webhook, now: float) -> list[str]:
        sealed = [hook.sealed]
        if hook.previous_sealed is not None and (hook.previous_until or 0.0) > now:
            sealed.append(hook.previous_sealed)
        return [self.sealing.open(one, signatures.purpose(hook.project_id)).decode() for one in sealed]


def _claim(ledger: Ledger, chosen: Sequence[Due], now: float) -> list[Claimed]:
    found = []
    for due in chosen:
        delivery = ledger.deliveries.claim(due.id, now=now, until=now + CLAIM)
        hook = ledger.webhooks.get(due.webhook_id)
        if delivery is not None and hook is not None:
            found.append(Claimed(delivery, hook))
    return found


def _record(ledger: Ledger, done: Delivery, outcome: Outcome, now: float) -> bool:
    """Whether the webhook is disabled by it."""
    hook = ledger.webhooks.get(done.webhook_id)
    if not ledger.deliveries.record(done, now=now) or hook is None or hook.disabled:
        return False
    if outcome.is_good:
        if hook.failing_since is not None:
            ledger.webhooks.note(hook.id, failing_since=None)
        return False
    if hook.failing_since is None:
        ledger.webhooks.note(hook.id, failing_since=now)
        return False
    if not deliveries.has_failed_too_long(hook.failing_since, now):
        return False
    _disable(ledger, hook, now)
    return True


def _disable(ledger: Ledger, hook: Webhook, now: float) -> None:
    disabled = replace(hook, disabled=True)
    ledger.webhooks.update(disabled)
    stopped = ledger.deliveries.stop(hook.id, reason=_ABANDONED, now=now)
    ledger.events.record(
        told(
            "webhook.disabled",
            None,
            now,
            place=Place(hook.project, hook.project, hook.project_id),
            about=webhooks.called(hook),
            before=webhooks.told(hook),
            after={**webhooks.told(disabled), "failing_since": hook.failing_since, "given_up": stopped},
        )
    )


def _forget(ledger: Ledger, old: float) -> int:
    return ledger.deliveries.forget(ended_before=old, limit=_STEP) or ledger.deliveries.trim(
        most=MOST_KEPT, limit=_STEP
    )
