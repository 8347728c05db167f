"""What happens too often to be written at once: pulls, logins, refusals, and when a secret was last used."""

from typing import Protocol

from moorage.rules.access import Identity, Via


class Trail(Protocol):
    """Remembers, and writes soon. A crash may lose the last moments; a change is never told here."""

    def pulled(self, who: Identity, address: str, agent: bytes, words: tuple[str, ...]) -> None:
        """They pulled a manifest; `words` are the repository's full name and the reference. Called on every pull."""

    def login(self, who: Identity, via: Via) -> None:
        """They logged in."""

    def refused(self, kind: str, name: str, via: Via, *, reason: str, repository: str = "") -> None:
        """Somebody who called themselves `name` was refused, for this reason."""

    def used(self, who: Identity, via: Via) -> None:
        """They showed their password, robot's secret or personal token."""
