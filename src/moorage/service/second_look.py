"""A code of the second factor, or a recovery code in its place: spent if it is right, counted if it is wrong."""

from dataclasses import dataclass

from moorage.oci.error import Code, Refusal
from moorage.ports.identity import Secrets
from moorage.ports.records import Ledger
from moorage.ports.sealing import Sealing
from moorage.rules import recovery, second_factor
from moorage.rules.access import Identity
from moorage.rules.facts import Account
from moorage.rules.telling import told


@dataclass(frozen=True, slots=True)
class SecondLook:
    """Part of the stories of those who ask for a second factor."""

    secrets: Secrets
    sealing: Sealing

    def __call__(self, ledger: Ledger, who: Identity, account: Account, typed: str, now: float) -> Refusal | None:
        """Why it does not do; None if it does. Either way what becomes of it is kept with the story."""
        kept = ledger.second_factors.find(account.id)
        if kept is None:
            return Refusal(Code.UNAUTHORIZED, "your second factor is gone: sign in again")
        code = recovery.read(typed)
        if code is not None and ledger.second_factors.spend_code(account.id, self.secrets.hash(code)):
            left = ledger.second_factors.codes(account.id)
            about = f"user:{account.name}"
            ledger.events.record(told("factor.recovery_used", who, now, about=about, after={"left": left}))
            return None
        secret = self.sealing.open(kept.sealed, second_factor.purpose(account.id))
        after, refusal = second_factor.judge(kept, secret, typed, now)
        ledger.second_factors.put(account.id, after)
        return refusal
