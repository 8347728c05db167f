"""Asks the directory again about the people it knows, so that whoever leaves there is out here as well."""

import structlog

from moorage.service.ask_directory import AskDirectory
from moorage.worker.round import Round

log = structlog.get_logger("moorage.directory")


def rechecking(ask: AskDirectory) -> Round:
    """At half of the time in which everybody is asked about, or a little sooner: replicas are not to meet."""

    async def recheck() -> None:
        asked = await ask.recheck()
        if asked.faults:
            log.warning("the directory did not tell of everybody", missing=len(asked.faults), reason=asked.faults[0])
        if asked.shut_out:
            log.info("the directory lets people in no more", people=asked.shut_out)

    return Round(recheck, ask.every / 2, log, "asking the directory", spread=(0.8, 1.0))
