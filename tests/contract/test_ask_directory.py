"""A directory is asked: whose passwords go there, how often, and what a round about everybody does."""

import pytest

from moorage.oci.error import Code, Refusal
from moorage.ports.directory import DirectoryUnavailable
from moorage.ports.records import Records
from moorage.rules.access import Via
from moorage.rules.facts import Source
from moorage.rules.sign_on import Admission, Vouched
from moorage.service.ask_directory import AskDirectory, Asked
from moorage.service.authenticate import Authenticate, Basic
from moorage.service.receive_person import ReceivePerson
from tests.contract.test_authenticate import CountedPasswords, enter, hire, made_with
from tests.support.records import NOW

VIA = Via("192.0.2.1")
HOUR = 3600.0


class Listed:
    """A directory that is a list: `people` by name, with their passwords; `asked` is about whom it was asked."""

    def __init__(self) -> None:
        self.people: dict[str, str] = {}
        self.asked: list[str] = []
        self.silent: set[str] = set()

    async def prove(self, name: str, password: str) -> Vouched | None:
        """Silent about whom it is told to be."""
        self.asked.append(name)
        if self.silent & {name, "*"}:
            raise DirectoryUnavailable("it is silent")
        return self._of(name) if self.people.get(name) == password else None

    async def find(self, subject: str) -> Vouched | None:
        """The same by `number of NAME`."""
        name = subject.removeprefix("number of ")
        self.asked.append(name)
        if self.silent & {name, "*"}:
            raise DirectoryUnavailable("it is silent")
        return self._of(name) if name in self.people else None

    @staticmethod
    def _of(name: str) -> Vouched:
        return Vouched(Source.LDAP, f"number of {name}", name)


@pytest.fixture
def directory() -> Listed:
    """With ada, and with somebody who is called as our own administrator."""
    directory = Listed()
    directory.people |= {"ada": "hers", "admin": "not ours"}
    return directory


@pytest.fixture
def times() -> list[float]:
    """The last one is now."""
    return [NOW]


@pytest.fixture
def ask(records: Records, directory: Listed, times: list[float]) -> AskDirectory:
    """Once an hour; a word is good for a day."""

    def clock() -> float:
        return times[-1]

    return AskDirectory(records, directory, ReceivePerson(records, clock), Admission(24 * HOUR), clock, HOUR)


@pytest.fixture
def passwords() -> CountedPasswords:
    """Nobody has asked yet."""
    return CountedPasswords()


@pytest.fixture
def authenticate(records: Records, passwords: CountedPasswords, ask: AskDirectory) -> Authenticate:
    """With that directory."""
    return made_with(records, passwords, ask)


async def test_whose_passwords_go_there(
    records: Records, authenticate: Authenticate, directory: Listed, passwords: CountedPasswords
) -> None:
    """Never those for names of our own, right or wrong; those of others are hashed by nobody here."""
    await hire(records)
    assert await enter(authenticate, "not ours") is Code.UNAUTHORIZED
    assert await enter(authenticate, "the right one") is None
    assert (directory.asked, passwords.asked) == ([], 2)
    assert await enter(authenticate, "hers", name="ada") is None
    assert await enter(authenticate, "wrong", name="ada") is Code.UNAUTHORIZED
    assert await enter(authenticate, "wrong", name="nobody") is Code.UNAUTHORIZED
    assert (directory.asked, passwords.asked) == (["ada", "ada", "nobody"], 2)


async def test_people_of_another_source_are_not_asked_about(
    records: Records, authenticate: Authenticate, directory: Listed
) -> None:
    """Whoever comes by single sign-on has no password, whatever a directory says of the name."""
    await records.write(lambda ledger: ledger.accounts.create_vouched("carl", Source.OIDC, "sub-1", now=NOW))
    directory.people["carl"] = "his"
    assert await enter(authenticate, "his", name="carl") is Code.UNAUTHORIZED
    assert directory.asked == []


async def test_what_was_right_is_remembered(authenticate: Authenticate, directory: Listed) -> None:
    """As other passwords are; what was wrong is not asked again at once either."""
    for _ in range(3):
        assert await enter(authenticate, "hers", name="ada") is None
        assert await enter(authenticate, "wrong", "198.51.100.7", "ada") is Code.UNAUTHORIZED
    assert directory.asked == ["ada", "ada"]


async def test_a_silent_directory(
    records: Records, authenticate: Authenticate, directory: Listed, passwords: CountedPasswords
) -> None:
    """Is no wrong password: nothing is counted, a slow hash is made for whoever asks, and our own people go on."""
    await hire(records)
    directory.silent.add("*")
    for number in range(20):
        assert await enter(authenticate, f"try {number}", name="ada") is Code.UNAVAILABLE
        assert await enter(authenticate, f"try {number}", name="nobody") is Code.UNAVAILABLE
    assert passwords.asked == 40
    assert await enter(authenticate, "the right one") is None
    directory.silent.clear()
    assert await enter(authenticate, "hers", name="ada") is None


async def test_a_round(ask: AskDirectory, directory: Listed, times: list[float]) -> None:
    """Asks about those whose word gets old; who is gone is shut out, and back when they are."""
    for name in ("bob", "carl"):
        directory.people[name] = "theirs"
    for name in ("ada", "bob", "carl"):
        await ask.receive(await directory.find(f"number of {name}") or pytest.fail("not there"), VIA)
    directory.asked.clear()
    assert await ask.recheck() == Asked(0, 0, ())
    times.append(NOW + HOUR / 2)
    del directory.people["bob"]
    directory.silent.add("ada")
    assert await ask.recheck() == Asked(2, 1, ("it is silent",))
    assert directory.asked == ["ada", "bob", "carl"]
    directory.silent.clear()
    assert await ask.recheck() == Asked(2, 0, ())
    directory.people["bob"] = "theirs"
    assert await ask.recheck() == Asked(1, 0, ())
    bob = await ask.records.read(lambda ledger: ledger.accounts.find("bob"))
    assert bob is not None
    assert bob.vouched_until == times[-1] + 24 * HOUR


async def test_a_round_of_many(ask: AskDirectory, directory: Listed, times: list[float]) -> None:
    """More than one page of them are asked about; one that finds nobody to ask is given up, and shuts nobody out."""
    for number in range(230):
        directory.people[f"p-{number}"] = "theirs"
        await ask.receive(directory._of(f"p-{number}"), VIA)
    times.append(NOW + HOUR)
    directory.silent.add("*")
    asked = await ask.recheck()
    assert (asked.people, asked.shut_out, len(asked.faults)) == (0, 0, 10)
    directory.silent.clear()
    assert await ask.recheck() == Asked(230, 0, ())


async def test_who_may_not_come_in_is_told_why(records: Records, ask: AskDirectory, authenticate: Authenticate) -> None:
    """Their password was right, so it gives nothing away."""
    made = await ask.receive(Vouched(Source.LDAP, "number of ada", "ada"), VIA)
    await records.write(
        lambda ledger: ledger.accounts.update(made.id, administrator=False, auditor=False, disabled=True)
    )
    with pytest.raises(Refusal, match="ada is disabled") as refused:
        await authenticate(Basic("ada", "hers"), b"Basic ada", VIA)
    assert refused.value.code is Code.DENIED
    assert await enter(authenticate, "wrong", name="ada") is Code.UNAUTHORIZED
