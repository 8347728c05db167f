"""Asking addresses that somebody has typed in: the one way out of this program."""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple, Protocol


class Why(Enum):
    """Why there is no answer, in words for whoever typed the address: they tell nothing of the inner network."""

    CLOSED = "this registry may not go there: an address has to be https and public, or named in egress.allow"
    UNREACHED = "no connection: nobody takes it there, or its certificate is not trusted"
    SLOW = "no answer in time"
    BROKEN = "what came was no answer of HTTP"


class EgressRefused(Exception):  # noqa: N818 - names what happened
    """Nothing was got; the text says why, for the operator: it may tell of the inner network."""

    def __init__(self, text: str, why: Why = Why.BROKEN) -> None:
        super().__init__(text)
        self.why = why


class Answer(NamedTuple):
    """A status, and the first bytes of what came with it."""

    status: int
    beginning: bytes


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

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes, limit: int) -> Answer:
        """What is answered, whatever its status, within ten seconds, with at most `limit` bytes of its body.

        The status counts: of the body there may be less, as whoever sends it slowly or wrongly is not waited for.
        Raises EgressRefused where there is no answer.
        """
