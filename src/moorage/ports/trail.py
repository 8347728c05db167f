"""What happens too often to be written at once: pulls, logins, refusals, and when a secret was last used."""

from typing import Protocol

from moorage.rules.access import Identity, Via


class Trail(Protocol):
    """Remembers, and writes soon. A crash may lose the last moments; a change is never told here."""

    def seen(self, kind: str, who: Identity, via: Via, *, repository: str = "", reference: str = "") -> None:
        """They did this: `kind` as an event's, the repository by its full name."""

    def refused(self, kind: str, name: str, via: Via, *, reason: str, repository: str = "") -> None:
        """Somebody who called themselves `name` was refused, for this reason."""

    def used(self, who: Identity, via: Via) -> None:
        """They showed their password, robot's secret or personal token."""
