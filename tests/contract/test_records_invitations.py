"""Invitations, as `ports.records` promises them."""

from moorage.ports.records import Ledger, Records
from moorage.rules.facts import Account, Invitation
from tests.support.records import NOW


def invite(ledger: Ledger, maker: Account, hashed: str, project: str | None = None, until: float = NOW + 9) -> int:
    """Keep an invitation; its id."""
    there = ledger.projects.find(project) if project is not None else None
    made = ledger.invitations.create(
        Invitation(
            id=0,
            project_id=there.id if there is not None else None,
            project=project,
            role="reader" if project is not None else None,
            note="a note",
            maker_id=maker.id,
            made_by=maker.name,
            made_at=NOW,
            expires_at=until,
        ),
        hashed,
    )
    assert ledger.invitations.find(hashed) == ledger.invitations.get(made.id) == made
    return made.id


def maker(ledger: Ledger, name: str = "ann") -> Account:
    """Somebody who invites."""
    made = ledger.accounts.create(name, "hash", administrator=True, now=NOW)
    assert made is not None
    return made


async def test_lists(records: Records) -> None:
    """A project's are its own, those into the registry alone are of no project; both are counted and paged."""

    def story(ledger: Ledger) -> None:
        ann = maker(ledger)
        team, other = (ledger.projects.create(name, public=False, now=NOW) for name in ("team", "other"))
        assert team is not None
        assert other is not None
        wide = [invite(ledger, ann, f"wide {number}") for number in range(3)]
        own = [invite(ledger, ann, f"own {number}", "team") for number in range(2)]
        for project_id, expected in ((None, wide), (team.id, own), (other.id, [])):
            found = ledger.invitations.page(project_id, after=0, limit=9)
            assert [invitation.id for invitation in found] == expected
            assert ledger.invitations.count(project_id, most=9) == len(expected)
        assert [found.id for found in ledger.invitations.page(None, after=wide[0], limit=1)] == [wide[1]]
        assert ledger.invitations.count(None, most=2) == 2
        ledger.projects.rename(team.id, "crew")
        assert {found.project for found in ledger.invitations.page(team.id, after=0, limit=9)} == {"crew"}

    await records.write(story)


async def test_each_counts_once(records: Records) -> None:
    """Whoever removes it second has not; its id is never used again."""

    def story(ledger: Ledger) -> None:
        ann = maker(ledger)
        first = invite(ledger, ann, "one")
        assert ledger.invitations.remove(first)
        assert not ledger.invitations.remove(first)
        assert ledger.invitations.find("one") is None
        assert invite(ledger, ann, "one") > first

    await records.write(story)


async def test_they_go_with_what_they_are_of(records: Records) -> None:
    """With their maker, with their project, and with their time."""

    def story(ledger: Ledger) -> None:
        ann, bob = maker(ledger), maker(ledger, "bob")
        team = ledger.projects.create("team", public=False, now=NOW)
        assert team is not None
        invite(ledger, ann, "of ann")
        invite(ledger, bob, "of team", "team")
        invite(ledger, bob, "short", until=NOW + 1)
        invite(ledger, bob, "long", until=NOW + 2)
        ledger.accounts.delete(ann.id)
        ledger.projects.delete(team.id)
        assert ledger.invitations.forget(ended_before=NOW + 2) == 1
        left = [hashed for hashed in ("of ann", "of team", "short", "long") if ledger.invitations.find(hashed)]
        assert left == ["long"]

    await records.write(story)


async def test_names_that_look_alike(records: Records) -> None:
    """Whatever letters are large or small; others are others."""

    def story(ledger: Ledger) -> list[bool]:
        maker(ledger, "Ann.Lee")
        return [ledger.accounts.resembles(name) for name in ("ann.lee", "ANN.LEE", "Ann.Lee", "ann_lee", "ann")]

    assert await records.write(story) == [True, True, True, False, False]
