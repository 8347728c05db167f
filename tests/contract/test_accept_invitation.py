"""Invitations followed on real records: when they end, whom they let in, and what a wrong one costs."""

from dataclasses import dataclass, field

import pytest

from moorage.adapters.memory import MemoryBlobs
from moorage.adapters.secrets import RandomSecrets
from moorage.oci.error import Code, Refusal
from moorage.ports.records import Ledger, Records
from moorage.rules.access import Identity, Kind, Via
from moorage.rules.facts import Account, RoleSpec, Subject
from moorage.rules.invitations import Newcomers
from moorage.rules.trash import Window
from moorage.service.accept_invitation import AcceptInvitation
from moorage.service.keep_house import KeepHouse
from moorage.service.manage_invitations import ManageInvitations, Wanted
from tests.support.records import NOW
from tests.support.refused import refused

VIA = Via("192.0.2.9", "a browser", "request-9")
DAY = 86_400


@dataclass
class Counted:
    """Passwords that are hashed as they are, and how many."""

    hashed: list[str] = field(default_factory=list)

    async def hash(self, password: str) -> str:
        """Count it."""
        self.hashed.append(password)
        return f"hash of {password}"

    async def verify(self, stored: str | None, password: str) -> bool:
        """Compare."""
        return stored == f"hash of {password}"


class House:
    """The two use cases on one clock that a test sets."""

    def __init__(self, records: Records, newcomers: Newcomers = Newcomers.ALL) -> None:
        self.records = records
        self.now = NOW
        self.passwords = Counted()
        secrets = RandomSecrets()
        self.manage = ManageInvitations(records, secrets, lambda: self.now, newcomers)
        self.accept = AcceptInvitation(records, self.passwords, secrets, lambda: self.now, newcomers)

    async def person(self, name: str, *, administrator: bool = False, owns: str | None = None) -> Identity:
        """Somebody, who may own a project."""

        def make(ledger: Ledger) -> Account:
            made = ledger.accounts.create(name, "hash", administrator=administrator, now=NOW)
            assert made is not None
            if owns is not None:
                project = ledger.projects.create(owns, public=False, now=NOW)
                assert project is not None
                ledger.members.put(project.id, Subject(made.id, name), [RoleSpec("owner")], now=NOW)
            return made

        made = await self.records.write(make)
        return Identity(Kind.USER, name, made.id, administrator=administrator, epoch=made.epoch, via=VIA)

    async def code(self, secret: str) -> Code | None:
        """How looking at it is refused."""
        try:
            await self.accept.look(secret, VIA)
        except Refusal as refusal:
            return refusal.code
        return None


async def _names(records: Records) -> list[str]:
    found = await records.read(lambda ledger: [ledger.accounts.get(number) for number in range(1, 9)])
    return [account.name for account in found if account is not None]


async def test_it_ends_by_itself(records: Records) -> None:
    """At its time, in the form too."""
    house = House(records)
    admin = await house.person("admin", administrator=True)
    made, secret = await house.manage.create(admin, None, Wanted(days=3))
    assert made.expires_at == NOW + 3 * DAY
    house.now = made.expires_at - 1
    assert await house.code(secret) is None
    house.now = made.expires_at
    with refused(Code.NAME_UNKNOWN):
        await house.accept.enter(secret, "late", "a password", VIA)
    assert await _names(records) == ["admin"]
    assert house.passwords.hashed == []


@pytest.mark.parametrize(
    ("newcomers", "by_owner", "by_administrator"),
    [(Newcomers.ALL, None, None), (Newcomers.ADMINS, Code.DENIED, None)],
)
async def test_whom_it_lets_in(
    records: Records, newcomers: Newcomers, by_owner: Code | None, by_administrator: Code | None
) -> None:
    """An owner's invitation makes an account only where the operator lets it; whoever has one joins by it anyway."""
    house = House(records, newcomers)
    owner = await house.person("owner", owns="team")
    admin = await house.person("admin", administrator=True)
    known = await house.person("known")
    for maker, expected in ((owner, by_owner), (admin, by_administrator)):
        _, secret = await house.manage.create(maker, "team", Wanted("reader"))
        told = None
        try:
            await house.accept.enter(secret, f"invited-by-{maker.name}", "a password", VIA)
        except Refusal as refusal:
            told = refusal.code
        assert told == expected
        if expected is not None:
            assert house.passwords.hashed == []
            assert (await house.accept.join(known, secret)).invitation.project == "team"


