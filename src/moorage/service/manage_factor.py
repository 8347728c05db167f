"""Second factors: people set theirs up and take it away; administrators reset those of others who lost them."""

from dataclasses import dataclass
from typing import NamedTuple

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.identity import Secrets
from moorage.ports.records import Ledger, Records
from moorage.ports.sealing import Sealing
from moorage.rules import access, recovery, second_factor
from moorage.rules.access import Identity
from moorage.rules.facts import Account, KeptFactor, Source
from moorage.rules.roles import Action
from moorage.rules.second_factor import SecondFactor
from moorage.rules.telling import told
from moorage.service import finding
from moorage.service.second_look import SecondLook


class Offered(NamedTuple):
    """A second factor that is not asked for yet: what an app reads, what people type, and what the form brings back."""

    address: str
    spelt: str
    sealed: str


class Confirmed(NamedTuple):
    """The account as it is now, and the recovery codes, which are shown this once."""

    account: Account
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ManageFactor:
    """Whatever changes one begins a new epoch: all logins before end, personal tokens stay."""

    records: Records
    secrets: Secrets
    sealing: Sealing
    look: SecondLook
    clock: Clock

    async def offer(self, who: Identity, issuer: str, sealed: str = "") -> Offered:
        """Draw one for them, or show again the one that was offered. Raises CONFLICT if they have one.

        It is kept nowhere before it is confirmed, so that nobody who saw a page once knows what is set up later.
        """
        account = await self.records.read(lambda ledger: _without(ledger, who))
        secret = self._opened(account, sealed) if sealed else self.secrets.random(second_factor.SECRET_BYTES)
        factor = SecondFactor(secret)
        return Offered(factor.address(issuer, account.name), factor.spelt(), self.sealing.seal(secret, _offer(account)))

    async def confirm(self, who: Identity, sealed: str, typed: str) -> Confirmed:
        """Ask from now on for the one that was offered. Raises DENIED for a wrong code."""
        codes = self._draw_codes()

        def story(ledger: Ledger) -> Confirmed:
            account, now = _without(ledger, who), self.clock()
            secret = self._opened(account, sealed)
            closed = self.sealing.seal(secret, second_factor.purpose(account.id))
            kept, refusal = second_factor.judge(KeptFactor(closed), secret, typed, now)
            if refusal is not None:
                raise refusal
            ledger.second_factors.put(account.id, kept)
            self._put_codes(ledger, account, codes)
            ledger.accounts.begin_epoch(account.id)
            self._tell(ledger, "factor.enabled", who, account)
            return Confirmed(finding.account(ledger, account.name), codes)

        return await self.records.write(story, by=who)

    async def renew_codes(self, who: Identity, typed: str) -> tuple[str, ...]:
        """Other recovery codes, which are shown this once; those before are void. Raises DENIED for a wrong code."""
        codes = self._draw_codes()

        def story(ledger: Ledger) -> Refusal | None:
            account = _with(ledger, who)
            refusal = self.look(ledger, who, account, typed, self.clock())
            if refusal is None:
                self._put_codes(ledger, account, codes)
                self._tell(ledger, "factor.codes_renewed", who, account)
            return refusal

        if (refusal := await self.records.write(story, by=who)) is not None:
            raise refusal
        return codes

    async def remove(self, who: Identity, typed: str) -> Account:
        """Take one's own away; the account as it is now. Raises DENIED for a wrong code."""

        def story(ledger: Ledger) -> Account | Refusal:
            account = _with(ledger, who)
            refusal = self.look(ledger, who, account, typed, self.clock())
            if refusal is not None:
                return refusal
            self._take_away(ledger, "factor.removed", who, account)
            return finding.account(ledger, account.name)

        outcome = await self.records.write(story, by=who)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    async def reset(self, who: Identity, name: str) -> None:
        """Take somebody's away who lost it, with their codes. Raises NAME_UNKNOWN."""

        def story(ledger: Ledger) -> None:
            access.require_instance(who, Action.MANAGE_PEOPLE)
            account = finding.account(ledger, name)
            if not account.has_factor:
                raise Refusal(Code.NAME_UNKNOWN, f"{name} has no second factor")
            if account.id == who.user_id:
                raise Refusal(Code.CONFLICT, "your own second factor is taken away in your account, with a code of it")
            self._take_away(ledger, "factor.reset", who, account)

        await self.records.write(story, by=who)

    async def codes_left(self, who: Identity) -> int:
        """How many recovery codes they still have."""
        return await self.records.read(lambda ledger: ledger.second_factors.codes(_own(ledger, who).id))

    def _opened(self, account: Account, sealed: str) -> bytes:
        try:
            return self.sealing.open(sealed, _offer(account))
        except Refusal:
            raise Refusal(Code.CONFLICT, "this was offered to another login: open the page again") from None

    def _take_away(self, ledger: Ledger, kind: str, who: Identity, account: Account) -> None:
        ledger.second_factors.remove(account.id)
        ledger.accounts.begin_epoch(account.id)
        self._tell(ledger, kind, who, account)

    def _draw_codes(self) -> tuple[str, ...]:
        return tuple(recovery.spell(self.secrets.random(recovery.BYTES)) for _ in range(recovery.COUNT))

    def _put_codes(self, ledger: Ledger, account: Account, codes: tuple[str, ...]) -> None:
        ledger.second_factors.put_codes(account.id, [self.secrets.hash(code) for code in codes])

    def _tell(self, ledger: Ledger, kind: str, who: Identity, account: Account) -> None:
        ledger.events.record(told(kind, who, self.clock(), about=f"user:{account.name}"))


def _own(ledger: Ledger, who: Identity) -> Account:
    access.require_person(who)
    return finding.account(ledger, who.name)


def _with(ledger: Ledger, who: Identity) -> Account:
    account = _own(ledger, who)
    if not account.has_factor:
        raise Refusal(Code.CONFLICT, "you have no second factor")
    return account


def _without(ledger: Ledger, who: Identity) -> Account:
    account = _own(ledger, who)
    if account.source is Source.OIDC:
        raise Refusal(Code.CONFLICT, "your single sign-on asks for the second factor: set it up there")
    if account.has_factor:
        raise Refusal(Code.CONFLICT, "you have a second factor already: take it away first")
    return account


def _offer(account: Account) -> str:
    """What an offer is sealed for: whatever ends a login ends what was offered in it."""
    return f"offer of a second factor to {account.id} in epoch {account.epoch}"
