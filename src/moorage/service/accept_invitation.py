"""Somebody comes with the link of an invitation: they see what it opens, and join, once, with an account or without."""

import asyncio
from collections import OrderedDict
from dataclasses import replace
from weakref import WeakValueDictionary

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.identity import Passwords, Secrets
from moorage.ports.records import Ledger, Records
from moorage.rules import giving, identities, invitations, names
from moorage.rules.access import Identity, Kind, Place, Via
from moorage.rules.facts import Account, Member, RoleSpec, Subject
from moorage.rules.giving import MOST_ROLES
from moorage.rules.invitations import Newcomers, Offer
from moorage.rules.telling import told
from moorage.rules.throttle import ADDRESS_PATIENCE, PATIENCE, Failures
from moorage.service import finding

_MOST_REMEMBERED = 10_000


class AcceptInvitation:
    """What an invitation opens is looked at anew each time, within the transaction that uses it up.

    A right secret is never made to wait for wrong ones of others at its address: nobody guesses 256 bits.
    """

    def __init__(
        self, records: Records, passwords: Passwords, secrets: Secrets, clock: Clock, newcomers: Newcomers
    ) -> None:
        self._records = records
        self._passwords = passwords
        self._secrets = secrets
        self._clock = clock
        self._newcomers = newcomers
        self._failures: OrderedDict[str, Failures] = OrderedDict()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def look(self, secret: str, via: Via) -> Offer:
        """What it opens; nothing is changed. Raises NAME_UNKNOWN, and TOOMANYREQUESTS after many wrong ones."""
        hashed = self._secrets.hash(secret)
        found = await self._records.read(lambda ledger: self._find(ledger, hashed))
        if found is None:
            source = f"address {via.address}"
            self._require_patience(source, ADDRESS_PATIENCE, "invitations that are not good")
            self._count(source, hashed)
            raise invitations.spent()
        return found

    async def enter(self, secret: str, name: str, password: str, via: Via) -> Identity:
        """Join with a new account. Raises as `look`, NAME_INVALID, QUERY_INVALID, and CONFLICT if the name is taken.

        Unless it succeeds the invitation stays good. No password is hashed before the secret was right and the name
        free, and one at a time for each invitation.
        """
        hashed = self._secrets.hash(secret)
        turn = self._turns.setdefault(hashed, asyncio.Lock())
        async with turn:
            found = await self.look(secret, via)
            _require_newcomers(found)
            names.require_person(name)
            names.require_password(password)
            tries = f"names of {hashed}"
            self._require_patience(tries, PATIENCE, "names that are taken")
            if await self._records.read(lambda ledger: ledger.accounts.resembles(name)):
                self._count(tries, name)
                raise _taken(name)
            stored = await self._passwords.hash(password)

            def story(ledger: Ledger) -> Identity:
                offer = self._use_up(ledger, hashed)
                _require_newcomers(offer)
                if ledger.accounts.resembles(name):
                    raise _taken(name)
                now = self._clock()
                account = ledger.accounts.create(name, stored, administrator=False, now=now)
                if account is None:
                    raise _taken(name)
                who = replace(identities.of_account(account), via=via)
                after = {"administrator": False, "auditor": False, "disabled": False}
                ledger.events.record(told("user.created", who, now, about=f"user:{name}", after=after))
                self._admit(ledger, offer, account, who)
                return who

            return await self._records.write(story)

    async def join(self, who: Identity, secret: str) -> Offer:
        """Join a project with the account that one has. Raises as `look`, and CONFLICT where that gives nothing."""
        account_id = who.user_id
        if who.kind is not Kind.USER or account_id is None:
            raise Refusal(Code.DENIED, "invitations are for people")
        found = await self.look(secret, who.via)
        hashed = self._secrets.hash(secret)

        def story(ledger: Ledger) -> None:
            offer = self._use_up(ledger, hashed)
            account = ledger.accounts.get(account_id)
            if account is None or offer.invitation.project is None:
                raise Refusal(Code.CONFLICT, "this invitation makes an account, and you have one already")
            self._admit(ledger, offer, account, who)

        await self._records.write(story, by=who)
        return found

    def _find(self, ledger: Ledger, hashed: str) -> Offer | None:
        invitation = ledger.invitations.find(hashed)
        if invitation is None:
            return None
        maker = ledger.accounts.get(invitation.maker_id)
        place, actions = None, None
        if invitation.project is not None and invitation.role is not None and maker is not None:
            place = ledger.projects.place(invitation.project, identities.of_account(maker))
            actions = finding.actions_of_role(ledger, invitation.role)
        return invitations.offer(invitation, maker, place, actions, self._newcomers, self._clock())

    def _use_up(self, ledger: Ledger, hashed: str) -> Offer:
        """Of two who come at once the second finds nothing."""
        found = self._find(ledger, hashed)
        if found is None or not ledger.invitations.remove(found.invitation.id):
            raise invitations.spent()
        return found

    def _admit(self, ledger: Ledger, offer: Offer, account: Account, who: Identity) -> None:
        invitation, now = offer.invitation, self._clock()
        place = None
        if invitation.project is not None and invitation.role is not None:
            place = ledger.projects.place(invitation.project, who)
            _give(ledger, place, invitation.role, account, who, now)
        ledger.events.record(
            told(
                "invitation.accepted",
                who,
                now,
                place=place,
                about=invitations.called(invitation),
                before=invitations.told(invitation),
                after={"user": account.name},
            )
        )

    def _require_patience(self, key: str, patience: int, what: str) -> None:
        if wait := self._failures.get(key, Failures()).wait(self._clock(), patience):
            raise Refusal(Code.TOOMANYREQUESTS, f"too many {what}: wait {wait} seconds", retry_after=wait)

    def _count(self, key: str, tried: str) -> None:
        fingerprint = self._secrets.hash(tried).encode()
        self._failures[key] = self._failures.get(key, Failures()).add_new(self._clock(), fingerprint)
        while len(self._failures) > _MOST_REMEMBERED:
            self._failures.popitem(last=False)


def _give(ledger: Ledger, place: Place, role: str, account: Account, who: Identity, now: float) -> None:
    """The role beside those that they hold there."""
    assert place.project_id is not None  # noqa: S101 - the invitation would have gone with it
    subject, given = Subject(account.id, account.name), RoleSpec(role)
    was = ledger.members.find(place.project_id, subject)
    held = was.roles if was is not None else ()
    if given in held:
        raise Refusal(Code.CONFLICT, f"{account.name} is {role} in project {place.project} already")
    if len(held) >= MOST_ROLES:
        raise Refusal(Code.CONFLICT, f"{account.name} holds {MOST_ROLES} roles in project {place.project} already")
    member = Member(subject, (*held, given))
    ledger.members.put(place.project_id, subject, member.roles, now=now)
    ledger.events.record(
        told(
            "member.set",
            who,
            now,
            place=place,
            about=giving.called(subject),
            before=giving.told(was),
            after=giving.told(member),
        )
    )


def _require_newcomers(offer: Offer) -> None:
    if not offer.newcomers:
        raise Refusal(Code.DENIED, "this invitation is for people who have an account here: sign in to accept it")


def _taken(name: str) -> Refusal:
    return Refusal(Code.CONFLICT, f"somebody here is called {name} already: choose another name")
