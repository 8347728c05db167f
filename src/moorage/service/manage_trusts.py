"""Administrators say whose identity tokens are believed; owners say which of their claims may be which robot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from moorage.oci.error import Code, Refusal
from moorage.ports.clock import Clock
from moorage.ports.federation import Assertions, NotProven
from moorage.ports.records import Ledger, Records
from moorage.rules import access, federation, names
from moorage.rules.access import Identity
from moorage.rules.condition import Condition, always
from moorage.rules.federation import Issuer, Trust
from moorage.rules.listing import Listed, Listing, cut
from moorage.rules.roles import Action
from moorage.rules.telling import told
from moorage.service import finding

MOST_TRUSTS = 50
"""Of one robot."""
_LONGEST_KEYS = 64 * 1024


@dataclass(frozen=True, slots=True)
class ManageTrusts:
    """`project` None is the instance itself."""

    records: Records
    assertions: Assertions
    clock: Clock

    async def issuers(self, who: Identity, listing: Listing) -> Listed[Issuer]:
        """All of them."""

        def story(ledger: Ledger) -> Listed[Issuer]:
            access.require_instance(who, Action.READ_INSTANCE)
            return cut(listing, ledger.issuers.page(listing), lambda most: ledger.issuers.count(listing, most=most))

        return await self.records.read(story)

    async def issuer(self, who: Identity, name: str) -> Issuer:
        """One of them. Raises NAME_UNKNOWN."""

        def story(ledger: Ledger) -> Issuer:
            access.require_instance(who, Action.READ_INSTANCE)
            return _issuer(ledger, name)

        return await self.records.read(story)

    async def add_issuer(
        self, who: Identity, name: str, url: str, audience: str, algorithms: Sequence[str], keys: str | None
    ) -> Issuer:
        """Believe its tokens. Raises QUERY_INVALID, and CONFLICT where name or url are taken."""
        names.require_short(name, "issuer")
        self._require(url, audience, algorithms, keys)

        def story(ledger: Ledger) -> Issuer:
            access.require_instance(who, Action.MANAGE_INSTANCE)
            now = self.clock()
            made = ledger.issuers.create(Issuer(0, name, url, audience, tuple(algorithms), keys, who.name, now))
            if made is None:
                raise Refusal(Code.CONFLICT, f"there is an issuer {name}, or one with this url, already")
            ledger.events.record(told("issuer.created", who, now, about=f"issuer:{name}", after=_shown_issuer(made)))
            return made

        return await self.records.write(story, by=who)

    async def change_issuer(
        self,
        who: Identity,
        name: str,
        *,
        audience: str | None = None,
        algorithms: Sequence[str] | None = None,
        keys: str | None = None,
        published: bool = False,
        still: Condition[Issuer] = always,
    ) -> Issuer:
        """What is None stays; `published` forgets given keys: the issuer's own count again."""

        def story(ledger: Ledger) -> Issuer:
            access.require_instance(who, Action.MANAGE_INSTANCE)
            was = _issuer(ledger, name)
            still(was)
            changed = replace(
                was,
                audience=was.audience if audience is None else audience,
                algorithms=was.algorithms if algorithms is None else tuple(algorithms),
                keys=None if published else was.keys if keys is None else keys,
            )
            self._require(changed.url, changed.audience, changed.algorithms, changed.keys)
            ledger.issuers.update(changed)
            ledger.events.record(
                told(
                    "issuer.updated",
                    who,
                    self.clock(),
                    about=f"issuer:{name}",
                    before=_shown_issuer(was),
                    after=_shown_issuer(changed),
                )
            )
            return changed

        return await self.records.write(story, by=who)

    async def remove_issuer(self, who: Identity, name: str, still: Condition[Issuer] = always) -> None:
        """Believe it no more; its trusts go with it, and what was logged in by them ends."""

        def story(ledger: Ledger) -> None:
            access.require_instance(who, Action.MANAGE_INSTANCE)
            was = _issuer(ledger, name)
            still(was)
            ledger.issuers.delete(was.id)
            ledger.events.record(
                told("issuer.deleted", who, self.clock(), about=f"issuer:{name}", before=_shown_issuer(was))
            )

        await self.records.write(story, by=who)

    async def trusts(self, who: Identity, project: str | None, robot: str) -> Sequence[Trust]:
        """All of a robot's."""

        def story(ledger: Ledger) -> Sequence[Trust]:
            finding.place_of_robots(ledger, who, project, Action.READ_ROBOTS)
            found = finding.robot(ledger, project, robot)
            return ledger.trusts.of_robot(found.id)

        return await self.records.read(story)

    async def add_trust(
        self, who: Identity, project: str | None, robot: str, issuer: str, claims: Mapping[str, str]
    ) -> Trust:
        """Let whoever shows these claims be the robot. Raises QUERY_INVALID, and DENIED like making the robot."""
        wanted = federation.parse_claims(claims)

        def story(ledger: Ledger) -> Trust:
            place = finding.place_of_robots(ledger, who, project, Action.MANAGE_ROBOTS)
            found = finding.robot(ledger, project, robot)
            if not access.holds_throughout(who, place, found.actions):
                raise Refusal(Code.DENIED, f"{who.title} may not all that {found.title} may, so they let nobody")
            by = ledger.issuers.find(issuer)
            if by is None:
                raise Refusal(
                    Code.QUERY_INVALID,
                    f"no issuer is called {issuer[:80]!r} here: ask an administrator to add it",
                )
            if len(ledger.trusts.of_robot(found.id)) >= MOST_TRUSTS:
                raise Refusal(Code.CONFLICT, f"a robot has at most {MOST_TRUSTS} trusts")
            now = self.clock()
            made = ledger.trusts.create(Trust(0, found.id, by.id, by.name, wanted, who.name, now))
            ledger.events.record(
                told("trust.created", who, now, place=place, about=found.title, after=_shown_trust(made))
            )
            return made

        return await self.records.write(story, by=who)

    async def remove_trust(self, who: Identity, project: str | None, robot: str, number: int) -> None:
        """No longer; what was logged in by it ends within seconds."""

        def story(ledger: Ledger) -> None:
            place = finding.place_of_robots(ledger, who, project, Action.MANAGE_ROBOTS)
            found = finding.robot(ledger, project, robot)
            was = ledger.trusts.get(number)
            if was is None or was.robot_id != found.id:
                raise Refusal(Code.NAME_UNKNOWN, f"{found.title} has no trust {number}")
            ledger.trusts.delete(was.id)
            ledger.events.record(
                told("trust.deleted", who, self.clock(), place=place, about=found.title, before=_shown_trust(was))
            )

        await self.records.write(story, by=who)

    def _require(self, url: str, audience: str, algorithms: Sequence[str], keys: str | None) -> None:
        federation.require_issuer(url, audience, algorithms)
        if keys is None:
            return
        if len(keys) > _LONGEST_KEYS:
            raise Refusal(Code.QUERY_INVALID, f"a JWK set has at most {_LONGEST_KEYS} characters")
        try:
            self.assertions.require_keys(keys)
        except NotProven as fault:
            raise Refusal(Code.QUERY_INVALID, str(fault)) from fault


def _issuer(ledger: Ledger, name: str) -> Issuer:
    found = ledger.issuers.find(name)
    if found is None:
        raise Refusal(Code.NAME_UNKNOWN, f"there is no issuer {name[:80]!r}")
    return found


def _shown_issuer(issuer: Issuer) -> dict[str, object]:
    return {
        "url": issuer.url,
        "audience": issuer.audience,
        "algorithms": list(issuer.algorithms),
        "keys": "published" if issuer.keys is None else issuer.keys,
    }


def _shown_trust(trust: Trust) -> dict[str, object]:
    return {
        "id": trust.id,
        "issuer": trust.issuer,
        "claims": {name: pattern.text for name, pattern in trust.claims.items()},
    }
