"""A rule of retention as it is given on the command line: each option once, but for labels and annotations."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias

import typer

from moorage.cli.failing import Failure, Status

Repositories = Annotated[
    list[str] | None, typer.Option("--repositories", metavar="PATTERN", help="Only in these, as 'web-*' [all].")
]
Labels = Annotated[
    list[str] | None, typer.Option("--label", metavar="NAME=VALUE", help="Only in repositories with this label.")
]
Tags = Annotated[list[str] | None, typer.Option("--tags", metavar="PATTERN", help="Tags of these names, as 'main-*'.")]
Versions = Annotated[
    list[str] | None, typer.Option("--versions", metavar="RANGE", help="Tags that are versions, as '>=1.0.0 <2.0.0'.")
]
Untagged = Annotated[bool, typer.Option("--untagged", help="Images without a tag, and no tags.")]
Newest = Annotated[
    list[int] | None, typer.Option("--newest", min=0, help="So many that moved last; to delete: all but so many.")
]
GroupBefore = Annotated[
    list[str] | None,
    typer.Option("--group-before", metavar="TEXT", help="Count tags apart that differ before the last of this."),
]
PushedDays = Annotated[
    list[float] | None, typer.Option("--pushed-days", min=0, help="Moved within so many days; to delete: not within.")
]
PulledDays = Annotated[
    list[float] | None, typer.Option("--pulled-days", min=0, help="Pulled within so many days; to delete: not within.")
]
Annotations = Annotated[
    list[str] | None, typer.Option("--annotation", metavar="NAME=VALUE", help="Only images with this annotation.")
]
Given: TypeAlias = dict[str, Sequence[object] | None]
"""What options say, by the names of their fields."""
SELECTORS = ("tags", "versions", "newest", "group_before", "pushed_days", "pulled_days")
"""Those by which tags are chosen."""


def rule_of(
    effect: str,
    given: Given,
    *,
    untagged: bool,
    label: list[str] | None,
    annotation: list[str] | None,
) -> dict[str, Any]:
    """The rule as the API takes it. Raises Failure for what would choose oddly."""
    rule: dict[str, Any] = {name: _once(name, values) for name, values in given.items() if values}
    rule |= {"effect": effect, "labels": _pairs(label), "annotations": _pairs(annotation)}
    if untagged:
        return {**rule, "untagged": True}
    if effect == "delete" and not any(name in rule for name in SELECTORS):
        raise Failure(
            "this would delete everything: say which tags, as --tags 'main-*', or --tags '**' if that is meant",
            Status.USAGE,
        )
    return rule


def _once(name: str, values: Sequence[object]) -> object:
    """What an option says that a rule has once: of two the shell would have us take the last, and nobody would know."""
    if len(values) > 1:
        raise Failure(
            f"--{name.replace('_', '-')} is given {len(values)} times, and a rule has it once: add a rule for each",
            Status.USAGE,
        )
    return values[0]


def _pairs(texts: list[str] | None) -> dict[str, str]:
    pairs = dict[str, str]()
    for pair in texts or ():
        name, equals, value = pair.partition("=")
        if not equals:
            raise Failure(f"{pair!r} is not NAME=VALUE", Status.USAGE)
        if name in pairs:
            raise Failure(f"{name} cannot be both {pairs[name]} and {value}: all that is given must hold", Status.USAGE)
        pairs[name] = value
    return pairs
