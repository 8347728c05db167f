"""Administrators make people and groups; everybody changes their own password."""

from dataclasses import dataclass

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.identity import Passwords
from moorage.ports.records import Ledger, Records
from moorage.rules import access, names, sign_on
from moorage.rules.access import Identity
from moorage.rules.condition import Condition, always
from moorage.rules.facts import Account, Group, GroupPerson
from moorage.rules.listing import Listed, Listing, cut
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.service import finding


@dataclass(frozen=True, slots=True)
class ManagePeople:
    """Whatever ends somebody's rights ends their logins as well; a disabled or deleted person's tokens open nothing."""

    records: Records
    passwords: Passwords
    clock: Clock

    async def page(self, who: Identity, listing: Listing) -> Listed[Account]:
        """Everybody."""
        access.require_instance(who, Action.READ_PEOPLE)

        def story(ledger: Ledger) -> Listed[Account]:
            return cut(listing, ledger.accounts.page(listing), lambda most: ledger.accounts.count(listing, most=most))

        return await self.records.read(story)

    async def find(self, who: Identity, name: str) -> Account:
        """Somebody. Raises NAME_UNKNOWN."""
        access.require_instance(who, Action.READ_PEOPLE)
        return await self.records.read(lambda ledger: finding.account(ledger, name))

    async def me(self, who: Identity) -> Account:
        """Their own account; also for those who have to change their password first."""
        access.require_person(who)
        return await self.records.read(lambda ledger: finding.account(ledger, who.name))

    async def create(self, who: Identity, name: str, password: str, *, must_change: bool) -> Account:
        """Raises NAME_INVALID, and CONFLICT if the name is taken."""
        access.require_instance(who, Action.MANAGE_PEOPLE)
        names.require_person(name)
        hashed = await self.passwords.hash(names.require_password(password))

        def story(ledger: Ledger) -> Account:
            now = self.clock()
            account = ledger.accounts.create(name, hashed, administrator=False, now=now, must_change=must_change)
            if account is None:
                raise Refusal(Code.CONFLICT, f"there is a user {name} already")
            ledger.events.record(told("user.created", who, now, about=f"user:{name}", after=_shown(account)))
            return account

        return await self.records.write(story, by=who)

    async def update(
        self,
        who: Identity,
        name: str,
        *,
        administrator: bool | None = None,
        auditor: bool | None = None,
        disabled: bool | None = None,
        still: Condition[Account] = always,
    ) -> Account:
        """Change what they are to the instance. The last administrator stays one."""
        access.require_instance(who, Action.MANAGE_PEOPLE)

        def story(ledger: Ledger) -> Account:
            was = finding.account(ledger, name)
            still(was)
            wanted = {
                "administrator": was.administrator if administrator is None else administrator,
                "auditor": was.auditor if auditor is None else auditor,
                "disabled": was.disabled if disabled is None else disabled,
            }
            if wanted == _shown(was):
                return was
            ledger.accounts.update(was.id, **wanted)
            _require_an_administrator(ledger, self.clock())
            account = finding.account(ledger, name)
            ledger.events.record(
                told(
                    "user.updated",
                    who,
                    self.clock(),
                    about=f"user:{name}",
                    before=_shown(was),
                    after=_shown(account),
                )
            )
            return account

        return await self.records.write(story, by=who)

    async def set_password(self, who: Identity, name: str, password: str) -> None:
        """By an administrator: until its owner changes it, it opens nothing else. Their personal tokens are revoked."""
        access.require_instance(who, Action.MANAGE_PEOPLE)
        hashed = await self.passwords.hash(names.require_password(password))

        def story(ledger: Ledger) -> None:
            account = finding.account(ledger, name)
            sign_on.require_own_password(account)
            if account.id == who.user_id:
                raise Refusal(Code.CONFLICT, "your own password is changed with the old one: PUT /api/v1/me/password")
            ledger.accounts.renew_password(account.id, hashed, must_change=True)
            ledger.personal_tokens.revoke(account.id)
            ledger.events.record(told("user.password_set", who, self.clock(), about=f"user:{name}"))

        await self.records.write(story, by=who)

    async def change_password(self, who: Identity, old: str, new: str) -> Account:
        """One's own: the old one is asked for again. All logins made before end; personal tokens stay.

        Gives the account as it is now.
        """
        access.require_person(who)
        if who.personal is not None:  # or whoever finds a token could try passwords here
            raise Refusal(Code.DENIED, "a password is changed by who logs in with it, not by a personal token")
        account = await self.records.read(lambda ledger: finding.account(ledger, who.name))
        sign_on.require_own_password(account)
        if not await self.passwords.verify(account.password_hash, old):
            raise Refusal(Code.DENIED, "the old password is not right")
        if old == new:
            raise Refusal(Code.QUERY_INVALID, "the new password is the old one: choose another")
        hashed = await self.passwords.hash(names.require_password(new))

        def story(ledger: Ledger) -> Account:
            if finding.account(ledger, who.name).epoch != account.epoch:
                raise Refusal(Code.CONFLICT, "your account was changed meanwhile: log in again")
            ledger.accounts.renew_password(account.id, hashed)
            ledger.events.record(told("user.password_changed", who, self.clock(), about=f"user:{who.name}"))
            return finding.account(ledger, who.name)

        return await self.records.write(story, by=who)

    async def delete(self, who: Identity, name: str, still: Condition[Account] = always) -> None:
        """Forget somebody, with their roles and tokens; what they did stays told."""
        access.require_instance(who, Action.MANAGE_PEOPLE)

        def story(ledger: Ledger) -> None:
            was = finding.account(ledger, name)
            still(was)
            if was.id == who.user_id:
                raise Refusal(Code.CONFLICT, "you cannot delete yourself: ask another administrator")
            ledger.accounts.delete(was.id)
            _require_an_administrator(ledger, self.clock())
            ledger.events.record(told("user.deleted", who, self.clock(), about=f"user:{name}", before=_shown(was)))

        await self.records.write(story, by=who)

    async def groups(self, who: Identity, listing: Listing) -> Listed[Group]:
        """All groups."""
        access.require_instance(who, Action.READ_PEOPLE)

        def story(ledger: Ledger) -> Listed[Group]:
            return cut(listing, ledger.groups.page(listing), lambda most: ledger.groups.count(listing, most=most))

        return await self.records.read(story)

    async def people(self, who: Identity, group: str, listing: Listing) -> Listed[GroupPerson]:
        """Who is in a group."""
        access.require_instance(who, Action.READ_PEOPLE)

        def story(ledger: Ledger) -> Listed[GroupPerson]:
            group_id = finding.group(ledger, group).id
            return cut(
                listing,
                ledger.groups.people(group_id, listing),
                lambda most: ledger.groups.count_people(group_id, listing, most=most),
            )

        return await self.records.read(story)

    async def create_group(self, who: Identity, name: str) -> Group:
        """Raises NAME_INVALID, and CONFLICT if the name is taken."""
        access.require_instance(who, Action.MANAGE_PEOPLE)
        names.require_person(name)

        def story(ledger: Ledger) -> Group:
            group = ledger.groups.create(name, now=self.clock())
            if group is None:
                raise Refusal(Code.CONFLICT, f"there is a group {name} already")
            ledger.events.record(told("group.created", who, self.clock(), about=f"group:{name}"))
            return group

        return await self.records.write(story, by=who)

    async def delete_group(self, who: Identity, name: str) -> None:
        """Forget it, with the roles that it gave."""
        access.require_instance(who, Action.MANAGE_PEOPLE)

        def story(ledger: Ledger) -> None:
            ledger.groups.delete(finding.group(ledger, name).id)
            ledger.events.record(told("group.deleted", who, self.clock(), about=f"group:{name}"))

        await self.records.write(story, by=who)

    async def join(self, who: Identity, group: str, name: str) -> bool:
        """Let somebody into a group; whether they are new in it."""
        return await self._move(who, group, name, joins=True)

    async def leave(self, who: Identity, group: str, name: str) -> None:
        """Let somebody leave a group. Raises NAME_UNKNOWN if they were not in it."""
        if not await self._move(who, group, name, joins=False):
            raise Refusal(Code.NAME_UNKNOWN, f"{name} is not in group {group}")

    async def _move(self, who: Identity, group: str, name: str, *, joins: bool) -> bool:
        access.require_instance(who, Action.MANAGE_PEOPLE)

        def story(ledger: Ledger) -> bool:
            group_id, account_id = finding.group(ledger, group).id, finding.account(ledger, name).id
            moves = ledger.groups.join if joins else ledger.groups.leave
            moved = moves(group_id, account_id)
            if moved:
                kind = "group.joined" if joins else "group.left"
                after: dict[str, object] = {"user": name}
                ledger.events.record(told(kind, who, self.clock(), about=f"group:{group}", after=after))
            return moved

        return await self.records.write(story, by=who)


def _require_an_administrator(ledger: Ledger, now: float) -> None:
    if not ledger.accounts.administrators(now):
        raise Refusal(
            Code.CONFLICT, "then nobody could administer this registry: make somebody else an administrator first"
        )


def _shown(account: Account) -> dict[str, bool]:
    return {"administrator": account.administrator, "auditor": account.auditor, "disabled": account.disabled}
