"""Rules of retention are carried out on real records: in steps, from a bookmark, and nothing goes that has changed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import pytest

from moorage.adapters.sql.statistics import SqlStatistics
from moorage.oci import media_type as types
from moorage.oci.digest import Digest
from moorage.oci.error import Code
from moorage.oci.manifest import parse
from moorage.oci.reference import RepositoryName, Tag
from moorage.ports.records import Ledger, Records
from moorage.rules import jobs
from moorage.rules.jobs import Job, Progress
from moorage.rules.pattern import Pattern
from moorage.rules.retention import DAY, Effect, Rule
from moorage.rules.retention_terms import Policy
from moorage.rules.trash import Window
from moorage.service import retain_images
from moorage.service.retain_images import RetainImages, Went
from tests.support import content
from tests.support.records import ADMIN, APP, NOW, ensure, manifest, project_of, put
from tests.support.refused import refused

Outcome = TypeVar("Outcome")
OLD = Rule(Effect.DELETE, tags=Pattern("old-*"))


@dataclass
class Hand:
    """Holds the job; `before` happens before its first step, or `always`, as somebody else may come between."""

    records: Records
    job: Job
    before: Callable[[Ledger], object] = lambda _: None
    always: bool = False
    bookmarks: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def reached(self, bookmark: str, done: int, total: int | None = None) -> None:
        """Remember it."""
        assert total is None
        assert done >= 0
        self.bookmarks.append(bookmark)

    def say(self, text: str) -> None:
        """Remember it."""
        self.said.append(text)

    async def write(self, story: Callable[[Ledger], Outcome]) -> Outcome:
        """After what comes between."""
        await self.records.write(self.before)
        if not self.always:
            self.before = lambda _: None
        return await self.records.write(story)


async def prepared(records: Records, *rules: Rule, images: int = 1, name: RepositoryName = APP) -> Hand:
    """A repository with images old-0 and so on, and these rules."""

    def story(ledger: Ledger) -> Job:
        repository_id = ensure(ledger, name)
        for number in range(images):
            put(ledger, repository_id, manifest(f"{name} {number}"), f"old-{number}")
        project_id = project_of(ledger)
        assert project_id is not None
        ledger.retention.put(project_id, Policy(rules, "owner", NOW))
        return ledger.jobs.add(jobs.ask("retention", ADMIN, NOW, project_id=project_id))

    return Hand(records, await records.write(story))


async def carried_out(hand: Hand, most: int = 1000, now: float = NOW + 1) -> dict[str, object]:
    """What came of it."""
    return dict(await RetainImages(hand.records, lambda: now, Window(0), most).as_job({}, hand))


async def left(records: Records, name: RepositoryName = APP) -> list[str]:
    """Tags that are there."""

    def story(ledger: Ledger) -> list[str]:
        repository_id = ledger.repositories.place(name).repository_id
        return [] if repository_id is None else list(ledger.tags.page(repository_id, after="", limit=1000))

    return await records.read(story)


async def test_in_steps(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many go in many transactions, and the bookmark tells how far it is."""
    monkeypatch.setattr(retain_images, "_STEP", 2)
    hand = await prepared(records, OLD, images=5)
    assert await carried_out(hand) == {
        "images": 5, "deleted_tags": 5, "deleted_images": 5, "changed": 0, "whole": True
    }  # fmt: skip
    reached = [Went.read(Progress(bookmark=bookmark)) for bookmark in hand.bookmarks]
    assert reached == [Went("", 0, 2, 2), Went("", 0, 4, 4), Went("", 0, 5, 5), Went("team/app", 5, 5, 5)]
    assert await left(records) == []


async def test_from_a_bookmark(records: Records) -> None:
    """What an attempt before has done is not looked at again, and is counted."""
    await prepared(records, OLD, name=RepositoryName("team/a"))
    hand = await prepared(records, OLD, name=RepositoryName("team/b"))
    hand.job = replace(hand.job, progress=Progress(bookmark=Went("team/a", 7, 3, 2, 1).bookmark))
    assert await carried_out(hand) == {
        "images": 8, "deleted_tags": 4, "deleted_images": 3, "changed": 1, "whole": True
    }  # fmt: skip
    assert await left(records, RepositoryName("team/a")) == ["old-0"]


