"""Sends events to webhooks: each moment, and at once when a delivery has ended."""

import asyncio
from typing import Protocol

import structlog

from moorage.oci.error import Refusal
from moorage.rules.deliveries import State
from moorage.service.deliver_events import Claimed, DeliverEvents
from moorage.service.dispatch_events import DispatchEvents
from moorage.worker.round import HOUR, Round

log = structlog.get_logger("moorage.webhooks")
MOMENT = 1.0
"""Seconds between two looks."""
_FAILED = "failed"


class Tally(Protocol):
    """Counts what is sent."""

    def count(self, outcome: str) -> None:
        """An attempt ended so."""

    def wait(self, seconds: float) -> None:
        """For so long the oldest delivery waits."""


class Sending:
    """What is under way from this process."""

    def __init__(self, dispatch: DispatchEvents, deliver: DeliverEvents, tally: Tally) -> None:
        self._dispatch = dispatch
        self._deliver = deliver
        self._tally = tally
        self._running: dict[asyncio.Task[None], Claimed] = {}
        self._round = Round(self._look, MOMENT, log, "sending to webhooks")
        self._has_begun = False

    async def forever(self) -> None:
        """Look, send, and look again. What is under way when it is cancelled is tried again later."""
        try:
            await self._round.forever()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _look(self) -> None:
        self._has_begun = self._has_begun or await self._dispatch.has_begun()
        if not self._has_begun:
            return
        await self._dispatch()
        for claimed in await self._deliver.claim([one.due for one in self._running.values()]):
            task = asyncio.create_task(self._send(claimed))
            self._running[task] = claimed
            task.add_done_callback(self._end)
        self._tally.wait(await self._deliver.oldest())

    def _end(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._round.wake.set()

    async def _send(self, claimed: Claimed) -> None:
        named = {"webhook": claimed.hook.id, "project": claimed.hook.project, "delivery": claimed.delivery.id}
        try:
            sent = await self._deliver.send(claimed)
        except Refusal as refusal:
            log.warning("what became of a delivery could not be kept", **named, reason=refusal.sentence)
            return
        except Exception:
            log.exception("a delivery could not be sent", **named)
            return
        self._tally.count(_FAILED if sent.state is State.WAITING else sent.state.value)
        if sent.fault:
            log.info("a delivery did not arrive", **named, attempts=claimed.delivery.attempts, reason=sent.fault)
        if sent.disabled:
            log.warning("a webhook was disabled: nothing had arrived for days", **named)


def forgetting(deliver: DeliverEvents) -> Round:
    """Every hour."""

    async def forget() -> None:
        if gone := await deliver.forget():
            log.info("deliveries forgotten", deliveries=gone)

    return Round(forget, HOUR, log, "forgetting deliveries")
