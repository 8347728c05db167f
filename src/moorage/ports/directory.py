"""A directory of people that somebody else keeps: it proves passwords and says of which groups people are."""

from typing import Protocol

from moorage.rules.sign_on import Vouched


class DirectoryUnavailable(Exception):  # noqa: N818 - names what was found
    """The directory gave no answer to believe; the text says why, for the operator: it may tell of the inner network.

    It says nothing about anybody: whoever was known before is neither gone nor wrong.
    """


class Directory(Protocol):
    """Never proves an empty password, and never believes a server that did not prove itself."""

    async def prove(self, name: str, password: str) -> Vouched | None:
        """Whose name and password these are; None: nobody's. Both kinds of wrong take alike.

        Raises DirectoryUnavailable.
        """

    async def find(self, subject: str) -> Vouched | None:
        """Whom the directory calls this; None: it lets nobody in by that any more. Raises DirectoryUnavailable."""
