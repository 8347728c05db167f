"""What goes and what stays when rules of retention are carried out, and why."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.rules.pattern import Pattern
from moorage.rules.retention import (
    DAY,
    Because,
    Effect,
    ImageFact,
    Reason,
    Rule,
    TagFact,
    Verdict,
    in_order,
    look_behind,
    plan,
)
from moorage.rules.semantic_version import Range

NOW = 1_000 * DAY


def days(ago: float) -> float:
    """So many days ago."""
    return NOW - ago * DAY


def digest(letter: str) -> str:
    """A digest, short to write."""
    return f"sha256:{letter * 64}"


def image(letter: str, *tags: str, ago: float = 10, **more: object) -> ImageFact:
    """An image that was pushed so many days ago, with these tags since."""
    facts = tuple(TagFact(tag, days(ago)) for tag in tags)
    return ImageFact(digest(letter), days(ago), tags=facts, **more)  # type: ignore[arg-type]


def delete(tags: str | None = None, **more: object) -> Rule:
    """A rule that deletes."""
    return Rule(Effect.DELETE, tags=Pattern(tags) if tags else None, **more)  # type: ignore[arg-type]


def keep(tags: str | None = None, **more: object) -> Rule:
    """A rule that keeps."""
    return replace(delete(tags, **more), effect=Effect.KEEP)


def judged(rules: Sequence[Rule], *images: ImageFact, labels: dict[str, str] | None = None) -> list[Verdict]:
    """The plan for a repository `app`."""
    return list(plan(rules, "app", labels or {}, images, NOW))


def gone(rules: Sequence[Rule], *images: ImageFact) -> list[str]:
    """First letters of the digests of images that go."""
    return [verdict.image.digest[7] for verdict in judged(rules, *images) if not verdict.stays]


def tags_gone(rules: Sequence[Rule], *images: ImageFact) -> list[str]:
    """Tags that go."""
    return [tag.name for verdict in judged(rules, *images) for tag in verdict.tags if not tag.stays]


def test_no_rule_deletes_nothing() -> None:
    """Nor do rules that only keep."""
    images = image("a", "old", ago=900), image("b", ago=900), image("c", subject=digest("a"))
    assert gone([], *images) == gone([keep("x*"), keep("none")], *images) == []
    assert [verdict.why for verdict in judged([], *images[:2])] == [
        Reason(Because.TAG, what="old"),
        Reason(Because.NO_RULE),
    ]


def test_keep_wins() -> None:
    """Wherever it stands; the reason names the rule."""
    images = image("a", "1.0.0"), image("b", "main-7")
    for rules in ([delete("**"), keep("1.*")], [keep("1.*"), delete("**")]):
        kept, lost = judged(rules, *images)
        number = rules.index(keep("1.*")) + 1
        assert (kept.stays, kept.why) == (True, Reason(Because.TAG, number, "1.0.0"))
        assert (lost.stays, lost.why) == (False, Reason(Because.RULE, 3 - number))
        assert lost.tags[0].why == Reason(Because.RULE, 3 - number)


def test_the_first_of_several_is_named() -> None:
    """Two rules say the same: the first is the reason."""
    (verdict,) = judged([keep("x"), delete("main*"), delete("**")], image("a", "main"))
    assert verdict.why == Reason(Because.RULE, 2)


def test_an_image_goes_with_its_last_tag() -> None:
    """While one tag stays the image does, and the others go."""
    images = image("a", "main-1", "release"), image("b", "main-2", "main-3")
    assert gone([delete("main-*")], *images) == ["b"]
    assert tags_gone([delete("main-*")], *images) == ["main-1", "main-2", "main-3"]


def test_the_newest_stay() -> None:
    """Of a repository; those that last moved are the newest, equal times in order of names."""
    images = [image(letter, f"main-{letter}", ago=ago) for letter, ago in zip("abcde", [5, 1, 3, 3, 9], strict=True)]
    assert gone([delete("main-*"), keep("main-*", newest=2)], *images) == ["a", "c", "e"]
    assert gone([delete("main-*", newest=2)], *images) == ["a", "c", "e"]
    assert gone([delete("main-*", newest=0)], *images) == ["a", "b", "c", "d", "e"]
    assert gone([delete("main-*", newest=9)], *images) == []


def test_the_newest_of_each_group() -> None:
    """Ten builds a branch: the number of each branch counts alone."""
    images = [image(letter, tag, ago=ago) for letter, tag, ago in (
        ("a", "main-1", 3), ("b", "main-2", 2), ("c", "fix-x-1", 9), ("d", "fix-x-2", 8), ("e", "alone", 99)
    )]  # fmt: skip
    assert gone([delete(newest=1, group_before="-")], *images) == ["a", "c"]


def test_other_conditions_choose_among_the_newest_and_not_instead() -> None:
    """The newest are counted among all of the name, whatever else is asked of them."""
    images = [image(letter, f"main-{letter}", ago=ago) for letter, ago in (("a", 1), ("b", 40), ("c", 50))]
    assert gone([delete("main-*", newest=2, pushed_days=30)], *images) == ["c"]
    assert gone([delete("main-*"), keep("main-*", newest=2, pushed_days=30)], *images) == ["b", "c"]


def test_age() -> None:
    """Keep what is younger, delete what is not."""
    images = image("a", "x", ago=29.9), image("b", "y", ago=30)
    assert gone([delete(pushed_days=30)], *images) == ["b"]
    assert gone([delete(), keep(pushed_days=30)], *images) == ["b"]


def test_age_is_that_of_the_tag() -> None:
    """An old image that got its tag today is not old."""
    promoted = ImageFact(digest("a"), days(99), tags=(TagFact("stable", days(1)),))
    assert gone([delete(pushed_days=30)], promoted) == []


def test_last_pull() -> None:
    """What nobody pulled counts from its push: nothing fresh goes because it was not pulled yet."""
    images = (
        image("a", "x", ago=90, pulled_at=days(1)),
        image("b", "y", ago=90, pulled_at=days(60)),
        image("c", "z", ago=90),
        image("d", "w", ago=2),
    )
    assert gone([delete(pulled_days=30)], *images) == ["b", "c"]
    assert gone([delete(), keep(pulled_days=30)], *images) == ["b", "c"]


def test_pulls_that_nobody_counted() -> None:
    """What is older than the counting counts as pulled when that began, and goes so many days later."""
    images = image("a", "x", ago=90), image("b", "y", ago=90, pulled_at=days(25)), image("c", "z", ago=15)
    for rules in ([delete(pulled_days=20)], [delete(), keep(pulled_days=20)]):
        for since, left in ((days(10), "abc"), (days(19), "abc"), (days(20.1), "c"), (0.0, "c")):
            verdicts = plan(rules, "app", {}, images, NOW, pulls_since=since)
            assert "".join(verdict.image.digest[7] for verdict in verdicts if verdict.stays) == left


def test_which_rules_look_behind_the_counting() -> None:
    """Those that ask for pulls of before it."""
    assert look_behind([delete(), delete(pulled_days=20)], days(19), NOW)
    assert not look_behind([delete(pushed_days=30), delete(pulled_days=20)], days(20), NOW)
    assert not look_behind([], NOW, NOW)


def test_a_pull_of_a_platform() -> None:
    """Is one of the index, however deep."""
    images = (
        image("a", "x", ago=90, children=(digest("b"),)),
        image("b", ago=90, children=(digest("c"), digest("d"))),
        image("c", ago=90, pulled_at=days(1)),
        image("d", ago=90),
        image("e", "y", ago=90, pulled_at=days(40)),
    )
    assert gone([delete(pulled_days=30)], *images) == ["e"]


def test_versions() -> None:
    """A range chooses versions, and no other tag."""
    images = [image(letter, tag) for letter, tag in zip("abcd", ["1.9.0", "v2.0.1", "2.0.0-rc.1", "2"], strict=True)]
    assert gone([delete(versions=Range.parse("<2.0.0"))], *images) == ["a"]
    assert gone([delete(), keep(versions=Range.parse(">=2.0.0"))], *images) == ["a", "c", "d"]


def test_labels_and_annotations() -> None:
    """Labels are the repository's, annotations the manifest's; all of them must be there."""
    marked = image("a", "x", annotations={"team": "web", "tier": "1"})
    rule = delete(labels=(("env", "dev"),), annotations=(("team", "web"),))
    for labels, stays in (({"env": "dev", "more": "1"}, False), ({"env": "prod"}, True), ({}, True)):
        assert judged([rule], marked, labels=labels)[0].stays is stays
    assert gone([delete(annotations=(("team", "web"), ("tier", "2")))], marked) == []


def test_repositories() -> None:
    """A rule may be about some repositories of the project."""
    rule = delete(repositories=Pattern("web/**"))
    assert plan([rule], "web/app", {}, [image("a", "x")], NOW)[0].stays is False
    assert plan([rule], "api", {}, [image("a", "x")], NOW)[0].stays is True


def test_untagged() -> None:
    """Rules of untagged images choose those, and no tags; time counts from when the last tag left, or it came."""
    fresh = image("b", ago=99, untagged_at=days(1))
    back = image("d", ago=99, restored_at=days(1))
    images = image("a", ago=99), fresh, back, image("c", "tag", ago=99)
    assert gone([delete()], *images) == ["c"]
    assert gone([delete(untagged=True, pushed_days=7)], *images) == ["a"]
    assert gone([delete(untagged=True), keep(untagged=True, newest=2)], *images) == ["a"]


def test_a_kept_index_keeps_its_children() -> None:
    """Whatever rules say of them; a child's own tag goes all the same."""
    index, child = image("a", "1.0", children=(digest("b"), digest("z"))), image("b", "main-1")
    verdicts = judged([delete("main-*"), delete(untagged=True)], index, child, image("c"))
    assert [verdict.stays for verdict in verdicts] == [True, True, False]
    assert verdicts[1].why == Reason(Because.INDEX, what=digest("a"))
    assert [tag.stays for tag in verdicts[1].tags] == [False]


