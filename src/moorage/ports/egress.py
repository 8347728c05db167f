"""Asking addresses that somebody has typed in: the one way out of this program."""

from collections.abc import Mapping
from typing import Protocol


class EgressRefused(Exception):  # noqa: N818 - names what happened
    """Nothing was got; the text says why, for the operator: it may tell of the inner network."""


class Egress(Protocol):
    """Goes only where it may: what an address means is looked at each time, and no redirect is followed."""

    async def fetch(
        self,
        url: str,
        *,
        limit: int,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> bytes:
        """The body of an answer with a status of 2xx, of at most `limit` bytes, within ten seconds.

        Raises EgressRefused for all else.
        """
