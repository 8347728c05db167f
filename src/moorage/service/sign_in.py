"""People in a browser: a session begins with an identity that was proven, waits for the second factor, and ends.

The cookie is drawn at random and known by its hash alone. Whenever somebody gets more rights the session is another
one, so that a cookie planted before is worth nothing after.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.identity import Secrets
from moorage.ports.records import Ledger, Records
from moorage.ports.trail import Trail
from moorage.rules import identities, sessions
from moorage.rules.access import Identity, Kind, Via
from moorage.rules.facts import REFUSED, Account, Event
from moorage.rules.sessions import LOGIN_SECONDS, Lifetimes, Requirement, Session, Stage
from moorage.rules.telling import as_json
from moorage.service.second_look import SecondLook

_MOST_SWEPT = 1000
_MOST_SESSIONS = 100
"""Of one person: the oldest end."""
_TOUCH = 60.0
"""Seconds between two notes of when a session was used."""


class Signed(NamedTuple):
    """Somebody in a browser. Until the stage is OPEN they get to see one page only."""

    account: Account
    who: Identity
    session: Session
    stage: Stage


@dataclass(frozen=True, slots=True)
class SignIn:
    """Every verb that begins a session gives the cookie that it has from then on."""

    records: Records
    secrets: Secrets
    look: SecondLook
    trail: Trail
    clock: Clock
    lifetimes: Lifetimes
    requirement: Requirement

    async def begin(self, who: Identity, via: Via, *, shown: bool, before: str = "") -> str:
        """For an identity just proven, in place of the session with the cookie `before`; `shown` as in `Session`."""
        cookie, hashed = self.secrets.draw("")

        def story(ledger: Ledger) -> Signed:
            account = ledger.accounts.get(who.user_id) if who.user_id is not None else None
            now = self.clock()
            if who.kind is not Kind.USER or account is None or not identities.is_open(account, now):
                raise Refusal(Code.DENIED, "only people can sign in here")
            if account.epoch != who.epoch:  # what was proven is no longer so
                raise Refusal(Code.UNAUTHORIZED, "your account was changed meanwhile: sign in again")
            if before and (old := ledger.sessions.find(self.secrets.hash(before))) is not None:
                ledger.sessions.end(old.id, old.account_id)
            new = Session(0, account.id, account.epoch, shown, now, now, via.address, via.agent)
            ledger.sessions.keep_newest(account.id, _MOST_SESSIONS)
            return self._signed(account, ledger.sessions.start(new, hashed), via)

        signed = await self.records.write(story)
        if signed.stage is not Stage.CODE:
            self._note(signed, via)
        return cookie

    async def recall(self, cookie: str, via: Via) -> Signed | None:
        """Who has this cookie; None if nobody has it any more."""
        if not cookie:
            return None
        hashed = self.secrets.hash(cookie)
        signed = await self.records.read(lambda ledger: self._look(ledger, hashed, via))
        if signed is None:
            return None
        now = self.clock()
        if now - signed.session.seen_at >= _TOUCH:
            used = signed.session.touch(now, via.address)
            await self.records.write(lambda ledger: ledger.sessions.touch(used), durable=False)
        return signed

    async def still(self, cookie: str, via: Via) -> Signed | None:
        """The same for what goes on by itself: it does not count as using the session."""
        hashed = self.secrets.hash(cookie)
        return await self.records.read(lambda ledger: self._look(ledger, hashed, via))

    async def show(self, cookie: str, typed: str, via: Via) -> str:
        """The second factor, or a recovery code in its place. Raises DENIED, and TOOMANYREQUESTS after wrong ones."""
        hashed = self.secrets.hash(cookie)
        new, new_hashed = self.secrets.draw("")

        def story(ledger: Ledger) -> Signed | Refusal:
            signed = self._look(ledger, hashed, via)
            if signed is None or signed.stage is not Stage.CODE:
                return Refusal(Code.UNAUTHORIZED, "this took too long: sign in again")
            refusal = self.look(ledger, signed.who, signed.account, typed, self.clock())
            if refusal is not None:
                return refusal
            ledger.sessions.end(signed.session.id, signed.account.id)
            now = self.clock()
            shown = replace(signed.session, shown=True, started_at=now, seen_at=now)
            return self._signed(signed.account, ledger.sessions.start(shown, new_hashed), via)

        outcome = await self.records.write(story)
        if isinstance(outcome, Refusal):
            if outcome.code is Code.DENIED and (signed := await self.recall(cookie, via)) is not None:
                self.trail.failed(signed.account.name, via, reason="the second factor was wrong")
            raise outcome
        self._note(outcome, via)
        return new

    async def end(self, cookie: str) -> None:
        """Sign out."""
        hashed = self.secrets.hash(cookie)

        def story(ledger: Ledger) -> None:
            session = ledger.sessions.find(hashed)
            if session is not None:
                ledger.sessions.end(session.id, session.account_id)

        await self.records.write(story)

    async def sweep(self) -> int:
        """Forget sessions that are over; how many went.

        Who showed a password only, and nothing more, is told of.
        """
        now = self.clock()
        unused, started = now - self.lifetimes.idle, now - self.lifetimes.absolute

        def story(ledger: Ledger) -> int:
            half = ledger.sessions.half(started_before=now - LOGIN_SECONDS, limit=_MOST_SWEPT)
            for session, name in half:
                ledger.sessions.end(session.id, session.account_id)
                ledger.events.record(_never_shown(session, name, now))
            return len(half) + ledger.sessions.forget(unused_since=unused, started_before=started)

        return await self.records.write(story, durable=False)

    def _look(self, ledger: Ledger, hashed: str, via: Via) -> Signed | None:
        session = ledger.sessions.find(hashed)
        account = ledger.accounts.get(session.account_id) if session is not None else None
        if session is None or account is None or not session.stands_for(account):
            return None
        now = self.clock()
        signed = self._signed(account, session, via)
        is_over = now >= session.ends_at(signed.stage, self.lifetimes)
        return None if is_over or not identities.is_open(account, now) else signed

    def _signed(self, account: Account, session: Session, via: Via) -> Signed:
        stage = sessions.stage(
            account, has_factor=account.has_factor, shown=session.shown, requirement=self.requirement
        )
        return Signed(account, replace(identities.of_account(account), via=via), session, stage)

    def _note(self, signed: Signed, via: Via) -> None:
        self.trail.login(signed.who, via)
        self.trail.used(signed.who, via)


def _never_shown(session: Session, name: str, now: float) -> Event:
    """Somebody knows the password and not the second factor: its owner wants to know."""
    return Event(
        "login.failed",
        "",
        None,
        name,
        now,
        outcome=REFUSED,
        address=session.address,
        agent=session.agent,
        after=as_json({"reason": "the password was right, and the second factor was never shown"}),
    )
