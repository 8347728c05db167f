"""What happened goes on its way to the webhooks that want it: one delivery for each of them, whatever is cut off.

How far the events were looked at stands in the records and moves in the transaction that makes the deliveries, so none
is missed and none is made twice. Of several processes one does this, for as long as it renews its claim. Where no
webhook was ever made, or none is enabled, nothing is written.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from moorage.oci.digest import Digest
from moorage.oci.error import Refusal
from moorage.oci.reference import RepositoryName
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import notices, webhooks
from moorage.rules.deliveries import MOST_WAITING, Delivery, State
from moorage.rules.facts import Event
from moorage.rules.notices import Content, Scene
from moorage.rules.webhooks import MOST_HOOKS, STREAM, Form, Webhook

BATCH = 50
"""Events that one transaction looks at: whoever wants to write waits for it."""
ENOUGH = 100
"""Deliveries after which it looks at no further event."""
CLAIM = 15.0
"""Seconds for which a claim holds when its holder has gone."""
_OVERFLOWN = f"{MOST_WAITING} deliveries to this webhook wait already"
_LAYER = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class DispatchEvents:
    """`holder` names this process among all; `base` is our own address without a slash at its end, "" if unknown."""

    records: Records
    clock: Clock
    holder: str
    base: str

    async def has_begun(self) -> bool:
        """Was there ever a webhook? Without one there is nothing to look at."""
        return await self.records.read(lambda ledger: ledger.events.stream(STREAM)) is not None

    async def __call__(self) -> int:
        """Look at all that has happened since; how many deliveries were made, 0 also while another process does it."""
        made = 0
        while await self.records.read(self._is_behind):
            waiting = await self.records.read_aside(self._waiting)
            step = await self.records.write(partial(self._step, waiting), durable=False)
            if step is None:
                break
            made += step
        return made

    def _is_behind(self, ledger: Ledger) -> bool:
        stream = ledger.events.stream(STREAM)
        if stream is None or (stream.holder != self.holder and stream.until >= self.clock()):
            return False
        wanted = ledger.webhooks.first_wanted()
        return wanted is not None and ledger.events.newest() > max(stream.position, wanted)

    def _waiting(self, ledger: Ledger) -> Mapping[int, int]:
        """How many deliveries wait for each webhook that wants what comes next: counted where nobody waits for it.

        Only this process makes more of them, but for what somebody sends again by hand.
        """
        stream = ledger.events.stream(STREAM)
        wanted = [] if stream is None else [hook for _, _, hooks in _next(ledger, stream.position) for hook in hooks]
        return {hook_id: _count(ledger, hook_id) for hook_id in {hook.id for hook in wanted}}

    def _step(self, waiting: Mapping[int, int], ledger: Ledger) -> int | None:
        """None if another process does it."""
        now = self.clock()
        position = ledger.events.claim(STREAM, self.holder, now=now, until=now + CLAIM)
        events = [] if position is None else _next(ledger, position)
        if not events:
            return None
        made: Counter[int] = Counter()
        for number, event, hooks in events:
            for hook in hooks:
                there = (waiting[hook.id] if hook.id in waiting else _count(ledger, hook.id)) + made[hook.id]
                made[hook.id] += self._add(ledger, hook, number, event, now, fits=there < MOST_WAITING)
            position = number
            if made.total() >= ENOUGH:
                break
        assert position is not None  # noqa: S101 - there are events behind it
        ledger.events.advance(STREAM, self.holder, position, until=now + CLAIM)
        return made.total()

    def _add(self, ledger: Ledger, hook: Webhook, number: int, event: Event, now: float, *, fits: bool) -> bool:
        scene = Scene(hook.project, self.base, _content(ledger, event) if hook.form is Form.DOCKER else None)
        made = ledger.deliveries.add(
            Delivery(
                id=0,
                webhook_id=hook.id,
                event=number,
                kind=event.kind,
                repository=event.repository,
                line=event.repository,
                body=notices.body_of(hook.form, number, event, scene),
                state=State.WAITING if fits else State.DEAD,
                attempts=0,
                due_at=now if fits else None,
                created_at=now,
                begun_at=now,
                ended_at=None if fits else now,
                reason="" if fits else _OVERFLOWN,
            )
        )
        return made is not None


def _next(ledger: Ledger, position: int) -> list[tuple[int, Event, list[Webhook]]]:
    """The events behind this one, each with its number and who wants it."""
    wanted = ledger.webhooks.first_wanted()
    if wanted is None:
        return []
    known: dict[int, list[Webhook]] = {}
    return [
        (number, event, [hook for hook in _hooks_of(ledger, event, known) if webhooks.wants(hook, number, event)])
        for number, event in ledger.events.page(after=max(position, wanted), limit=BATCH)
    ]


def _count(ledger: Ledger, hook_id: int) -> int:
    return ledger.deliveries.count(hook_id, state=State.WAITING, most=MOST_WAITING)


def _hooks_of(ledger: Ledger, event: Event, known: dict[int, list[Webhook]]) -> list[Webhook]:
    if event.project_id is None:
        return []
    if event.project_id not in known:
        known[event.project_id] = list(ledger.webhooks.page(event.project_id, after=0, limit=MOST_HOOKS))
    return known[event.project_id]


def _content(ledger: Ledger, event: Event) -> Content | None:
    """What the event's digest names; None once it is gone, or where many events are told as one."""
    if event.digest is None:
        return None
    try:
        name, digest = RepositoryName.parse(event.repository), Digest.parse(event.digest)
    except Refusal:
        return None
    if event.kind.startswith("blob."):
        _, blob = ledger.blobs.find(name, digest)
        return None if blob is None else Content(_LAYER, blob.size)
    _, manifest = ledger.manifests.find(name, digest)
    return None if manifest is None else Content(manifest.media_type, manifest.size)
