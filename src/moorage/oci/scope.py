"""Scopes of a registry token. Source: Docker Registry v2 authentication, "Token Scope Documentation"."""

from dataclasses import dataclass
from typing import Self

REPOSITORY = "repository"
REGISTRY = "registry"
CATALOG = "catalog"
MOST = 30
"""Scopes that one token request may ask for."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A kind of resource, its name, and the actions asked for on it.

    `str()` gives the wire form `repository:team/app:pull,push`; the name may hold colons, as hosts with ports do.
    """

    kind: str
    name: str
    actions: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read one scope; None for what does not look like one, which grants nothing and harms nothing."""
        kind, first, rest = text.partition(":")
        name, last, actions = rest.rpartition(":")
        if not (first and last and kind and name):
            return None
        asked = frozenset(action.strip() for action in actions.split(",") if action.strip())
        return cls(kind.partition("(")[0], name, asked)

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}:{','.join(sorted(self.actions))}"


def parse_scopes(texts: list[str]) -> tuple[Scope, ...]:
    """All scopes of a request: each text may hold several, separated by spaces, as OAuth2 writes them."""
    words = [word for text in texts for word in text.split()]
    return tuple(scope for word in words[:MOST] if (scope := Scope.parse(word)) is not None)
