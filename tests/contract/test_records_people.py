"""Accounts and events, as `ports.records` promises them."""

from moorage.ports.records import Ledger, Records
from moorage.rules.facts import Account, Event
from tests.support.records import NOW


async def test_accounts(records: Records) -> None:
    """An account is made once per name, and names are told apart by byte."""
    assert not await records.read(lambda ledger: ledger.accounts.any())
    made = await records.write(lambda ledger: ledger.accounts.create("admin", "hash", administrator=True, now=NOW))
    assert made is not None
    assert made == Account(
        made.id, "admin", "hash", administrator=True, disabled=False, epoch=made.epoch, created_at=NOW
    )
    assert await records.read(lambda ledger: ledger.accounts.any())
    again = await records.write(lambda ledger: ledger.accounts.create("admin", "other", administrator=False, now=NOW))
    assert again is None
    assert await records.read(lambda ledger: ledger.accounts.find("admin")) == made
    others = ("Admin", "admin ", "", "ädmin")
    assert await records.read(lambda ledger: [ledger.accounts.find(name) for name in others]) == [None] * 4
    person = await records.write(lambda ledger: ledger.accounts.create("Admin", "hash", administrator=False, now=NOW))
    assert person is not None
    assert not person.administrator
    assert person.id != made.id


async def test_a_new_password_begins_a_new_epoch(records: Records) -> None:
    """A renewed password changes the hash and ends everything issued before, of this account only."""
    one = await records.write(lambda ledger: ledger.accounts.create("one", "hash", administrator=True, now=NOW))
    two = await records.write(lambda ledger: ledger.accounts.create("two", "hash", administrator=True, now=NOW))
    assert one is not None
    await records.write(lambda ledger: ledger.accounts.renew_password(one.id, "new"))
    renewed = await records.read(lambda ledger: ledger.accounts.find("one"))
    assert renewed is not None
    assert (renewed.id, renewed.password_hash) == (one.id, "new")
    assert renewed.epoch > one.epoch
    assert await records.read(lambda ledger: ledger.accounts.find("two")) == two


async def test_events(records: Records) -> None:
    """Events are told in their order, with numbers that grow, and are paged by number."""
    events = [
        Event("a", "team/app", 7, "admin", NOW, tag="1.0", digest="sha256:x"),
        Event("b", "team/app", None, "", NOW - 50),
        Event("c", "ünïcode 🚢", 8, "eve", NOW),
    ]

    def fill(ledger: Ledger) -> None:
        for event in events:
            ledger.events.record(event)

    await records.write(fill)
    found = await records.read(lambda ledger: ledger.events.page(after=0, limit=99))
    assert [event for _, event in found] == events
    numbers = [number for number, _ in found]
    assert numbers == sorted(set(numbers))
    assert await records.read(lambda ledger: ledger.events.page(after=numbers[0], limit=1)) == [found[1]]
    assert await records.read(lambda ledger: ledger.events.page(after=numbers[2], limit=9)) == []
