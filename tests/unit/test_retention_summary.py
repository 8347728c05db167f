"""What a plan of retention comes to."""

from moorage.rules.pattern import Pattern
from moorage.rules.retention import Effect, ImageFact, Rule, TagFact, plan
from moorage.rules.retention_summary import Summary
from moorage.rules.retention_sums import Sums

NOW = 1_000_000.0


def planned(*tags: str) -> list[ImageFact]:
    """An image for each word, with these tags."""
    return [
        ImageFact(f"sha256:{number:064}", NOW, tags=tuple(TagFact(tag, NOW) for tag in word.split()))
        for number, word in enumerate(tags)
    ]


def test_it_is_counted_over_all_and_told_of_some() -> None:
    """Those that lose something come first, of whichever repository; whatever is left out is counted all the same."""
    rules = [Rule(Effect.DELETE, tags=Pattern("old*"))]
    for most, expected in (
        (9, [("a", "old"), ("b", "old2 new"), ("b", "old3"), ("a", "new"), ("b", "new2")]),
        (4, [("a", "old"), ("b", "old2 new"), ("b", "old3"), ("a", "new")]),
        (2, [("a", "old"), ("b", "old2 new")]),
    ):
        summary = Summary(most)
        summary.add("a", plan(rules, "a", {}, planned("new", "old"), NOW))
        summary.add("large", None)
        summary.add("b", plan(rules, "b", {}, planned("old2 new", "new2", "old3"), NOW))
        assert (summary.images, summary.delete_images, summary.delete_tags) == (5, 2, 3)
        assert summary.each == [("a", Sums(2, 1, 1, 1, 0)), ("b", Sums(3, 1, 2, 2, 0))]
        assert summary.too_large == ["large"]
        told = [(repository, " ".join(tag.name for tag in verdict.tags)) for repository, verdict in summary.told]
        assert told == expected
