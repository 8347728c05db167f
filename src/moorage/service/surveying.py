"""What there is of garbage, counted and judged as a round would, with nothing changed."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from moorage.ports.records import Ledger, Records
from moorage.rules.garbage import (
    NOTHING,
    Amount,
    BlobInDoubt,
    Held,
    LinkInDoubt,
    Position,
    Survey,
    Verdict,
    judge_blob,
    judge_link,
)

_STEP = 500
MOST = 20_000
"""Links, and blobs, that are looked at."""
_EVER = float("inf")
_Doubt = TypeVar("_Doubt", LinkInDoubt, BlobInDoubt)


async def survey(records: Records, *, before: float) -> Survey:
    """What goes that is in doubt since then, and what waits. Beside the requests of all others, page by page."""
    due = waiting = NOTHING
    seen: set[int] = set()
    whole = True
    for judge in (partial(_links, seen), _blobs):
        after: Position | None = None
        looked = 0
        while looked < MOST:
            found_due, found_waiting, after = await records.read_aside(partial(judge, before=before, after=after))
            due, waiting = due + found_due, waiting + found_waiting
            looked += _STEP
            if after is None:
                break
        whole = whole and after is None
    return Survey(due, waiting, whole)


def _links(
    seen: set[int], ledger: Ledger, before: float, after: Position | None
) -> tuple[Amount, Amount, Position | None]:
    """Links, with the blobs that nobody else keeps: each of these is counted once."""
    found = ledger.garbage.links(after=after, before=_EVER, limit=_STEP)

    def freed(link: LinkInDoubt) -> Held:
        if link.blob_id in seen:
            return Held.NEEDED
        seen.add(link.blob_id)
        return ledger.garbage.held(link.blob_id, before=before)

    due = waiting = NOTHING
    for link in found:
        verdict = judge_link(link, before=before)
        if verdict is Verdict.KEEP:
            continue
        held = freed(link)
        blob = NOTHING if held is Held.NEEDED else Amount(blobs=1, bytes=link.size)
        goes = verdict is Verdict.GO
        due += (Amount(links=1) if goes else NOTHING) + (blob if held is Held.FREE else NOTHING)
        waiting += (NOTHING if goes else Amount(links=1)) + (blob if held is Held.AWAITED else NOTHING)
    return due, waiting, _end(found)


def _blobs(ledger: Ledger, before: float, after: Position | None) -> tuple[Amount, Amount, Position | None]:
    found = ledger.garbage.blobs(after=after, before=_EVER, limit=_STEP)
    return (
        _sum(found, lambda blob: judge_blob(blob, before=before) is Verdict.GO),
        _sum(found, lambda blob: judge_blob(blob, before=before) is Verdict.WAIT),
        _end(found),
    )


def _sum(found: Iterable[BlobInDoubt], fits: Callable[[BlobInDoubt], bool]) -> Amount:
    sizes = [blob.size for blob in found if fits(blob)]
    return Amount(blobs=len(sizes), bytes=sum(sizes))


def _end(found: Sequence[_Doubt]) -> Position | None:
    return found[-1].position if len(found) == _STEP else None
