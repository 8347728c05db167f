"""YAML as plain data that knows its lines: what is read, what is refused and where."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.cli.asfile.reading import plain
from moorage.cli.asfile.tree import LARGEST, Node, Unreadable, read, resolve


def tree(text: str) -> Node:
    """A file in which nothing is wrong."""
    node, faults = read("f", text.encode())
    assert not faults
    return node


def refused(text: str | bytes) -> str:
    """Why it cannot be read, with the line."""
    with pytest.raises(Unreadable) as caught:
        read("f", text.encode() if isinstance(text, str) else text)
    return str(caught.value.fault)


def faults(text: str) -> list[str]:
    """What is wrong although it can be read."""
    return [str(fault) for fault in read("f", text.encode())[1]]


def test_values_know_their_lines() -> None:
    """A value in a mapping stands where its key does, an entry of a list where it begins."""
    node = tree("a: 1\nb:\n  - x\n  - y: [true,\n      null]\n")
    assert isinstance(node.value, dict)
    assert (node.value["a"].place.line, node.value["b"].place.line) == (1, 2)
    listed = node.value["b"].value
    assert isinstance(listed, list)
    assert [entry.place.line for entry in listed] == [3, 4]
    assert plain(node) == {"a": 1, "b": ["x", {"y": [True, None]}]}


@pytest.mark.parametrize(
    ("text", "value"),
    [("no", "no"), ("on", "on"), ("2030-01-31", "2030-01-31"), ("1:30", "1:30"), ("1_000", "1_000"), ("", None),
     ("~", None), ("True", True), ("-7", -7), ("0o17", 15), ("0x1F", 31), ("1.0", 1.0), ("1e3", 1000.0),
     ("-.INF", float("-inf")), ("9" * 40, "9" * 40), ("9" * 5000, "9" * 5000), ("<<", "<<"), (".", "."), ("e", "e")],
)  # fmt: skip
def test_unquoted_words_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    """Its core schema, so that nobody called `no` becomes false; a figure that is too long stays text."""
    found = resolve(text)
    assert (found, type(found)) == (value, type(value))


def test_an_alias_stands_for_what_it_names() -> None:
    """Lists that are the same may be written once."""
    assert plain(tree("a: &x [1, 2]\nb: *x\n")) == {"a": [1, 2], "b": [1, 2]}


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    """Aliases count as what they stand for, so a short file cannot grow without end."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    began = time.monotonic()
    assert "aliases count" in refused("\n".join(lines))
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("", 1, "empty"),
        ("# nothing\n", 2, "empty"),
        ("a: 1\n---\nb: 2\n", 2, "one document"),
        ("a: 1\nb: [1\nc: 2\n", 3, "flow sequence"),
        ("a: &x [*x]\n", 1, "stands for nothing"),
        ("a: 1\nb: *y\n", 2, "stands for nothing"),
        ("a: 1\n\tb: 2\n", 2, "while scanning"),
        ('a: "\\UFFFFFFFF"\n', 1, "not YAML"),
        ("a: 1\nb: \x07\n", 2, "character"),
        ("[" * 30 + "]" * 30, 1, "levels deep"),
        ("[" * 100_000, 1, "levels deep"),
        ("%YAML 99999999999999999999.1\n---\na: 1\n", 1, ""),
    ],
)  # fmt: skip
def test_what_is_no_yaml_of_ours_is_refused_with_its_line(text: str, line: int, word: str) -> None:
    """One sentence, with the line that it is about."""
    told = refused(text)
    assert told.startswith(f"f:{line}: "), told
    assert word in told


def test_text_that_is_not_utf_8() -> None:
    """It is refused with its line, as is a file that is too large."""
    assert refused(b"a: 1\nb: \xff\n").startswith("f:2: this is not text")
    assert "MiB" in refused(b"#" * (LARGEST + 1))
    assert plain(read("f", "\N{ZERO WIDTH NO-BREAK SPACE}a: ä\n".encode())[0]) == {"a": "ä"}


def test_all_that_can_be_read_past_is_told_at_once() -> None:
    """Keys that stand twice or are no text, tags, half characters: each with its line."""
    told = faults('a: 1\na: 2\n7: 3\nb: !!python/object:os.system x\n[x]: 1\nc: "\\ud800"\n')
    assert [line.partition(": ")[0] for line in told] == ["f:2", "f:3", "f:4", "f:5", "f:6"]
    assert "a second time" in told[0]


def test_a_large_file_takes_seconds() -> None:
    """As large as it may be."""
    lines = LARGEST // 32
    began = time.monotonic()
    node = tree("a:\n" + "".join(f"  k{number:06}: aaaaaaaaaaaaaaaaa\n" for number in range(lines)))
    assert node.size == lines + 2
    assert time.monotonic() - began < 60


@given(st.binary(max_size=200) | st.text("ab:&*!-[]{}\"'\\ \n#|>?%~0", max_size=60).map(str.encode))
def test_whatever_is_given_is_read_or_refused(content: bytes) -> None:
    """Nothing but Unreadable is raised."""
    try:
        node, _ = read("f", content)
    except Unreadable:
        return
    assert isinstance(node, Node)