async def test_a_run_is_bounded(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """When enough went it ends, and says that it was not all."""
    monkeypatch.setattr(retain_images, "_STEP", 2)
    hand = await prepared(records, OLD, images=6)
    assert (await carried_out(hand, most=4))["whole"] is False
    assert len(await left(records)) == 4


async def test_pulls_that_nobody_counted(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """What might have been pulled before pulls were counted stays, and the job says so; later it goes."""
    hand = await prepared(records, replace(OLD, pulled_days=1), images=2)
    later = NOW + 3 * DAY
    for since, gone in ((later - DAY / 2, 0), (later - 1.5 * DAY, 2)):
        monkeypatch.setattr(SqlStatistics, "known_since", lambda _, since=since: since)
        came = await RetainImages(records, lambda: later, Window(0)).as_job({}, hand)
        assert came["deleted_images"] == gone
        assert hand.said == ["pulls are known since 1970-01-15: what is older counts as pulled then"]


def moved(ledger: Ledger) -> None:
    """Somebody pushes another image under the tag."""
    put(ledger, ensure(ledger), manifest("another"), "old-0")


def tagged(ledger: Ledger) -> None:
    """Somebody gives the image a name that no rule chooses."""
    repository_id, digest = ensure(ledger), Digest.of(manifest("team/app 0").content)
    _, there = ledger.manifests.find(APP, digest, ADMIN)
    assert there is not None
    ledger.tags.point(repository_id, Tag("release"), there.id, digest, by="admin", now=NOW)


def ruled(ledger: Ledger) -> None:
    """The rules are others."""
    project_id = project_of(ledger)
    assert project_id is not None
    ledger.retention.put(project_id, Policy((), "owner", NOW))


def gone(ledger: Ledger) -> None:
    """The repository is deleted."""
    ledger.repositories.delete(ensure(ledger), by="admin", now=NOW, keep=False)


def pulled(ledger: Ledger) -> None:
    """Somebody pulls the image."""
    ledger.statistics.pulled(ensure(ledger), str(Digest.of(manifest("team/app 0").content)), at=NOW)


def labelled(ledger: Ledger) -> None:
    """The repository has another label, by which a rule may choose."""
    ledger.repositories.label(ensure(ledger), {"env": "prod"})


def restored(ledger: Ledger, salt: str = "team/app 0", at: float = NOW) -> None:
    """Somebody deletes the image and brings it back, without a tag."""
    repository_id, digest = ensure(ledger), Digest.of(manifest(salt).content)
    _, there = ledger.manifests.find(APP, digest, ADMIN)
    assert there is not None
    ledger.manifests.delete(there.id, by="admin", now=at, keep=True)
    buried = ledger.trash.manifest(repository_id, digest, since=0)
    assert buried is not None
    ledger.trash.restore_manifest(repository_id, buried, now=at)


@pytest.mark.parametrize(
    ("between", "tags", "changed"),
    [
        pytest.param(moved, ["old-0"], 1, id="the tag has moved"),
        pytest.param(tagged, ["release"], 1, id="the image has another tag"),
        pytest.param(ruled, ["old-0"], 1, id="the rules are others"),
        pytest.param(gone, [], 1, id="the repository is gone"),
        pytest.param(pulled, ["old-0"], 1, id="the image was pulled"),
        pytest.param(labelled, ["old-0"], 1, id="the repository has another label"),
    ],
)
async def test_what_changed_meanwhile(
    records: Records, between: Callable[[Ledger], None], tags: list[str], changed: int
) -> None:
    """Stays, until the next run plans anew."""
    hand = await prepared(records, OLD)
    hand.before = between
    found = await carried_out(hand)
    assert (found["deleted_images"], found["changed"]) == (0, changed)
    assert await left(records) == tags


async def test_too_many_images(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a repository that has more than can be planned for nothing goes, and the log says so."""
    monkeypatch.setattr("moorage.service.foreseeing.MOST_IMAGES", 2)
    hand = await prepared(records, OLD, images=3)
    assert (await carried_out(hand))["deleted_images"] == 0
    assert hand.said == ["team/app has too many images to plan for: nothing of it goes"]


async def test_it_is_a_project_s(records: Records) -> None:
    """Asked for without a project it is refused."""
    hand = await prepared(records, OLD)
    hand.job = replace(hand.job, project_id=None)
    with refused(Code.QUERY_INVALID, "are a project's"):
        await carried_out(hand)


async def test_what_was_restored_is_as_if_pushed_then(records: Records) -> None:
    """Without a tag it stays for as many days as a rule says, from when it came back."""
    hand = await prepared(records, Rule(Effect.DELETE, untagged=True, pushed_days=2), images=0)

    def aged(ledger: Ledger) -> None:
        put(ledger, ensure(ledger), manifest("old"))
        restored(ledger, "old", NOW + 9 * DAY)

    await records.write(aged)
    assert (await carried_out(hand, now=NOW + 10 * DAY))["deleted_images"] == 0
    assert (await carried_out(hand, now=NOW + 12 * DAY))["deleted_images"] == 1


async def test_what_was_restored_meanwhile(records: Records) -> None:
    """Deleted and brought back between plan and deed it is not what was planned."""
    hand = await prepared(records, Rule(Effect.DELETE, untagged=True), images=0)
    await records.write(lambda ledger: put(ledger, ensure(ledger), manifest("team/app 0")))
    hand.before = restored
    found = await carried_out(hand)
    assert (found["deleted_images"], found["changed"]) == (0, 1)


def without(name: str) -> Callable[[Ledger], object]:
    """Somebody deletes a tag."""
    return lambda ledger: ledger.tags.delete(ensure(ledger), Tag(name), by="admin", now=NOW)


@pytest.mark.parametrize("group", ["", "-"])
async def test_the_newest_are_counted_anew(records: Records, group: str) -> None:
    """Where one of those that were spared has gone meanwhile the next is spared in its place."""
    hand = await prepared(records, replace(OLD, newest=3, group_before=group), images=5)
    hand.before = without("old-4")
    found = await carried_out(hand)
    assert await left(records) == ["old-1", "old-2", "old-3"]
    assert (found["deleted_tags"], found["changed"], found["images"]) == (1, 0, 5)


async def test_the_newest_that_a_rule_keeps_are_counted_anew(records: Records) -> None:
    """The same the other way round, also between two steps of the same plan."""
    hand = await prepared(records, OLD, Rule(Effect.KEEP, tags=Pattern("old-*"), newest=3), images=5)
    hand.before = without("old-3")
    await carried_out(hand)
    assert await left(records) == ["old-1", "old-2", "old-4"]


async def test_pushes_hold_nothing_up(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes meanwhile takes nobody's place, nor does what we delete ourselves: the plan is carried out."""
    monkeypatch.setattr(retain_images, "_STEP", 1)
    monkeypatch.setattr(retain_images, "_MOST_PLANS", 1)
    hand = await prepared(records, replace(OLD, newest=2), images=5)
    hand.before, hand.always = lambda ledger: put(ledger, ensure(ledger), manifest("new"), "old-9"), True
    assert (await carried_out(hand))["deleted_tags"] == 3
    assert await left(records) == ["old-3", "old-4", "old-9"]


def listed(ledger: Ledger) -> None:
    """Somebody pushes an index of the newest."""
    _, there = ledger.manifests.find(APP, Digest.of(manifest("u-2").content), ADMIN)
    assert there is not None
    put(ledger, ensure(ledger), parse(content.index([there.content]), types.OCI_INDEX), "whole")


def named(ledger: Ledger) -> None:
    """Somebody gives the newest a tag."""
    put(ledger, ensure(ledger), manifest("u-2"), "named")


def deleted(ledger: Ledger) -> None:
    """Somebody deletes the newest."""
    _, there = ledger.manifests.find(APP, Digest.of(manifest("u-2").content), ADMIN)
    assert there is not None
    ledger.manifests.delete(there.id, by="admin", now=NOW, keep=False)


@pytest.mark.parametrize("between", [listed, named, deleted])
async def test_the_newest_without_a_tag_are_counted_anew(records: Records, between: Callable[[Ledger], None]) -> None:
    """They are others when one gets a tag, is listed by an index, or goes."""
    hand = await prepared(records, Rule(Effect.DELETE, untagged=True, newest=2), images=0)

    def pushed(ledger: Ledger) -> None:
        for number in range(3):
            made = manifest(f"u-{number}")
            ledger.manifests.put(ensure(ledger), Digest.of(made.content), made, by="admin", now=NOW + number)

    await records.write(pushed)
    hand.before = between
    assert (await carried_out(hand, now=NOW + 9))["deleted_images"] == 0


async def test_what_is_never_steady(records: Records) -> None:
    """After some plans the rest stays until the next run, and the log says so."""
    hand = await prepared(records, replace(OLD, newest=3), images=9)
    newest = iter(range(8, 0, -1))

    def one_less(ledger: Ledger) -> None:
        without(f"old-{next(newest)}")(ledger)

    hand.before, hand.always = one_less, True
    found = await carried_out(hand)
    assert (found["deleted_tags"], found["changed"], found["whole"]) == (0, 2, True)
    assert hand.said == ["team/app loses tags all the time: the next run goes on there"]
