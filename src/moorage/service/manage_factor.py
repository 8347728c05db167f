"""Second factors: people set theirs up and take it away; administrators reset those of others who lost them."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Offered:
    """A second factor that is not asked for yet: what an app reads, and what people type."""

    address: str
    spelt: str


@dataclass(frozen=True, slots=True)
class ManageFactor:
    """Whatever changes one begins a new epoch: all logins before end, personal tokens stay."""

    records: Records
    secrets: Secrets
    sealing: Sealing
    clock: Clock

    async def offer(self, who: Identity, issuer: str) -> Offered:
        """Draw one for them, or show again the one that waits to be confirmed. Raises CONFLICT if they have one."""

        def story(ledger: Ledger) -> Offered:
            account = self._own(ledger, who)
            if account.source is Source.OIDC:
                raise Refusal(Code.CONFLICT, "your single sign-on asks for the second factor: set it up there")
            kept = ledger.second_factors.find(account.id)
            if kept is not None and kept.confirmed:
                raise Refusal(Code.CONFLICT, "you have a second factor already: take it away first")
            if kept is None:
                drawn = self.secrets.random(second_factor.SECRET_BYTES)
                ledger.second_factors.put(
                    account.id, KeptFactor(self.sealing.seal(drawn, second_factor.purpose(account.id)))
                )
                factor = SecondFactor(drawn)
            else:
                factor = SecondFactor(self.sealing.open(kept.sealed, second_factor.purpose(account.id)))
            return Offered(factor.address(issuer, account.name), factor.spelt())

        return await self.records.write(story, by=who)

    async def confirm(self, who: Identity, typed: str) -> tuple[str, ...]:
        """Ask for it from now on; the recovery codes, which are shown this once. Raises DENIED for a wrong code."""
        codes = self._draw_codes()

        def story(ledger: Ledger) -> Refusal | None:
            account = self._own(ledger, who)
            kept = ledger.second_factors.find(account.id)
            if kept is None or kept.confirmed:
                return Refusal(Code.CONFLICT, "there is no second factor to confirm: begin again")
            refusal = self._accept(ledger, account, kept, typed)
            if refusal is None:
                self._put_codes(ledger, account, codes)
                ledger.accounts.begin_epoch(account.id)
                self._tell(ledger, "factor.enabled", who, account)
            return refusal

        _raise(await self.records.write(story, by=who))
        return codes

    async def renew_codes(self, who: Identity, typed: str) -> tuple[str, ...]:
        """Other recovery codes, which are shown this once; those before are void. Raises DENIED for a wrong code."""
        codes = self._draw_codes()

        def story(ledger: Ledger) -> Refusal | None:
            account, kept = self._confirmed(ledger, who)
            refusal = self._accept(ledger, account, kept, typed)
            if refusal is None:
                self._put_codes(ledger, account, codes)
                self._tell(ledger, "factor.codes_renewed", who, account)
            return refusal

        _raise(await self.records.write(story, by=who))
        return codes

    async def remove(self, who: Identity, typed: str) -> None:
        """Take one's own away. Raises DENIED for a wrong code."""

        def story(ledger: Ledger) -> Refusal | None:
            account, kept = self._confirmed(ledger, who)
            refusal = self._accept(ledger, account, kept, typed)
            if refusal is None:
                self._take_away(ledger, "factor.removed", who, account)
            return refusal

        _raise(await self.records.write(story, by=who))

    async def reset(self, who: Identity, name: str) -> None:
        """Take somebody's away who lost it, with their codes. Raises NAME_UNKNOWN."""

        def story(ledger: Ledger) -> None:
            access.require_instance(who, Action.MANAGE_PEOPLE)
            account = ledger.accounts.find(name)
            if account is None or ledger.second_factors.find(account.id) is None:
                raise Refusal(Code.NAME_UNKNOWN, f"there is no user {name[:128]!r} with a second factor")
            if account.id == who.user_id:
                raise Refusal(Code.CONFLICT, "your own second factor is taken away in your account, with a code of it")
            self._take_away(ledger, "factor.reset", who, account)

        await self.records.write(story, by=who)

    async def codes_left(self, who: Identity) -> int:
        """How many recovery codes they still have."""
        return await self.records.read(lambda ledger: ledger.second_factors.codes(self._own(ledger, who).id))

    def _confirmed(self, ledger: Ledger, who: Identity) -> tuple[Account, KeptFactor]:
        account = self._own(ledger, who)
        kept = ledger.second_factors.find(account.id)
        if kept is None or not kept.confirmed:
            raise Refusal(Code.CONFLICT, "you have no second factor")
        return account, kept

    def _own(self, ledger: Ledger, who: Identity) -> Account:
        access.require_person(who)
        return finding.account(ledger, who.name)

    def _accept(self, ledger: Ledger, account: Account, kept: KeptFactor, typed: str) -> Refusal | None:
        secret = self.sealing.open(kept.sealed, second_factor.purpose(account.id))
        after, refusal = second_factor.judge(kept, secret, typed, self.clock())
        ledger.second_factors.put(account.id, after)
        return refusal

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


def _raise(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise refusal
