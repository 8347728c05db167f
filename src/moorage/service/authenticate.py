"""Who is asking? A credential becomes an identity: a person's password, a robot's secret, a personal token, a token.

What was found is remembered briefly under a keyed hash of the credential, so that a password costs its slow hash
once and a token its signature check once; whether it still holds is looked at again every few seconds, so that a
changed password, a disabled account, a rotated robot or a revoked token bites within these seconds.
"""

import asyncio
import hashlib
import secrets as chance
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar
from weakref import WeakValueDictionary

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.directory import DirectoryUnavailable
from moorage.ports.federation import NotProven, Proof
from moorage.ports.identity import Claims, Passwords, Secrets, Tokens
from moorage.ports.records import Ledger, Records
from moorage.ports.trail import Trail
from moorage.rules import identities, names, sessions
from moorage.rules.access import ANONYMOUS, Identity, Kind, Via
from moorage.rules.facts import Account, Source
from moorage.rules.federation import looks_like_token
from moorage.rules.identities import PERSONAL_PREFIX
from moorage.rules.sessions import Requirement
from moorage.rules.sign_on import Vouched
from moorage.rules.throttle import ADDRESS_PATIENCE, Failures

RECHECK = 5.0
"""Seconds for which an account is trusted to be as it was."""
PASSWORD_MEMORY = 300.0
"""Seconds for which a password that was right needs no slow hash."""
_MOST_REMEMBERED = 20_000
_MOST_ALIKE = 64
"""Who may wait side by side with the same name and password, from one address."""
_MOST_GRANTS_REMEMBERED = 4
"""A token with more grants is checked each time: memory must not grow with what anonymous clients ask for."""
_NOT_LET_IN = (Code.DENIED, Code.CONFLICT, Code.NAME_INVALID)
"""Refusals of people whom a directory proves."""
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_WRONG = "the user name or password is wrong"
_DIRECTORY_DOWN = (
    "the directory cannot be asked at the moment, so people whom it knows cannot log in with their passwords: "
    "try again soon, or use a personal token"
)
_DIRECTORY_PAUSE = 5
"""Seconds after which it is worth to try again."""
_NOT_PROVEN = "the identity token does not prove that this job is this robot: the registry's audit tells why"


@dataclass(frozen=True, slots=True)
class Basic:
    """A user name and a password. `spend` says of an identity token in its place that it is good for this once.

    `first`: whoever asks will ask for the second factor as well, where there is one.
    """

    name: str
    password: str = field(repr=False)
    spend: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token."""

    token: str = field(repr=False)


class Workloads(Protocol):
    """Proves by identity tokens that jobs are robots: `service.prove_workload`."""

    async def __call__(self, title: str, token: str, via: Via, *, spend: bool) -> Proof:
        """What proves it. Raises NotProven."""

    def still(self, ledger: Ledger, title: str, proof: Proof, now: float) -> Identity | None:
        """Whom it still stands for."""


class DirectoryPeople(Protocol):
    """Knows people whose passwords are not kept here: `service.ask_directory`."""

    async def prove(self, name: str, password: str) -> Vouched | None:
        """Whose name and password these are; None: nobody's. Raises DirectoryUnavailable."""

    async def receive(self, vouched: Vouched, via: Via) -> Account:
        """Their account as it is now. Raises DENIED, CONFLICT and NAME_INVALID."""


Credential = Basic | Bearer
Look = Callable[[Ledger, float], Identity | None]
"""Looks whether a credential still stands for somebody, and for whom."""


@dataclass(slots=True)
class _Remembered:
    identity: Identity
    look: Look
    until: float
    recheck_at: float


