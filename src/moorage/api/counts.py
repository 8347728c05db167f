"""What the routes tell of for statistics."""

from typing import Protocol


class Counts(Protocol):
    """Counts by a repository's full name; all sizes are bytes. Called on every pull: nothing here may take long."""

    def pulled(self, repository: str, digest: str, size: int) -> None:
        """A manifest was asked for by GET, by its tag or its digest; what goes out has so many bytes."""

    def sent(self, repository: str, size: int) -> None:
        """So many bytes of a blob go out."""

    def pushed(self, repository: str, size: int) -> None:
        """A manifest was taken."""

    def received(self, repository: str, size: int) -> None:
        """So many bytes of a blob came in."""
