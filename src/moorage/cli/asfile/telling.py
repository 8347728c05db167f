"""Steps as people read them: + is made, ~ is changed, - is removed, each with what differs below it; and as JSON."""

import difflib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from moorage.cli import showing
from moorage.cli.asfile.step import Step, Verb
from moorage.rules.pattern import EVERYTHING

_MARKS = {Verb.MAKE: ("+", "green"), Verb.CHANGE: ("~", "yellow"), Verb.REMOVE: ("-", "red")}
_DONE = {Verb.MAKE: "made", Verb.CHANGE: "changed", Verb.REMOVE: "removed"}
_LONGEST = 200


def show(steps: Sequence[Step]) -> None:
    """All of them, with colours on a terminal."""
    for step in steps:
        mark, style = _MARKS[step.verb]
        _print(f"{mark} {step.what}", f"bold {style}")
        for line in lines(step):
            _print(f"    {line}", {"+": "green", "-": "red"}.get(line[:1], ""))


def lines(step: Step) -> Iterator[str]:
    """What differs, a line for each field; of a longer text those lines that do."""
    for difference in step.differences:
        name, before, after = difference.field, difference.before, difference.after
        if isinstance(after, str) and "\n" in f"{before or ''}{after}":
            yield f"{name}:"
            yield from _texts(before or "", after)
        elif step.verb is Verb.MAKE:
            yield f"{name}: {said(name, after)}"
        elif step.verb is Verb.REMOVE:
            yield f"{name}: {said(name, before)}"
        else:
            yield f"{name}: {said(name, before)} → {said(name, after)}"


def said(name: str, value: Any) -> str:  # noqa: ANN401 - JSON
    """A value in a word or a few."""
    if name == "expires_in_days" and not isinstance(value, str):
        return "never" if value is None else f"in {value} days"
    if name == "roles" and value:
        return ", ".join(_role(spec) for spec in value)
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return showing.clean(", ".join(value)) or "none"
    if isinstance(value, str) and value and value.isprintable() and value == value.strip():
        return _cut(value)
    return _cut(showing.clean(json.dumps(value, ensure_ascii=False, sort_keys=True)))


def done(step: Step) -> str:
    """That it was done."""
    return f"{_DONE[step.verb]:8}{step.what}"


def count(steps: Sequence[Step]) -> str:
    """How many there are of each kind."""
    told = [(sum(step.verb is verb for step in steps), verb.value) for verb in Verb]
    return ", ".join(f"{number} to {verb}" for number, verb in told if number)


def row(step: Step, *, is_done: bool) -> dict[str, Any]:
    """A step as JSON."""
    differences = [{"field": entry.field, "before": entry.before, "after": entry.after} for entry in step.differences]
    return {"verb": step.verb.value, "what": step.what, "differences": differences, "done": is_done}


def _role(spec: dict[str, str]) -> str:
    where = [f"{what} {spec[what]}" for what in ("repositories", "tags") if spec[what] != EVERYTHING]
    return f"{spec['role']} ({', '.join(where)})" if where else spec["role"]


def _texts(before: str, after: str) -> Iterator[str]:
    compared = difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm="")
    for number, line in enumerate(compared):
        if number > 1 and not line.startswith("@@"):
            yield f"{line[0]} {_cut(showing.clean(line[1:]))}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _print(line: str, style: str) -> None:
    shown = showing.tame(line)
    if not showing.is_rich():
        print(shown)
        return
    from rich.console import Console  # noqa: PLC0415 - costs time, and most commands need none
    from rich.text import Text  # noqa: PLC0415 - as above

    Console(highlight=False).print(Text(shown, style), soft_wrap=True)
