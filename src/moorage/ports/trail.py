"""What happens too often to be written at once: pulls, logins, refusals, and when a secret was last used."""

from typing import Protocol

from moorage.rules.access import Identity, Via


class Trail(Protocol):
    """Remembers, and writes soon. A crash may lose the last moments; a change is never told here."""

    def pulled(self, who: Identity, address: str, agent: bytes, words: tuple[str, ...]) -> None:
        """They pulled a manifest; `words` are the repository's full name and the reference. Called on every pull."""

    def login(self, who: Identity, via: Via) -> None:
        """They logged in."""

    def denied(self, who: Identity, via: Via, *, reason: str, repository: str) -> None:
        """They were denied something, for this reason; `repository` is the full name, or empty."""

    def no_room(self, who: Identity, via: Via, *, reason: str, repository: str) -> None:
        """What they pushed there did not fit, for this reason."""

    def failed(self, name: str, via: Via, *, reason: str = "") -> None:
        """Somebody who called themselves `name` could not log in, for a reason that they are not told."""

    def used(self, who: Identity, via: Via) -> None:
        """They showed their password, robot's secret or personal token."""
