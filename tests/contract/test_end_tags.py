"""Tags end when a rule says so: by a clock that the test sets, on every kind of records."""

from dataclasses import dataclass

import pytest

from moorage.oci.digest import Digest
from moorage.oci.reference import RepositoryName, Tag
from moorage.ports.records import Ledger, Records
from moorage.rules.facts import EventFilter
from moorage.rules.listing import Listing
from moorage.rules.pattern import Pattern
from moorage.rules.retention import Effect as RetentionEffect
from moorage.rules.retention import Rule
from moorage.rules.retention_terms import Policy
from moorage.rules.semantic_version import Range
from moorage.rules.tag_rule import Effect, RuleKind, TagRule
from moorage.rules.tag_rules import DAY
from moorage.service import end_tags
from moorage.service.end_tags import Ended, EndTags, Went
from moorage.service.keeping import Spared
from tests.support.records import APP, NOW, ensure, manifest, project_of, put

PREVIEW = TagRule(RuleKind.EXPIRES, tags=Pattern("pr-*"), days=2)
ALWAYS = TagRule(RuleKind.EXPIRES, days=9)


@dataclass
class Hands:
    """A clock that shows what the test wants."""

    now: float = NOW

    def __call__(self) -> float:
        """What it shows."""
        return self.now


@pytest.fixture
def clock() -> Hands:
    """It stands at NOW, when the tags below are made."""
    return Hands()


async def stage(records: Records, rules: list[TagRule], *tags: str) -> int:
    """A repository with these tags, and these rules; its id."""

    def story(ledger: Ledger) -> int:
        repository_id = ensure(ledger)
        put(ledger, repository_id, manifest(), *tags)
        project_id = project_of(ledger)
        assert project_id is not None
        ledger.tag_rules.put(project_id, rules)
        return repository_id

    return await records.write(story)


async def left(records: Records, repository_id: int) -> list[str]:
    """The tags that are there."""
    return list(await records.read(lambda ledger: ledger.tags.page(repository_id, after="", limit=99)))


async def test_when_their_time_is_over(records: Records, clock: Hands) -> None:
    """Not a moment before; then the tag goes and its manifest stays, with an event and a move."""
    repository_id = await stage(records, [PREVIEW], "pr-1", "main")
    end = EndTags(records, clock)
    clock.now = NOW + 2 * DAY - 1
    assert await end() == 0
    clock.now = NOW + 2 * DAY
    assert await end() == 1
    assert await left(records, repository_id) == ["main"]

    def story(ledger: Ledger) -> None:
        found = ledger.events.search(EventFilter(kind="tag.deleted"), before=None, limit=9).events
        assert [(event.tag, event.actor, event.actor_kind, event.repository) for _, event in found] == [
            ("pr-1", "", "machine", APP.text)
        ]
        assert found[0][1].before == f'{{"expires_at": {NOW + 2 * DAY}}}'
        moves = ledger.tags.history(repository_id, Tag("pr-1"), limit=9)
        assert [(move.after is None, move.at) for move in moves] == [(True, NOW + 2 * DAY), (False, NOW)]
        assert ledger.manifests.find(APP, Tag("main"))[1] is not None

    await records.read(story)
    assert await end() == 0


async def test_what_stays(records: Records, clock: Hands) -> None:
    """What an exception above the rule keeps, what is immutable, and what moved since."""
    keep = TagRule(RuleKind.EXPIRES, tags=Pattern("keep-*"), effect=Effect.ALLOW)
    immutable = TagRule(RuleKind.IMMUTABLE, tags=Pattern("v*"))
    repository_id = await stage(records, [keep, immutable, ALWAYS], "keep-1", "v1", "moved", "old")
    clock.now = NOW + 9 * DAY

    def move(ledger: Ledger) -> None:
        other = manifest("other")
        manifest_id = put(ledger, repository_id, other)
        ledger.tags.point(repository_id, Tag("moved"), manifest_id, Digest.of(other.content), by="ann", now=NOW + DAY)

    await records.write(move)
    assert await EndTags(records, clock)() == 1
    assert await left(records, repository_id) == ["keep-1", "moved", "v1"]


