"""Finding things by what somebody remembers of them; a part of the ledger."""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple, Protocol

from moorage.rules.access import Identity, Place


class Fits(Enum):
    """How well something fits, the best first."""

    EXACTLY = 0
    BEGINS = 1
    HOLDS = 2


class Hit(NamedTuple):
    """Something in a repository. `role` is what a digest is of the image: itself, its config, or a layer."""

    place: Place
    fits: Fits
    tag: str = ""
    digest: str = ""
    at: float = 0.0
    label: str = ""
    role: str = ""


class Search(Protocol):
    """Each gives what might be open to them, with their roles there; rules choose. Each look is bounded."""

    def repositories(self, who: Identity, text: str, *, limit: int) -> Sequence[Hit]:
        """By a part of their names, the best first."""

    def tags(self, who: Identity, text: str, *, limit: int) -> Sequence[Hit]:
        """Of this name, the newest first, then those that begin so."""

    def digests(self, who: Identity, digits: str, *, limit: int) -> Sequence[Hit]:
        """Images that begin with these hexadecimal digits, then those with such a config or layer."""

    def labels(self, who: Identity, name: str, value: str | None, *, limit: int) -> Sequence[Hit]:
        """Repositories with this label; with values that begin so after those that are so."""