def test_children_go_with_their_index() -> None:
    """Unless another index needs them, or a tag of their own stays."""
    images = (
        image("a", "old", children=(digest("b"), digest("c"), digest("d"))),
        image("e", "new", children=(digest("c"),)),
        image("b"),
        image("c"),
        image("d", "arm"),
    )
    assert gone([delete("old")], *images) == ["a", "b"]
    assert judged([delete("old")], *images)[2].why == Reason(Because.INDEX, what=digest("a"))


def test_what_is_signed_keeps_its_signatures() -> None:
    """By subject or by the tags of older tools, however deep; when it goes they go with it."""

    def signed(tag: str) -> tuple[ImageFact, ...]:
        return (
            image("a", tag),
            image("b", subject=digest("a"), ago=99),
            image("c", subject=digest("b"), ago=99),
            image("d", f"sha256-{'a' * 64}.sig", ago=99),
        )

    rules = [delete("main-*"), delete("sha256-*"), delete(untagged=True)]
    assert gone(rules, *signed("1.0")) == []
    assert tags_gone(rules, *signed("1.0")) == []
    assert gone(rules, *signed("main-1")) == ["a", "b", "c", "d"]
    assert tags_gone(rules, *signed("main-1")) == ["main-1", f"sha256-{'a' * 64}.sig"]


