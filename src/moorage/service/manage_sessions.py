"""Sessions in browsers are seen and ended: one's own by everybody, others' by administrators."""

from collections.abc import Sequence
from dataclasses import dataclass

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.records import Ledger, Records
from moorage.rules import access
from moorage.rules.access import Identity
from moorage.rules.condition import Condition, always
from moorage.rules.facts import Account
from moorage.rules.roles import Action
from moorage.rules.sessions import Session
from moorage.rules.telling import told
from moorage.service import finding


@dataclass(frozen=True, slots=True)
class ManageSessions:
    """`name` None means one's own."""

    records: Records
    clock: Clock

    async def all(self, who: Identity, name: str | None = None) -> Sequence[Session]:
        """The newest first. Raises NAME_UNKNOWN."""

        def story(ledger: Ledger) -> Sequence[Session]:
            return ledger.sessions.of(_account(ledger, who, name, Action.READ_PEOPLE).id)

        return await self.records.read(story)

    async def end(self, who: Identity, session_id: int, name: str | None = None) -> None:
        """One of them. Raises NAME_UNKNOWN."""

        def story(ledger: Ledger) -> None:
            account = _account(ledger, who, name, Action.MANAGE_PEOPLE)
            if not ledger.sessions.end(session_id, account.id):
                raise Refusal(Code.NAME_UNKNOWN, f"{account.name} has no session {session_id}; it may be over")
            self._tell(ledger, who, account, {"session": session_id})

        await self.records.write(story, by=who)

    async def end_all(
        self,
        who: Identity,
        name: str | None = None,
        *,
        but: int | None = None,
        still: Condition[Sequence[Session]] = always,
    ) -> int:
        """All but this one; how many there were."""

        def story(ledger: Ledger) -> int:
            account = _account(ledger, who, name, Action.MANAGE_PEOPLE)
            still(ledger.sessions.of(account.id))
            ended = ledger.sessions.end_all(account.id, but=but)
            if ended:
                self._tell(ledger, who, account, {"sessions": ended})
            return ended

        return await self.records.write(story, by=who)

    def _tell(self, ledger: Ledger, who: Identity, account: Account, before: dict[str, object]) -> None:
        ledger.events.record(told("session.ended", who, self.clock(), about=f"user:{account.name}", before=before))


def _account(ledger: Ledger, who: Identity, name: str | None, action: Action) -> Account:
    if name is None:
        access.require_person(who)
        name = who.name
    else:
        access.require_instance(who, action)
    return finding.account(ledger, name)
