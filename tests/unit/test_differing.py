"""What an event shows of a change: field by field."""

from moorage.rules.differing import Line, lines


def test_what_differs_comes_first() -> None:
    """Fields within fields have their whole name; what is missing is told apart from what is empty."""
    before = '{"a": 1, "role": {"name": "x", "tags": []}, "gone": ""}'
    after = '{"a": 1, "role": {"name": "y", "tags": []}, "new": null}'
    assert lines(before, after) == [
        Line("gone", "", None),
        Line("new", None, "null"),
        Line("role.name", "x", "y"),
        Line("a", "1", "1"),
        Line("role.tags", "[]", "[]"),
    ]


def test_one_side() -> None:
    """Of what was made or deleted there is one side alone; and of nothing there is nothing."""
    assert lines(None, '["a"]') == [Line("", None, '["a"]')]
    assert lines('{"a": 1}', None) == [Line("a", "1", None)]
    assert lines(None, None) == []
