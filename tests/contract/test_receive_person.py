"""People whom a source vouches for come in, on real records: accounts, groups, flags, and who is kept out."""

import pytest

from moorage.oci.error import Code, Refusal
from moorage.ports.records import Ledger, Records
from moorage.rules.access import Via
from moorage.rules.facts import Account, Source
from moorage.rules.listing import Listing
from moorage.rules.sign_on import Admission, Vouched
from moorage.service.receive_person import ReceivePerson, Standing
from tests.support.records import NOW

VIA = Via("192.0.2.9", "a browser", "request-9")
ANYBODY = Admission(fresh_seconds=60)


def _vouched(*groups: str, subject: str = "sub-1", name: str = "ada") -> Vouched:
    return Vouched(Source.OIDC, subject, name, frozenset(groups))


@pytest.fixture
def receive(records: Records) -> ReceivePerson:
    """On a clock that stands."""
    return ReceivePerson(records, lambda: NOW)


async def _make_groups(records: Records, *names: str) -> None:
    def make(ledger: Ledger) -> None:
        for name in names:
            ledger.groups.create(name, now=NOW)

    await records.write(make)


async def _people(records: Records, group: str) -> list[str]:
    def ask(ledger: Ledger) -> list[str]:
        found = ledger.groups.find(group)
        assert found is not None
        return [person.name for person in ledger.groups.people(found.id, Listing(9))]

    return await records.read(ask)


async def _told(records: Records) -> list[tuple[str, str, str]]:
    found = await records.read(lambda ledger: ledger.events.page(after=0, limit=99))
    return [(event.kind, event.object, event.actor) for _, event in found]


async def test_the_first_time_makes_an_account(records: Records, receive: ReceivePerson) -> None:
    """With the name that the source says; the second time it is the same, whatever it is called by then."""
    made = await receive(_vouched(), ANYBODY, VIA)
    assert (made.name, made.source, made.vouched_until) == ("ada", Source.OIDC, NOW + 60)
    assert (made.administrator, made.auditor, made.password_hash) == (False, False, "")
    again = await receive(_vouched(name="lovelace"), ANYBODY, VIA)
    assert again == made
    assert await _told(records) == [("user.created", "user:ada", "ada")]


async def test_nobody_takes_over_an_account(records: Records, receive: ReceivePerson) -> None:
    """Neither one of our own, nor another's of the same source."""
    await records.write(lambda ledger: ledger.accounts.create("admin", "hash", administrator=True, now=NOW))
    await receive(_vouched(), ANYBODY, VIA)
    for name in ("admin", "Admin", "ada"):
        with pytest.raises(Refusal, match="already") as refused:
            await receive(_vouched(subject="another", name=name), ANYBODY, VIA)
        assert refused.value.code is Code.CONFLICT
    assert await records.read(lambda ledger: ledger.accounts.vouched(Source.OIDC, "another")) is None
    assert await records.read(lambda ledger: ledger.accounts.vouched(Source.LDAP, "sub-1")) is None


async def test_groups_are_followed(records: Records, receive: ReceivePerson) -> None:
    """Those that there are; whom a person let in stays; what changed nothing tells nothing."""
    await _make_groups(records, "crew", "ops", "own")
    ada = await receive(_vouched("crew", "unknown"), ANYBODY, VIA)

    def let_in(ledger: Ledger) -> None:
        own = ledger.groups.find("own")
        assert own is not None
        ledger.groups.join(own.id, ada.id)

    await records.write(let_in)
    await receive(_vouched("crew"), ANYBODY, VIA)
    assert [await _people(records, group) for group in ("crew", "ops", "own")] == [["ada"], [], ["ada"]]
    await receive(_vouched("ops"), ANYBODY, VIA)
    assert [await _people(records, group) for group in ("crew", "ops", "own")] == [[], ["ada"], ["ada"]]
    assert await _told(records) == [
        ("user.created", "user:ada", "ada"),
        ("group.joined", "group:crew", "ada"),
        ("group.joined", "group:ops", "ada"),
        ("group.left", "group:crew", "ada"),
    ]


async def test_whom_a_person_lets_in_stays(records: Records, receive: ReceivePerson) -> None:
    """Also if the source had let them in before."""
    await _make_groups(records, "crew")
    ada = await receive(_vouched("crew"), ANYBODY, VIA)

    def let_in(ledger: Ledger) -> bool:
        crew = ledger.groups.find("crew")
        assert crew is not None
        return ledger.groups.join(crew.id, ada.id)

    assert await records.write(let_in)
    assert not await records.write(let_in)
    await receive(_vouched(), ANYBODY, VIA)
    assert await _people(records, "crew") == ["ada"]


async def test_flags_are_followed(records: Records, receive: ReceivePerson) -> None:
    """Both ways, and what was issued before ends."""
    admission = Admission(60, admin_group="admins")
    made = await receive(_vouched("admins"), admission, VIA)
    assert made.administrator
    alone = await receive(_vouched(), admission, VIA)
    assert alone.administrator  # the last one stays one
    await records.write(lambda ledger: ledger.accounts.create("admin", "hash", administrator=True, now=NOW))
    again = await receive(_vouched("admins"), admission, VIA)
    assert again.epoch == made.epoch
    demoted = await receive(_vouched(), admission, VIA)
    assert not demoted.administrator
    assert demoted.epoch > made.epoch
    assert [told[0] for told in await _told(records)] == ["user.created", "user.updated", "user.updated"]


