"""Tag rules, and what tags need, as `ports` promise them."""

from pathlib import Path

import pytest

from moorage.adapters.sql.sqlite import FILE, SqliteRecords
from moorage.oci import media_type as types
from moorage.oci.digest import Digest
from moorage.oci.manifest import parse
from moorage.oci.reference import RepositoryName, Tag
from moorage.ports.records import Ledger, Records
from moorage.rules.expression import Expression
from moorage.rules.pattern import Pattern
from moorage.rules.tag_forms import Form
from moorage.rules.tag_rule import Effect, Holders, Named, RuleKind, TagRule
from moorage.rules.tag_rules import RuleBook
from tests.contract.test_migrate import execute
from tests.support import content
from tests.support.records import ensure, link, manifest, project_of, put

RULES = (
    TagRule(RuleKind.IMMUTABLE, Pattern("web-*"), Pattern("v*"), reason="Größe", set_by="ann", set_at=5.5),
    TagRule(RuleKind.IMMUTABLE, tags=Expression(r"v\d+"), effect=Effect.ALLOW),
    TagRule(RuleKind.REQUIRED, form=Form.REGEX, regex=Expression("a+")),
    TagRule(RuleKind.REQUIRED, form=Form.SEMVER, effect=Effect.WARN),
    TagRule(
        RuleKind.RESERVED,
        only=Holders(("owner",), (Named(3, "ann"),), (Named(4, "ci"), Named(5, "all", is_of_instance=True))),
    ),
)


async def test_all_of_a_project(records: Records) -> None:
    """What was put is what is there, in its order; another project has none, nor has one that is not there."""

    def story(ledger: Ledger) -> None:
        ensure(ledger)
        ensure(ledger, RepositoryName("crew/app"))
        project_id = project_of(ledger)
        assert project_id is not None
        assert ledger.tag_rules.of_project(project_id) == RuleBook()
        ledger.tag_rules.put(project_id, RULES)
        assert ledger.tag_rules.of_project(project_id) == RuleBook(RULES)
        ledger.tag_rules.put(project_id, RULES[:1])
        assert ledger.tag_rules.of_project(project_id) == RuleBook(RULES[:1])
        assert ledger.tag_rules.of_project(project_id + 1) == ledger.tag_rules.of_project(None) == RuleBook()
        ledger.tag_rules.put(project_id, ())
        assert ledger.tag_rules.of_project(project_id) == RuleBook()

    await records.write(story)


async def test_they_go_with_the_project(records: Records) -> None:
    """A project that is gone leaves no rules."""

    def story(ledger: Ledger) -> None:
        project = ledger.projects.create("short", public=False, now=1.0)
        assert project is not None
        ledger.tag_rules.put(project.id, (TagRule(RuleKind.EXPIRES, days=3),))
        assert [found.project for found in ledger.tag_rules.expiring(after=0, limit=9)] == ["short"]
        assert ledger.projects.delete(project.id)
        assert ledger.tag_rules.of_project(project.id) == RuleBook()
        assert ledger.tag_rules.expiring(after=0, limit=9) == []

    await records.write(story)


async def test_where_tags_end(records: Records) -> None:
    """Projects whose rules let tags end, by their ids, and no others."""

    def story(ledger: Ledger) -> None:
        made = [ledger.projects.create(name, public=False, now=1.0) for name in ("b", "a", "c")]
        ids = [project.id for project in made if project is not None]
        for project_id in ids[:2]:
            ledger.tag_rules.put(project_id, (RULES[0], TagRule(RuleKind.EXPIRES, days=3)))
        ledger.tag_rules.put(ids[2], RULES)
        assert [tuple(found) for found in ledger.tag_rules.expiring(after=0, limit=9)] == [(ids[0], "b"), (ids[1], "a")]
        assert [found.project for found in ledger.tag_rules.expiring(after=0, limit=1)] == ["b"]
        assert [found.project for found in ledger.tag_rules.expiring(after=ids[0], limit=9)] == ["a"]
        ledger.tag_rules.put(ids[0], RULES)
        assert [found.project for found in ledger.tag_rules.expiring(after=0, limit=9)] == ["a"]

    await records.write(story)


@pytest.mark.parametrize(
    "kept", ["", "{", "[]x", "[3]", '[{"kind": "immutable"}]', '[{"kind": "of the future"}]', '{"a": 1}']
)
async def test_what_cannot_be_read(records: SqliteRecords, folder: Path, kept: str) -> None:
    """Rules that are damaged, or of a version that this one does not know, are not taken for none."""

    def story(ledger: Ledger) -> int:
        ensure(ledger)
        project_id = project_of(ledger)
        assert project_id is not None
        ledger.tag_rules.put(project_id, RULES)
        return project_id

    project_id = await records.write(story)
    execute(folder / FILE, f"UPDATE tag_rules SET rules = '{kept}'")
    assert await records.read(lambda ledger: ledger.tag_rules.of_project(project_id)) == RuleBook(readable=False)


async def test_what_a_tag_names(records: Records) -> None:
    """The digest that it names now; None for one that is not there."""
    made = manifest()

    def story(ledger: Ledger) -> None:
        repository_id = ensure(ledger)
        put(ledger, repository_id, made, "1")
        assert ledger.tags.named(repository_id, Tag("1")) == Digest.of(made.content)
        assert ledger.tags.named(repository_id, Tag("2")) is None
        assert ledger.tags.named(repository_id + 1, Tag("1")) is None

    await records.write(story)


async def test_whom_content_is_needed_by(records: Records) -> None:
    """Tags of an image, of an index of it, of an index of that; by its blobs as well, and in no other repository."""
    layer = b"a layer"
    image = parse(content.image(layer), types.OCI_MANIFEST)
    index = parse(content.index([image.content]), types.OCI_INDEX)
    outer = parse(
        content.encode({**content.index_fields(), "manifests": [content.descriptor(index.content, types.OCI_INDEX)]}),
        types.OCI_INDEX,
    )
    other = parse(content.image(b"another"), types.OCI_MANIFEST)

    def story(ledger: Ledger) -> None:
        repository_id = ensure(ledger)
        link(ledger, repository_id, layer)
        for made, tags in ((image, ("b", "a")), (index, ("c",)), (outer, ("d",)), (other, ("e",))):
            put(ledger, repository_id, made, *tags)
        elsewhere = ensure(ledger, RepositoryName("team/other"))
        put(ledger, elsewhere, image, "f")

        def needing(found: bytes, limit: int = 9) -> list[str]:
            return list(ledger.tags.needing(repository_id, Digest.of(found), limit=limit))

        assert needing(layer) == needing(image.content) == ["a", "b", "c", "d"]
        assert needing(layer, 2) == ["a", "b"]
        assert needing(index.content) == ["c", "d"]
        assert needing(outer.content) == ["d"]
        assert needing(b"nothing") == []

    await records.write(story)
