"""Sweeps leftovers now and then, for as long as the program runs."""

import asyncio
import random
from dataclasses import asdict

import structlog

from moorage.oci.error import Refusal
from moorage.service.keep_house import KeepHouse
from moorage.service.sign_in import SignIn

log = structlog.get_logger("moorage.sweeper")


async def sweep_forever(house: KeepHouse, sign_in: SignIn, pause: float) -> None:
    """A round every `pause` seconds, give or take, so that several replicas do not meet."""
    while True:
        try:
            await sign_in.sweep()
            swept = await house.sweep()
            if any(asdict(swept).values()):
                log.info("swept", **asdict(swept))
        except Refusal as refusal:
            log.warning("the sweep has to wait", reason=refusal.sentence)
        except Exception:
            log.exception("the sweep failed")
        await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load, guards nothing
