"""Events reach receivers: once for each webhook, in order for each repository, whatever a receiver does."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from moorage.adapters import egress
from moorage.adapters.egress import GuardedEgress
from moorage.adapters.sealing import KeySealing
from moorage.adapters.secrets import RandomSecrets
from moorage.adapters.sql.deliveries import SqlDeliveries
from moorage.oci.digest import Digest
from moorage.oci.error import Refusal
from moorage.ports.records import Ledger, Records
from moorage.rules import identities, signatures
from moorage.rules.access import ANONYMOUS, Identity
from moorage.rules.deliveries import KEPT, LASTS, MOST_WAITING, PATIENCE, Delivery, State
from moorage.rules.pattern import Pattern
from moorage.rules.telling import told
from moorage.rules.webhooks import STREAM, Form, Webhook
from moorage.service import deliver_events, dispatch_events
from moorage.service.deliver_events import DeliverEvents
from moorage.service.dispatch_events import DispatchEvents
from moorage.service.manage_deliveries import ManageDeliveries
from moorage.service.manage_webhooks import ManageWebhooks, Wanted
from tests.support.receiver import Receiver, answer, endless, garbage, kinds, lying
from tests.support.records import APP, NOW, SOMEBODY, ensure, manifest, put

SECRET = "a secret of ours"


def _admin(ledger: Ledger) -> Identity:
    account = ledger.accounts.create("admin", "x", administrator=True, now=NOW)
    assert account is not None
    return identities.of_account(account)


@dataclass
class House:
    """Everything between an event and its receiver, with a clock that is set by hand."""

    records: Records
    receiver: Receiver
    now: float = NOW
    admin: Identity = ANONYMOUS
    way: GuardedEgress = field(default_factory=lambda: GuardedEgress(["127.0.0.1"]))

    def __post_init__(self) -> None:
        sealing = KeySealing(b"k" * 32)
        self.manage = ManageWebhooks(self.records, sealing, RandomSecrets(), self.clock)
        self.sent = ManageDeliveries(self.records, RandomSecrets(), self.clock, "https://registry.example.com")
        self.dispatch = self.dispatcher("one")
        self.deliver = DeliverEvents(self.records, self.way, sealing, self.clock, lambda: 0.5)

    def clock(self) -> float:
        """The time on it."""
        return self.now

    def dispatcher(self, holder: str) -> DispatchEvents:
        """A process that looks at events."""
        return DispatchEvents(self.records, self.clock, holder, "https://registry.example.com")

    async def hook(self, path: str = "/", **more: Any) -> Webhook:  # noqa: ANN401 - fields of it
        """A webhook of the project that leads to the receiver."""
        await self.records.write(ensure)
        if self.admin is ANONYMOUS:
            self.admin = await self.records.write(_admin)
        wanted = Wanted(**{"url": f"{self.receiver.url}{path}", "events": ("*",), "secret": SECRET, **more})
        made, _ = await self.manage.create(self.admin, "team", wanted)
        return made

    async def happen(self, *tags: str, repository: str = APP.text) -> None:
        """A push for each of these."""
        place = await self.records.read(lambda ledger: ledger.repositories.place(APP))

        def story(ledger: Ledger) -> None:
            for tag in tags:
                pushed = told("manifest.pushed", SOMEBODY, self.now, place=place._replace(name=repository), tag=tag)
                ledger.events.record(pushed)

        await self.records.write(story)

    async def round(self) -> None:
        """Look once, and send all that is due at once; what becomes due by it is not."""
        await self.dispatch()
        await asyncio.gather(*(self.deliver.send(claimed) for claimed in await self.deliver.claim(())))

    async def all(self) -> None:
        """Rounds until nothing is due."""
        await self.dispatch()
        while claimed := await self.deliver.claim(()):
            await asyncio.gather(*(self.deliver.send(one) for one in claimed))

    async def log(self, hook: Webhook) -> list[Delivery]:
        """The webhook's deliveries, the oldest first."""
        found = await self.sent.page(self.admin, "team", hook.id, state=None, before=None, size=100)
        return list(reversed(found.items))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def house(records: Records, receiver: Receiver) -> House:
    """All of it."""
    return House(records, receiver)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A way out with less patience, so that tests need less too."""
    monkeypatch.setattr(egress, "SECONDS", 0.5)
    monkeypatch.setattr(egress, "_LINGER", 0.2)


async def test_an_event_arrives_once(house: House, receiver: Receiver) -> None:
    """Signed, by its secret alone, at each webhook that wants it; nothing of before the webhook was made."""
    await house.records.write(ensure)
    await house.happen("before")
    hook, _ = await house.hook(), await house.hook("/other", tags=(Pattern("1.*"),))
    await house.happen("1.0", "dev")
    await house.all()
    await house.all()
    assert [got.told["data"]["tag"] for got in receiver.of("/")] == ["1.0", "dev"]
    assert [got.told["data"]["tag"] for got in receiver.of("/other")] == ["1.0"]
    got = receiver.of("/")[0]
    assert got.headers["content-type"].startswith("application/cloudevents+json")
    name, at = got.headers["webhook-id"], int(got.headers["webhook-timestamp"])
    assert got.headers["webhook-signature"] == signatures.signed([SECRET], name, at, got.body)
    assert name == f"msg_{hook.id}_{got.told['id']}"
    assert SECRET.encode() not in b"".join([got.body, *map(str.encode, got.headers.values())])
    assert [one.state for one in await house.log(hook)] == [State.DELIVERED] * 2


@pytest.mark.parametrize("form", list(Form))
async def test_forms(house: House, receiver: Receiver, form: Form) -> None:
    """Each with its content type; Docker's knows what was pushed."""
    await house.hook(form=form)
    made = manifest()

    def story(ledger: Ledger) -> None:
        repository_id = ensure(ledger)
        put(ledger, repository_id, made, "1.0")
        place = ledger.repositories.place(APP)
        digest = str(Digest.of(made.content))
        ledger.events.record(told("manifest.pushed", SOMEBODY, NOW, place=place, tag="1.0", digest=digest))

    await house.records.write(story)
    await house.all()
    (got,) = receiver.got
    match form:
        case Form.CLOUDEVENTS:
            assert got.told["subject"] == "team/app:1.0"
        case Form.DOCKER:
            assert got.headers["content-type"] == "application/vnd.docker.distribution.events.v1+json"
            target = got.told["events"][0]["target"]
            assert (target["mediaType"], target["size"]) == (made.media_type, len(made.content))
        case Form.SLACK:
            assert got.told["text"].startswith("somebody pushed team/app:1.0 (sha256:")