def test_a_signature_of_nothing_here_is_an_image_like_others() -> None:
    """What it refers to is not here: its tag is a tag, and without one it is untagged."""
    images = image("b", subject=digest("a"), ago=99), image("d", f"sha256-{'a' * 64}.sig", ago=99)
    assert gone([], *images) == []
    assert gone([delete("sha256-*"), delete(untagged=True)], *images) == ["b", "d"]


def test_what_refers_by_its_own_right_keeps_its_subject() -> None:
    """A report that a tag keeps is worth nothing without the image that it is about."""
    images = image("a", "main-1"), image("b", subject=digest("a")), image("c", "report", subject=digest("b"))
    verdicts = judged([delete("main-*")], *images)
    assert [verdict.stays for verdict in verdicts] == [True, True, True]
    assert [verdict.why for verdict in verdicts[:2]] == [
        Reason(Because.REFERRER, what=digest("b")),
        Reason(Because.REFERRER, what=digest("c")),
    ]


def test_what_only_belongs_to_itself_stays() -> None:
    """Two that name each other by tags go with nothing, as no rule says so."""
    one = image("a", f"sha256-{'b' * 64}.sig")
    two = image("b", f"sha256-{'a' * 64}.sig", children=(digest("c"),))
    assert gone([delete("main-*")], one, two, image("c")) == []


def test_a_protected_tag_stays() -> None:
    """An immutable tag stays whatever rules of retention say, and the sentence is the reason."""
    fixed = ImageFact(digest("a"), days(9), tags=(TagFact("1.0", days(9), "it is immutable"), TagFact("x", days(9))))
    (verdict,) = judged([delete()], fixed)
    assert verdict.stays
    assert [(tag.name, tag.stays) for tag in verdict.tags] == [("1.0", True), ("x", False)]
    assert verdict.tags[0].why == Reason(Because.PROTECTED, what="it is immutable")


