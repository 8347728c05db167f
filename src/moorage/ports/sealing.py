"""Secrets that have to be read again, kept in the database so that whoever has that alone cannot read them."""

from typing import Protocol


class Sealing(Protocol):
    """Closes and opens with a key that does not lie in the database."""

    def seal(self, secret: bytes, purpose: str) -> str:
        """The secret as text to be kept; it opens for the same purpose alone."""

    def open(self, sealed: str, purpose: str) -> bytes:
        """The secret again. Raises UNKNOWN if it was sealed with another key, for something else, or is damaged."""
