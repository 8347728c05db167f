"""What pages of a project work out for themselves: a change as differences, a robot's state, a first line."""

from dataclasses import replace

import pytest

from moorage.rules.facts import Event, Robot
from moorage.rules.pattern import Pattern
from moorage.rules.roles import Action
from moorage.web.project import first_line
from moorage.web.project_activity import Difference, differences, folded
from moorage.web.robots import state
from moorage.web.within import Typed

EVENT = Event("blob.pushed", "team/app", 1, "ann", 5.0)
ROBOT = Robot(
    1, "robot$team+ci", "ci", 1, "", frozenset({Action.PULL}), (Pattern("**"),), "", None, None, None,
    disabled=False, epoch=1, created_by="ann", created_at=0.0,
)  # fmt: skip
DAY = 86_400.0


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, None, []),
        ('{"a": 1, "b": 2}', '{"a": 1, "b": 3}', [Difference("b", "2", "3")]),
        (None, '{"names": ["x"]}', [Difference("names", None, '["x"]')]),
        ('{"text": "x"}', None, [Difference("text", "x", None)]),
        ('{"ends_at": 0.5}', '{"ends_at": null}', [Difference("ends_at", "1970-01-01 00:00:00 UTC", "null")]),
        ("[1]", '"text"', []),
    ],
)
def test_differences(before: str | None, after: str | None, told: list[Difference]) -> None:
    """Field by field, what stayed is left out; what is no object tells nothing."""
    assert differences(replace(EVENT, before=before, after=after)) == told


def test_a_long_value_is_cut() -> None:
    """The page stays small, whatever a description held."""
    (difference,) = differences(replace(EVENT, after='{"text": "%s"}' % ("x" * 5000)))
    assert difference.after is not None
    assert len(difference.after) < 500


def test_blobs_are_folded() -> None:
    """In a row and alike; nothing else is, and no other's."""
    other = replace(EVENT, actor="bob")
    manifest = replace(EVENT, kind="manifest.pushed")
    events = [EVENT, replace(EVENT, digest="x"), other, EVENT, manifest, manifest]
    rows = folded(list(enumerate(events)))
    assert [(event, count) for event, count in rows] == [
        (EVENT, 2), (other, 1), (EVENT, 1), (manifest, 1), (manifest, 1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("robot", "word"),
    [
        (ROBOT, "good"),
        (replace(ROBOT, disabled=True, expires_at=1.0), "off"),
        (replace(ROBOT, expires_at=100 * DAY), "over"),
        (replace(ROBOT, expires_at=114 * DAY), "soon"),
        (replace(ROBOT, expires_at=114 * DAY + 1), "good"),
    ],
)
def test_states_of_robots(robot: Robot, word: str) -> None:
    """At day 100."""
    assert state(robot, 100 * DAY) == word


@pytest.mark.parametrize(
    ("text", "line"),
    [("", ""), ("\n\n# Title\ntext", "Title"), ("---\n> *quoted*\n", "quoted*"), ("x" * 999, "x" * 160)],
)
def test_first_lines(text: str, line: str) -> None:
    """Without what marks it, and short."""
    assert first_line(text) == line


def test_typed() -> None:
    """Only the form that was refused keeps what was typed; a box that was not ticked is one of these things."""
    typed = Typed("/invite", {"note": "x"})
    assert (typed("/invite", "note", "y"), typed("/invite", "role", "reader"), typed("", "note", "y")) == ("x", "", "y")
    assert (typed.into("/invite"), typed.into("")) == (True, False)
