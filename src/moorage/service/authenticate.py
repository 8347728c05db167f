"""Who is asking? A credential becomes an identity.

What was found is remembered briefly under a keyed hash of the credential, so that a password costs its slow hash
once and a token its signature check once; the account itself is looked at again every few seconds, so that a
changed password or a disabled account bites within these seconds.
"""

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar
from weakref import WeakValueDictionary

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.identity import Passwords, Tokens, holds
from moorage.ports.records import Records
from moorage.rules.access import ANONYMOUS, Grant, Identity, Kind
from moorage.rules.facts import Account
from moorage.rules.throttle import Failures

RECHECK = 5.0
"""Seconds for which an account is trusted to be as it was."""
PASSWORD_MEMORY = 300.0
"""Seconds for which a password that was right needs no slow hash."""
_MOST_REMEMBERED = 20_000
_MOST_GRANTS_REMEMBERED = 4
"""A token with more grants is checked each time: memory must not grow with what anonymous clients ask for."""
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_WRONG = "the user name or password is wrong"


@dataclass(frozen=True, slots=True)
class Basic:
    """A user name and a password."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token."""

    token: str = field(repr=False)


Credential = Basic | Bearer


@dataclass(slots=True)
class _Remembered:
    identity: Identity
    until: float
    recheck_at: float


class Authenticate:
    """Turns credentials into identities; wrong ones are counted per client."""

    def __init__(self, records: Records, passwords: Passwords, tokens: Tokens, clock: Clock) -> None:
        self._records = records
        self._passwords = passwords
        self._tokens = tokens
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()
        self._failures: OrderedDict[bytes, Failures] = OrderedDict()
        self._trying: dict[bytes, list[bytes]] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def recall(self, header: bytes) -> Identity | None:
        """The identity of an Authorization header that was right a moment ago, without waiting for anything."""
        known = self._remembered.get(self._fingerprint(header))
        return known.identity if known is not None and self._clock() < known.recheck_at else None

    async def __call__(self, credential: Credential | None, header: bytes, client: str) -> Identity:
        """The identity, or UNAUTHORIZED; TOOMANYREQUESTS after many different wrong tries from `client`."""
        if credential is None:
            return ANONYMOUS
        now = self._clock()
        fingerprint = self._fingerprint(header)
        if (known := self._remembered.get(fingerprint)) is not None and now < known.until:
            if now < known.recheck_at:
                return known.identity
            if await self._still_holds(known):
                known.recheck_at = now + RECHECK
                return known.identity
        self._remembered.pop(fingerprint, None)
        if isinstance(credential, Bearer):
            found = await self._by_token(credential, now)
        else:
            found = await self._by_password(credential, fingerprint, client, now)
        if len(found.identity.grants or ()) <= _MOST_GRANTS_REMEMBERED:
            _remember(self._remembered, fingerprint, found)
        return found.identity

    async def _still_holds(self, known: _Remembered) -> bool:
        if known.identity.kind is Kind.ANONYMOUS:
            return True
        account = await self._account(known.identity.name)
        return (
            account is not None
            and not account.disabled
            and account.id == known.identity.user_id
            and account.epoch == known.identity.epoch
            and account.administrator == known.identity.administrator
        )

    async def _by_token(self, credential: Bearer, now: float) -> _Remembered:
        claims = self._tokens.verify(credential.token, now)
        if claims is None or claims.refresh:
            raise Refusal(
                Code.TOKEN_REFUSED,
                "the token has expired or is not ours: log in again",
                reason="invalid_token",
            )
        if not claims.subject:
            identity = replace(ANONYMOUS, grants=claims.grants)
            return _Remembered(identity, claims.expires_at, min(now + RECHECK, claims.expires_at))
        account = await self._account(claims.subject)
        if account is None or not holds(claims, account):
            raise Refusal(Code.TOKEN_REFUSED, "the token was revoked: log in again", reason="invalid_token")
        until = claims.expires_at
        return _Remembered(_identity(account, claims.grants), until, min(now + RECHECK, until))

    async def _by_password(self, credential: Basic, fingerprint: bytes, client: str, now: float) -> _Remembered:
        source = self._fingerprint(f"{client}\n{credential.name}".encode())
        failures = self._failures.get(source, Failures())
        others = {tried for tried in self._trying.get(source, ()) if tried != fingerprint}
        if wait := failures.wait(now) or int(len(others) >= failures.room(now)):
            raise Refusal(
                Code.TOOMANYREQUESTS,
                f"too many wrong passwords for {credential.name[:64]!r} from your address: wait {wait} seconds",
                retry_after=wait,
            )
        if failures.repeats(now, fingerprint):
            raise Refusal(Code.UNAUTHORIZED, _WRONG)
        account = await self._account(credential.name)
        turn = self._turns.setdefault(client, asyncio.Lock())
        async with turn:  # one slow hash at a time for each address: whoever guesses waits behind himself
            right = await self._verify(account, credential, source, fingerprint)
        if not right or account is None or account.disabled:
            _remember(self._failures, source, self._failures.get(source, Failures()).add(now, fingerprint))
            raise Refusal(Code.UNAUTHORIZED, _WRONG)
        self._failures.pop(source, None)
        return _Remembered(_identity(account, None), now + PASSWORD_MEMORY, now + RECHECK)

    async def _verify(self, account: Account | None, credential: Basic, source: bytes, fingerprint: bytes) -> bool:
        """Meanwhile the try counts as under way, so that many at once are no way around the wait."""
        trying = self._trying.setdefault(source, [])
        trying.append(fingerprint)
        try:
            return await self._passwords.verify(account.password_hash if account else None, credential.password)
        finally:
            trying.remove(fingerprint)
            if not trying:
                self._trying.pop(source, None)

    async def _account(self, name: str) -> Account | None:
        return await self._records.read(lambda ledger: ledger.accounts.find(name))

    def _fingerprint(self, header: bytes) -> bytes:
        return hashlib.blake2b(header, digest_size=16, key=self._key).digest()


def _remember(memory: OrderedDict[_Key, _Value], key: _Key, value: _Value) -> None:
    memory[key] = value
    while len(memory) > _MOST_REMEMBERED:
        memory.popitem(last=False)


def _identity(account: Account, grants: Mapping[str, Grant] | None) -> Identity:
    return Identity(
        Kind.USER,
        account.name,
        account.id,
        administrator=account.administrator,
        epoch=account.epoch,
        grants=grants,
    )
