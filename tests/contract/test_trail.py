"""The trail: what happens too often for a transaction each is counted exactly and written boundedly."""

import json
from collections.abc import Sequence

import pytest

from moorage.adapters.trail import MOST_FAILURES, MOST_ROWS, BufferedTrail
from moorage.ports.records import Records, RecordsUnavailable
from moorage.rules.access import ANONYMOUS, Identity, Kind, Via
from moorage.rules.facts import Event
from tests.support.records import NOW, ensure, project_of

ANN = Identity(Kind.USER, "ann", 1)
VIA = Via("192.0.2.1", "docker/28", "request")


@pytest.fixture
def trail(records: Records) -> BufferedTrail:
    """An empty trail."""
    return BufferedTrail(records, lambda: NOW)


async def told(records: Records) -> Sequence[Event]:
    """The events of the trail."""
    found = await records.read(lambda ledger: ledger.events.page(after=0, limit=9999))
    return [event for _, event in found if not event.kind.endswith(".created")]


def times(event: Event) -> int:
    """How many an event stands for."""
    more = json.loads(event.after) if event.after else {}
    return int(more.get("times", 1))


async def test_pulls_of_one_thing_are_one_event(records: Records, trail: BufferedTrail) -> None:
    """Equal pulls are counted together, others are told apart; nothing is written twice."""
    await records.write(ensure)
    for _ in range(3):
        trail.pulled(ANN, "192.0.2.1", b"docker/28", ("team/app", "1.0"))
    trail.pulled(ANN, "192.0.2.1", b"docker/28", ("team/app", "sha256:abc"))
    trail.pulled(ANONYMOUS, "192.0.2.2", b"", ("team/app", "1.0"))
    await trail.flush()
    await trail.flush()
    events = await told(records)
    assert [(event.actor, event.tag, event.digest, times(event)) for event in events] == [
        ("ann", "1.0", None, 3),
        ("ann", None, "sha256:abc", 1),
        ("", "1.0", None, 1),
    ]
    assert {event.project_id for event in events} == {await records.read(project_of)}
    assert (events[0].address, events[0].agent, events[0].actor_kind) == ("192.0.2.1", "docker/28", "user")


async def test_many_pulls_are_bounded_and_none_is_lost(records: Records, trail: BufferedTrail) -> None:
    """However many different things are pulled in a moment, few rows are written and their sum is right."""
    await records.write(ensure)
    asked = 0
    for repository in range(3 * MOST_ROWS):
        for tag in range(3):
            trail.pulled(ANN, "192.0.2.1", b"docker", (f"team/r{repository}", f"t{tag}"))
            asked += 1
    await trail.flush()
    events = await told(records)
    assert sum(times(event) for event in events) == asked
    assert len(events) <= 2 * MOST_ROWS + 1
    assert {event.project_id for event in events} == {await records.read(project_of)}


async def test_logins_and_refusals(records: Records, trail: BufferedTrail) -> None:
    """Who logged in, and who was refused why, is told with where they came from; long words are cut."""
    trail.login(ANN, VIA)
    trail.failed("x" * 5000, VIA)
    trail.failed("mop_a-secret-in-the-wrong-place", VIA)
    trail.denied(ANN, VIA, reason="y" * 5000, repository="team/app")
    await trail.flush()
    found = {event.kind: event for event in await told(records)}
    login, refused, denied = found["login"], found["login.failed"], found["access.refused"]
    assert (login.kind, login.actor, login.address, login.outcome) == ("login", "ann", "192.0.2.1", "done")
    assert (refused.kind, refused.outcome, refused.actor_kind) == ("login.failed", "refused", "")
    assert len(refused.actor) <= 128
    assert len(denied.after or "") < 600
    assert (denied.actor, denied.actor_kind, denied.repository) == ("ann", "user", "team/app")
    assert not any("secret-in-the-wrong" in event.actor for event in await told(records))


async def test_strangers_blur_nobody(records: Records, trail: BufferedTrail) -> None:
    """However many logins fail, few rows tell of them, and what known people did is told as ever."""
    await records.write(ensure)
    trail.pulled(ANN, "192.0.2.1", b"docker", ("team/app", "1.0"))
    for number in range(3000):
        trail.failed(f"robot$x{number}", Via(f"198.51.100.{number % 200}", "curl"))
    await trail.flush()
    events = await told(records)
    (pull,) = [event for event in events if event.kind == "manifest.pulled"]
    assert (pull.actor, pull.address, pull.repository, pull.tag) == ("ann", "192.0.2.1", "team/app", "1.0")
    failures = [event for event in events if event.kind == "login.failed"]
    assert len(failures) <= MOST_FAILURES
    assert sum(times(event) for event in failures) == 3000


async def test_what_cannot_be_written_now_is_written_later(
    records: Records, trail: BufferedTrail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is away for a while costs no event."""
    await records.write(ensure)

    async def fail(*_asked: object, **_more: object) -> None:
        raise RecordsUnavailable

    trail.pulled(ANN, "192.0.2.1", b"docker", ("team/app", "1.0"))
    with monkeypatch.context() as away:
        away.setattr(records, "write", fail)
        await trail.flush()
    assert await told(records) == []
    trail.pulled(ANN, "192.0.2.1", b"docker", ("team/app", "1.0"))
    await trail.flush()
    (event,) = await told(records)
    assert times(event) == 2


async def test_last_use(records: Records, trail: BufferedTrail) -> None:
    """When somebody was last seen is noted."""
    account = await records.write(
        lambda ledger: ledger.accounts.create("ann", "hash", administrator=False, now=NOW - 9)
    )
    assert account is not None
    trail.used(Identity(Kind.USER, "ann", account.id), VIA)
    trail.used(ANONYMOUS, VIA)
    await trail.flush()
    seen = await records.read(lambda ledger: ledger.accounts.find("ann"))
    assert seen is not None
    assert seen.seen_at == NOW