async def test_rules_that_cannot_be_read(records: Records, clock: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """They let nothing end."""
    repository_id = await stage(records, [ALWAYS], "old")
    clock.now = NOW + 99 * DAY

    def damage(ledger: Ledger) -> None:
        project_id = project_of(ledger)
        assert project_id is not None
        monkeypatch.setattr(
            "moorage.adapters.sql.tag_rules._written", lambda _rule: {"kind": "of a version that is not there yet"}
        )
        ledger.tag_rules.put(project_id, [ALWAYS])

    await records.write(damage)
    assert await EndTags(records, clock)() == 0
    assert await left(records, repository_id) == ["old"]


async def kept_by(records: Records, *rules: Rule) -> None:
    """These rules of retention."""

    def story(ledger: Ledger) -> None:
        project_id = project_of(ledger)
        assert project_id is not None
        ledger.retention.put(project_id, Policy(rules, "owner", NOW))

    await records.write(story)


@pytest.mark.parametrize(
    ("rules", "stay"),
    [
        ([Rule(RetentionEffect.KEEP, tags=Pattern("main-*"))], ["main-1", "main-2", "main-3"]),
        ([Rule(RetentionEffect.KEEP, tags=Pattern("main-*"), newest=2)], ["main-2", "main-3"]),
        ([Rule(RetentionEffect.KEEP, versions=Range.parse(">=1")), Rule(RetentionEffect.DELETE)], ["1.0.0"]),
        ([Rule(RetentionEffect.KEEP, pushed_days=10)], ["1.0.0", "main-1", "main-2", "main-3", "x"]),
        ([Rule(RetentionEffect.KEEP, pushed_days=9)], []),
        ([Rule(RetentionEffect.KEEP, repositories=Pattern("other"))], []),
        ([Rule(RetentionEffect.KEEP, untagged=True)], []),
    ],
)
async def test_what_retention_keeps(
    records: Records, clock: Hands, monkeypatch: pytest.MonkeyPatch, rules: list[Rule], stay: list[str]
) -> None:
    """Keep wins here, too; what a rule of retention deletes, or keeps elsewhere, ends as ever."""
    monkeypatch.setattr(end_tags, "_DELETED", 2)
    repository_id = await stage(records, [ALWAYS], "1.0.0", "main-1", "main-2", "main-3", "x")
    await kept_by(records, *rules)
    clock.now = NOW + 9 * DAY
    end = EndTags(records, clock)
    assert await end() == 5 - len(stay)
    assert await left(records, repository_id) == stay


async def test_where_too_many_images_are_to_tell(
    records: Records, clock: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing ends that a rule may keep."""
    monkeypatch.setattr("moorage.service.foreseeing.MOST_IMAGES", 0)
    repository_id = await stage(records, [ALWAYS], "main-1", "x")
    await kept_by(records, Rule(RetentionEffect.KEEP, tags=Pattern("main-*"), newest=1))
    clock.now = NOW + 9 * DAY
    assert await EndTags(records, clock)() == 1
    assert await left(records, repository_id) == ["main-1"]


async def test_what_retention_keeps_by_now(records: Records, clock: Hands) -> None:
    """Rules, and the newest that they count, are looked at once more as tags go."""
    repository_id = await stage(records, [ALWAYS], "main-1", "main-2")
    await kept_by(records, Rule(RetentionEffect.KEEP, newest=1))
    clock.now = NOW + 9 * DAY
    end = EndTags(records, clock)

    async def ended() -> Ended:
        return await records.read(lambda ledger: end._ended(ledger, repository_id, Listing(9, sort="pushed_at")))

    async def went(found: Ended) -> Went | None:
        return await records.write(lambda ledger: end._delete(ledger, repository_id, found.names, found.spared))

    found = await ended()
    assert found.names == ["main-1"]
    await records.write(lambda ledger: ledger.tags.delete(repository_id, Tag("main-2"), by="ann", now=NOW))
    assert await went(found) is None
    await kept_by(records)
    found = await ended()
    await kept_by(records, Rule(RetentionEffect.KEEP, tags=Pattern("main-1")))
    assert await went(found) is None
    assert await left(records, repository_id) == ["main-1"]


async def test_a_rule_that_changed_meanwhile(records: Records, clock: Hands) -> None:
    """Whether a tag has ended is asked once more as it goes."""
    repository_id = await stage(records, [ALWAYS], "old")
    clock.now = NOW + 9 * DAY
    end = EndTags(records, clock)
    ended = await records.read(lambda ledger: end._ended(ledger, repository_id, Listing(9, sort="pushed_at")))
    assert ended.names == ["old"]
    await stage(records, [PREVIEW, TagRule(RuleKind.EXPIRES, days=30)])
    went = await records.write(lambda ledger: end._delete(ledger, repository_id, ended.names, ended.spared))
    assert went == Went(0, Spared())
    assert await left(records, repository_id) == ["old"]


async def test_many(records: Records, clock: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """A round goes through steps and repositories to its bound; the next one goes on, until nothing is left."""
    for name, step in (("_TAGS", 3), ("_DELETED", 2), ("_REPOSITORIES", 1), ("_PROJECTS", 1), ("MOST", 20)):
        monkeypatch.setattr(end_tags, name, step)
    keep = TagRule(RuleKind.EXPIRES, tags=Pattern("keep-*"), effect=Effect.ALLOW)
    kept, tags = [f"keep-{number}" for number in range(7)], [f"t{number:02}" for number in range(10)]

    def story(ledger: Ledger) -> list[int]:
        ids = []
        for name in ("a/one", "a/two", "b/one"):
            repository = RepositoryName(name)
            ids.append(ensure(ledger, repository))
            put(ledger, ids[-1], manifest(), *tags, *kept)
            project_id = ledger.repositories.place(repository).project_id
            assert project_id is not None
            ledger.tag_rules.put(project_id, [keep, ALWAYS])
        return ids

    ids = await records.write(story)
    clock.now = NOW + 9 * DAY
    end = EndTags(records, clock)
    assert [await end() for _ in range(3)] == [20, 10, 0]
    for repository_id in ids:
        assert await left(records, repository_id) == kept