class Authenticate:
    """Turns credentials into identities; wrong ones are counted per client."""

    def __init__(
        self,
        records: Records,
        passwords: Passwords,
        tokens: Tokens,
        secrets: Secrets,
        trail: Trail,
        clock: Clock,
        workloads: Workloads,
        requirement: Requirement = Requirement.OFF,
        directory: DirectoryPeople | None = None,
    ) -> None:
        self._records = records
        self._passwords = passwords
        self._tokens = tokens
        self._secrets = secrets
        self._trail = trail
        self._clock = clock
        self._workloads = workloads
        self._requirement = requirement
        self._directory = directory
        self._key = chance.token_bytes(32)
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()
        self._failures: OrderedDict[bytes, Failures] = OrderedDict()
        self._alone: OrderedDict[bytes, int] = OrderedDict()
        self._trying: dict[bytes, list[bytes]] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def recall(self, header: bytes) -> Identity | None:
        """The identity of an Authorization header that was right a moment ago, without waiting for anything."""
        known = self._remembered.get(self._fingerprint(header))
        return known.identity if known is not None and self._clock() < known.recheck_at else None

    async def __call__(self, credential: Credential | None, header: bytes, via: Via) -> Identity:
        """The identity, or UNAUTHORIZED; TOOMANYREQUESTS after many different wrong tries from one address."""
        if credential is None:
            return ANONYMOUS
        now = self._clock()
        is_bound = isinstance(credential, Basic) and looks_like_token(credential.password)
        fingerprint = self._fingerprint(header + b"\n" + via.address.encode() if is_bound else header)
        if (known := self._remembered.get(fingerprint)) is not None and now < known.until:
            if now < known.recheck_at:
                return known.identity
            again = await self._records.read(lambda ledger: known.look(ledger, now))
            if again is not None:
                known.identity, known.recheck_at = again, min(now + RECHECK, known.until)
                return again
        self._remembered.pop(fingerprint, None)
        if isinstance(credential, Basic):
            found = await self._by_password(credential, fingerprint, via, now)
        elif credential.token.startswith(PERSONAL_PREFIX):
            personal = await self._by_personal(credential.token, None, now)
            if personal is None:
                raise Refusal(Code.TOKEN_REFUSED, "this personal token has expired or was revoked: make another")
            found = personal
            self._note(found.identity, via)
        else:
            found = await self._by_token(credential, now)
        if len(found.identity.grants or ()) <= _MOST_GRANTS_REMEMBERED:
            _remember(self._remembered, fingerprint, found)
        return found.identity

    async def person(self, name: str, password: str, via: Via) -> Identity:
        """Who has this password, for a page that asks for the second factor next. As calling this, but for people."""
        if name.startswith(names.ROBOT) or password.startswith(PERSONAL_PREFIX):
            raise Refusal(Code.UNAUTHORIZED, "sign in with your own name and password, not with a token or as a robot")
        credential = Basic(name, password, first=True)
        fingerprint = self._fingerprint(f"{name}\n{password}".encode("utf-8", "surrogatepass"))
        return (await self._by_password(credential, fingerprint, via, self._clock())).identity

    async def redeem(self, claims: Claims) -> Identity | None:
        """Who a saved login stands for now; None if it has ended."""
        now = self._clock()
        return await self._records.read(lambda ledger: _holder(ledger, claims, now, self._requirement))

    async def _by_token(self, credential: Bearer, now: float) -> _Remembered:
        claims = self._tokens.verify(credential.token, now)
        if claims is None or claims.refresh:
            raise Refusal(
                Code.TOKEN_REFUSED,
                "the token has expired or is not ours: log in again",
                reason="invalid_token",
            )

        def look(ledger: Ledger, now: float) -> Identity | None:
            holder = _holder(ledger, claims, now, self._requirement) if self._tokens.holds(claims) else None
            return replace(holder, grants=claims.grants) if holder is not None else None

        identity = await self._records.read(lambda ledger: look(ledger, now))
        if identity is None:
            raise Refusal(Code.TOKEN_REFUSED, "the token was revoked: log in again", reason="invalid_token")
        return _Remembered(identity, look, claims.expires_at, min(now + RECHECK, claims.expires_at))

    async def _by_password(self, credential: Basic, fingerprint: bytes, via: Via, now: float) -> _Remembered:
        source = self._fingerprint(f"{via.address}\n{credential.name}".encode("utf-8", "surrogatepass"))
        self._require_patience(credential, source, via, now)
        await self._require_more(credential, fingerprint, via)
        is_slow = not (credential.name.startswith(names.ROBOT) or credential.password.startswith(PERSONAL_PREFIX))
        if is_slow and self._failures.get(source, Failures()).repeats(now, fingerprint):
            raise Refusal(Code.UNAUTHORIZED, _WRONG)
        trying = self._trying.setdefault(source, [])
        room = self._failures.get(source, Failures()).room(now)
        if len({*trying, fingerprint}) > room or len(trying) >= _MOST_ALIKE:
            raise _impatient(credential, 1)
        trying.append(fingerprint)  # so that many at once are no way around the wait
        try:
            found = await self._look_up(credential, source, fingerprint, via, now)
        except NotProven as fault:
            self._count(source, fingerprint, via)
            self._trail.failed(credential.name, via, reason=str(fault))
            raise Refusal(Code.UNAUTHORIZED, _NOT_PROVEN) from fault
        except DirectoryUnavailable as fault:  # which says nothing about what was typed, so nothing is counted
            self._trail.failed(credential.name, via, reason=f"the directory did not answer: {fault}")
            raise Refusal(Code.UNAVAILABLE, _DIRECTORY_DOWN, retry_after=_DIRECTORY_PAUSE) from fault
        finally:
            trying.remove(fingerprint)
            if not trying:
                self._trying.pop(source, None)
        if found is None:
            self._count(source, fingerprint, via)
            self._trail.failed(credential.name, via)
            raise Refusal(Code.UNAUTHORIZED, _WRONG)
        self._failures.pop(source, None)
        if not credential.first:
            self._note(found.identity, via)
        return found

    async def _require_more(self, credential: Basic, fingerprint: bytes, via: Via) -> None:
        """Refuse a password that was right and not enough a moment ago: a stale login costs no slow hash each time."""
        epoch = self._alone.get(fingerprint)
        if epoch is None:
            return
        account = await self._records.read(lambda ledger: ledger.accounts.find(credential.name))
        if account is not None and account.epoch == epoch:
            self._require_no_more(account, credential, fingerprint, via)
        self._alone.pop(fingerprint, None)

    def _require_no_more(self, account: Account, credential: Basic, fingerprint: bytes, via: Via) -> None:
        try:
            sessions.require_no_more(account, self._requirement)
        except Refusal as refusal:
            _remember(self._alone, fingerprint, account.epoch)
            self._trail.failed(credential.name, via, reason="the password was right, and alone it is not enough")
            raise refusal from None

    def _note(self, who: Identity, via: Via) -> None:
        self._trail.login(who, via)
        self._trail.used(who, via)

    def _require_patience(self, credential: Basic, source: bytes, via: Via, now: float) -> None:
        of_name = self._failures.get(source, Failures()).wait(now)
        of_address = self._failures.get(self._address(via), Failures()).wait(now, ADDRESS_PATIENCE)
        if wait := max(of_name, of_address):
            raise _impatient(credential, wait)

    def _count(self, source: bytes, fingerprint: bytes, via: Via) -> None:
        now, address = self._clock(), self._address(via)
        of_name, of_address = self._failures.get(source, Failures()), self._failures.get(address, Failures())
        _remember(self._failures, source, of_name.add(now, fingerprint))
        _remember(self._failures, address, of_address.add_new(now, fingerprint))

    def _address(self, via: Via) -> bytes:
        return self._fingerprint(b"address\n" + via.address.encode("utf-8", "surrogatepass"))

    async def _look_up(
        self, credential: Basic, source: bytes, fingerprint: bytes, via: Via, now: float
    ) -> _Remembered | None:
        if credential.name.startswith(names.ROBOT):
            if looks_like_token(credential.password):
                return await self._by_workload(credential, via, now)
            return await self._by_robot(credential, now)
        if credential.password.startswith(PERSONAL_PREFIX):
            return await self._by_personal(credential.password, credential.name, now)
        account = await self._records.read(lambda ledger: ledger.accounts.find(credential.name))
        # Never about those who have an account of our own, or elsewhere: a name is no proof.
        asks = self._directory is not None and (account is None or account.source is Source.LDAP)
        turn = self._turns.setdefault(f"{via.address} {asks}", asyncio.Lock())
        async with turn:  # one slow look at a time for each address: whoever guesses waits behind himself
            self._require_patience(credential, source, via, self._clock())  # others may have failed meanwhile
            if asks:
                account = await self._by_directory(credential, via)
            else:
                account = await self._records.read(lambda ledger: ledger.accounts.find(credential.name))
                stored = account.password_hash or None if account else None
                account = account if await self._passwords.verify(stored, credential.password) else None
            if account is None:  # counted before the next one in the queue is looked at
                self._count(source, fingerprint, via)
        if account is None or not identities.is_open(account, now):
            return None
        if not credential.first:
            self._require_no_more(account, credential, fingerprint, via)
        return _as_person(account, now)

    async def _by_directory(self, credential: Basic, via: Via) -> Account | None:
        """Whom the directory knows by this name and password; who they are here is what it has them called for ever."""
        assert self._directory is not None  # noqa: S101 - asked for by the only caller
        try:
            vouched = await self._directory.prove(credential.name, credential.password)
        except DirectoryUnavailable:  # a name that nobody has takes as long as ever
            await self._passwords.verify(None, credential.password)
            raise
        if vouched is None:
            return None
        try:
            return await self._directory.receive(vouched, via)
        except Refusal as refusal:
            if refusal.code not in _NOT_LET_IN:
                raise
            self._trail.failed(credential.name, via, reason=refusal.sentence)
            raise Refusal(Code.DENIED, refusal.sentence) from refusal

    async def _by_robot(self, credential: Basic, now: float) -> _Remembered | None:
        def look(ledger: Ledger, now: float) -> Identity | None:
            robot = ledger.robots.find(credential.name)
            previous = identities.previous_hash(robot, now)
            # Both are compared in any case, and something is where there is no robot: the time tells nothing.
            right = self._secrets.match(robot.secret_hash if robot else "", credential.password)
            right |= self._secrets.match(previous or "", credential.password)
            if robot is None or not right or not identities.is_alive(robot, now):
                return None
            return identities.of_robot(robot)

        identity = await self._records.read(lambda ledger: look(ledger, now))
        return _Remembered(identity, look, now + PASSWORD_MEMORY, now + RECHECK) if identity is not None else None

    async def _by_workload(self, credential: Basic, via: Via, now: float) -> _Remembered:
        proof = await self._workloads(credential.name, credential.password, via, spend=credential.spend)

        def look(ledger: Ledger, now: float) -> Identity | None:
            return self._workloads.still(ledger, credential.name, proof, now)

        until = now if credential.spend else min(proof.until, now + PASSWORD_MEMORY)
        return _Remembered(proof.identity, look, until, min(until, now + RECHECK))

    async def _by_personal(self, secret: str, name: str | None, now: float) -> _Remembered | None:
        hashed = self._secrets.hash(secret)

        def look(ledger: Ledger, now: float) -> Identity | None:
            token = ledger.personal_tokens.find(hashed)
            if token is None or identities.has_expired(token.expires_at, now):
                return None
            account = ledger.accounts.get(token.account_id)
            if account is None or not identities.is_open(account, now) or name not in {None, account.name}:
                return None
            return identities.of_personal(account, token)

        identity = await self._records.read(lambda ledger: look(ledger, now))
        return _Remembered(identity, look, now + PASSWORD_MEMORY, now + RECHECK) if identity is not None else None

    def _fingerprint(self, header: bytes) -> bytes:
        return hashlib.blake2b(header, digest_size=16, key=self._key).digest()


