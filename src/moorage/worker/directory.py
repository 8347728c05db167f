"""Asks the directory again about the people it knows, so that whoever leaves there is out here as well."""

import asyncio
import random

import structlog

from moorage.oci.error import Refusal
from moorage.service.ask_directory import AskDirectory

log = structlog.get_logger("moorage.directory")


async def recheck_forever(ask: AskDirectory) -> None:
    """Rounds at half of the time in which everybody is asked about, or a little sooner: replicas are not to meet."""
    while True:
        await asyncio.sleep(ask.every / 2 * random.uniform(0.8, 1.0))  # noqa: S311 - spreads load, guards nothing
        try:
            asked = await ask.recheck()
            if asked.faults:
                log.warning(
                    "the directory did not tell of everybody", missing=len(asked.faults), reason=asked.faults[0]
                )
            if asked.shut_out:
                log.info("the directory lets people in no more", people=asked.shut_out)
        except Refusal as refusal:
            log.warning("people of the directory cannot be looked after now", reason=refusal.sentence)
        except Exception:
            log.exception("the directory could not be asked again")
