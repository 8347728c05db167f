"""What rules say of a change of a tag, and which lists are rules."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.oci.error import Code, Refusal
from moorage.rules.access import ANONYMOUS, HeldRole, Identity, Kind, Place
from moorage.rules.expression import Expression
from moorage.rules.pattern import Pattern
from moorage.rules.roles import ROLES
from moorage.rules.tag_forms import Form
from moorage.rules.tag_rule import Effect, Holders, Named, RuleKind, TagRule
from moorage.rules.tag_rules import DAY, MOST_RULES, Change, RuleBook, judge
from moorage.rules.tag_rules_check import require_rules
from tests.support.refused import refused

APP = Place("team/app", "team", 1, repository_id=1)
ANN = Identity(Kind.USER, "ann", 7)
ADMIN = Identity(Kind.USER, "root", 1, administrator=True)
ROBOT = Identity(Kind.ROBOT, "robot$team+ci", 7)
IMMUTABLE, REQUIRED, FORBIDDEN, RESERVED, EXPIRES = RuleKind


def rule(kind: RuleKind, tags: str | Expression = "**", **more: Any) -> TagRule:  # noqa: ANN401 - fields
    """One that olga set."""
    fields = {"tags": Pattern(tags) if isinstance(tags, str) else tags, "set_by": "olga", **more}
    return TagRule(kind, **fields)


def book(*rules: TagRule) -> RuleBook:
    """These, in this order."""
    return RuleBook(rules)


def denied(rules: RuleBook, tag: str, change: Change, words: str, who: Identity | None = ANN) -> None:
    """It is refused in these words."""
    with refused(Code.DENIED, words):
        judge(rules, who, APP, tag, change)


def test_immutable() -> None:
    """What is there neither moves nor goes, for nobody; what is not there may come. The rule is told."""
    rules = book(rule(IMMUTABLE, "v*", reason="releases never change"))
    whole = (
        "the tag v1 of team/app is immutable and cannot be moved "
        "(rule 1 of project team, set by olga: releases never change): push another tag"
    )
    for who in (ANN, ADMIN, ROBOT, None):
        denied(rules, "v1", Change.MOVE, whole, who)
        denied(rules, "v1", Change.DELETE, "cannot be deleted", who)
        assert judge(rules, who, APP, "v1", Change.MAKE) == ()
        assert judge(rules, who, APP, "w1", Change.MOVE) == ()


def test_the_first_of_its_kind_counts() -> None:
    """An exception above a rule holds; below it, it does not; and of another kind it is none."""
    exception = rule(IMMUTABLE, "v0*", effect=Effect.ALLOW)
    general = rule(IMMUTABLE)
    assert judge(book(exception, general), ANN, APP, "v0.1", Change.MOVE) == ()
    denied(book(exception, general), "v1", Change.MOVE, "(rule 2 of project team, set by olga)")
    denied(book(general, exception), "v0.1", Change.MOVE, "(rule 1 of")
    denied(book(rule(FORBIDDEN, "v0*", effect=Effect.ALLOW), general), "v0.1", Change.MOVE, "is immutable")


def test_all_kinds_are_asked() -> None:
    """A tag that one kind lets pass may break a rule of another, wherever that stands."""
    rules = book(rule(IMMUTABLE), rule(REQUIRED, form=Form.SEMVER))
    denied(rules, "one", Change.MAKE, "is not a semantic version, as 1.4.2")
    denied(rules, "1.4.2", Change.MOVE, "is immutable")
    assert judge(rules, ANN, APP, "1.4.2", Change.MAKE) == ()


def test_a_pattern_of_repositories() -> None:
    """A rule is about the repositories that it names within its project."""
    rules = book(rule(IMMUTABLE, repositories=Pattern("web-*")))
    assert judge(rules, ANN, APP, "1", Change.MOVE) == ()
    with refused(Code.DENIED):
        judge(rules, ANN, APP._replace(name="team/web-1"), "1", Change.MOVE)


@pytest.mark.parametrize(
    ("form", "yes", "no"),
    [
        (
            Form.SEMVER,
            ["1.4.2", "v1.5.0-rc.1", "0.0.0", "1.0.0-0a.x-y"],
            ["1.4", "01.4.2", "1.4.2-", "1.0.0-01", "x1.4.2", f"{'1' * 19}.0.0"],
        ),
        (
            Form.CALENDAR,
            ["2026.11", "2026.11.3", "26.1", "2026-11-25", "20261125", "2026.11.3.4", "20261125.1", "2026.11-rc1"],
            ["2026", "2026.13", "1.4.2", "20261325", "2026.11.", "2026.0"],
        ),
        (Form.GIT_SHA, ["3f2a9c1", "sha-3f2a9c1", "a" * 40, "0" * 64], ["3f2a9c", "3F2A9C1", "a" * 41, "g" * 7]),
    ],
)
def test_forms(form: Form, yes: list[str], no: list[str]) -> None:
    """A required form lets pass what has it, and nothing else, and says what it is."""
    rules = book(rule(REQUIRED, form=form))
    for tag in yes:
        assert judge(rules, ANN, APP, tag, Change.MAKE) == ()
    for tag in no:
        denied(rules, tag, Change.MAKE, "push a tag of this form")
        assert judge(rules, ANN, APP, tag, Change.DELETE) == (), "what has no such form may go"


def test_a_form_of_ones_own() -> None:
    """An expression is told as it was written."""
    rules = book(rule(REQUIRED, form=Form.REGEX, regex=Expression.parse(r"build-\d+")))
    assert judge(rules, ANN, APP, "build-7", Change.MAKE) == ()
    denied(rules, "x", Change.MAKE, r"is not of the form build-\d+ (rule 1")


def test_latest() -> None:
    """`latest` is warned about unless a rule says otherwise: it may refuse, warn in its own words, or allow."""
    (told,) = judge(RuleBook(), ANN, APP, "latest", Change.MAKE)
    assert "latest does not say which version it names" in told
    assert judge(RuleBook(), ANN, APP, "latest", Change.DELETE) == ()
    assert judge(RuleBook(), ANN, APP, "latest1", Change.MOVE) == ()
    denied(book(rule(FORBIDDEN, "latest")), "latest", Change.MOVE, "the tag latest of team/app is not wanted")
    (told,) = judge(book(rule(FORBIDDEN, "latest", effect=Effect.WARN, reason="old")), ANN, APP, "latest", Change.MAKE)
    assert "set by olga: old" in told
    assert judge(book(rule(FORBIDDEN, "latest", effect=Effect.ALLOW)), ANN, APP, "latest", Change.MAKE) == ()


def test_reserved() -> None:
    """Only who is named by id or holds a role there may; the registry itself may, too."""
    rules = book(rule(RESERVED, "stable", only=Holders(("owner",), (Named(7, "ann"),), (Named(9, "release"),))))
    for change in Change:
        assert judge(rules, ANN, APP, "stable", change) == ()
        assert judge(rules, None, APP, "stable", change) == ()
        assert judge(rules, replace(ROBOT, user_id=9), APP, "stable", change) == ()
        for who in (ADMIN, ROBOT, ANONYMOUS, Identity(Kind.USER, "ann", 8)):
            denied(rules, "stable", change, "by the role owner, ann, robot$team+release (rule 1", who)


@pytest.mark.parametrize(
    ("repositories", "tags", "may"),
    [("**", "**", True), ("app", "s*", True), ("web", "**", False), ("**", "v*", False)],
)
def test_reserved_for_a_role(repositories: str, tags: str, *, may: bool) -> None:
    """A role counts where it holds."""
    held = HeldRole("owner", ROLES["owner"], Pattern(repositories), Pattern(tags))
    rules = book(rule(RESERVED, only=Holders(("owner",))))
    place = APP._replace(roles=(held,))
    if may:
        assert judge(rules, replace(ANN, user_id=8), place, "stable", Change.MOVE) == ()
        return
    with refused(Code.DENIED, "can only be moved"):
        judge(rules, replace(ANN, user_id=8), place, "stable", Change.MOVE)


def test_what_cannot_be_read() -> None:
    """Rules that cannot be read let nothing change, for nobody, and let nothing end."""
    unread = RuleBook(readable=False)
    for change in Change:
        for who in (ANN, ADMIN, None):
            denied(unread, "x", change, "cannot be read", who)
    assert unread.has((IMMUTABLE,), "app")
    assert RuleBook((rule(EXPIRES, days=1),), readable=False).ends_at("app", "x", 0.0) is None
    assert RuleBook((rule(EXPIRES, days=1),), readable=False).soonest("app") is None


def test_when_a_tag_ends() -> None:
    """So many days after it moved last; never where an exception stands above, or where it is immutable."""
    rules = book(rule(EXPIRES, "keep*", effect=Effect.ALLOW), rule(EXPIRES, "pr-*", days=3), rule(EXPIRES, days=9))
    assert rules.ends_at("app", "pr-1", 100.0) == 100.0 + 3 * DAY
    assert rules.ends_at("app", "x", 100.0) == 100.0 + 9 * DAY
    assert rules.ends_at("app", "keep-1", 100.0) is None
    assert rules.soonest("app") == 3 * DAY
    immutable = RuleBook((*rules.rules, rule(IMMUTABLE, "pr-1")))
    assert immutable.ends_at("app", "pr-1", 100.0) is None
    assert immutable.ends_at("app", "pr-2", 100.0) is not None
    assert RuleBook().soonest("app") is None


RULES = st.lists(
    st.builds(
        lambda kind, tags, effect: rule(kind, tags, effect=effect, days=3, form=Form.SEMVER, only=Holders(("owner",))),
        st.sampled_from(RuleKind),
        st.sampled_from(["**", "v*", "v1", "1.0.0", "latest"]),
        st.sampled_from(Effect),
    ),
    max_size=6,
)


@given(RULES, st.sampled_from(["v1", "v2", "latest", "1.0.0"]), st.sampled_from(Change))
def test_as_written(rules: list[TagRule], tag: str, change: Change) -> None:
    """It is refused exactly where the first rule of some kind that is asked refuses."""
    asked = {Change.MAKE: "rfq", Change.MOVE: "irfq", Change.ALTER: "ir", Change.DELETE: "ir"}[change]
    letters = {"i": IMMUTABLE, "r": RESERVED, "f": FORBIDDEN, "q": REQUIRED}
    breaks = False
    for letter in asked:
        of_kind = [found for found in rules if found.kind is letters[letter] and found.tags.matches(tag)]
        is_broken = letter != "q" or tag != "1.0.0"
        breaks |= bool(of_kind) and of_kind[0].effect is Effect.REFUSE and is_broken
    try:
        judge(RuleBook(tuple(rules)), ANN, APP, tag, change)
    except Refusal:
        assert breaks
    else:
        assert not breaks


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (rule(IMMUTABLE, effect=Effect.WARN), "only forbidden and required warn"),
        (rule(IMMUTABLE, reason="a\nb"), "one line"),
        (rule(IMMUTABLE, reason="x" * 201), "one line"),
        (rule(IMMUTABLE, form=Form.SEMVER), "for required"),
        (rule(IMMUTABLE, days=3), "for expires"),
        (rule(IMMUTABLE, only=Holders(("owner",))), "are for reserved"),
        (rule(REQUIRED), "say which form"),
        (rule(REQUIRED, form=Form.REGEX), "goes with the form regex"),
        (rule(REQUIRED, form=Form.SEMVER, regex=Expression("a")), "goes with the form regex"),
        (rule(REQUIRED, form=Form.SEMVER, effect=Effect.ALLOW), "for required"),
        (rule(RESERVED), "name the roles"),
        (rule(RESERVED, only=Holders(tuple(map(str, range(51))))), "at most 50"),
        (rule(EXPIRES), "after how many days"),
        (rule(EXPIRES, days=3, effect=Effect.ALLOW), "for expires"),
    ],
)
def test_what_is_no_rule(wrong: TagRule, words: str) -> None:
    """A rule that says too little or too much is refused by its number."""
    with refused(Code.QUERY_INVALID, words) as caught:
        require_rules([rule(IMMUTABLE), wrong])
    assert caught.value.sentence.startswith(f"rule 2 ({wrong.kind.value}): ")


def test_how_many_rules() -> None:
    """Fifty, and expressions that take no time to speak of together."""
    require_rules([rule(IMMUTABLE)] * MOST_RULES)
    with refused(Code.QUERY_INVALID, "at most 50"):
        require_rules([rule(IMMUTABLE)] * (MOST_RULES + 1))
    long = rule(IMMUTABLE, tags=Expression.parse("a{100}"))
    require_rules([long] * 5)
    with refused(Code.QUERY_INVALID, "regular expressions of a project"):
        require_rules([long] * 6)
