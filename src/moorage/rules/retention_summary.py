"""What a plan of retention comes to: counted, and told of some, of those first that lose something."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from moorage.rules.retention import Verdict
from moorage.rules.retention_sums import Sums, loses, sums


class Told(NamedTuple):
    """An image's verdict, and its repository by its full name."""

    repository: str
    verdict: Verdict


@dataclass(slots=True)
class Summary:
    """Grows repository by repository; holds up to `most` of those that lose something, and of those that do not.

    `pulls_since` is when pulls began to be noted, where a rule asks for earlier ones.
    """

    most: int
    total: Sums = field(default_factory=Sums)
    each: list[tuple[str, Sums]] = field(default_factory=list)
    """Of the repositories that lose something."""
    losing: list[Told] = field(default_factory=list)
    staying: list[Told] = field(default_factory=list)
    too_large: list[str] = field(default_factory=list)
    pulls_since: float | None = None

    def add(self, repository: str, verdicts: Sequence[Verdict] | None, pulls_since: float | None = None) -> None:
        """What becomes of one repository more; None where it has too many images to say."""
        if pulls_since is not None:
            self.pulls_since = pulls_since
        if verdicts is None:
            self.too_large.append(repository)
            return
        found = sums(verdicts)
        self.total = self.total.plus(found)
        if found.lose:
            self.each.append((repository, found))
        for told, lose in ((self.losing, True), (self.staying, False)):
            fitting = (Told(repository, verdict) for verdict in verdicts if loses(verdict) is lose)
            told.extend(islice(fitting, self.most - len(told)))

    @property
    def images(self) -> int:
        """How many were looked at."""
        return self.total.images

    @property
    def delete_images(self) -> int:
        """How many go."""
        return self.total.go

    @property
    def delete_tags(self) -> int:
        """How many tags go."""
        return self.total.tags

    @property
    def told(self) -> Sequence[Told]:
        """Up to `most`: those that lose something first."""
        return [*self.losing, *self.staying][: self.most]