async def test_who_is_no_longer_let_in_is_out(records: Records, receive: ReceivePerson) -> None:
    """At once, and with all that was issued; whoever never came leaves nothing behind."""
    some = Admission(60, allowed_groups=frozenset({"crew"}))
    with pytest.raises(Refusal, match="none of your groups"):
        await receive(_vouched(), some, VIA)
    assert not await records.read(lambda ledger: ledger.accounts.any())
    made = await receive(_vouched("crew"), some, VIA)
    for _ in range(2):
        with pytest.raises(Refusal, match="none of your groups"):
            await receive(_vouched(), some, VIA)
    out = await records.read(lambda ledger: ledger.accounts.get(made.id))
    assert out is not None
    assert out.vouched_until == NOW
    assert out.epoch == made.epoch + 1
    assert [told[0] for told in await _told(records)] == ["user.created", "user.shut_out"]
    back = await receive(_vouched("crew"), some, VIA)
    assert back.vouched_until == NOW + 60


async def test_the_disabled_stay_out(records: Records, receive: ReceivePerson) -> None:
    """Whatever a source says."""
    made: Account = await receive(_vouched(), ANYBODY, VIA)
    await records.write(
        lambda ledger: ledger.accounts.update(made.id, administrator=False, auditor=False, disabled=True)
    )
    with pytest.raises(Refusal, match="disabled"):
        await receive(_vouched(), ANYBODY, VIA)


async def test_asked_about_again(records: Records, receive: ReceivePerson) -> None:
    """What the source says is followed though nobody came; told as done by the registry, which makes nobody."""
    await _make_groups(records, "crew")
    admission = Admission(60, allowed_groups=frozenset({"crew", "ops"}), admin_group="ops")
    held = await receive(_vouched("crew"), admission, VIA)
    assert await receive.again(Source.OIDC, "sub-1", _vouched("ops"), admission) is Standing.HELD
    account = await records.read(lambda ledger: ledger.accounts.get(held.id))
    assert account is not None
    assert account.administrator
    assert await _people(records, "crew") == []
    assert (await _told(records))[-2:] == [("user.updated", "user:ada", ""), ("group.left", "group:crew", "")]
    assert await receive.again(Source.OIDC, "sub-2", _vouched("ops", subject="sub-2"), admission) is Standing.KEPT_OUT
    assert await records.read(lambda ledger: ledger.accounts.vouched(Source.OIDC, "sub-2")) is None


@pytest.mark.parametrize("now", ["gone", "of no allowed group"])
async def test_not_there_any_more(records: Records, receive: ReceivePerson, now: str) -> None:
    """They are out, once, with all that was issued; and in again when the source says so."""
    some = Admission(60, allowed_groups=frozenset({"crew"}))
    made = await receive(_vouched("crew"), some, VIA)
    said = None if now == "gone" else _vouched("ops")
    assert await receive.again(Source.OIDC, "sub-1", said, some) is Standing.SHUT_OUT
    assert await receive.again(Source.OIDC, "sub-1", said, some) is Standing.KEPT_OUT
    out = await records.read(lambda ledger: ledger.accounts.get(made.id))
    assert out is not None
    assert (out.vouched_until, out.epoch) == (NOW, made.epoch + 1)
    assert (await _told(records))[-1] == ("user.shut_out", "user:ada", "")
    assert await receive.again(Source.OIDC, "sub-1", _vouched("crew"), some) is Standing.HELD
    back = await records.read(lambda ledger: ledger.accounts.get(made.id))
    assert back is not None
    assert back.vouched_until == NOW + 60


async def test_the_disabled_are_not_asked_in(records: Records, receive: ReceivePerson) -> None:
    """Asking again lets nobody in whom people keep out."""
    made = await receive(_vouched(), ANYBODY, VIA)
    await records.write(
        lambda ledger: ledger.accounts.update(made.id, administrator=False, auditor=False, disabled=True)
    )
    assert await receive.again(Source.OIDC, "sub-1", _vouched(), ANYBODY) is Standing.KEPT_OUT


async def test_foreseen(records: Records, receive: ReceivePerson) -> None:
    """What somebody would be is told as it would come, and changes nothing."""
    await _make_groups(records, "crew")
    some = Admission(60, allowed_groups=frozenset({"crew"}), admin_group="crew")
    seen = await receive.foresee(_vouched("crew", "unknown", name="Ada"), some)
    assert (seen.name, seen.refusal, seen.administrator, seen.auditor, seen.groups) == (
        "ada",
        None,
        True,
        False,
        ("crew",),
    )
    assert "none of your groups" in str((await receive.foresee(_vouched(), some)).refusal)
    assert "no user name" in str((await receive.foresee(_vouched("crew", name="..."), some)).refusal)
    await records.write(lambda ledger: ledger.accounts.create("ada", "hash", administrator=True, now=NOW))
    assert "already" in str((await receive.foresee(_vouched("crew"), some)).refusal)
    assert await _told(records) == []
