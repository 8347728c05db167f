"""The first administrator, and a way back in for whoever holds the machine."""

import secrets
from dataclasses import dataclass

from moorage.ports.clock import Clock
from moorage.ports.identity import Passwords
from moorage.ports.records import Ledger, Records
from moorage.rules.facts import Event
from moorage.rules.telling import MACHINE

ADMINISTRATOR = "admin"


@dataclass(frozen=True, slots=True)
class ManageAccounts:
    """Only the machine itself calls this: no request reaches it."""

    records: Records
    passwords: Passwords
    clock: Clock

    async def first_administrator(self, preset: str | None) -> str | None:
        """Make the administrator if nobody can log in yet; the password, if it was drawn here and must be shown."""
        if await self.records.read(lambda ledger: ledger.accounts.any()):
            return None
        password = preset or secrets.token_urlsafe(18)
        hashed = await self.passwords.hash(password)

        def story(ledger: Ledger) -> bool:
            created = ledger.accounts.create(ADMINISTRATOR, hashed, administrator=True, now=self.clock())
            ledger.events.record(_by_the_machine("user.created", self.clock()))
            return created is not None

        created = await self.records.write(story)
        return password if created and preset is None else None

    async def recover(self) -> str:
        """Give the administrator a new random password, and no second factor; everything issued before ends."""
        password = secrets.token_urlsafe(18)
        hashed = await self.passwords.hash(password)

        def story(ledger: Ledger) -> None:
            account = ledger.accounts.find(ADMINISTRATOR)
            if account is None:
                ledger.accounts.create(ADMINISTRATOR, hashed, administrator=True, now=self.clock())
            else:
                ledger.accounts.renew_password(account.id, hashed)
                ledger.personal_tokens.revoke(account.id)
                ledger.second_factors.remove(account.id)
                ledger.accounts.update(account.id, administrator=True, auditor=account.auditor, disabled=False)
            ledger.events.record(_by_the_machine("admin.recovered", self.clock()))

        await self.records.write(story)
        return password

    async def tell_of_new_key(self, *, revoked: bool) -> None:
        """Logins are signed by a new key; `revoked` says that those of before are no longer believed."""
        kind = "key.revoked" if revoked else "key.renewed"
        event = Event(kind, "", None, "", self.clock(), object="instance", actor_kind=MACHINE)
        await self.records.write(lambda ledger: ledger.events.record(event))


def _by_the_machine(kind: str, now: float) -> Event:
    """Done by whoever holds the machine."""
    return Event(kind, "", None, "", now, object=f"user:{ADMINISTRATOR}", actor_kind=MACHINE)
