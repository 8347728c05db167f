"""What use cases ask of tag rules within a transaction, where many tags are held against them, and by the registry."""

from collections.abc import Callable

import pytest

from moorage.oci.digest import Digest
from moorage.oci.error import Code
from moorage.oci.reference import RepositoryName, Tag
from moorage.ports.records import Ledger, Records
from moorage.rules.pattern import Pattern
from moorage.rules.tag_rule import Holders, RuleKind, TagRule
from moorage.service import judging
from tests.support.records import ADMIN, APP, SOMEBODY, ensure, manifest, project_of, put
from tests.support.refused import refused

MADE, OTHER = manifest(), manifest("other")
DIGEST = Digest.of(MADE.content)
IMMUTABLE = TagRule(RuleKind.IMMUTABLE, tags=Pattern("v*"), set_by="ann")


def stage(ledger: Ledger, *tags: str, rules: tuple[TagRule, ...] = (IMMUTABLE,)) -> int:
    """A repository with these tags of one image, under these rules; its id."""
    repository_id = ensure(ledger)
    put(ledger, repository_id, MADE, *tags)
    project_id = project_of(ledger)
    assert project_id is not None
    ledger.tag_rules.put(project_id, rules)
    return repository_id


async def test_a_move(records: Records) -> None:
    """To where it is a tag may go, elsewhere not; and what was never there may be made."""

    def story(ledger: Ledger) -> None:
        stage(ledger, "v1")
        place = ledger.repositories.place(APP, ADMIN)
        for who in (ADMIN, None):
            assert judging.require_move(ledger, who, place, Tag("v1"), DIGEST) == ()
            assert judging.require_move(ledger, who, place, Tag("v2"), DIGEST) == ()
            with refused(Code.DENIED, "cannot be moved"):
                judging.require_move(ledger, who, place, Tag("v1"), Digest.of(OTHER.content))
        nowhere = ledger.repositories.place(RepositoryName("nobody/app"), ADMIN)
        assert len(judging.require_move(ledger, ADMIN, nowhere, Tag("latest"), DIGEST)) == 1

    await records.write(story)


async def test_reserved_and_the_registry_itself(records: Records) -> None:
    """What is reserved for some is closed to others, and not to the registry: its rounds are asked for by owners."""
    reserved = TagRule(RuleKind.RESERVED, only=Holders(("owner",)), set_by="ann")

    def story(ledger: Ledger) -> None:
        stage(ledger, "v1", rules=(reserved,))
        place = ledger.repositories.place(APP, SOMEBODY)
        with refused(Code.DENIED, "can only be deleted by the role owner"):
            judging.require_delete(ledger, SOMEBODY, place, "v1")
        with refused(Code.DENIED, "can only be deleted by the role owner"):
            judging.require_loss(ledger, SOMEBODY, place, DIGEST)
        judging.require_delete(ledger, None, place, "v1")
        judging.require_loss(ledger, None, place, DIGEST)
        judging.require_end(ledger, None, place)

    await records.write(story)


async def test_rules_that_cannot_be_read(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is about to happen, it does not."""
    monkeypatch.setattr("moorage.adapters.sql.tag_rules._written", lambda _rule: {"kind": "of the future"})

    def story(ledger: Ledger) -> None:
        stage(ledger, "free")
        place = ledger.repositories.place(APP, ADMIN)
        there = place._replace(name="team/there")
        for asked in (
            lambda: judging.require_move(ledger, ADMIN, place, Tag("new"), DIGEST),
            lambda: judging.require_delete(ledger, ADMIN, place, "free"),
            lambda: judging.require_loss(ledger, ADMIN, place, DIGEST),
            lambda: judging.require_end(ledger, ADMIN, place),
        ):
            with refused(Code.DENIED, "cannot be read"):
                asked()
        judging.require_rename(ledger, ADMIN, place, there)  # from unread rules to the same

    await records.write(story)


async def test_very_many_tags(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than can be held against the rules in a moment are too many; where no rule may matter, none are."""
    monkeypatch.setattr(judging, "MOST_STEPS", 5)
    monkeypatch.setattr(judging, "_STEP", 2)
    there = RepositoryName("crew/app")

    def story(ledger: Ledger) -> None:
        tags = ("a", "b", "c", "d", "e")
        repository_id = stage(ledger, *tags)
        place = ledger.repositories.place(APP, ADMIN)
        judging.require_end(ledger, ADMIN, place)
        judging.require_loss(ledger, ADMIN, place, DIGEST)
        judging.require_rename(ledger, ADMIN, place, ledger.repositories.place(there, ADMIN))
        ledger.tags.point(repository_id, Tag("f"), 1, DIGEST, by="ann", now=1.0)
        asked_of: tuple[Callable[[], None], ...] = (
            lambda: judging.require_end(ledger, ADMIN, place),
            lambda: judging.require_loss(ledger, ADMIN, place, DIGEST),
            lambda: judging.require_rename(ledger, ADMIN, place, ledger.repositories.place(there, ADMIN)),
        )
        for asked in asked_of:
            with refused(Code.DENIED, "more tags under the rules of project team than can be looked at in one step, 5"):
                asked()
        project_id = project_of(ledger)
        assert project_id is not None
        ledger.tag_rules.put(project_id, (TagRule(RuleKind.IMMUTABLE, Pattern("other")),))
        judging.require_end(ledger, ADMIN, place)
        judging.require_loss(ledger, ADMIN, place, DIGEST)

    await records.write(story)
