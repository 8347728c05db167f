"""What must be true of a registry after its power was cut: for every name, the outcomes that are allowed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["blob", "manifest", "tag"]
Name: TypeAlias = tuple[Kind, str, str]
"""What it is, its repository, and its digest or tag."""
Outcome: TypeAlias = str | None
"""The digest that is served under the name; None if nothing is."""


@dataclass
class Attempt:
    """A change under way. Nobody knows what became of it until it is settled."""

    accepted: bool | None = None


class Facts:
    """Kept by the clients: each name is changed by one client only.

    An acknowledged change is the only allowed outcome from then on, a refused one leaves what was, and one without
    an answer may have happened or not, as a whole.
    """

    def __init__(self) -> None:
        self._allowed: dict[Name, set[Outcome]] = {}
        self.acknowledged = 0

    @contextmanager
    def attempt(self, changes: Mapping[Name, Outcome]) -> Iterator[Attempt]:
        """Say what is about to be asked for; the block settles it, or breaks."""
        before = {name: self.allowed(name) for name in changes}
        for name, outcome in changes.items():
            self._allowed[name] = before[name] | {outcome}
        attempt = Attempt()
        yield attempt
        if attempt.accepted:
            self.acknowledged += 1
            self._allowed.update({name: {outcome} for name, outcome in changes.items()})
        elif attempt.accepted is False:
            self._allowed.update(before)

    def allowed(self, name: Name) -> set[Outcome]:
        """What may be found under a name; of one never heard of, nothing."""
        return self._allowed.get(name, {None})

    def observe(self, name: Name, outcome: Outcome) -> None:
        """It was found after a restart: this and nothing else is what has to stay."""
        assert outcome in self.allowed(name), f"{name} is {outcome}, allowed is {self.allowed(name)}"
        self._allowed[name] = {outcome}

    def names(self) -> list[Name]:
        """Every name that was ever tried."""
        return sorted(self._allowed)

    def certain(self, kind: Kind, repository: str) -> dict[str, str]:
        """What surely is there: names within the repository, with their digests."""
        found = {}
        for (its_kind, its_repository, name), allowed in self._allowed.items():
            outcome = next(iter(allowed))
            if (its_kind, its_repository) == (kind, repository) and len(allowed) == 1 and outcome is not None:
                found[name] = outcome
        return found
