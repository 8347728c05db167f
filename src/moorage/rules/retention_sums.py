"""How much of a repository goes by a plan of retention. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from moorage.rules.retention import Verdict


class Sums(NamedTuple):
    """Of `images` so many `go`, `lose` a tag or go, with `tags` and `size` bytes; others may share some of these."""

    images: int = 0
    go: int = 0
    lose: int = 0
    tags: int = 0
    size: int = 0

    def plus(self, other: "Sums") -> "Sums":
        """Both together."""
        return Sums(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def sums(verdicts: Sequence[Verdict]) -> Sums:
    """Of one repository."""
    going = [verdict for verdict in verdicts if not verdict.stays]
    return Sums(
        len(verdicts),
        len(going),
        sum(map(loses, verdicts)),
        sum(not tag.stays for verdict in verdicts for tag in verdict.tags),
        sum(verdict.image.size for verdict in going),
    )


def loses(verdict: Verdict) -> bool:
    """Does it go, or lose a tag?"""
    return not verdict.stays or not all(tag.stays for tag in verdict.tags)
