"""Somebody comes whom a source vouches for: they get an account if they have none, and are what the source says."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import identities, sign_on
from moorage.rules.access import Identity, Via
from moorage.rules.facts import Account, Source
from moorage.rules.sign_on import CALLED, Admission, Vouched
from moorage.rules.telling import told


class Standing(Enum):
    """What became of somebody about whom their source was asked again."""

    HELD = "held"
    SHUT_OUT = "shut out"
    KEPT_OUT = "kept out"


class Foreseen(NamedTuple):
    """What somebody would be who came now: why they could not come in, or what they are and of which groups here."""

    name: str
    refusal: str | None
    administrator: bool = False
    auditor: bool = False
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceivePerson:
    """One transaction each time. What changes is told as done by the one who came, or by the registry if nobody did."""

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
                return Refusal(Code.DENIED, _disabled(account))
            if not admission.admits(vouched):
                _shut_out(ledger, account, via, now)
                return Refusal(Code.DENIED, _not_let_in(vouched))
            if account is None:
                account = _make(ledger, vouched, via, now)
            _follow(ledger, account, vouched, admission, via, now)
            return ledger.accounts.get(account.id) or account

        outcome = await self.records.write(story)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    async def again(self, source: Source, subject: str, vouched: Vouched | None, admission: Admission) -> Standing:
        """Their source was asked about them, and nobody has come: follow what it said, or shut them out.

        `vouched` is None if it no longer knows them. It makes no accounts, and lets nobody in whom people keep out.
        """

        def story(ledger: Ledger) -> Standing:
            now = self.clock()
            account = ledger.accounts.vouched(source, subject)
            if account is None or account.disabled:
                return Standing.KEPT_OUT
            if vouched is None or not admission.admits(vouched):
                return Standing.SHUT_OUT if _shut_out(ledger, account, None, now) else Standing.KEPT_OUT
            _follow(ledger, account, vouched, admission, None, now)
            return Standing.HELD

        return await self.records.write(story)

    async def foresee(self, vouched: Vouched, admission: Admission) -> Foreseen:
        """Change nothing, and say what would become of them."""

        def story(ledger: Ledger) -> Foreseen:
            account = ledger.accounts.vouched(vouched.source, vouched.subject)
            try:
                name = sign_on.name_for(vouched) if account is None else account.name
            except Refusal as refusal:
                return Foreseen(vouched.name, refusal.sentence)
            if account is not None and account.disabled:
                return Foreseen(name, _disabled(account))
            if not admission.admits(vouched):
                return Foreseen(name, _not_let_in(vouched))
            if account is None and ledger.accounts.resembles(name):
                return Foreseen(name, _taken(name))
            administrator, auditor = _flags(ledger, account, vouched, admission, self.clock())
            groups = tuple(group for group in sorted(vouched.groups) if ledger.groups.find(group) is not None)
            return Foreseen(name, None, administrator, auditor, groups)

        return await self.records.read(story)


def _disabled(account: Account) -> str:
    return f"{account.name} is disabled: ask an administrator"


def _not_let_in(vouched: Vouched) -> str:
    return f"none of your groups in {CALLED[vouched.source]} is let in here"


def _taken(name: str) -> str:
    return f"there is a user {name} here already, and a name is no proof that it is you: ask an administrator"


def _make(ledger: Ledger, vouched: Vouched, via: Via | None, now: float) -> Account:
    name = sign_on.name_for(vouched)
    account = ledger.accounts.create_vouched(name, vouched.source, vouched.subject, now=now)
    if account is None:
        raise Refusal(Code.CONFLICT, _taken(name))
    after = {"source": vouched.source.value, "subject": vouched.subject}
    ledger.events.record(told("user.created", _actor(account, via), now, about=f"user:{name}", after=after))
    return account


def _shut_out(ledger: Ledger, account: Account | None, via: Via | None, now: float) -> bool:
    """Whom the source no longer lets in is out with all that was issued to them; whether they were in."""
    if account is None or identities.has_expired(account.vouched_until, now):
        return False
    ledger.accounts.vouch(account.id, until=now)
    ledger.accounts.begin_epoch(account.id)
    ledger.events.record(told("user.shut_out", _actor(account, via), now, about=f"user:{account.name}"))
    return True


def _follow(
    ledger: Ledger, account: Account, vouched: Vouched, admission: Admission, via: Via | None, now: float
) -> None:
    """Its source vouches for it from now on, and it is what that says."""
    ledger.accounts.vouch(account.id, until=now + admission.fresh_seconds)
    _follow_flags(ledger, account, vouched, admission, via, now)
    _follow_groups(ledger, account, vouched, via, now)


def _flags(
    ledger: Ledger, account: Account | None, vouched: Vouched, admission: Admission, now: float
) -> tuple[bool, bool]:
    """Whether they are administrator, and auditor; the last administrator stays one."""
    administrator, auditor = admission.flags(vouched, account)
    is_last = account is not None and account.administrator and ledger.accounts.administrators(now) <= 1
    return administrator or is_last, auditor


def _follow_flags(
    ledger: Ledger, account: Account, vouched: Vouched, admission: Admission, via: Via | None, now: float
) -> None:
    before = {"administrator": account.administrator, "auditor": account.auditor}
    administrator, auditor = _flags(ledger, account, vouched, admission, now)
    after = {"administrator": administrator, "auditor": auditor}
    if before != after:
        ledger.accounts.update(account.id, administrator=administrator, auditor=auditor, disabled=False)
        who = _actor(account, via)
        ledger.events.record(told("user.updated", who, now, about=f"user:{account.name}", before=before, after=after))


def _follow_groups(ledger: Ledger, account: Account, vouched: Vouched, via: Via | None, now: float) -> None:
    joined, left = ledger.groups.follow(account.id, vouched.groups)
    for kind, groups in (("group.joined", joined), ("group.left", left)):
        for group in groups:
            who = _actor(account, via)
            ledger.events.record(told(kind, who, now, about=f"group:{group}", after={"user": account.name}))


def _actor(account: Account, via: Via | None) -> Identity | None:
    return None if via is None else replace(identities.of_account(account), via=via)
