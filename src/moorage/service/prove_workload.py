"""A job shows the identity token of whoever runs it, in place of a robot's secret: may it be that robot?

So no secret need lie where jobs run. A token is good until it ends, for the robot and from the address that showed it
first: docker shows it again with each request, somebody who stole it shows it from elsewhere. One that is exchanged
outright (RFC 8693) is good for that once.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from moorage.ports.clock import Clock
from moorage.ports.federation import Assertions, NotProven, Proof
from moorage.ports.records import Ledger, Records
from moorage.rules import federation, identities
from moorage.rules.access import Identity, Via
from moorage.rules.facts import Robot
from moorage.rules.federation import Issuer, Trust


class _Known(NamedTuple):
    issuer: Issuer | None
    robot: Robot | None
    trusts: tuple[Trust, ...]


@dataclass(frozen=True, slots=True)
class ProveWorkload:
    """Every fault is told to the audit alone: a stranger learns neither of robots nor of trusts."""

    records: Records
    assertions: Assertions
    clock: Clock

    async def __call__(self, title: str, token: str, via: Via, *, spend: bool) -> Proof:
        """The robot of this title, if the token proves that. Raises NotProven, with the reason."""
        url = self.assertions.issuer_of(token)
        known = await self.records.read(lambda ledger: _known(ledger, title, url))
        if known.issuer is None:
            raise NotProven(f"the issuer {url[:200]!r} is not trusted")
        said = await self.assertions.read(token, known.issuer)  # also where there is no such robot: it takes as long
        now = self.clock()
        if fault := federation.fault_of(said, known.issuer, now):
            raise NotProven(fault)
        robot = known.robot
        if robot is None or not identities.is_alive(robot, now):
            raise NotProven("there is no such robot, or it has expired or is disabled")
        trust = next((trust for trust in known.trusts if federation.fits(trust, said)), None)
        if trust is None:
            raise NotProven(f"no trust of this robot fits the claims of {str(said['sub'])[:200]!r}")
        until = float(str(said["exp"])) + federation.LEEWAY
        shown = _fingerprint(token, known.issuer, said)
        if not await self.records.write(
            lambda ledger: ledger.trusts.show(shown, robot.id, via.address, spend=spend, until=until), durable=False
        ):
            raise NotProven("this very token was shown before: by another robot, from another address, or as spent")
        return Proof(identities.of_robot(robot), trust.id, until)

    def still(self, ledger: Ledger, title: str, proof: Proof, now: float) -> Identity | None:
        """Whom a proof of before still stands for: robot, trust and token must hold, and nothing about them be new.

        A changed issuer begins a new epoch of its robots: the token is then looked at again, under what is asked now.
        """
        robot = ledger.robots.find(title)
        trust = ledger.trusts.get(proof.trust_id)
        if robot is None or trust is None or trust.robot_id != robot.id or now >= proof.until:
            return None
        if robot.epoch != proof.identity.epoch:
            return None
        return identities.of_robot(robot) if identities.is_alive(robot, now) else None


def _known(ledger: Ledger, title: str, url: str) -> _Known:
    issuer, robot = ledger.issuers.by_url(url), ledger.robots.find(title)
    if issuer is None or robot is None:
        return _Known(issuer, robot, ())
    return _Known(issuer, robot, tuple(t for t in ledger.trusts.of_robot(robot.id) if t.issuer_id == issuer.id))


def _fingerprint(token: str, issuer: Issuer, said: Mapping[str, object]) -> str:
    """Names a token by the id that its issuer gave it, so that a copy that is written otherwise is the same."""
    number = said.get("jti")
    named = f"{issuer.url}\n{number}" if isinstance(number, str | int) and number else f"\n{token.rpartition('.')[0]}"
    return hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()