async def test_where_they_are_off(records: Records) -> None:
    """None is made, and those of before are good for nobody, also if they have an account."""
    before, house = House(records), House(records, Newcomers.OFF)
    owner, known = await house.person("owner", owns="team"), await house.person("known")
    _, secret = await before.manage.create(owner, "team", Wanted("reader"))
    with refused(Code.DENIED):
        await house.manage.create(owner, "team", Wanted("reader"))
    assert await house.code(secret) is Code.NAME_UNKNOWN
    with refused(Code.NAME_UNKNOWN):
        await house.accept.join(known, secret)
    assert [made.role for made in (await house.manage.page(owner, "team", after=0, size=9)).items] == ["reader"]
    assert (await before.accept.join(known, secret)).invitation.role == "reader"


async def test_wrong_secrets_cost_no_hash(records: Records) -> None:
    """However many: nothing is hashed before the secret was right and the name free."""
    house = House(records)
    admin = await house.person("admin", administrator=True)
    _, secret = await house.manage.create(admin, None, Wanted())
    codes = []
    for number in range(60):
        with pytest.raises(Refusal) as told:
            await house.accept.enter(f"moi_{number}", "somebody", "a password", VIA)
        codes.append(told.value.code)
    assert codes == [Code.NAME_UNKNOWN] * 50 + [Code.TOOMANYREQUESTS] * 10
    with refused(Code.CONFLICT):
        await house.accept.enter(secret, "Admin", "a password", VIA)
    assert house.passwords.hashed == []
    await house.accept.enter(secret, "somebody", "a password", VIA)
    assert house.passwords.hashed == ["a password"]


async def test_the_sweep(records: Records) -> None:
    """Forgets those that are over, and no other."""
    house = House(records)
    admin = await house.person("admin", administrator=True)
    short, _ = await house.manage.create(admin, None, Wanted(days=1))
    long, _ = await house.manage.create(admin, None, Wanted(days=2))
    keeper = KeepHouse(records, MemoryBlobs(), lambda: house.now, patience=60.0, grace=60.0, window=Window(0))

    async def left() -> list[int]:
        return [found.id for found in (await house.manage.page(admin, None, after=0, size=9)).items]

    await keeper.sweep()
    assert await left() == [short.id, long.id]
    house.now = short.expires_at + 1
    await keeper.sweep()
    assert await left() == [long.id]


async def test_who_was_disabled_meanwhile_joins_nothing(records: Records) -> None:
    """A session that began before is not enough, and the invitation stays good."""
    house = House(records)
    owner, known = await house.person("owner", owns="team"), await house.person("known")
    _, secret = await house.manage.create(owner, "team", Wanted("reader"))
    assert known.user_id is not None
    number = known.user_id
    await records.write(
        lambda ledger: ledger.accounts.update(number, administrator=False, auditor=False, disabled=True)
    )
    with refused(Code.TOKEN_REFUSED):
        await house.accept.join(known, secret)
    assert await house.code(secret) is None


async def test_only_people_join(records: Records) -> None:
    """A robot, or nobody at all, uses no invitation up."""
    house = House(records)
    owner = await house.person("owner", owns="team")
    _, secret = await house.manage.create(owner, "team", Wanted("reader"))
    for kind in (Kind.ANONYMOUS, Kind.ROBOT):
        with refused(Code.DENIED):
            await house.accept.join(Identity(kind, "robot$ci", 1), secret)
    assert await house.code(secret) is None