async def test_a_failure_holds_up_its_repository_alone(house: House, receiver: Receiver) -> None:
    """Later deliveries of the same webhook and repository wait; other repositories and webhooks do not."""
    await house.hook()
    await house.hook("/other")
    receiver.behaviours["/"] = lambda handler, got: answer(500 if got.told["subject"].startswith("team/app") else 204)(
        handler, got
    )
    await house.happen("1", "2")
    await house.happen("3", repository="team/web")
    await house.all()
    assert {got.told["subject"] for got in receiver.of("/")} == {"team/app:1", "team/web:3"}
    assert len(receiver.of("/")) == 2
    assert [got.told["subject"] for got in receiver.of("/other")].count("team/app:2") == 1
    del receiver.behaviours["/"]
    house.now += 11
    await house.all()
    assert [got.told["subject"] for got in receiver.of("/")][2:] == ["team/app:1", "team/app:2"]
    first, again = [got for got in receiver.of("/") if got.told["subject"] == "team/app:1"]
    assert first.body == again.body
    assert first.headers["webhook-id"] == again.headers["webhook-id"]


async def test_a_dead_letter(house: House, receiver: Receiver) -> None:
    """After a day it is given up, those behind it go on, and it can be sent again: under the same name, once more."""
    hook = await house.hook()
    receiver.behaviours["/"] = answer(503, b"not \x1b[1mnow")
    await house.happen("1")
    await house.all()
    while (await house.log(hook))[0].state is State.WAITING:
        house.now = (await house.log(hook))[0].due_at or 0.0
        await house.all()
    assert house.now == NOW + LASTS
    (dead,) = await house.log(hook)
    assert (dead.state, dead.status, dead.answer, dead.due_at) == (State.DEAD, 503, "not  [1mnow", None)
    assert dead.reason.startswith("the receiver answered with a status")
    await house.all()
    tries = len(receiver.got)
    assert tries == dead.attempts
    with pytest.raises(Refusal, match="no delivery 99"):
        await house.sent.redeliver(house.admin, "team", hook.id, 99)
    del receiver.behaviours["/"]
    await house.sent.redeliver(house.admin, "team", hook.id, dead.id)
    with pytest.raises(Refusal, match="has not ended"):
        await house.sent.redeliver(house.admin, "team", hook.id, dead.id)
    await house.happen("2")
    await house.all()
    again, other = sorted(receiver.got[tries:], key=lambda got: got.told["subject"])  # neither waits for the other
    assert (again.body, other.told["subject"]) == (receiver.got[0].body, "team/app:2")
    assert again.headers["webhook-id"] == receiver.got[0].headers["webhook-id"]
    assert [one.state for one in await house.log(hook)] == [State.DELIVERED] * 2


