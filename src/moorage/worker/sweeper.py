"""Sweeps leftovers now and then."""

from dataclasses import asdict

import structlog

from moorage.service.keep_house import KeepHouse
from moorage.service.sign_in import SignIn
from moorage.worker.round import APART, Round

log = structlog.get_logger("moorage.sweeper")


def sweeping(house: KeepHouse, sign_in: SignIn, pause: float) -> Round:
    """At once, then each `pause` seconds, give or take."""

    async def sweep() -> None:
        await sign_in.sweep()
        swept = await house.sweep()
        if any(asdict(swept).values()):
            log.info("swept", **asdict(swept))

    return Round(sweep, pause, log, "sweeping", spread=APART, at_once=True)
