"""Guessing passwords, many at once: who is asked how often, on real records with counted hashes."""

import asyncio
from collections.abc import Callable

import pytest

from moorage.adapters.assertions import JwtAssertions
from moorage.adapters.egress import GuardedEgress
from moorage.adapters.keys import fixed
from moorage.adapters.secrets import RandomSecrets
from moorage.adapters.tokens import JwtTokens
from moorage.adapters.trail import BufferedTrail
from moorage.oci.error import Code, Refusal
from moorage.ports.records import Ledger, Records
from moorage.rules.access import Via
from moorage.rules.throttle import ADDRESS_PATIENCE, PATIENCE
from moorage.service.authenticate import Authenticate, Basic, DirectoryPeople
from moorage.service.prove_workload import ProveWorkload
from tests.support.records import NOW

RIGHT = "the right one"


class CountedPasswords:
    """Passwords whose hash is the password, which take a turn of the loop and are counted."""

    def __init__(self) -> None:
        self.asked = 0

    async def hash(self, password: str) -> str:
        """Itself."""
        return password

    async def verify(self, stored: str | None, password: str) -> bool:
        """Compared a moment later."""
        self.asked += 1
        await asyncio.sleep(0)
        return stored == password


@pytest.fixture
def passwords() -> CountedPasswords:
    """Nobody has asked yet."""
    return CountedPasswords()


@pytest.fixture
def authenticate(records: Records, passwords: CountedPasswords) -> Authenticate:
    """Without a directory."""
    return made_with(records, passwords)


def made_with(
    records: Records,
    passwords: CountedPasswords,
    directory: DirectoryPeople | None = None,
    clock: Callable[[], float] = lambda: NOW,
) -> Authenticate:
    """On a clock that stands, or this one."""
    tokens, trail = JwtTokens(fixed([b"k" * 32])), BufferedTrail(records, clock)
    workloads = ProveWorkload(records, JwtAssertions(GuardedEgress(), clock), clock)
    return Authenticate(records, passwords, tokens, RandomSecrets(), trail, clock, workloads, directory=directory)


async def enter(
    authenticate: Authenticate, password: str, address: str = "192.0.2.1", name: str = "admin"
) -> Code | None:
    """How a try ends: refused with a code, or not."""
    try:
        await authenticate(Basic(name, password), f"Basic {name}:{password}".encode(), Via(address))
    except Refusal as refusal:
        return refusal.code
    return None


async def hire(records: Records) -> None:
    """The one account."""
    await records.write(lambda ledger: ledger.accounts.create("admin", RIGHT, administrator=True, now=NOW))


async def test_many_guesses_at_once(records: Records, authenticate: Authenticate, passwords: CountedPasswords) -> None:
    """Different wrong passwords side by side are looked at no more often than one after another."""
    await hire(records)
    ended = await asyncio.gather(*(enter(authenticate, f"wrong {number}") for number in range(200)))
    assert set(ended) == {Code.UNAUTHORIZED, Code.TOOMANYREQUESTS}
    assert passwords.asked <= PATIENCE
    assert await enter(authenticate, RIGHT) is Code.TOOMANYREQUESTS
    assert await enter(authenticate, RIGHT, "198.51.100.7") is None


async def test_one_mistake_many_times(
    records: Records, authenticate: Authenticate, passwords: CountedPasswords
) -> None:
    """The same wrong password again and again is one failure, and locks nobody out."""
    await hire(records)
    for _ in range(5 * PATIENCE):
        assert await enter(authenticate, "wrong") is Code.UNAUTHORIZED
    assert passwords.asked == 1
    assert await enter(authenticate, RIGHT) is None


async def test_many_names_from_one_address(
    records: Records, authenticate: Authenticate, passwords: CountedPasswords
) -> None:
    """Whoever tries a password on name after name is slowed too, side by side or not; other addresses are not."""
    await hire(records)
    assert await enter(authenticate, RIGHT) is None  # who is logged in stays so
    asked = passwords.asked
    ended = await asyncio.gather(*(enter(authenticate, "spring", name=f"person-{number}") for number in range(300)))
    assert set(ended) == {Code.UNAUTHORIZED, Code.TOOMANYREQUESTS}
    assert passwords.asked - asked <= ADDRESS_PATIENCE
    assert await enter(authenticate, "spring", name="somebody-else") is Code.TOOMANYREQUESTS
    assert await enter(authenticate, RIGHT) is None
    assert await enter(authenticate, "spring", "198.51.100.7", "somebody-else") is Code.UNAUTHORIZED


async def test_many_jobs_with_stale_passwords(records: Records, authenticate: Authenticate) -> None:
    """A few machines behind one address that try stale passwords again and again keep nobody else out."""
    await hire(records)
    for _ in range(2 * ADDRESS_PATIENCE):
        for number in range(5):
            assert await enter(authenticate, f"stale {number}", name=f"job-{number}") is Code.UNAUTHORIZED
    assert await enter(authenticate, RIGHT) is None


async def test_whoever_is_disabled(records: Records, passwords: CountedPasswords) -> None:
    """Is out five seconds later, whatever is remembered of them; nobody's password is hashed again for that."""
    now = NOW
    authenticate = made_with(records, passwords, clock=lambda: now)
    await hire(records)
    assert await enter(authenticate, RIGHT) is None
    now += 6
    assert await enter(authenticate, RIGHT) is None
    assert passwords.asked == 1
    found = await records.read(lambda ledger: ledger.accounts.find("admin"))
    assert found is not None
    account = found.id

    def disable(ledger: Ledger) -> None:
        ledger.accounts.update(account, administrator=True, auditor=False, disabled=True)

    await records.write(disable)
    now += 5
    assert await enter(authenticate, RIGHT) is Code.UNAUTHORIZED