async def test_a_line_is_empty_after_a_day(house: House, receiver: Receiver) -> None:
    """What stood behind a dead letter for a day is tried once each, not for a day each."""
    hook = await house.hook()
    receiver.behaviours["/"] = answer(500)
    await house.happen(*map(str, range(5)))
    await house.all()
    house.now += LASTS
    await house.all()
    log = await house.log(hook)
    assert [one.state for one in log] == [State.DEAD] * 5
    assert [one.attempts for one in log] == [2, 1, 1, 1, 1]


async def test_days_without_an_answer_disable(house: House, receiver: Receiver) -> None:
    """Which the audit tells, without the address's secrets; what waits is given up, and enabling begins anew."""
    hook = await house.hook("/hook?key=hidden")
    receiver.behaviours["/hook?key=hidden"] = answer(500)
    await house.happen("1")
    await house.all()
    house.now += PATIENCE
    await house.happen("2", "3")
    await house.all()
    seen = await house.manage.find(house.admin, "team", hook.id)
    assert seen.hook.disabled
    assert {one.state for one in await house.log(hook)} == {State.DEAD}
    events = await house.records.read(lambda ledger: ledger.events.page(after=0, limit=1000))
    (event,) = [event for _, event in events if event.kind == "webhook.disabled"]
    assert (event.actor_kind, event.object, event.repository) == ("machine", f"webhook:{hook.id}", "team")
    assert "hidden" not in repr(events)
    await house.happen("4")
    await house.all()
    enabled = await house.manage.update(house.admin, "team", hook.id, {"disabled": False})
    assert enabled.failing_since is None
    del receiver.behaviours["/hook?key=hidden"]
    tries = len(receiver.got)
    await house.happen("5")
    await house.all()
    assert [got.told["subject"] for got in receiver.got[tries:]] == ["team/app:5"]


async def test_a_success_ends_the_count_of_days(house: House, receiver: Receiver) -> None:
    """Whoever answers now and then is not given up."""
    hook = await house.hook()
    receiver.behaviours["/"] = answer(500)
    await house.happen("1")
    await house.all()
    del receiver.behaviours["/"]
    house.now += PATIENCE
    await house.all()
    assert (await house.manage.find(house.admin, "team", hook.id)).hook.failing_since is None


async def test_both_secrets_sign_while_one_is_rotated(house: House, receiver: Receiver) -> None:
    """For the overlap; afterwards the new one alone."""
    hook = await house.hook()
    _, new = await house.manage.rotate(house.admin, "team", hook.id, secret=None, overlap=60.0)
    for later, secrets in ((30.0, [new, SECRET]), (90.0, [new])):
        house.now = NOW + later
        await house.happen("1")
        await house.all()
        got = receiver.got[-1]
        name, at = got.headers["webhook-id"], int(got.headers["webhook-timestamp"])
        assert got.headers["webhook-signature"] == signatures.signed(secrets, name, at, got.body)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("behaviour", "state", "reason"),
    [
        (endless, State.DELIVERED, ""),
        (lying, State.DELIVERED, ""),
        (garbage, State.WAITING, "no answer of HTTP"),
        (answer(302, Location="http://169.254.169.254/latest/meta-data"), State.WAITING, "never followed"),
        (answer(307, Location="/elsewhere"), State.WAITING, "never followed"),
        (answer(404), State.WAITING, "not 2xx"),
        (None, State.WAITING, "in time"),
    ],
    ids=["endless", "lying", "garbage", "to the metadata", "elsewhere", "refusing", "silent"],
)
async def test_receivers(house: House, receiver: Receiver, behaviour: Any, state: State, reason: str) -> None:  # noqa: ANN401
    """The status alone counts, within its time; no redirect is followed, and little of an answer is kept."""
    hook = await house.hook()
    receiver.behaviours["/"] = behaviour or receiver.silent
    await house.happen("1")
    begun = time.monotonic()
    await house.all()
    assert time.monotonic() - begun < 3
    (one,) = await house.log(hook)
    assert one.state is state
    assert reason in one.reason
    assert len(one.answer) <= 512
    assert len(receiver.got) == 1


