"""/gc: what the collector of garbage did and would do, and a round now."""

from dataclasses import asdict

from fastapi import APIRouter

from moorage.api.rest.asking import Who, own_router
from moorage.api.rest.models.garbage import AmountShown, Collection, CollectionShown, CollectorShown
from moorage.rules.garbage import NOTHING, Amount
from moorage.service.collect_garbage import CollectGarbage

_HOUR = 3600.0


def routes(collect: CollectGarbage) -> APIRouter:
    """The collector."""
    router = own_router(["garbage"])

    @router.get("/gc")
    async def show_collector(who: Who) -> CollectorShown:
        """What the last round took, what the next one would take now, and what waits for its grace time."""
        status = await collect.status(who)
        did, would = status.did, status.would
        return CollectorShown(
            running=status.is_running,
            grace_hours=status.grace / _HOUR,
            asked_by=did.asked_by,
            started_at=did.started_at,
            ended_at=did.ended_at,
            rounds=did.rounds,
            last=_amount(did.last),
            total=_amount(did.total),
            due=_amount(would.due),
            waiting=_amount(would.waiting),
            whole=would.whole,
        )

    @router.post("/gc")
    async def collect_garbage(who: Who, wish: Collection) -> CollectionShown:
        """Run a round now, for 20 seconds at the most; or only say what it would take."""
        grace = None if wish.grace_hours is None else wish.grace_hours * _HOUR
        if wish.dry_run:
            took, left = NOTHING, await collect.plan(who, grace=grace)
        else:
            took, left = await collect.run(who, grace=grace)
        return CollectionShown(
            dry_run=wish.dry_run,
            took=_amount(took),
            due=_amount(left.due),
            waiting=_amount(left.waiting),
            whole=left.whole,
        )

    return router


def _amount(amount: Amount) -> AmountShown:
    return AmountShown(**asdict(amount))
