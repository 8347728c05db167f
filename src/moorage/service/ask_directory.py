"""Somebody whom a directory knows: is this their password, and what are they; and later on, are they still there?"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from moorage.ports.clock import Clock
from moorage.ports.directory import Directory, DirectoryUnavailable
from moorage.ports.records import Records
from moorage.rules.access import Via
from moorage.rules.facts import Account, Source
from moorage.rules.sign_on import Admission, Vouched

_PAGE = 100
_PATIENCE = 10
"""People in a row about whom there is no answer, before a round is given up: one odd entry keeps nobody from it."""


class Standing(Protocol):
    """What became of somebody about whom was asked again."""

    @property
    def value(self) -> str:
        """`held`, `shut out` now, or `kept out` as before."""


class Receives(Protocol):
    """Makes accounts of whom others vouch for: `service.receive_person`."""

    async def __call__(self, vouched: Vouched, admission: Admission, via: Via) -> Account:
        """Their account as it is now. Raises DENIED, CONFLICT and NAME_INVALID."""

    async def again(self, source: Source, subject: str, vouched: Vouched | None, admission: Admission) -> Standing:
        """Follow what the source says of somebody who has not come, or shut them out if it says nothing."""


class Asked(NamedTuple):
    """A round: how many people the directory spoke of, how many of them were shut out, and why it did not of others."""

    people: int
    shut_out: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskDirectory:
    """`every` is in seconds: no word of the directory gets older while it answers."""

    records: Records
    directory: Directory
    receives: Receives
    admission: Admission
    clock: Clock
    every: float

    async def prove(self, name: str, password: str) -> Vouched | None:
        """Whose name and password these are; None: nobody's. Raises DirectoryUnavailable."""
        return await self.directory.prove(name, password)

    async def receive(self, vouched: Vouched, via: Via) -> Account:
        """Their account as it is now. Raises DENIED, CONFLICT and NAME_INVALID."""
        return await self.receives(vouched, self.admission, via)

    async def recheck(self) -> Asked:
        """Ask about everybody whose word gets old. Where there is no answer nothing changes, but words run out."""
        after, people, shut_out, faults, in_a_row = "", 0, 0, [], 0
        while known := await self._page(after):
            for subject, account in known:
                if account.disabled or not self.admission.is_due(account, self.clock(), every=self.every):
                    continue
                try:
                    vouched = await self.directory.find(subject)
                except DirectoryUnavailable as fault:
                    faults.append(str(fault))
                    in_a_row += 1
                    if in_a_row == _PATIENCE:
                        return Asked(people, shut_out, tuple(faults))
                    continue
                standing = await self.receives.again(Source.LDAP, subject, vouched, self.admission)
                people, shut_out, in_a_row = people + 1, shut_out + (standing.value == "shut out"), 0
            after = known[-1][0]
        return Asked(people, shut_out, tuple(faults))

    async def _page(self, after: str) -> list[tuple[str, Account]]:
        return await self.records.read(
            lambda ledger: list(ledger.accounts.vouched_by(Source.LDAP, after=after, limit=_PAGE))
        )
