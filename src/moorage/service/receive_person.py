"""Somebody comes whom a source vouches for: they get an account if they have none, and are what the source says."""

from dataclasses import dataclass, replace

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import identities, sign_on
from moorage.rules.access import Identity, Via
from moorage.rules.facts import Account
from moorage.rules.sign_on import CALLED, Admission, Vouched
from moorage.rules.telling import told


@dataclass(frozen=True, slots=True)
class ReceivePerson:
    """One transaction each time. What changes is told as done by the one who came."""

    records: Records
    clock: Clock

    async def __call__(self, vouched: Vouched, admission: Admission, via: Via) -> Account:
        """Their account as it is now.

        Raises DENIED if they may not come in, CONFLICT if somebody else has the name, and NAME_INVALID.
        """

        def story(ledger: Ledger) -> Account | Refusal:
            now = self.clock()
            account = ledger.accounts.vouched(vouched.source, vouched.subject)
            if account is not None and account.disabled:
                return Refusal(Code.DENIED, f"{account.name} is disabled: ask an administrator")
            if not admission.admits(vouched):
                _shut_out(ledger, account, via, now)
                return Refusal(Code.DENIED, f"none of your groups in {CALLED[vouched.source]} is let in here")
            if account is None:
                account = _make(ledger, vouched, via, now)
            ledger.accounts.vouch(account.id, until=now + admission.fresh_seconds)
            _follow_flags(ledger, account, vouched, admission, via, now)
            _follow_groups(ledger, account, vouched, via, now)
            return ledger.accounts.get(account.id) or account

        outcome = await self.records.write(story)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome


def _make(ledger: Ledger, vouched: Vouched, via: Via, now: float) -> Account:
    name = sign_on.name_for(vouched)
    account = ledger.accounts.create_vouched(name, vouched.source, vouched.subject, now=now)
    if account is None:
        raise Refusal(
            Code.CONFLICT,
            f"there is a user {name} here already, and a name is no proof that it is you: ask an administrator",
        )
    after = {"source": vouched.source.value, "subject": vouched.subject}
    ledger.events.record(told("user.created", _actor(account, via), now, about=f"user:{name}", after=after))
    return account


def _shut_out(ledger: Ledger, account: Account | None, via: Via, now: float) -> None:
    """Whom the source no longer lets in is out with all that was issued to them."""
    if account is None or identities.has_expired(account.vouched_until, now):
        return
    ledger.accounts.vouch(account.id, until=now)
    ledger.accounts.begin_epoch(account.id)
    ledger.events.record(told("user.shut_out", _actor(account, via), now, about=f"user:{account.name}"))


def _follow_flags(
    ledger: Ledger, account: Account, vouched: Vouched, admission: Admission, via: Via, now: float
) -> None:
    before = {"administrator": account.administrator, "auditor": account.auditor}
    administrator, auditor = admission.flags(vouched, account)
    administrator |= account.administrator and ledger.accounts.administrators(now) <= 1  # the last one stays one
    after = {"administrator": administrator, "auditor": auditor}
    if before != after:
        ledger.accounts.update(account.id, administrator=administrator, auditor=auditor, disabled=False)
        who = _actor(account, via)
        ledger.events.record(told("user.updated", who, now, about=f"user:{account.name}", before=before, after=after))


def _follow_groups(ledger: Ledger, account: Account, vouched: Vouched, via: Via, now: float) -> None:
    joined, left = ledger.groups.follow(account.id, vouched.groups)
    for kind, groups in (("group.joined", joined), ("group.left", left)):
        for group in groups:
            who = _actor(account, via)
            ledger.events.record(told(kind, who, now, about=f"group:{group}", after={"user": account.name}))


def _actor(account: Account, via: Via) -> Identity:
    return replace(identities.of_account(account), via=via)