def test_what_goes_goes_in_order() -> None:
    """An index before its children, what is signed before its signatures, each once."""
    images = (
        image("d", f"sha256-{'a' * 64}.sig"),
        image("c", subject=digest("b")),
        image("b"),
        image("a", "old", children=(digest("b"),)),
        image("e", "old2", children=(digest("b"),)),
    )
    order = [verdict.image.digest[7] for verdict in in_order(judged([delete("old*")], *images))]
    assert sorted(order) == ["a", "b", "c", "d", "e"]
    assert order.index("b") > max(order.index("a"), order.index("e"))
    assert order.index("c") > order.index("b")


_LETTERS = "abcdef"
_TAGS = [*(f"t-{number}" for number in range(6)), *(f"sha256-{letter * 64}.sig" for letter in "abc")]


@st.composite
def repositories(draw: st.DrawFn) -> list[ImageFact]:
    """Images with tags, children and subjects in every way that contents allow: what is named was there before."""
    images = []
    free = draw(st.permutations(_TAGS))
    for place, letter in enumerate(_LETTERS):
        before = [digest(other) for other in _LETTERS[:place]]
        tags = [free.pop() for _ in range(draw(st.integers(0, min(2, len(free)))))]
        images.append(
            ImageFact(
                digest(letter),
                days(draw(st.integers(0, 20))),
                tags=tuple(
                    TagFact(tag, days(draw(st.integers(0, 20))), draw(st.sampled_from(["", "", "fixed"])))
                    for tag in tags
                ),
                children=tuple(draw(st.lists(st.sampled_from(before), max_size=2))) if before else (),
                subject=draw(st.sampled_from([None, *before, digest("z")])),
            )
        )
    return draw(st.permutations(images))


rules = st.builds(
    Rule,
    st.sampled_from(Effect),
    tags=st.sampled_from([None, Pattern("t-*"), Pattern("t-1"), Pattern("sha256-*")]),
    untagged=st.booleans(),
    newest=st.none() | st.integers(0, 3),
    pushed_days=st.none() | st.integers(0, 20),
)


def subject_is_within(one: ImageFact, images: list[ImageFact]) -> bool:
    """Was this index made for something that it holds, however deep?"""
    there, within = {other.digest: other for other in images}, [one.digest]
    for digest in within:
        within += [child for child in there[digest].children if child not in within]
    return one.subject in within


@given(repositories(), st.lists(rules, max_size=4))
def test_nothing_that_stays_lacks_anything(images: list[ImageFact], chosen: list[Rule]) -> None:
    """What stays has its children, its signatures and its tags; nothing goes without a rule; each goes in order."""
    verdicts = judged(chosen, *images)
    stays = {verdict.image.digest for verdict in verdicts if verdict.stays}
    for verdict in verdicts:
        if verdict.stays:
            assert set(verdict.image.children) <= stays
        else:
            assert not any(tag.stays for tag in verdict.tags)
            assert any(rule.effect is Effect.DELETE for rule in chosen)
            assert verdict.image.subject not in stays
        assert all(tag.stays for tag, fact in zip(verdict.tags, verdict.image.tags, strict=True) if fact.protected)
    order = in_order(verdicts)
    assert sorted(verdict.image.digest for verdict in order) == sorted({image.digest for image in images} - stays)
    if any(subject_is_within(image, images) for image in images):
        return
    seen: set[str] = set()
    for verdict in order:
        seen.add(verdict.image.digest)
        needing = {other.digest for other in images if verdict.image.digest in other.children}
        assert needing <= seen
        assert verdict.image.subject in {None, digest("z"), *seen}


@given(repositories(), st.lists(rules, max_size=4), rules)
def test_a_rule_to_keep_lets_nothing_go(images: list[ImageFact], chosen: list[Rule], more: Rule) -> None:
    """Whatever else is said, one more rule that keeps never makes more go."""
    before = set(gone(chosen, *images))
    assert set(gone([*chosen, replace(more, effect=Effect.KEEP)], *images)) <= before


@pytest.mark.parametrize("how", ["plain", "turned"])
@given(repositories(), st.lists(rules, max_size=4))
def test_the_order_of_facts_decides_nothing(how: str, images: list[ImageFact], chosen: list[Rule]) -> None:
    """The same images in another order: the same go."""
    turned = images[::-1] if how == "turned" else sorted(images, key=lambda one: one.digest)
    assert sorted(gone(chosen, *images)) == sorted(gone(chosen, *turned))