async def test_a_slow_receiver_holds_up_nobody(house: House, receiver: Receiver) -> None:
    """It has two under way at most, and what goes to others has arrived before it answers."""
    await house.hook("/slow")
    await house.hook("/fast")
    receiver.behaviours["/slow"] = receiver.silent
    for number in range(20):
        await house.happen("1", repository=f"team/r{number}")
    await house.dispatch()
    running = list(await house.deliver.claim(()))
    slow = [one for one in running if one.hook.url.endswith("/slow")]
    assert len(slow) == 2
    tasks = [asyncio.create_task(house.deliver.send(one)) for one in slow]
    for one in running:
        if one not in slow:
            await house.deliver.send(one)
    while more := await house.deliver.claim([one.due for one in slow]):
        for one in more:
            await house.deliver.send(one)
    assert len(receiver.of("/fast")) == 20
    assert not any(task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[::ffff:169.254.169.254]",
    ],
)
async def test_inside_is_closed(records: Records, receiver: Receiver, host: str) -> None:
    """However an address of the inside is spelt, nothing is sent there, and owners are not told why."""
    house = House(records, receiver, way=GuardedEgress())
    port = receiver.url.rpartition(":")[2]
    hook = await house.hook(url=f"https://{host}:{port}/")
    await house.happen("1")
    await house.all()
    (one,) = await house.log(hook)
    assert receiver.got == []
    assert one.state is State.WAITING
    assert one.status is None
    assert one.reason.startswith("this registry may not go there")


