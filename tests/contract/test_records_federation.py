"""Issuers, trusts, identity tokens that were shown, and streams of events, as `ports.records` promises them."""

import asyncio
from dataclasses import replace
from types import MappingProxyType

from moorage.ports.records import Ledger, Records
from moorage.rules.facts import Event, Robot
from moorage.rules.federation import Issuer, Trust
from moorage.rules.listing import Listing
from moorage.rules.pattern import Pattern
from moorage.rules.roles import Action
from tests.support.records import NOW

ISSUER = Issuer(0, "ci", "https://ci.example.com", "registry", ("RS256",), None, "admin", NOW)
CLAIMS = MappingProxyType({"repository": Pattern("acme/*"), "a/b": Pattern("c d")})


def robot(ledger: Ledger, name: str = "job") -> Robot:
    """A robot of the instance, made if need be."""
    title = f"robot${name}"
    made = Robot(
        0, title, name, None, "", frozenset({Action.PULL}), (Pattern("**"),), "hash", None, None, None,
        disabled=False, epoch=1, created_by="admin", created_at=NOW,
    )  # fmt: skip
    found = ledger.robots.find(title) or ledger.robots.create(made)
    assert found is not None
    return found


def issuer(ledger: Ledger) -> Issuer:
    """The one issuer, made if need be."""
    found = ledger.issuers.find("ci") or ledger.issuers.create(ISSUER)
    assert found is not None
    return found


def trust(ledger: Ledger, name: str = "job") -> Trust:
    """A new trust of this robot."""
    return ledger.trusts.create(Trust(0, robot(ledger, name).id, issuer(ledger).id, "ci", CLAIMS, "admin", NOW))


async def test_issuers(records: Records) -> None:
    """Found by name and by the very url; neither is given twice; what may change does."""

    def story(ledger: Ledger) -> None:
        made = issuer(ledger)
        assert made == replace(ISSUER, id=made.id)
        assert ledger.issuers.by_url(ISSUER.url) == ledger.issuers.find("ci") == made
        assert ledger.issuers.by_url(f"{ISSUER.url}/") is None
        assert ledger.issuers.create(replace(ISSUER, url="https://other.example.com")) is None
        assert ledger.issuers.create(replace(ISSUER, name="other")) is None
        ledger.issuers.update(replace(made, audience="another", algorithms=("ES256", "EdDSA"), keys='{"keys": []}'))
        found = ledger.issuers.find("ci")
        assert found is not None
        assert (found.audience, found.algorithms, found.keys) == ("another", ("ES256", "EdDSA"), '{"keys": []}')
        ledger.issuers.create(replace(ISSUER, name="b", url="b"))
        assert [one.name for one in ledger.issuers.page(Listing(9))] == ["b", "ci"]
        assert [one.name for one in ledger.issuers.page(Listing(1, "b"))] == ["ci"]

    await records.write(story)


async def test_trusts(records: Records) -> None:
    """Of their robot, in order; with the robot or the issuer they go."""

    def story(ledger: Ledger) -> None:
        one, two = trust(ledger), trust(ledger)
        other = trust(ledger, "other")
        assert one.claims == CLAIMS
        assert list(ledger.trusts.of_robot(one.robot_id)) == [one, two]
        assert ledger.trusts.get(other.id) == other
        ledger.robots.delete(other.robot_id)
        assert ledger.trusts.get(other.id) is None
        ledger.trusts.delete(one.id)
        assert list(ledger.trusts.of_robot(one.robot_id)) == [two]
        ledger.issuers.delete(two.issuer_id)
        assert ledger.trusts.get(two.id) is None

    await records.write(story)


async def test_new_epochs(records: Records) -> None:
    """Whatever takes a trust away, or changes its issuer, ends what its robot was given, and no other robot's."""

    def story(ledger: Ledger) -> None:
        made, bystander = trust(ledger), robot(ledger, "bystander")
        ledger.issuers.update(issuer(ledger))
        assert robot(ledger).epoch == 2
        ledger.trusts.delete(made.id)
        assert robot(ledger).epoch == 3
        ledger.issuers.delete(trust(ledger).issuer_id)
        assert robot(ledger).epoch == 4
        assert robot(ledger, "bystander") == bystander

    await records.write(story)


async def test_shown_tokens(records: Records) -> None:
    """A token is its first robot's and its first address's; who spends it must be the first and is the last."""

    def story(ledger: Ledger) -> None:
        def show(token: str, robot_id: int = 1, address: str = "a", *, spend: bool = False) -> bool:
            return ledger.trusts.show(token, robot_id, address, spend=spend, until=NOW + 10)

        assert show("bound")
        assert show("bound")
        assert not show("bound", 2)
        assert not show("bound", 1, "b")
        assert not show("bound", spend=True)
        assert show("spent", spend=True)
        assert not show("spent", spend=True)
        assert not show("spent")
        assert ledger.trusts.forget_shown(before=NOW + 10, limit=9) == 0
        assert ledger.trusts.forget_shown(before=NOW + 11, limit=1) == 1
        assert ledger.trusts.forget_shown(before=NOW + 11, limit=9) == 1
        assert show("bound", 2)

    await records.write(story)


async def test_one_spender(records: Records) -> None:
    """Of many who spend one token at once, one does."""
    ended = await asyncio.gather(
        *(records.write(lambda ledger: ledger.trusts.show("token", 1, "a", spend=True, until=NOW)) for _ in range(20))
    )
    assert sum(ended) == 1


async def test_streams(records: Records) -> None:
    """A stream begins at the end, goes on where it was, and is one holder's until their time is over."""

    def story(ledger: Ledger) -> None:
        ledger.events.record(Event("old", "", None, "", NOW))
        ((old, _),) = ledger.events.page(after=0, limit=9)
        assert ledger.events.stream("audit") is None
        assert ledger.events.claim("audit", "one", now=NOW, until=NOW + 10) == old
        assert ledger.events.stream("audit") == (old, "one", NOW + 10)
        assert ledger.events.claim("audit", "two", now=NOW + 9, until=NOW + 20) is None
        assert ledger.events.claim("other", "two", now=NOW, until=NOW + 10) == old
        assert ledger.events.advance("audit", "one", old + 7, until=NOW + 12)
        assert not ledger.events.advance("audit", "two", old + 9, until=NOW + 12)
        assert ledger.events.stream("audit") == (old + 7, "one", NOW + 12)
        assert ledger.events.claim("audit", "one", now=NOW + 9, until=NOW + 20) == old + 7
        assert ledger.events.claim("audit", "two", now=NOW + 21, until=NOW + 30) == old + 7
        assert not ledger.events.advance("audit", "one", old + 8, until=NOW + 40)

    await records.write(story)
