"""Previews of retention on real records: one after another, beside everybody else, and no more than can wait."""

import asyncio
import threading

import pytest

from moorage.oci.error import Code
from moorage.ports.records import Ledger, Records
from moorage.rules.retention import Effect, Rule
from moorage.service.foreseeing import plan_next
from moorage.service.plan_retention import MOST_WAITING, PlanRetention, Preview
from tests.support.records import ADMIN, APP, NOW, ensure, manifest, put
from tests.support.refused import refused

PATIENCE = 30


async def test_too_many_at_once(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one is planned others wait, and nobody else; whoever is one too many is told to come again."""
    await records.write(lambda ledger: put(ledger, ensure(ledger), manifest(), "1.0"))
    go, at_work, original = threading.Event(), list[int](), plan_next

    def slowly(*given: object, **more: object) -> object:
        at_work.append(1)
        assert len(at_work) == 1
        assert go.wait(PATIENCE)
        at_work.pop()
        return original(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("moorage.service.plan_retention.plan_next", slowly)
    plan = PlanRetention(records, lambda: NOW)

    async def preview() -> Preview:
        return await plan.preview(ADMIN, APP.project, (Rule(Effect.DELETE),), after="", most=9)

    waiting = [asyncio.create_task(preview()) for _ in range(MOST_WAITING)]
    try:
        for _ in range(2 * MOST_WAITING):
            await asyncio.sleep(0)
        assert plan.turns.taken == MOST_WAITING
        with refused(Code.TOOMANYREQUESTS, "ask again in a minute"):
            await preview()

        def look(ledger: Ledger) -> bool:
            return ledger.repositories.place(APP).exists

        assert await asyncio.wait_for(records.read_aside(look), PATIENCE)
    finally:
        go.set()
    assert {found.summary.delete_images for found in await asyncio.gather(*waiting)} == {1}
    assert (await preview()).summary.images == 1
    assert plan.turns.taken == 0