async def test_a_name_that_changes_its_meaning(
    records: Records, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked up once for an attempt, and the connection goes where it was judged to go: no rebinding."""
    house = House(records, receiver, way=GuardedEgress())
    hook = await house.hook(url=f"https://rebind.example.com:{receiver.url.rpartition(':')[2]}/")
    asked = []

    async def lookup(_loop: object, host: str, port: int, **_more: object) -> list[Any]:
        asked.append(host)
        address = "192.0.2.1" if len(asked) == 1 else "127.0.0.1"
        return [(2, 1, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", lookup)
    await house.happen("1")
    await house.all()
    house.now += 11
    await house.all()
    assert receiver.got == []
    assert asked == ["rebind.example.com"] * 2
    (one,) = await house.log(hook)
    assert one.reason.startswith("this registry may not go there")


async def test_one_process_looks_at_events(house: House) -> None:
    """While one holds the stream another does nothing; when it is gone the other goes on where it was."""
    hook = await house.hook()
    await house.happen("1")
    assert await house.dispatch() == 1
    other = house.dispatcher("two")
    await house.happen("2")
    assert await other() == 0
    house.now += dispatch_events.CLAIM + 1
    assert await other() == 1
    assert await house.dispatch() == 0
    assert [one.kind for one in await house.log(hook)] == ["manifest.pushed"] * 2


async def test_two_at_once_make_no_delivery_twice(house: House, receiver: Receiver) -> None:
    """Several processes look and send at once: each event arrives once."""
    await house.hook()
    await house.happen(*map(str, range(120)))
    others = [house.dispatcher(name) for name in "abc"]
    await asyncio.gather(house.dispatch(), *(other() for other in others))
    await asyncio.gather(*(house.all() for _ in range(3)))
    assert [got.told["subject"] for got in receiver.got] == [f"team/app:{number}" for number in range(120)]


async def test_who_is_gone_has_lost_nothing(house: House, receiver: Receiver) -> None:
    """An attempt that was never told of is made again when its claim is over, and not before."""
    await house.hook()
    await house.happen("1")
    await house.dispatch()
    (lost,) = await house.deliver.claim(())
    assert await house.deliver.claim(()) == ()
    house.now += deliver_events.CLAIM - 1
    assert await house.deliver.claim(()) == ()
    house.now += 2
    (again,) = await house.deliver.claim(())
    await house.deliver.send(again)
    assert again.delivery.message == lost.delivery.message
    receiver.behaviours["/"] = answer(500)
    await house.deliver.send(lost)  # whoever comes back late changes nothing
    (one,) = await house.log(again.hook)
    assert (one.state, one.attempts) == (State.DELIVERED, 2)


async def test_nothing_is_written_while_nothing_happens(records: Records, house: House) -> None:
    """Not without a webhook, not with one, and not with a disabled one while much happens."""
    await house.records.write(ensure)
    await house.happen("1")
    await house.round()
    assert await records.read(lambda ledger: ledger.events.stream(STREAM)) is None
    hook = await house.hook(disabled=True)
    await house.happen("2")
    before = await records.read(lambda ledger: ledger.events.stream(STREAM))
    await house.round()
    assert await records.read(lambda ledger: ledger.events.stream(STREAM)) == before
    assert await house.log(hook) == []


async def test_too_many_wait(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too much for a webhook is a dead letter at once, which says why."""
    monkeypatch.setattr(dispatch_events, "MOST_WAITING", 3)
    hook = await house.hook()
    await house.happen(*"12345")
    await house.dispatch()
    log = await house.log(hook)
    assert [one.state for one in log] == [State.WAITING] * 3 + [State.DEAD] * 2
    assert str(MOST_WAITING) in log[-1].reason


async def test_steps_are_short(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a transaction nothing is counted of what waits, and no more is made than is enough; all is sent."""
    monkeypatch.setattr(dispatch_events, "ENOUGH", 4)
    hooks = [await house.hook(f"/{number}") for number in range(3)]
    steps, write = list[int](), house.records.write

    async def watched(story: Callable[[Ledger], int], **more: Any) -> int:  # noqa: ANN401 - as it is given on
        def within(ledger: Ledger) -> int:
            with monkeypatch.context() as patched:
                patched.setattr(SqlDeliveries, "count", None)
                return story(ledger)

        steps.append(await write(within, **more))
        return steps[-1]

    for tags in ("12", "34567"):  # the second time something waits already
        await house.happen(*tags)
        with monkeypatch.context() as patched:
            patched.setattr(house.records, "write", watched)
            assert await house.dispatch() == 3 * len(tags)
    assert steps == [6, 6, 6, 3]
    for hook in hooks:
        assert [json.loads(one.body)["data"]["tag"] for one in await house.log(hook)] == list("1234567")


async def test_the_log_is_forgotten(house: House, records: Records) -> None:
    """What ended long ago, and the oldest of what is too much; never what waits."""
    hook = await house.hook()
    await house.happen(*"12")
    await house.all()
    house.now += KEPT + 1
    await house.happen(*"345")
    await house.all()
    await house.happen("6")
    await house.dispatch()
    assert await house.deliver.forget() == 2
    assert len(await house.log(hook)) == 4
    assert await records.write(lambda ledger: ledger.deliveries.trim(most=2, limit=10)) == 2
    assert [one.state for one in await house.log(hook)] == [State.DELIVERED, State.WAITING]


async def test_a_project_takes_its_webhooks_with_it(house: House, records: Records) -> None:
    """With what waits; events of a project of the same name later are not sent there."""
    hook = await house.hook()
    await house.happen("1")
    await house.dispatch()

    def story(ledger: Ledger) -> None:
        place = ledger.repositories.place(APP)
        assert place.repository_id is not None
        assert place.project_id is not None
        ledger.repositories.delete(place.repository_id, by="admin", now=NOW, keep=False)
        assert ledger.projects.delete(place.project_id)

    await records.write(story)
    assert await house.deliver.claim(()) == ()
    assert await records.read(lambda ledger: ledger.webhooks.get(hook.id)) is None


async def test_a_deleted_webhook_is_sent_nothing_more(house: House, receiver: Receiver) -> None:
    """What was under way ends without a word."""
    hook = await house.hook()
    await house.happen("1")
    await house.dispatch()
    (claimed,) = await house.deliver.claim(())
    await house.manage.delete(house.admin, "team", hook.id)
    await house.deliver.send(claimed)
    await house.happen("2")
    await house.all()
    assert list(kinds(receiver.got)) == ["manifest.pushed"]


async def test_a_secret_that_cannot_be_opened(house: House, receiver: Receiver) -> None:
    """Is told in the log; nothing goes out unsigned."""
    hook = await house.hook()
    await house.records.write(lambda ledger: ledger.webhooks.update(replace(hook, sealed="1:broken")))
    await house.happen("1")
    await house.all()
    (one,) = await house.log(hook)
    assert "rotate it" in one.reason
    assert receiver.got == []
