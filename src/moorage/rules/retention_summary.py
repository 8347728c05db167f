"""What a plan of retention comes to: counted, and told of some, of those first that lose something."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from moorage.rules.retention import Verdict


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
    images: int = 0
    delete_images: int = 0
    delete_tags: int = 0
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
        self.images += len(verdicts)
        self.delete_images += sum(not verdict.stays for verdict in verdicts)
        self.delete_tags += sum(not tag.stays for verdict in verdicts for tag in verdict.tags)
        for told, lose in ((self.losing, True), (self.staying, False)):
            fitting = (Told(repository, verdict) for verdict in verdicts if _loses(verdict) is lose)
            told.extend(islice(fitting, self.most - len(told)))

    @property
    def told(self) -> Sequence[Told]:
        """Up to `most`: those that lose something first."""
        return [*self.losing, *self.staying][: self.most]


def _loses(verdict: Verdict) -> bool:
    return not verdict.stays or not all(tag.stays for tag in verdict.tags)