def _as_person(account: Account, now: float) -> _Remembered:
    """They showed their password; it holds until anything of theirs ends."""

    def look(ledger: Ledger, now: float) -> Identity | None:
        there = ledger.accounts.find(account.name)
        if there is None or (there.id, there.epoch) != (account.id, account.epoch):
            return None
        return identities.of_account(there) if identities.is_open(there, now) else None

    return _Remembered(identities.of_account(account), look, now + PASSWORD_MEMORY, now + RECHECK)


def _holder(ledger: Ledger, claims: Claims, now: float, requirement: Requirement) -> Identity | None:
    """Whom a token stands for, if that is still whom it was issued to and nothing has ended since."""
    if claims.kind is Kind.ANONYMOUS:
        return ANONYMOUS
    if claims.kind is Kind.ROBOT:
        robot = ledger.robots.find(claims.subject)
        if (
            robot is None
            or not identities.is_alive(robot, now)
            or (robot.id, robot.epoch)
            != (
                claims.account_id,
                claims.epoch,
            )
        ):
            return None
        return identities.of_robot(robot)
    account = ledger.accounts.find(claims.subject)
    if account is None or (account.id, account.epoch) != (claims.account_id, claims.epoch):
        return None
    if not identities.is_open(account, now):
        return None
    if claims.personal is None:  # it was bought with a password alone
        return identities.of_account(account) if sessions.is_enough_alone(account, requirement) else None
    token = ledger.personal_tokens.get(claims.personal)
    if token is None or token.account_id != account.id or identities.has_expired(token.expires_at, now):
        return None
    return identities.of_personal(account, token)


def _impatient(credential: Basic, wait: int) -> Refusal:
    return Refusal(
        Code.TOOMANYREQUESTS,
        f"too many wrong passwords for {credential.name[:64]!r} from your address: wait {wait} seconds",
        retry_after=wait,
    )


def _remember(memory: OrderedDict[_Key, _Value], key: _Key, value: _Value) -> None:
    memory[key] = value
    while len(memory) > _MOST_REMEMBERED:
        memory.popitem(last=False)
